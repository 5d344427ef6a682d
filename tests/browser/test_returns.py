"""What callers give back, in a browser: errors one can mend, a number, a state in words, and a refusal contested."""

import re
from collections.abc import Callable

import httpx2
from axe_playwright_python.sync_playwright import Axe
from gateway import Gateway
from playwright.sync_api import BrowserContext, Page, expect


def serious(page: Page) -> list[str]:
    """What axe-core finds serious or critical."""
    found = Axe().run(page).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """The summary has the focus and leads to the field; nothing that was typed is lost."""
    page = visit().new_page()
    page.goto(gateway.address + "/signalements")
    page.get_by_label("De quoi s'agit-il ?").select_option("data")
    page.get_by_label("Ce qui s'est passé").fill("Le NIR 2 64 05 04 070 012 56 est apparu.")
    page.get_by_role("button", name="Envoyer le signalement").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("hautement personnelles")
    expect(page.get_by_label("De quoi s'agit-il ?")).to_have_value("data")
    expect(page.get_by_label("Ce qui s'est passé")).to_have_value("Le NIR 2 64 05 04 070 012 56 est apparu.")
    expect(page.get_by_label("Ce qui s'est passé")).to_have_attribute("aria-invalid", "true")
    assert page.title().startswith("Erreur")
    assert serious(page) == []
    keep(page, "signalements-erreur")
    summary.get_by_role("link").click()
    expect(page.get_by_label("Ce qui s'est passé")).to_be_focused()


def test_an_incident_has_a_number_and_a_state(
    gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """Reported, numbered, found again in the list, and more said about it."""
    page = visit().new_page()
    page.goto(gateway.address + "/signalements")
    assert "aucun message n'est envoyé" in page.locator("main").inner_text()
    page.get_by_label("De quoi s'agit-il ?").select_option("discrimination")
    page.get_by_label("Ce qui s'est passé").fill("La réponse écarte les usagers sans adresse.")
    page.get_by_role("button", name="Envoyer le signalement").click()
    number = page.locator("h1").inner_text().split()[-1]
    assert number.startswith("S-")
    expect(page.get_by_role("status")).to_contain_text("est enregistré")
    page.get_by_label(re.compile("Ajouter une précision|Répondre")).fill("C'était hier matin.")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("votre réponse est enregistrée")
    assert serious(page) == []
    keep(page, "signalement")
    page.goto(gateway.address + "/signalements")
    expect(page.get_by_role("row").filter(has_text=number).first).to_contain_text("ouvert depuis moins d")


def test_feedback_is_given_and_found_again(
    gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """By its name in the list; without a name, nowhere."""
    page = visit().new_page()
    page.goto(gateway.address + "/retours")
    page.get_by_role("button", name="Envoyer le retour").click()
    expect(page.get_by_role("alert")).to_contain_text("Donnez une note")
    page.get_by_label("Outil", exact=True).select_option("simulateur")
    page.get_by_label("Note", exact=True).select_option("4")
    page.get_by_label("Commentaire", exact=True).fill("Les comptes rendus sont plus courts.")
    page.get_by_role("button", name="Envoyer le retour").click()
    expect(page.get_by_role("status")).to_contain_text("est enregistré")
    assert "Les comptes rendus sont plus courts." in page.locator("main").inner_text()
    page.get_by_label("Note", exact=True).select_option("1")
    page.get_by_label("Commentaire", exact=True).fill("Personne ne doit savoir qui le dit.")
    page.get_by_label("Ne pas garder qui je suis").check()
    page.get_by_role("button", name="Envoyer le retour").click()
    expect(page.get_by_role("status")).to_contain_text("sans votre nom")
    page.goto(gateway.address + "/retours")
    own = page.locator("main").inner_text().split("Mes retours")[-1]
    assert "Les comptes rendus" in own and "Personne ne doit savoir" not in own
    assert serious(page) == []
    keep(page, "retours-donnes")


def test_a_refusal_is_contested_from_ones_own_data(
    gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """The row leads to a form that knows the request and the category."""
    body = {"model": "simulateur", "messages": [{"role": "user", "content": "Le NIR est 2 64 05 04 070 012 56"}]}
    refused = httpx2.post(f"{gateway.address}/v1/chat/completions", json=body)
    assert refused.status_code == 400
    request = refused.headers["x-gardefou-request-id"]
    page = visit().new_page()

    def there() -> None:
        page.goto(gateway.address + "/mes-donnees")
        assert request in page.content()

    assert gateway.until(there, 10)
    assert serious(page) == []
    keep(page, "mes-donnees-lignes")
    page.get_by_role("row").filter(has_text=request).get_by_role("link").click()
    expect(page.get_by_label("De quoi s'agit-il ?")).to_have_value("contest")
    expect(page.get_by_label("Numéro de la demande")).to_have_value(request)
    page.get_by_label("Ce qui s'est passé").fill("C'était un numéro de série.")
    page.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.get_by_role("main")).to_contain_text("refus contesté")
    page.goto(gateway.address + "/mes-donnees")
    with page.expect_download() as started:
        page.get_by_role("button", name="Copie en JSON").click()
    assert started.value.suggested_filename.endswith(".json")
