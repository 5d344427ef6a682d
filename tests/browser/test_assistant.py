"""The assistant, as an agent meets it: on the simulated backend, in a real browser."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Newcomer
from gateway import Gateway
from looks import LOOKS, Look
from playwright.sync_api import BrowserContext, Page, Request, expect
from scripted import ScriptedBackend

# Not the number in the tests of the sample policy, which the gateway keeps with the policy.
NIR = "1 85 07 78 006 084 26"
MENTION = "Ce message a été généré avec l'aide d'un outil IA."
ASKED = f"répète : Le NIR de Mme Roux est {NIR}."
CHAT = "/t/simulateur/v1/chat/completions"

# The longest that anything here may take; nothing takes a tenth of it.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)

Visit = Callable[..., BrowserContext]


class Assistant:
    """The page, in the words of its stories."""

    def __init__(self, page: Page, gateway: Gateway) -> None:
        self.page = page
        self.sent: list[Request] = []
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self.sent.append(request) if request.method == "POST" else None)
        page.goto(gateway.address + "/assistant")
        self.field = page.get_by_role("textbox", name="Votre question")
        self.alert = page.get_by_role("alert")
        self.answers = page.locator(".reply .answer")
        self.questions = page.locator(".question .said")

    def asked(self, path: str) -> list[Request]:
        """What the page sent there."""
        return [request for request in self.sent if path in request.url]

    def button(self, name: str, **more: bool) -> object:
        return self.page.get_by_role("button", name=name, **more)

    def ask(self, text: str) -> None:
        """Writes a question, sends it with Enter and waits for the answer."""
        before = self.answers.count()
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.page.locator(".reply:not([aria-busy]) .answer")).to_have_count(before + 1)

    def underlined(self) -> list[str]:
        return self.page.locator("#dessous mark").all_inner_texts()

    def heard(self) -> str:
        """What a screen reader was told."""
        return self.page.locator("#annonces").inner_text()


@pytest.fixture
def open_assistant(visit: Visit, gateway: Gateway) -> Callable[..., Assistant]:
    """Opens the assistant in a window of its own."""

    def open_it(look: Look = LOOKS[0]) -> Assistant:
        context = visit(look)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        return Assistant(context.new_page(), gateway)

    return open_it


@pytest.fixture
def assistant(open_assistant: Callable[..., Assistant]) -> Assistant:
    return open_assistant()


def files_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Everything that the gateway wrote; its configuration, which has examples, is not of that."""
    for path in folder.rglob("*"):
        if path.is_file() and path.parent.name != "config":
            yield path, path.read_bytes()


def test_a_number_is_underlined_held_back_masked_and_comes_back(assistant: Assistant, gateway: Gateway) -> None:
    """The story of a first visit: what may not leave is shown, stopped, masked here, and is in the answer again."""
    assistant.field.press_sequentially(ASKED)
    expect(assistant.page.get_by_role("heading", name="Données repérées")).to_be_visible()
    assert assistant.underlined() == ["Mme Roux", NIR] or NIR in assistant.underlined()
    listed = assistant.page.locator("#reperes-liste")
    expect(listed).to_contain_text("Numéro de sécurité sociale")
    expect(listed).to_contain_text("donnée hautement personnelle")
    expect(listed).to_contain_text("Reconnue par : une clé de contrôle juste")
    expect(assistant.page.locator("#reperes-etat")).to_contain_text("dont 1 à masquer avant l'envoi")

    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("Rien n'a été envoyé : une donnée ne peut pas partir vers cet outil")
    assert assistant.asked(CHAT) == [] and assistant.field.input_value() == ASKED

    assistant.button("Tout masquer et envoyer").click()
    expect(assistant.answers).to_contain_text(f"Le NIR de Mme Roux est {NIR}.")
    expect(assistant.answers).to_contain_text(MENTION)
    (request,) = assistant.asked(CHAT)
    assert "[NIR_1]" in request.post_data and NIR not in request.post_data
    expect(assistant.questions).to_have_text("répète : Le NIR de Mme Roux est [NIR_1].")
    expect(assistant.alert).to_be_empty()
    expect(assistant.field).to_be_focused()
    notes = assistant.page.locator(".reply .notes")
    expect(notes).to_contain_text("Empreinte inconnue")
    expect(notes.locator("code")).to_have_text(request.response().headers["x-gardefou-request-id"])

    # A second turn: the value stays where it was, and the same value has the same placeholder.
    assistant.field.fill(f"répète : encore {NIR}")
    expect(assistant.page.get_by_role("heading", name="Données repérées")).to_be_visible()
    assistant.button(f"Masquer : {NIR}").click()
    expect(assistant.field).to_have_value("répète : encore [NIR_1]")
    expect(assistant.page.get_by_role("heading", name="Données repérées")).to_be_hidden()
    assistant.field.press("Enter")
    expect(assistant.answers.nth(1)).to_contain_text(f"encore {NIR}")
    assert not any(NIR in request.post_data for request in assistant.asked(CHAT))


