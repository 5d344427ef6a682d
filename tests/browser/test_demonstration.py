"""The pages with the data of a demonstration: six months of made-up usage, as a committee would see them."""

import subprocess
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Newcomer
from gateway import Gateway, binary
from looks import LOOKS, Look
from pages import HEAVIEST, PAGES, WITH_SCRIPTS
from playwright.sync_api import BrowserContext, Page

# Seconds for six months of usage, and for the committee's figures of them, with a binary that nothing was optimised in.
MAKING = 240
FIGURES_MS = 90_000

PATHS = [path for path, _ in PAGES if path not in WITH_SCRIPTS]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose database was filled before it started."""
    gateway = Newcomer(tmp_path_factory.mktemp("demonstration"), "")
    made = subprocess.run(
        [binary(), "demo-data", "--months", "6", "--force", "--config", gateway.settings],
        cwd=gateway.folder, capture_output=True, text=True, timeout=MAKING,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    with gateway as running:
        yield running


def board(window: BrowserContext, gateway: Gateway) -> Page:
    """The committee's page."""
    page = window.new_page()
    page.goto(gateway.address + "/comite", timeout=FIGURES_MS)
    return page


@pytest.mark.parametrize("path", PATHS)
def test_a_page_full_of_data_stays_light(
    path: str, demonstration: Gateway, visit: Callable[..., BrowserContext]
) -> None:
    """The page with its style and scripts stays under the bound of the project."""
    page = visit().new_page()
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(demonstration.address + path, wait_until="networkidle", timeout=FIGURES_MS)
    weight = sum(len(answer.body()) for answer in answers)
    assert weight < HEAVIEST, f"{path} weighs {weight} bytes"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_charts_are_read_in_every_look(
    look: Look, demonstration: Gateway, visit: Callable[..., BrowserContext], keep: Callable[[Page, str], None]
) -> None:
    """No label of a chart is cut or tiny; what is wider than the screen is scrolled in a box that the keyboard reaches."""
    page = board(visit(look), demonstration)
    keep(page, f"demonstration-{look.name}")
    assert page.locator("figure svg").count() >= 5
    cut = page.evaluate(
        """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
             const { width, height } = svg.viewBox.baseVal;
             return [...svg.querySelectorAll('text')].filter(text => {
               const box = text.getBBox();
               return box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height;
             }).map(text => text.textContent);
           })"""
    )
    assert cut == []
    small = page.evaluate(
        """() => [...document.querySelectorAll('figure svg')].map(svg =>
             parseFloat(getComputedStyle(svg).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""
    )
    assert min(small) >= 11, f"{min(small):.1f} px"
    boxes = page.locator("figure .wide")
    assert boxes.count() == page.locator("figure svg").count()
    named = "boxes => boxes.map(box => [box.tabIndex, document.getElementById(box.getAttribute('aria-labelledby')).innerText])"
    for tab, name in boxes.evaluate_all(named):
        assert tab == 0 and name
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    found = [each["id"] for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    assert found == []
