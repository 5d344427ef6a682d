"""The scripts of the assistant by themselves: Markdown, streams, places in a text, placeholders. Run where they live, in
the browser, on the page that loads them."""

from collections.abc import Callable, Iterator

import pytest
from gateway import Gateway
from playwright.sync_api import Browser, Page

# Modules are named by the page with what they hold; the same addresses are found there.
LOAD = """async (name) => {
  const loaded = performance.getEntriesByType('resource').map((each) => each.name);
  window.ours = await import(loaded.find((each) => each.includes(`/assets/${name}`)));
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, gateway: Gateway) -> Iterator[Page]:
    """The assistant, loaded."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(gateway.address + "/assistant", wait_until="networkidle")
    yield page
    context.close()


@pytest.fixture
def module(page: Page) -> Callable[[str, str, object], object]:
    """Loads a module as `ours` and runs a function of one argument with it."""

    def run(name: str, function: str, argument: object = None) -> object:
        page.evaluate(LOAD, name)
        return page.evaluate(function, argument)

    return run


RENDER = """(source) => {
  const into = document.createElement('div');
  new ours.Page(into).show(source);
  return into.innerHTML;
}"""

MARKDOWN = [
    ("Un paragraphe,\nsur deux lignes.", "<p>Un paragraphe,<br>sur deux lignes.</p>"),
    ("# Titre\n\nTexte", "<h4>Titre</h4><p>Texte</p>"),
    ("**gras** et *penché*, __gras__ et _penché_", "<p><strong>gras</strong> et <em>penché</em>, <strong>gras</strong> et <em>penché</em></p>"),
    ("[PERSONNE_1] et [PERSONNE_2] : a_b_c, 2 * 3 * 4", "<p>[PERSONNE_1] et [PERSONNE_2] : a_b_c, 2 * 3 * 4</p>"),
    ("`a * b`, ``a ` b``, `seul", "<p><code>a * b</code>, <code>a ` b</code>, `seul</p>"),
    ("\\*pas penché\\*", "<p>*pas penché*</p>"),
    ("- un\n- deux\n  - deux bis\n- trois", "<ul><li>un</li><li>deux<ul><li>deux bis</li></ul></li><li>trois</li></ul>"),
    ("3. trois\n4. quatre", '<ol start="3"><li>trois</li><li>quatre</li></ol>'),
    ("1. un\n\n   suite\n2. deux", "<ol><li>un<p>suite</p></li><li>deux</li></ol>"),
    ("> cité\n> encore", "<blockquote><p>cité<br>encore</p></blockquote>"),
    ("---", "<hr>"),
    ("Avant\n- un", "<p>Avant</p><ul><li>un</li></ul>"),
]


@pytest.mark.parametrize(("source", "html"), MARKDOWN)
def test_markdown_is_shown_as_models_mean_it(module: Callable, source: str, html: str) -> None:
    assert module("markdown.js", RENDER, source) == html


def test_code_keeps_every_sign_and_a_table_its_columns(module: Callable) -> None:
    code = module("markdown.js", RENDER, "```python\nif a < b:\n    *x*\n```\nfin")
    assert "<code>if a &lt; b:\n    *x*</code>" in code and code.endswith("<p>fin</p>")
    open_code = module("markdown.js", RENDER, "```\nencore en route")
    assert "<code>encore en route</code>" in open_code
    table = module("markdown.js", RENDER, "| Mois | Total |\n|---|---:|\n| mai | **3** |\n| juin |")
    assert table.count("<tr>") == 3 and table.count("<td>") == 4 and "<strong>3</strong>" in table


LINKS = [
    ("[site](https://exemple.fr/a?b=1)", "https://exemple.fr/a?b=1"),
    ("Voir https://exemple.fr/page.", "https://exemple.fr/page"),
    ("[a](javascript:alert(1))", None),
    ("[a](JaVaScRiPt:alert(1))", None),
    ("[a](data:text/html,x)", None),
    ("[a](http://exemple.fr)", None),
    ("[a](//exemple.fr)", None),
    ("[a](https://moi:secret@exemple.fr)", None),
    ("<https://exemple.fr>", "https://exemple.fr/"),
]


