"""Mail to the RSSI and the DPO through a real mail server (aiosmtpd): down, then up, over plain SMTP on this machine."""

import email
import email.policy
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from gateway import PATIENCE, Gateway, free_port
from scripted import ScriptedBackend

WORDS = "La réponse écarte les usagers sans adresse."


class Letters:
    """Takes every letter."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        """Keeps one."""
        self.taken.append(envelope)
        return "250 taken"


@pytest.fixture
def posting(playing: ScriptedBackend, tmp_path: Path) -> Iterator[tuple[Gateway, int]]:
    """A gateway of its own with a mail server in its settings, and the port of that server."""
    port = free_port()
    gateway = Gateway(tmp_path, playing.address)
    section = f'\n[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nfrom = "Gardefou <ia@departement04.example>"\n'
    gateway.settings.write_text(gateway.settings.read_text() + section)
    with gateway as running:
        yield running, port


def test_a_real_server_takes_both_letters_once(posting: tuple[Gateway, int]) -> None:
    """The number comes at once while the server is down; each recipient hears of it once it is up."""
    gateway, port = posting
    body = {"category": "discrimination", "description": WORDS}
    answer = httpx2.post(
        f"{gateway.address}/api/incidents", json=body, headers={"authorization": f"Bearer {gateway.key}"}
    )
    assert answer.status_code == 201, answer.text
    ticket = answer.json()["ticket"]
    assert gateway.until(lambda: metric(gateway, "gardefou_letters_failed_total") or 1 / 0, PATIENCE)
    letters = Letters()
    server = Controller(letters, hostname="127.0.0.1", port=port)
    server.start()
    try:
        deadline = time.monotonic() + 90  # the first pause is half a minute
        while len(letters.taken) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert gateway.until(lambda: metric(gateway, "gardefou_letters_waiting") == 0 or 1 / 0, PATIENCE)
    finally:
        server.stop()
    assert sorted(to for letter in letters.taken for to in letter.rcpt_tos) == [
        "dpo@departement04.example",
        "rssi@departement04.example",
    ]
    for letter in letters.taken:
        message = email.message_from_bytes(letter.content, policy=email.policy.default)
        text = message.get_content()
        assert ticket in message["subject"] and f"{gateway.address}/signalements/{ticket}" in text
        assert "écarte" not in text and "martin" not in text
        assert message["auto-submitted"] == "auto-generated"


def metric(gateway: Gateway, name: str) -> float:
    """A figure of the gateway."""
    text = httpx2.get(f"{gateway.address}/metrics").text
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])