def test_nothing_of_what_is_typed_stays_at_the_gateway(assistant: Assistant, gateway: Gateway) -> None:
    """Neither what was looked at nor what was sent is in a file of the gateway: log, database, outbox."""
    marks = ["marmotteuse", NIR.replace(" ", ""), NIR, "Zéphyrine"]
    assistant.ask("répète : la marmotteuse attend Mme Zéphyrine Roux")
    assistant.field.fill(f"La marmotteuse de Mme Zéphyrine Roux, NIR {NIR}")
    expect(assistant.page.get_by_role("heading", name="Données repérées")).to_be_visible()
    assistant.button(f"Ce n'est pas une donnée personnelle : {NIR}").click()
    expect(assistant.page.get_by_text("c'est compté pour la DSIUN, sans le texte")).to_be_visible()
    request = assistant.asked(CHAT)[0].response().headers["x-gardefou-request-id"]

    def row_is_there() -> None:
        with sqlite3.connect(gateway.database) as database:
            (count,) = database.execute("SELECT count(*) FROM usage_events WHERE id = ?", [request]).fetchone()
        assert count == 1

    assert gateway.until(row_is_there, 10)
    for path, held in files_of(gateway.folder):
        for mark in marks:
            assert mark.encode() not in held, f"{mark} is in {path.name}"


def test_a_false_positive_is_counted_and_stays_protected(assistant: Assistant, gateway: Gateway) -> None:
    def reports() -> int:
        with sqlite3.connect(gateway.database) as database:
            found = database.execute("SELECT sum(reports) FROM false_positives WHERE kind = 'NIR' AND tool = 'simulateur'")
            return found.fetchone()[0] or 0

    before = reports()
    assistant.field.fill(f"Dossier {NIR}")
    doubt = assistant.button(f"Ce n'est pas une donnée personnelle : {NIR}")
    doubt.click()
    expect(assistant.page.get_by_text("La donnée reste protégée")).to_be_visible()
    expect(doubt).to_be_disabled()
    (sent,) = assistant.asked("/api/false-positives")
    assert json.loads(sent.post_data) == {"type": "NIR", "class": "highly_personal", "tool": "simulateur"}
    assert reports() == before + 1
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("Rien n'a été envoyé")
    assert assistant.asked(CHAT) == []


def test_what_is_typed_is_looked_at_once_it_rests_and_the_latest_wins(assistant: Assistant) -> None:
    page = assistant.page
    assistant.field.press_sequentially("Une demande ordinaire, sans rien", delay=20)
    expect(page.locator("#reperes-etat")).to_be_empty()
    page.wait_for_timeout(600)
    assert 1 <= len(assistant.asked("/api/scan")) <= 3, "not once a letter"

    # The first text's answer is held back until the second's is there: it must not win.
    held = []

    def hold(route: object) -> None:
        if "premier" in route.request.post_data:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/scan", hold)
    assistant.field.fill(f"premier {NIR}")
    page.wait_for_timeout(500)
    assert len(held) == 1
    assistant.field.fill("second jeanne.roux@exemple.fr")
    expect(page.locator("#reperes-liste li")).to_have_count(1)
    expect(page.locator("#reperes-liste")).to_contain_text("Adresse électronique")
    assert assistant.underlined() == ["jeanne.roux@exemple.fr"]
    # It was given up, so there may be nobody to answer any more.
    try:
        held[0].continue_()
    except Exception:  # noqa: BLE001, S110
        pass
    page.wait_for_timeout(300)
    assert assistant.underlined() == ["jeanne.roux@exemple.fr"]


