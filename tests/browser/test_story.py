"""The whole way of one agent, on a gateway that people sign in to, with a real OpenID provider: the first visit, the charter,
a number that may not leave, the answer, what is said back of it, and what the committee sees of it all."""

from collections.abc import Callable

import httpx2
from conftest import AGENT
from gateway import Gateway
from playwright.sync_api import BrowserContext, Page, expect

# Four more, so that what five people said may be shown.
OTHERS = [f"agent-{number}@departement04.example" for number in range(1, 5)]
NIR = "1 85 07 78 006 084 26"
MENTION = "Ce message a été généré avec l'aide d'un outil IA."


def accept(gateway: Gateway, key: str) -> dict[str, str]:
    """The charter, by a program; what its next requests bring."""
    headers = {"authorization": f"Bearer {key}"}
    version = httpx2.get(f"{gateway.address}/api/charter").json()["version"]

    def accepted() -> None:
        answer = httpx2.post(f"{gateway.address}/api/charter/acceptance", headers=headers, json={"version": version})
        assert answer.status_code in (200, 201), answer.text

    # A new key is known in under a second.
    assert gateway.until(accepted, 10)
    return headers


def test_from_the_first_visit_to_the_committee(
    signed_in: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """Each step as its user takes it."""
    page = visit().new_page()
    page.goto(signed_in.address + "/assistant")
    # Nobody is known yet: the page leads to the issuer and back.
    page.get_by_role("link", name="Se connecter").last.click()
    expect(page.locator(".who")).to_contain_text(AGENT)

    # The charter comes first.
    page.goto(signed_in.address + "/charte")
    keep(page, "histoire-1-charte")
    page.get_by_label("J'ai lu la charte").check()
    page.get_by_role("button", name="Accepter la charte").click()
    expect(page.get_by_role("status").first).to_contain_text("est enregistrée")

    # A number is seen while it is typed, and stays here.
    page.goto(signed_in.address + "/assistant")
    page.get_by_label("Outil").select_option(label="Simulateur") if page.get_by_label("Outil").count() else None
    field = page.get_by_role("textbox", name="Votre question")
    field.press_sequentially(f"répète : Le NIR de Mme Roux est {NIR}.")
    expect(page.get_by_role("heading", name="Données repérées")).to_be_visible()
    assert NIR in page.locator("#dessous mark").all_inner_texts()
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Rien n'a été envoyé")
    keep(page, "histoire-2-retenu")

    # Masked, it may be asked about, and is in the answer again, with the mention.
    page.get_by_role("button", name="Tout masquer et envoyer").click()
    answer = page.locator(".reply .answer")
    expect(answer).to_contain_text(f"Le NIR de Mme Roux est {NIR}.")
    expect(answer).to_contain_text(MENTION)
    keep(page, "histoire-3-reponse")
    request = page.locator(".reply .notes code").inner_text()

    # What is said back of it.
    def written() -> None:
        page.goto(f"{signed_in.address}/retours?demande={request}")
        page.get_by_label("Note").select_option("4")
        page.get_by_role("button", name="Envoyer le retour").click()
        assert "est enregistré" in page.get_by_role("main").inner_text()

    assert signed_in.until(written, 10), page.get_by_role("main").inner_text()
    page.goto(f"{signed_in.address}/signalements?demande={request}")
    page.get_by_label("De quoi s'agit-il ?").select_option("discrimination")
    page.get_by_label("Ce qui s'est passé").fill("La réponse suppose que l'usager est un homme.")
    page.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.get_by_role("status")).to_contain_text("est enregistré")
    keep(page, "histoire-4-signalement")

    # Of five people the committee sees the count; of one it would see nothing.
    page.goto(f"{signed_in.address}/comite?au={current_month(page, signed_in)}")
    assert "Discrimination" not in page.get_by_role("main").inner_text()
    for other in OTHERS:
        headers = accept(signed_in, signed_in.new_key(other, "solidarites"))
        body = {"tool": "simulateur", "rating": 5}
        assert httpx2.post(f"{signed_in.address}/api/feedback", headers=headers, json=body).status_code == 201
        body = {"category": "discrimination", "description": "La réponse suppose que l'usager est un homme."}
        assert httpx2.post(f"{signed_in.address}/api/incidents", headers=headers, json=body).status_code == 201
    with_documents = f"{signed_in.address}/comite?au={current_month(page, signed_in)}&du={current_month(page, signed_in)}"

    def seen() -> None:
        page.goto(with_documents)
        main = page.get_by_role("main").inner_text()
        assert "discriminatoire" in main.lower() and "Simulateur" in page.locator("#feedback").inner_text()

    # Figures are read again after a minute.
    assert signed_in.until(seen, 75), page.get_by_role("main").inner_text()[:3000]
    keep(page, "histoire-5-comite")

    # Out again: nothing of the agent is shown any more, and the browser keeps nothing of the conversation.
    kept = "localStorage.getItem('gardefou.conversations')"
    assert "Le NIR de Mme Roux" in page.evaluate(kept)
    page.get_by_role("button", name="Se déconnecter").click()
    assert AGENT not in page.content()
    assert page.evaluate(kept) is None
    page.goto(signed_in.address + "/mes-donnees")
    assert AGENT not in page.content()


def current_month(page: Page, gateway: Gateway) -> str:
    """The month under way, as the board offers it."""
    page.goto(f"{gateway.address}/comite")
    return page.locator("#au option").first.get_attribute("value")
