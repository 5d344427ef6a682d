"""Every page in every look: RGAA 4.1 (WCAG 2.1 AA) as axe-core judges it, reflow, keyboard, weight, nothing from elsewhere."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from gateway import Gateway
from looks import LOOKS, Look
from pages import HEAVIEST, PAGES, WITH_SCRIPTS
from playwright.sync_api import BrowserContext, Page

PATHS = [path for path, _ in PAGES]


def name_of(path: str, look: Look) -> str:
    """Of its picture."""
    return f"{path.strip('/').replace('/', '-') or 'portail'}-{look.name}"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("path", PATHS)
def test_nothing_stands_in_anybodys_way(
    path: str, look: Look, gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """axe-core finds nothing serious or critical, and nothing has to be scrolled sideways."""
    page = visit(look).new_page()
    page.goto(gateway.address + path)
    keep(page, name_of(path, look))
    found = [
        (each["impact"], each["id"], [node["target"] for node in each["nodes"]][:3])
        for each in Axe().run(page).response["violations"]
    ]
    assert [each for each in found if each[0] in ("serious", "critical")] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px have to be scrolled to sideways"


@pytest.mark.parametrize(("path", "word"), PAGES)
def test_a_page_says_what_it_is(path: str, word: str, gateway: Gateway, visit: Callable[..., BrowserContext]) -> None:
    """French, one heading, a title of its own that ends with the name of the service, and its place marked."""
    page = visit().new_page()
    answer = page.goto(gateway.address + path)
    assert answer is not None and answer.status == 200
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("h1").count() == 1
    assert word in page.locator("h1").inner_text()
    assert "Gardefou" in page.title()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_light_and_all_from_here(
    path: str, gateway: Gateway, visit: Callable[..., BrowserContext]
) -> None:
    """No request goes elsewhere; together they weigh little; nothing that the policy of content forbids was tried."""
    page = visit().new_page()
    asked, weight, said = [], 0, []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(gateway.address + path, wait_until="networkidle")
    weight = sum(len(answer.body()) for answer in answers)
    assert [url for url in asked if not url.startswith(gateway.address + "/")] == []
    assert said == []
    assert path in WITH_SCRIPTS or weight < HEAVIEST, f"{weight} bytes"


@pytest.mark.parametrize("path", PATHS)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    path: str, gateway: Gateway, visit: Callable[..., BrowserContext]
) -> None:
    """Tab goes through every control once, in the order of the page, the way to the content first; each shows its focus."""
    page = visit().new_page()
    page.goto(gateway.address + path)
    expected = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
             .filter(e => !e.disabled && e.checkVisibility({ visibilityProperty: true })).length"""
    )
    seen = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(expected + 1):
        page.keyboard.press("Tab")
        where = page.evaluate(
            """() => {
                 const e = document.activeElement;
                 if (!e || e === document.body) return null;
                 e.dataset.met = (Number(e.dataset.met ?? 0) + 1).toString();
                 const s = getComputedStyle(e);
                 return { met: e.dataset.met, text: e.innerText || e.name || e.id,
                          ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 };
               }"""
        )
        if where is None:
            break
        seen.append(where)
    once = [each for each in seen if each["met"] == "1"]
    radios = page.evaluate(
        """() => { const groups = {}; document.querySelectorAll('input[type=radio]').forEach(r => groups[r.name] = (groups[r.name] ?? 0) + 1);
                   return Object.values(groups).reduce((sum, n) => sum + n - 1, 0); }"""
    )
    assert len(once) >= expected - radios, f"{len(once)} of {expected} controls are reached: {[s['text'] for s in seen]}"
    assert "contenu" in seen[0]["text"].lower(), "the first stop leads to the content"
    assert [each["text"] for each in once if not each["ring"]] == []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_whole_without_scripts(path: str, gateway: Gateway, visit: Callable[..., BrowserContext]) -> None:
    """The same headings with and without scripts; a page that needs them says so."""
    with_scripts, without = visit().new_page(), visit(Look("no-script", script=False)).new_page()
    headings = []
    for page in (with_scripts, without):
        page.goto(gateway.address + path)
        headings.append([each.strip() for each in page.locator("h1, h2").all_inner_texts()])
    assert headings[1] == headings[0] or path in WITH_SCRIPTS
    if path in WITH_SCRIPTS:
        assert "JavaScript" in without.locator("main").inner_text()