def test_a_question_waits_for_its_verdict(assistant: Assistant) -> None:
    """Sent at once, before the typing rests, and while the gateway cannot look: nothing leaves unseen."""
    assistant.field.fill(f"Voici {NIR}")
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("Rien n'a été envoyé")
    assistant.page.route("**/api/scan", lambda route: route.abort())
    assistant.field.fill("Bonjour à tous")
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("Votre texte est gardé")
    assert assistant.asked(CHAT) == [] and assistant.field.input_value() == "Bonjour à tous"


def test_emoji_before_a_name_do_not_move_its_underline(assistant: Assistant) -> None:
    assistant.field.fill("😀👩‍👩‍👧 Écrire à jeanne.roux@exemple.fr 🎉 ou au 06 12 34 56 78.")
    expect(assistant.page.locator("#dessous mark")).to_have_count(2)
    assert assistant.underlined() == ["jeanne.roux@exemple.fr", "06 12 34 56 78"]


def test_the_page_and_the_gateway_do_not_give_one_number_twice(assistant: Assistant) -> None:
    """One name is masked here, the other by the gateway: both come back, each in its place."""
    assistant.field.fill("répète : Mme Roux remercie M. Martin")
    assistant.button("Masquer : Roux").click()
    expect(assistant.field).to_have_value("répète : Mme [PERSONNE_1] remercie M. Martin")
    assistant.field.press("Enter")
    expect(assistant.answers).to_contain_text("Mme Roux remercie M. Martin")
    assert "Roux" not in assistant.asked(CHAT)[0].post_data
    assert assistant.asked(CHAT)[0].response().headers["x-gardefou-decision"] == "masked"


def test_another_conversation_may_be_opened_while_one_is_answered(assistant: Assistant) -> None:
    assistant.field.fill(LONG)
    assistant.field.press("Enter")
    expect(assistant.answers).to_contain_text("mot3")
    assistant.page.get_by_text("Conversations", exact=True).click()
    assistant.button("Nouvelle conversation").click()
    expect(assistant.answers).to_have_count(0)
    assistant.ask("Bonjour")
    expect(assistant.questions).to_have_count(1)
    assistant.page.get_by_role("button", name=LONG[:40]).first.click()
    expect(assistant.answers).to_contain_text("mot3")
    expect(assistant.answers).to_contain_text(MENTION)


