"""More than one tab, and a session that ends: nothing is lost that should stay, and nothing stays that should go."""

import json
import sqlite3
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from conftest import AGENT
from gateway import Gateway
from playwright.sync_api import BrowserContext, Page, expect
from test_assistant import CHAT, PATIENCE, Assistant

Visit = Callable[..., BrowserContext]

expect.set_options(timeout=PATIENCE)


def conversations(assistant: Assistant) -> list[str]:
    """The titles that a tab shows."""
    return assistant.page.locator("#conversations .title").all_inner_texts()


def kept(page: Page) -> list[dict]:
    """What stands in the browser."""
    return (json.loads(page.evaluate("localStorage.getItem('gardefou.conversations')") or "{}")).get("all", [])


def unfold(assistant: Assistant) -> None:
    assistant.page.get_by_text("Conversations", exact=True).click()


def test_two_tabs_keep_both_conversations(visit: Visit, gateway: Gateway) -> None:
    """Each writes its own; what one erases the other does not bring back."""
    context = visit()
    one, two = (Assistant(context.new_page(), gateway) for _ in range(2))
    one.ask("Du premier onglet")
    two.ask("Du second onglet")
    one.ask("Encore du premier")
    assert sorted(each["title"] for each in kept(one.page)) == ["Du premier onglet", "Du second onglet"]
    for tab in (one, two):
        expect(tab.page.locator("#conversations .title")).to_have_count(2)

    # A title given in one tab is not taken back by the other, which has the conversation open.
    unfold(two)
    two.button("Renommer : Du premier onglet").click()
    two.page.get_by_label("Nouveau titre").fill("Renommée")
    two.page.get_by_label("Nouveau titre").press("Enter")
    one.ask("Et encore")
    assert [each["title"] for each in kept(one.page)] == ["Renommée", "Du second onglet"]

    # The same conversation in both: each shows what the other adds.
    two.page.get_by_role("button", name="Renommée", exact=True).click()
    expect(two.answers).to_have_count(3)
    one.ask("Une quatrième fois")
    expect(two.answers).to_have_count(4)
    two.ask("Une cinquième, d'ici")
    expect(one.answers).to_have_count(5)
    assert len(kept(one.page)[0]["turns"]) == 10

    # Erased in one tab, it goes from the other, whose draft stays, and does not come back.
    one.field.fill("Un brouillon")
    two.button("Supprimer : Renommée").click()
    expect(one.answers).to_have_count(0)
    expect(one.field).to_have_value("Un brouillon")
    one.ask("Une nouvelle")
    assert [each["title"] for each in kept(one.page)] == ["Une nouvelle", "Du second onglet"]

    # All of it as well, even while an answer comes in the other tab.
    two.ask("Une autre, gardée")
    two.field.fill("répète : " + " ".join(f"mot{number}" for number in range(400)))
    two.field.press("Enter")
    expect(two.answers.last).to_contain_text("mot3")
    unfold(one)
    one.button("Tout effacer").click()
    one.button("Effacer tout, définitivement").click()
    expect(one.page.get_by_text("Aucune conversation gardée.")).to_be_visible()
    expect(two.answers).to_have_count(0)
    one.page.wait_for_timeout(500)
    assert kept(one.page) == [] == conversations(two)


def enter(context: BrowserContext, gateway: Gateway) -> Page:
    """A page of somebody who signed in."""
    page = context.new_page()
    page.goto(gateway.address + "/connexion")
    page.get_by_role("link", name="Se connecter").last.click()
    expect(page.locator(".who")).to_contain_text(AGENT)
    return page


def accept(page: Page) -> None:
    page.get_by_label("J'ai lu la charte").check()
    page.get_by_role("button", name="Accepter la charte").click()
    expect(page.get_by_role("status").first).to_contain_text("est enregistrée")


def end_sessions(gateway: Gateway) -> None:
    """As two hours without a request would."""
    with sqlite3.connect(gateway.database, timeout=10) as database:
        assert database.execute("DELETE FROM sessions").rowcount > 0


