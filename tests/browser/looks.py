"""The ways in which people look at a page, and the browser that shows it: the distribution's Chromium."""

from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Playwright

CHROMIUM = "/usr/bin/chromium"

# Root has no sandbox in a container; the rest keeps the browser from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Look:
    """A screen and a theme."""

    name: str
    width: int = 1280
    height: int = 800
    scheme: str = "light"
    scale: float = 1
    script: bool = True


# What WCAG 2.1 asks for: both themes, reflow at 320 px (1.4.10), text at 200 % (1.4.4), which halves the page's width.
LOOKS = [
    Look("light"),
    Look("dark", scheme="dark"),
    Look("320", width=320, height=640),
    Look("zoom-200", width=640, height=400, scale=2),
]


def launch(playwright: Playwright) -> Browser:
    """Starts the browser."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def window(browser: Browser, look: Look) -> BrowserContext:
    """A window of its own: nothing of another visit is there."""
    return browser.new_context(
        viewport={"width": look.width, "height": look.height},
        device_scale_factor=look.scale,
        color_scheme=look.scheme,
        java_script_enabled=look.script,
        locale="fr-FR",
    )