def test_a_copy_carries_the_mention(assistant: Assistant) -> None:
    assistant.ask("répète : Un **mot** et\n\n```\nif a < b\n```")
    assistant.button("Copier", exact=True).click()
    expect(assistant.page.locator("#annonces")).to_contain_text("Réponse copiée, avec sa mention.")
    text, html = assistant.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const read = async (type) => (await item.getType(type)).text();
          return [await read('text/plain'), await read('text/html')];
        }"""
    )
    assert text.endswith(MENTION) and "**mot**" in text
    assert "<strong>mot</strong>" in html and MENTION in html and "button" not in html and "class=" not in html
    assistant.button("Copier le code").click()
    expect(assistant.page.locator("#annonces")).to_contain_text("Code copié.")
    assert assistant.page.evaluate("navigator.clipboard.readText()") == "if a < b"


def test_an_answer_is_rated_and_reported_by_its_number(assistant: Assistant, gateway: Gateway) -> None:
    assistant.ask("Bonjour")
    request = assistant.asked(CHAT)[0].response().headers["x-gardefou-request-id"]

    def arrived() -> None:
        with sqlite3.connect(gateway.database) as database:
            assert database.execute("SELECT 1 FROM usage_events WHERE id = ?", [request]).fetchone()

    assert gateway.until(arrived, 10)
    useful, useless = assistant.button("Utile", exact=True), assistant.button("Pas utile")
    useful.click()
    expect(useful).to_have_attribute("aria-pressed", "true")
    useless.click()
    expect(useless).to_have_attribute("aria-pressed", "true")
    expect(useful).to_have_attribute("aria-pressed", "false")
    link = assistant.page.get_by_role("link", name="Signaler")
    assert link.get_attribute("href") == f"/signalements?demande={request}"
    # The conversation and what is being written stay where they are.
    assistant.field.fill("Un brouillon")
    with assistant.page.expect_popup() as opened:
        assistant.page.get_by_role("link", name="Signaler (nouvel onglet)").click()
    expect(opened.value.get_by_label("Numéro de la demande")).to_have_value(request)
    assert opened.value.evaluate("window.opener") is None
    expect(assistant.field).to_have_value("Un brouillon")
    expect(assistant.answers).to_have_count(1)
    with sqlite3.connect(gateway.database) as database:
        found = database.execute("SELECT rating FROM feedback WHERE request_id = ? ORDER BY id", [request]).fetchall()
    assert found == [(5,), (1,)]


LONG = "répète : " + " ".join(f"mot{number}" for number in range(400))


def test_an_answer_can_be_stopped_asked_for_again_and_its_question_changed(assistant: Assistant) -> None:
    assistant.field.fill(LONG)
    assistant.field.press("Enter")
    expect(assistant.answers).to_contain_text("mot3")
    expect(assistant.button("Arrêter")).to_be_visible()
    assistant.button("Arrêter").click()
    expect(assistant.button("Arrêter")).to_be_hidden()
    stopped = assistant.answers.inner_text()
    assert "mot399" not in stopped and stopped.endswith(MENTION), "what is left of an AI's text says so"
    expect(assistant.page.locator(".reply .notes")).to_contain_text("Vous avez arrêté la réponse")

    assistant.button("Réessayer").click()
    expect(assistant.answers).to_contain_text("mot399")
    expect(assistant.answers).to_have_count(1)

    assistant.button("Modifier").click()
    expect(assistant.field).to_have_value(LONG)
    expect(assistant.page.get_by_text("Vous modifiez votre dernière question.")).to_be_visible()
    assistant.field.fill("répète : autre chose")
    assistant.field.press("Enter")
    expect(assistant.answers).to_contain_text("autre chose")
    expect(assistant.questions).to_have_count(1)
    expect(assistant.questions).to_have_text("répète : autre chose")
    (last, *_) = reversed(assistant.asked(CHAT))
    assert len(json.loads(last.post_data)["messages"]) == 1, "the changed turn replaced the old one"


def test_hostile_markdown_in_an_answer_stays_text(assistant: Assistant) -> None:
    assistant.page.evaluate("() => { window.alert = () => { window.attacked = true; }; }")
    assistant.ask(
        "répète : <img src=x onerror=alert(1)> <script>alert(1)</script>\n\n[clic](javascript:alert(1)) **<b onclick=alert(1)>x</b>**\n\n"
        "![i](https://exemple.fr/p.png) [vrai](https://exemple.fr/)"
    )
    assert assistant.answers.locator("img, script, iframe, b, object, form").count() == 0
    assert [a.get_attribute("href") for a in assistant.answers.locator("a").all()] == [
        "https://exemple.fr/p.png",
        "https://exemple.fr/",
    ]
    expect(assistant.answers).to_contain_text("<img src=x onerror=alert(1)>")
    assert not assistant.page.evaluate("Boolean(window.attacked)")


def test_all_of_it_works_by_keyboard(assistant: Assistant) -> None:
    page, keyboard = assistant.page, assistant.page.keyboard
    assistant.field.focus()
    keyboard.type("répète : un")
    keyboard.press("Shift+Enter")
    keyboard.type("deux")
    expect(assistant.field).to_have_value("répète : un\ndeux")
    # A word being composed takes Enter for itself.
    page.evaluate(
        """document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"""
    )
    assert assistant.asked(CHAT) == []
    keyboard.press("Enter")
    expect(assistant.answers).to_contain_text("deux")
    expect(assistant.field).to_be_focused()
    expect(page.locator("#annonces")).to_contain_text("Réponse terminée.")
    heard = assistant.heard()
    assert heard.index("Réponse en cours.") < heard.index("deux") < heard.index("Réponse terminée.")
    assert heard.count(MENTION) == 1, "each sentence is told once"

    keyboard.type(LONG.replace("répète : ", "répète : encore "))
    keyboard.press("Enter")
    expect(assistant.answers.nth(1)).to_contain_text("mot3")
    expect(assistant.field).to_be_focused()
    keyboard.press("Escape")
    expect(page.locator(".reply .notes").nth(1)).to_contain_text("Vous avez arrêté la réponse")
    expect(assistant.field).to_be_focused()

    keyboard.type(f"répète : {NIR}")
    expect(assistant.button(f"Masquer : {NIR}")).to_be_visible()
    for _ in range(3):
        keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Masquer":
            break
    keyboard.press("Enter")
    expect(assistant.field).to_have_value("répète : [NIR_1]")
    keyboard.press("Control+z")
    expect(assistant.field).to_have_value(f"répète : {NIR}")


def test_conversations_are_kept_here_and_erased_at_will(assistant: Assistant, gateway: Gateway) -> None:
    page = assistant.page
    assistant.field.fill(f"répète : Le jardin de {NIR}")
    assistant.button("Tout masquer et envoyer").click()
    expect(assistant.answers).to_contain_text(NIR)
    expect(page.locator(".reply:not([aria-busy])")).to_have_count(1)
    kept = page.evaluate("JSON.stringify({ ...localStorage })")
    assert "Le jardin de [NIR_1]" in kept and NIR not in kept, "what was masked is kept masked"

    page.reload()
    page.get_by_text("Conversations", exact=True).click()
    expect(page.get_by_text("Vos conversations sont gardées dans ce navigateur seulement")).to_be_visible()
    page.get_by_role("button", name="répète : Le jardin de [NIR_1]", exact=True).click()
    expect(assistant.answers).to_contain_text("Le jardin de [NIR_1]")

    assistant.button("Renommer : répète").click()
    page.get_by_label("Nouveau titre").fill("Jardinage")
    page.get_by_label("Nouveau titre").press("Enter")
    page.get_by_label("Chercher dans les conversations").fill("rien de tel")
    expect(page.get_by_text("Aucune conversation gardée.")).to_be_visible()
    page.get_by_label("Chercher dans les conversations").fill("jardin")
    expect(page.get_by_role("button", name="Jardinage", exact=True)).to_be_visible()

    # Somebody else at this browser finds nothing.
    page.evaluate("""() => {
      const kept = JSON.parse(localStorage.getItem('gardefou.conversations'));
      localStorage.setItem('gardefou.conversations', JSON.stringify({ ...kept, person: 'autre' }));
    }""")
    page.reload()
    assert page.evaluate("localStorage.getItem('gardefou.conversations')") is None

    assistant.ask("Bonjour")
    page.get_by_text("Conversations", exact=True).click()
    expect(page.get_by_role("button", name="Bonjour", exact=True)).to_be_visible()
    assistant.button("Supprimer : Bonjour").click()
    expect(page.get_by_text("Aucune conversation gardée.")).to_be_visible()
    expect(assistant.answers).to_have_count(0)

    assistant.ask("Bonsoir")
    assistant.button("Tout effacer").focus()
    page.keyboard.press("Enter")
    sure = page.get_by_role("dialog", name="Tout effacer ?")
    expect(sure).to_contain_text("Elles ne pourront pas être retrouvées")
    expect(sure.get_by_role("button", name="Ne rien effacer")).to_be_focused()
    assert [each["id"] for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")] == []
    for leave in ("Escape", "Enter"):
        page.keyboard.press(leave)
        expect(sure).to_be_hidden()
        expect(assistant.button("Tout effacer")).to_be_focused()
        expect(page.get_by_role("button", name="Bonsoir", exact=True)).to_be_visible()
        page.keyboard.press("Enter")
        expect(sure).to_be_visible()
    page.keyboard.press("Tab")
    expect(sure.get_by_role("button", name="Effacer tout, définitivement")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Aucune conversation gardée.")).to_be_visible()
    expect(assistant.answers).to_have_count(0)
    assert page.evaluate("localStorage.getItem('gardefou.conversations')") is None
    page.get_by_label("Garder mes conversations dans ce navigateur").uncheck()
    assistant.ask("Merci")
    assert page.evaluate("localStorage.getItem('gardefou.conversations')") is None
    page.reload()
    page.get_by_text("Conversations", exact=True).click()
    expect(page.get_by_label("Garder mes conversations dans ce navigateur")).not_to_be_checked()


def test_files_go_with_a_question_and_are_read_first(assistant: Assistant) -> None:
    page = assistant.page
    chooser = page.locator("#fichier")
    chooser.set_input_files({"name": "photo.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(assistant.alert).to_contain_text("est une image")
    chooser.set_input_files({"name": "outil.exe", "mimeType": "", "buffer": b"MZ"})
    expect(assistant.alert).to_contain_text("n'est pas d'un format accepté")

    secret = f"Le NIR de Mme Roux est {NIR}.".encode()
    chooser.set_input_files({"name": "secret.txt", "mimeType": "text/plain", "buffer": secret})
    expect(assistant.alert).to_be_empty()
    assistant.field.fill("Résume ce fichier")
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("la passerelle ne masque pas à l'intérieur d'un fichier")
    expect(assistant.alert).to_contain_text("N° de demande")
    request = assistant.asked(CHAT)[-1].response().headers["x-gardefou-request-id"]
    assert assistant.alert.inner_text().count(request) == 1, "the number is told once"
    expect(assistant.alert).to_contain_text("donnée hautement personnelle : 1")
    expect(assistant.field).to_have_value("Résume ce fichier")
    expect(page.get_by_label("Fichiers à joindre")).to_contain_text("secret.txt")

    assistant.button("Retirer secret.txt").click()
    plain = {"name": "note.txt", "mimeType": "text/plain", "buffer": "La médiathèque ouvre à dix heures.".encode()}
    chooser.set_input_files(plain)
    assistant.field.press("Enter")
    expect(assistant.answers).to_contain_text(MENTION)
    expect(page.get_by_label("Fichiers joints")).to_contain_text("note.txt")
    assert "note.txt" in assistant.asked(CHAT)[-1].post_data


def test_an_answer_of_gemini_says_its_footprint(visit: Visit, tmp_path: Path) -> None:
    """In Gemini's own dialect, with the model that the page proposes."""
    with ScriptedBackend() as backend, Newcomer(tmp_path, backend.address) as gateway:
        assistant = Assistant(visit().new_page(), gateway)
        assistant.page.get_by_label("Outil", exact=True).select_option("gemini")
        assistant.ask("Bonjour")
        expect(assistant.answers).to_contain_text(MENTION)
        notes = assistant.page.locator(".reply .notes")
        expect(notes).to_contain_text(re.compile(r"Empreinte estimée : [\d, àe-]+ g CO₂e, [\d, àe-]+ Wh \(méthode EcoLogits"))


