"""One gateway as a newcomer starts it, and one browser, for the whole run."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sdk")]

from gateway import Gateway, free_port  # noqa: E402
from looks import LOOKS, Look, launch, window  # noqa: E402

# What the pages looked like: kept after the run.
ARTEFACTS = HERE / "artefacts"

OIDC = HERE.parent / "oidc"
AGENT = "a.martin@departement04.example"


class Newcomer(Gateway):
    """The gateway of the README: the repository's own settings and policy, on a port and in a folder of its own."""

    def _write(self, backend: str) -> None:
        """Gemini is at `backend`, where one is named."""
        source = HERE.parent.parent / "config"
        (self.folder / "config").mkdir()
        listen = self.address.removeprefix("http://")
        for name in ("gardefou.toml", "policy.toml"):
            text = (source / name).read_text().replace("127.0.0.1:8080", listen)
            if backend:
                text = text.replace("https://generativelanguage.googleapis.com", backend).replace("GEMINI_API_KEY", "SCRIPTED_KEY")
            (self.folder / "config" / name).write_text(text)


class SignedIn(Newcomer):
    """The repository's policy behind an issuer: nobody is known without signing in, and the agent is of the committee too."""

    issuer = ""

    def _write(self, backend: str) -> None:
        super()._write(backend)
        settings = self.settings.read_text()
        head, _, identity = settings.partition('local = "poste-local"')
        identity = identity.replace('members = ["poste-local"]', f'members = ["{AGENT}"]')
        (self.folder / "secret").write_text("le-secret-du-client-qui-est-assez-long")
        identity += f"""
[identity.oidc]
issuer = "{self.issuer}"
client_id = "gardefou"
client_secret = {{ file = "{self.folder / "secret"}" }}
"""
        self.settings.write_text(head + identity)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The program under test, running."""
    with Newcomer(tmp_path_factory.mktemp("gardefou"), "") as running:
        yield running


@pytest.fixture
def signed_in(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway and its issuer."""
    port = free_port()

    class Here(SignedIn):
        issuer = f"http://127.0.0.1:{port}"

    gateway = Here(tmp_path, "")
    provider = subprocess.Popen(
        ["node", "provider.mjs", str(port), gateway.address, AGENT],
        cwd=OIDC, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert "ready" in provider.stdout.readline(), "`npm ci --prefix tests/oidc` installs the provider"
        with gateway:
            yield gateway
    finally:
        provider.kill()
        provider.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows, closed at the end of the test."""
    opened: list[BrowserContext] = []

    def open_window(look: Look = LOOKS[0]) -> BrowserContext:
        opened.append(window(browser, look))
        return opened[-1]

    yield open_window
    for each in opened:
        each.close()


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keeps a picture of a page."""
    ARTEFACTS.mkdir(exist_ok=True)

    def picture(page: Page, name: str) -> None:
        page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)

    return picture