@pytest.mark.parametrize(("source", "address"), LINKS)
def test_only_plain_https_addresses_are_links(module: Callable, source: str, address: str | None) -> None:
    found = module(
        "markdown.js",
        """(source) => {
          const into = document.createElement('div');
          new ours.Page(into).show(source);
          return [...into.querySelectorAll('a')].map((a) => [a.href, a.rel]);
        }""",
        source,
    )
    assert found == ([[address, "noopener noreferrer"]] if address else [])


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "# <svg onload=alert(1)>",
    "| <iframe src=//x> | b |\n|---|---|\n| <style>*{}</style> | <b>x</b> |",
    "[<img src=x>](https://exemple.fr/\"onmouseover=alert(1))",
    "[x](https://exemple.fr \"t\" onclick=alert(1))",
    "![image](https://exemple.fr/pixel.png)",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "- <form action=//x><input>\n> <object data=x>",
    "**<b onclick=alert(1)>x**",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "> " * 200 + "x",
    "\n".join("  " * depth + "- x" for depth in range(200)),
    "*" * 5000 + "a" + "_" * 5000,
    "[" * 3000 + "a](https://x.fr)" * 50,
    "`" * 999 + "a",
    "||||||\n|-|-|-|-|-|\n" + "|" * 3000,
]
SUBSET = {
    "P", "BR", "H4", "H5", "H6", "UL", "OL", "LI", "BLOCKQUOTE", "HR", "STRONG", "EM", "CODE", "PRE", "A",
    "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "DIV", "SPAN",
}  # fmt: skip
ATTRIBUTES = {"class", "tabindex", "role", "aria-label", "href", "rel", "target", "title", "scope", "start"}


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_markdown_makes_nothing_but_the_subset(module: Callable, source: str) -> None:
    """Whatever a model says, and every beginning of it, as it is shown while it comes."""
    elements, attributes, links, ran = module(
        "markdown.js",
        """(source) => {
          window.ran = 0;
          window.alert = () => { window.ran += 1; };
          const into = document.createElement('div');
          document.body.append(into);
          const page = new ours.Page(into);
          const elements = new Set(), attributes = new Set(), links = new Set();
          const step = Math.max(1, Math.floor(source.length / 40));
          for (let end = 0; end <= source.length + step; end += step) {
            page.show(source.slice(0, end));
            for (const each of into.querySelectorAll('*')) {
              elements.add(each.tagName);
              for (const { name } of each.attributes) attributes.add(name);
              if (each.href) links.add(new URL(each.href).protocol);
            }
          }
          into.remove();
          return [[...elements], [...attributes], [...links], window.ran];
        }""",
        source,
    )
    assert set(elements) <= SUBSET
    assert set(attributes) <= ATTRIBUTES
    assert set(links) <= {"https:"}
    assert ran == 0


def test_a_stream_is_the_same_however_it_is_cut(module: Callable) -> None:
    text = ': note\r\n\r\nevent: a\r\ndata: {"x":"é😀"}\r\n\r\ndata:un\ndata: deux\n\ndata\n\nid: 3\rdata: fin\r\r'
    whole = module("stream.js", "(text) => new ours.Events().push(text + '\\n')", text)
    assert [each["data"] for each in whole] == ['{"x":"é😀"}', "un\ndeux", "", "fin"]
    assert [each["name"] for each in whole] == ["a", "", "", ""]
    cut = module(
        "stream.js",
        """(text) => {
          const same = [];
          for (let size = 1; size < text.length; size += 1) {
            const cutter = new ours.Events();
            const found = [];
            for (let at = 0; at < text.length; at += size) found.push(...cutter.push(text.slice(at, at + size)));
            found.push(...cutter.push('\\n'));
            same.push(JSON.stringify(found));
          }
          return [...new Set(same)];
        }""",
        text,
    )
    assert len(cut) == 1
    assert module("stream.js", "(said) => JSON.parse(said)", cut[0]) == whole


def test_places_are_counted_in_code_points(module: Callable) -> None:
    text = "😀 é Mme Roux 👩‍👩‍👧 et 06 12"
    start = text.index("Roux")
    spans = [{"start": text.index("06"), "end": len(text)}, {"start": start, "end": start + 4}, {"start": start + 1, "end": start + 2}]
    found = module("text.js", "([text, spans]) => ours.inUnits(text, spans).map(({ start, end }) => text.slice(start, end))", [text, spans])
    assert found == ["Roux", "06 12"], "sorted, none over another"


def test_sentences_are_told_whole(module: Callable) -> None:
    for text, whole, rest in [
        ("Bonjour. Voici la su", "Bonjour.", " Voici la su"),
        ("Bonj", "", "Bonj"),
        ("Le prix est 3.5 eu", "", "Le prix est 3.5 eu"),
        ("Un.\nDeux\nTro", "Un.\nDeux", "Tro"),
    ]:
        assert module("text.js", "(text) => ours.sentences(text)", text) == [whole, rest]