def test_models_that_cannot_be_listed_leave_those_that_are_known(assistant: Assistant) -> None:
    """The backend has no key: the field stays, says what it knows, and lets it be tried again."""
    assistant.page.get_by_label("Outil", exact=True).select_option("gemini")
    field = assistant.page.get_by_label("Modèle", exact=True)
    for _ in range(2):
        field.select_option("Autres modèles…")
        expect(assistant.alert).to_contain_text("clé absente")
        expect(field).to_be_visible()
        expect(field).to_have_value("gemini-flash-latest")
    # And once they can be listed, they are.
    assistant.page.route("**/v1beta/models*", lambda route: route.fulfill(json={"models": [
        {"name": "models/gemini-flash-latest", "supportedGenerationMethods": ["generateContent"]},
        {"name": "models/gemini-autre", "supportedGenerationMethods": ["generateContent"]},
    ]}))
    field.select_option("Autres modèles…")
    expect(field.locator("option")).to_have_text(["gemini-flash-latest", "gemini-autre"])
    expect(assistant.alert).to_be_empty()


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_files_may_be_dropped_or_pasted(assistant: Assistant, way: str) -> None:
    assistant.field.evaluate(
        """(field, way) => {
          const data = new DataTransfer();
          data.items.add(new File(["La salle ouvre à dix heures."], "note.txt", { type: "text/plain" }));
          const more = { bubbles: true, cancelable: true };
          const event = way === "drop" ? new DragEvent("drop", { ...more, dataTransfer: data })
                                       : new ClipboardEvent("paste", { ...more, clipboardData: data });
          field.dispatchEvent(event);
        }""",
        way,
    )
    expect(assistant.button("Retirer note.txt")).to_be_visible()
    assistant.ask("Résume")
    expect(assistant.page.get_by_label("Fichiers joints")).to_contain_text("note.txt")
    assert "note.txt" in assistant.asked(CHAT)[-1].post_data