def test_a_session_that_ends_takes_no_question_with_it(signed_in: Gateway, visit: Visit) -> None:
    """Neither the way to the charter nor the way to sign in again loses what was written."""
    context = visit()
    enter(context, signed_in).close()
    assistant = Assistant(context.new_page(), signed_in)
    page = assistant.page
    page.get_by_label("Outil", exact=True).select_option("simulateur")
    assistant.field.fill("répète : une question précieuse")
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("La charte en vigueur n'est pas encore acceptée")
    told = assistant.alert.inner_text()
    request = assistant.asked(CHAT)[-1].response().headers["x-gardefou-request-id"]
    assert "http" not in told and told.count(request) == 1, told
    with page.expect_popup() as opened:
        assistant.alert.get_by_role("link", name="Lire et accepter la charte (nouvel onglet)").click()
    accept(opened.value)
    opened.value.close()
    expect(assistant.field).to_have_value("répète : une question précieuse")
    assistant.field.press("Enter")
    expect(assistant.answers).to_contain_text("une question précieuse")

    end_sessions(signed_in)
    assistant.field.fill("répète : une autre, après la pause")
    assistant.field.press("Enter")
    expect(assistant.alert).to_contain_text("Votre session est terminée")
    assert "gf_" not in assistant.alert.inner_text()
    with page.expect_popup() as opened:
        assistant.alert.get_by_role("link", name="Se connecter de nouveau (nouvel onglet)").click()
    opened.value.get_by_role("link", name="Se connecter").last.click()
    expect(opened.value.locator(".who")).to_contain_text(AGENT)
    expect(assistant.field).to_have_value("répète : une autre, après la pause")
    expect(assistant.answers).to_have_count(1)
    assistant.field.press("Enter")
    expect(assistant.answers.nth(1)).to_contain_text("une autre, après la pause")


def test_signing_out_empties_every_tab(signed_in: Gateway, visit: Visit) -> None:
    """From the assistant's own page, and from one that has no script."""
    context = visit()
    accepting = enter(context, signed_in)
    accepting.goto(signed_in.address + "/charte")
    accept(accepting)
    for path in ("/outils", "/assistant"):
        assistant = Assistant(context.new_page(), signed_in)
        assistant.page.get_by_label("Outil", exact=True).select_option("simulateur")
        assistant.ask("répète : confidence")
        assistant.field.fill("Un brouillon confidentiel")
        other = context.new_page()
        other.goto(signed_in.address + path)
        other.get_by_role("button", name="Se déconnecter").click()
        expect(other.get_by_role("heading", name="Vous êtes déconnecté")).to_be_visible()
        expect(assistant.page).to_have_url(signed_in.address + "/connexion?retour=/assistant")
        assert "confiden" not in assistant.page.content()
        assert other.evaluate("localStorage.getItem('gardefou.conversations')") is None
        assistant.page.go_back()
        assert "confiden" not in assistant.page.content()
        assistant.page.close()
        other.close()
        enter(context, signed_in)


def test_a_form_of_a_session_that_is_over_is_not_lost(signed_in: Gateway, visit: Visit, keep: Callable[[Page, str], None]) -> None:
    """What was typed is shown again, beside the way to sign in; it can then be sent."""
    context = visit()
    page = enter(context, signed_in)
    page.goto(signed_in.address + "/signalements")
    page.get_by_label("De quoi s'agit-il ?").select_option("discrimination")
    page.get_by_label("Ce qui s'est passé").fill("La réponse <suppose> que l'usager est un homme.")
    end_sessions(signed_in)
    page.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.get_by_role("heading", name="Votre session est terminée")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_focused()
    given_back = page.get_by_label("Ce qui s'est passé")
    expect(given_back).to_have_value("La réponse <suppose> que l'usager est un homme.")
    expect(given_back).not_to_be_editable()
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    keep(page, "session-terminee")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Se connecter de nouveau (nouvel onglet)").click()
    again = opened.value
    again.get_by_role("link", name="Se connecter").last.click()
    expect(again).to_have_url(signed_in.address + "/signalements")
    again.get_by_label("De quoi s'agit-il ?").select_option("discrimination")
    again.get_by_label("Ce qui s'est passé").fill(given_back.input_value())
    again.get_by_role("button", name="Envoyer le signalement").click()
    expect(again.get_by_role("status")).to_contain_text("est enregistré")


def test_an_address_that_only_takes_forms_says_so(gateway: Gateway, visit: Visit) -> None:
    """A page of ours, and the way to the form."""
    page = visit().new_page()
    answer = page.goto(gateway.address + "/retours/reponse")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.get_by_role("link", name="Ouvrir la page du formulaire").click()
    expect(page.get_by_role("heading", name="Donner un retour")).to_be_visible()
