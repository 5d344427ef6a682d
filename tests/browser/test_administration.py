"""What who keeps the policy does in a browser: tries a draft, makes a key and revokes it, reads what changed."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from gateway import Gateway
from looks import LOOKS, Look
from playwright.sync_api import BrowserContext, Page, expect

MISTAKES = '\n[[tool]]\nid = "essai"\nname = "Essai"\nlevel = 1\nstatus = "valide"\nreveiw_before = 2027-06-30\n'


def stands(page: Page) -> None:
    """axe-core finds nothing serious, and nothing has to be scrolled sideways."""
    found = [each["id"] for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def policy_of(gateway: Gateway) -> str:
    """The file of the policy in force."""
    return (gateway.folder / "config" / "policy.toml").read_text()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_a_draft_is_tried(
    look: Look, gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """Mistakes are shown with their carets and focused; what was pasted comes back; mended, it says what changes."""
    page = visit(look).new_page()
    page.goto(gateway.address + "/administration/essai")
    before = policy_of(gateway)
    draft = page.get_by_label("Texte de la politique")
    draft.fill(before + MISTAKES)
    page.get_by_role("button", name="Essayer ce brouillon").click()
    expect(page.get_by_role("status")).to_contain_text("serait refusée")
    expect(page.get_by_role("status")).to_be_focused()
    shown = page.get_by_role("region", name="Erreurs et avertissements")
    expect(shown).to_contain_text("vouliez-vous dire `review_before`")
    expect(shown).to_contain_text("^^^^")
    expect(draft).to_have_value(before + MISTAKES)
    stands(page)
    keep(page, f"administration-essai-refuse-{look.name}")
    draft.fill(before.replace("review_before = 2027-06-30", "review_before = 2027-12-31", 1))
    page.get_by_role("button", name="Essayer ce brouillon").click()
    expect(page.get_by_role("status")).to_contain_text("peut entrer en vigueur")
    expect(page.get_by_role("region", name="Ce qui change, et pour qui")).to_contain_text("2027-12-31")
    expect(page.get_by_role("region", name="Essais de la politique")).to_contain_text("réussi")
    stands(page)
    keep(page, f"administration-essai-accepte-{look.name}")
    assert policy_of(gateway) == before


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[2], Look("no-script", script=False)], ids=lambda look: look.name)
def test_a_key_is_made_and_revoked(
    look: Look, gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """Shown once; revoked on a page that asks again; all of it without a script."""
    page = visit(look).new_page()
    page.goto(gateway.address + "/administration/cles")
    owner = f"essai-{look.name}@departement04.example"
    page.get_by_label("Responsable", exact=True).fill(owner)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Créer la clé").click()
    key = page.locator("#cle").inner_text()
    assert key.startswith("gf_")
    expect(page.get_by_role("status")).to_contain_text("n'est gardée nulle part")
    if look.script:
        stands(page)
        keep(page, f"administration-cle-creee-{look.name}")
    page.get_by_role("link", name="J'ai copié la clé").click()
    assert key not in page.content()
    page.get_by_role("row").filter(has_text=owner).get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text("ne peut pas être rétablie")
    if look.script:
        stands(page)
        keep(page, f"administration-cle-revocation-{look.name}")
    page.get_by_role("button", name="Révoquer la clé").click()
    expect(page.get_by_role("status")).to_contain_text("est révoquée")
    expect(page.get_by_role("row").filter(has_text=owner)).to_contain_text("révoquée le")


def test_what_is_wrong_with_a_key_is_said_at_its_field(gateway: Gateway, visit: Callable[..., BrowserContext]) -> None:
    """The summary is focused and leads to the field."""
    page = visit().new_page()
    page.goto(gateway.address + "/administration/cles")
    page.get_by_label("Responsable", exact=True).fill(" ")
    page.get_by_role("button", name="Créer la clé").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.get_by_label("Responsable", exact=True)).to_be_focused()
    assert page.title().startswith("Erreur")
    stands(page)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_a_version_and_what_changed_are_read(
    look: Look, gateway: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """From the state to the text of the version in force; compared with itself nothing changes."""
    page = visit(look).new_page()
    page.goto(gateway.address + "/administration")
    page.get_by_role("link", name="Toutes les versions").click()
    page.get_by_role("row").last.get_by_role("link").click()
    expect(page.get_by_role("region", name="Texte")).to_contain_text("[charter]")
    stands(page)
    keep(page, f"administration-version-{look.name}")
    page.get_by_role("link", name="Versions", exact=True).click()
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("region")).to_contain_text("Rien ne change")
    stands(page)