class Frugal(Newcomer):
    """One request a day."""

    def _write(self, backend: str) -> None:
        super()._write(backend)
        policy = self.folder / "config" / "policy.toml"
        before, after = policy.read_text().split('models = ["simulateur*"]')
        policy.write_text(f'{before}models = ["simulateur*"]\nlimits = {{ requests_per_day = 1 }}{after}')
        self.settings.write_text(self.settings.read_text().replace("history = true", "history = false"))


def test_limits_and_a_gateway_that_is_gone_are_told_in_words(visit: Visit, tmp_path: Path) -> None:
    with Frugal(tmp_path, "") as gateway:
        assistant = Assistant(visit().new_page(), gateway)
        assistant.ask("Bonjour")
        assert assistant.page.evaluate("localStorage.getItem('gardefou.conversations')") is None
        assistant.page.get_by_text("Conversations", exact=True).click()
        expect(assistant.page.get_by_text("Sur cette passerelle, les conversations ne sont pas gardées")).to_be_visible()
        assistant.field.fill("Encore")
        assistant.field.press("Enter")
        expect(assistant.alert).to_contain_text("Vous pourrez réessayer dans")
        expect(assistant.field).to_have_value("Encore")
        expect(assistant.questions).to_have_count(1)
    assistant.field.fill("Il y a quelqu'un ?")
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("La passerelle est injoignable. Votre texte est gardé")
    expect(assistant.field).to_have_value("Il y a quelqu'un ?")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_a_conversation_stands_in_nobodys_way(
    look: Look, open_assistant: Callable[..., Assistant], keep: Callable[[Page, str], None]
) -> None:
    """axe-core and reflow on a page full of things: answers, a table, code, findings, an alert, conversations."""
    assistant = open_assistant(look)
    assistant.ask("répète : # Titre\n\n| Mois | Montant | Direction | Commentaire |\n|---|---|---|---|\n| mai | 3 | Routes | sans |\n\n"
                  "```python\n" + "x = 1  # " + "long " * 40 + "\n```\n\n- un\n- deux, https://exemple.fr/une/adresse/tres/longue/" + "a" * 80)
    assistant.page.get_by_text("Conversations", exact=True).click()
    assistant.field.fill(f"Mme Roux, {NIR}, 06 12 34 56 78")
    expect(assistant.page.get_by_role("heading", name="Données repérées")).to_be_visible()
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("Rien n'a été envoyé")
    keep(assistant.page, f"assistant-conversation-{look.name}")
    found = [
        (each["impact"], each["id"], [node["target"] for node in each["nodes"]][:3])
        for each in Axe().run(assistant.page).response["violations"]
    ]
    assert [each for each in found if each[0] in ("serious", "critical")] == []
    wide = assistant.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px have to be scrolled to sideways"
