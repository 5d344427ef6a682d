"""One scripted backend and one gateway for the whole run; SDKs pointed at the one or the other."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from clients import Line, connect  # noqa: E402
from gateway import Gateway, Ledger  # noqa: E402
from scripted import BACKEND_KEY, ScriptedBackend  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    """Registers the one mark."""
    config.addinivalue_line("markers", "last: looks back at what the other tests did, so it runs after them")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Looks back at the end."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(scope="session")
def playing() -> Iterator[ScriptedBackend]:
    """The scripted backend, running."""
    with ScriptedBackend() as backend:
        yield backend


@pytest.fixture
def backend(playing: ScriptedBackend) -> ScriptedBackend:
    """The scripted backend, having seen nothing yet."""
    playing.forget()
    return playing


@pytest.fixture(scope="session")
def gateway(playing: ScriptedBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The program under test, running, in a folder of its own."""
    with Gateway(tmp_path_factory.mktemp("gardefou"), playing.address) as running:
        yield running


@pytest.fixture
def ledger(gateway: Gateway) -> Ledger:
    """What the gateway wrote down."""
    return Ledger(gateway.database)


@pytest.fixture
def direct(backend: ScriptedBackend) -> Iterator[Line]:
    """SDKs that talk to the scripted backend without a gateway."""
    line = connect(backend.address, BACKEND_KEY)
    yield line
    line.close()


@pytest.fixture
def line(gateway: Gateway, backend: ScriptedBackend) -> Iterator[Line]:
    """SDKs that talk to the gateway, with a key of it. They resend nothing."""
    line = connect(gateway.address, gateway.key)
    yield line
    gateway.heard += line.heard.answers
    line.close()


@pytest.fixture
def stubborn(gateway: Gateway, backend: ScriptedBackend) -> Iterator[Line]:
    """The same with the resending that the SDKs do unless told otherwise."""
    line = connect(gateway.address, gateway.key, retries=2)
    yield line
    gateway.heard += line.heard.answers
    line.close()