def test_a_placeholder_comes_back_however_a_model_writes_it(module: Callable) -> None:
    restored = module(
        "masks.js",
        """(texts) => {
          const masks = new ours.Masks();
          window.names = [
            masks.name('NIR', '2 64 05 04 070 012 56', ['déjà [NIR_1] et [nir 3]']),
            masks.name('NIR', '26405040700 12 56', ['']),
            masks.name('DATE_NAISSANCE', '3 mai 1964', ['']),
            masks.name('NIR', '1 64 05 04 070 012 56', ['[NIR_1] [NIR_3]']),
          ];
          return texts.map((text) => masks.restore(text));
        }""",
        [
            "Le numéro [NIR_2], [nir_2], [NIR 2], [NIR\\_2], {NIR_2}, **[NIR_2]**, NIR_2.",
            "Née le [DATE_NAISSANCE_1] ou [Date naissance 1].",
            "[NIR_1] n'est pas à nous, ni nir_2 ni [PERSONNE_2] ni NIR_22.",
        ],
    )
    nir, born = "2 64 05 04 070 012 56", "3 mai 1964"
    assert restored == [
        f"Le numéro {nir}, {nir}, {nir}, {nir}, {nir}, **{nir}**, {nir}.",
        f"Née le {born} ou {born}.",
        "[NIR_1] n'est pas à nous, ni nir_2 ni [PERSONNE_2] ni NIR_22.",
    ]
    names = module("masks.js", "() => window.names")
    assert names == ["[NIR_2]", "[NIR_2]", "[DATE_NAISSANCE_1]", "[NIR_4]"], "no number that is in use"


def test_an_answer_that_comes_shows_no_half_placeholder(module: Callable) -> None:
    shown = module(
        "masks.js",
        """(text) => {
          const masks = new ours.Masks();
          masks.name('NIR', '12345', []);
          const shown = [];
          for (let end = 1; end <= text.length; end += 1) shown.push(masks.restore(masks.settled(text.slice(0, end))));
          return shown;
        }""",
        "Le [NIR_1] est noté.",
    )
    assert all("[" not in each and "NIR" not in each for each in shown)
    assert shown[-1] == "Le 12345 est noté."


@pytest.mark.parametrize(
    ("dialect", "events", "text"),
    [
        ("openai", [{"choices": [{"delta": {"content": "Bon"}}]}, {"choices": [], "usage": {"carbon": {}}}], "Bon"),
        ("gemini", [{"candidates": [{"content": {"parts": [{"thought": True, "text": "hm"}, {"text": "Bon"}]}}]}], "Bon"),
        ("anthropic", [{"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Bon"}}, {"type": "ping"}], "Bon"),
    ],
)
def test_each_dialect_is_read(module: Callable, dialect: str, events: list, text: str) -> None:
    said = module("dialects.js", "([name, events]) => events.map((each) => ours.DIALECTS[name].read('', each).text).join('')", [dialect, events])
    assert said == text


ASK = """async ([dialect, text, file]) => {
  const { token } = JSON.parse(document.getElementById('assistant').dataset.config);
  const gateway = new ours.Gateway(token);
  const tool = { id: 'simulateur', dialect };
  const turns = [
    { role: 'user', text: 'Bonjour' },
    { role: 'assistant', text: 'Bonjour !' },
    { role: 'user', text, files: file ? [{ name: 'note.txt', type: 'text/plain', data: btoa(file) }] : [] },
  ];
  const said = { text: '', pieces: 0 };
  try {
    for await (const piece of gateway.ask(tool, 'simulateur', 'Réponds.', turns, 'Vérifier', new AbortController().signal)) {
      said.request ??= piece.request;
      said.text += piece.text ?? '';
      said.pieces += 1;
    }
    said.models = await gateway.models(tool);
  } catch (error) {
    Object.assign(said, { failed: error.message, ...error });
  }
  return said;
}"""


@pytest.mark.parametrize("dialect", ["openai", "gemini", "anthropic"])
def test_each_dialect_is_spoken_with_the_gateway(module: Callable, dialect: str) -> None:
    """The real gateway, which takes the question, the purpose and the file, and refuses what it must."""
    said = module("exchange.js", ASK, [dialect, "répète : Une première phrase, et puis une autre.", "La salle ouvre a dix heures."])
    assert "failed" not in said, said
    assert said["text"].startswith("Une première phrase, et puis une autre.")
    assert said["text"].endswith("Ce message a été généré avec l'aide d'un outil IA.")
    assert said["pieces"] > 3 and len(said["request"]) == 36
    assert "simulateur" in said["models"]
    refused = module("exchange.js", ASK, [dialect, "Le NIR est 2 64 05 04 070 012 56", None])
    assert "hautement personnelles" in refused["failed"] and refused["status"] == 400
    assert refused["found"] == [{"name": "highly_personal", "count": 1}] and len(refused["request"]) == 36


def test_a_footprint_is_a_range_or_unknown_and_never_zero(module: Callable) -> None:
    def say(usage: object) -> str:
        return module("thread.js", "(usage) => ours.footprint(usage)", usage)

    for unknown in (None, {}, {"impacts": {"kWh": 0, "kgCO2eq": 0}}, {"carbon": {"kWh": {"min": 0}}}):
        assert say(unknown) == "Empreinte inconnue"
    said = say({"carbon": {"kWh": {"min": 0.0004, "max": 0.0012}, "kgCO2eq": {"min": 0.00012, "max": 0.00031}}})
    assert "0,12 à 0,31 g CO₂e" in said and "0,4 à 1,2 Wh" in said
