#!/usr/bin/env python3
"""How fast the pages come while people read streamed answers: benches/pages.py [--views 200] [--streams 200] [--seconds 10]

    cargo build --release && python3 benches/pages.py

One gateway on a port and in a folder of its own, one backend that sends a word every 100 ms, `--streams` answers under way
at every moment, and `--views` views of the portal and of what it loads a second, begun at their times whatever the ones
before take (an open loop, so a pause is not hidden). Callers, backend and views are three processes on this machine's
cores, beside the gateway. Prints the median, p99 and longest view, without streams first, then with them; exit status 1
where a view or a stream was not whole.
"""
import argparse
import asyncio
import json
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PAUSE = 0.1
WORDS = 40
SETTINGS = """listen = "{listen}"
policy = "policy.toml"
public_url = "http://{listen}"
[database]
url = "sqlite://{data}/gardefou.db"
outbox = "{data}/outbox.db"
[identity]
local = "poste-local"
pseudonym_key = {{ file = "{data}/pseudonym.key" }}
"""
POLICY = """[charter]
version = "1"
url = "https://neo.example/charte"
acceptance = "off"
[contacts]
dsiun = "dsiun@x.example"
rssi = "rssi@x.example"
dpo = "dpo@x.example"
[mention]
text = "Ce message a été généré avec l'aide d'un outil IA."
[[backend]]
id = "lent"
dialect = "openai"
base_url = "http://{backend}/v1"
[[tool]]
id = "lent"
name = "Lent"
level = 1
status = "validated"
decision = {{ reference = "D", date = 2025-06-12 }}
review_before = 2090-01-01
purpose = "Mesure"
data_used = "Aucune"
legal_basis = "Mission d'intérêt public"
provider = "Mesure"
hosting = "Sur place"
backends = ["lent"]
models = ["lent"]
groups = ["*"]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chunk(text, end=None):
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": end}
    event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "lent", "choices": [choice]}
    data = f"data: {json.dumps(event)}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def backend(port):
    """Answers every request with a stream of words."""

    async def serve(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                await reader.readexactly(int(length[1]) if length else 0)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
                for _ in range(WORDS):
                    writer.write(chunk("mot "))
                    await writer.drain()
                    await asyncio.sleep(PAUSE)
                writer.write(chunk("", "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run():
        async with await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024) as server:
            await server.serve_forever()

    asyncio.run(run())


def readers(port, streams, seconds, results):
    """Keeps so many streams under way; tells how many ended whole, and how many did not."""
    body = json.dumps({"model": "lent", "stream": True, "messages": [{"role": "user", "content": "Bonjour"}]}).encode()
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\nconnection: close\r\n\r\n" % (port, len(body))
    ) + body
    counts = {"whole": 0, "broken": 0}

    async def one(until):
        while time.monotonic() < until:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                answer = await reader.read(-1)
                writer.close()
                whole = answer.startswith(b"HTTP/1.1 200") and b"outil IA" in answer and b"[DONE]" in answer
            except ConnectionError:
                whole = False
            counts["whole" if whole else "broken"] += 1

    async def run():
        until = time.monotonic() + seconds
        await asyncio.gather(*(one(until) for _ in range(streams)))

    asyncio.run(run())
    results.put(counts)


def views(port, rate, seconds):
    """Views of the portal, begun at their times: seconds each took."""
    took, broken = [], 0
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/").read().decode()
    parts = ["/", *re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)]

    async def fetch(reader, writer, path):
        writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length[1]))
        return head.startswith(b"HTTP/1.1 200")

    async def run():
        nonlocal broken
        idle = []

        async def view(at):
            nonlocal broken
            try:
                reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
                fine = [await fetch(reader, writer, path) for path in parts]
                idle.append((reader, writer))
                broken += not all(fine)
            except (ConnectionError, asyncio.IncompleteReadError):
                broken += 1
            took.append(time.monotonic() - at)

        begin, under_way = time.monotonic() + 0.2, []
        for number in range(int(rate * seconds)):
            at = begin + number / rate
            await asyncio.sleep(max(0, at - time.monotonic()))
            under_way.append(asyncio.create_task(view(at)))
        await asyncio.gather(*under_way)

    asyncio.run(run())
    return sorted(took), broken, len(parts)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--views", type=int, default=200)
    arguments.add_argument("--streams", type=int, default=200)
    arguments.add_argument("--seconds", type=int, default=10)
    arguments.add_argument("--gardefou", default=os.path.join(HERE, "../target/release/gardefou"))
    arguments = arguments.parse_args()
    port, behind = free_port(), free_port()
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "gardefou.toml")
        with open(config, "w") as file:
            file.write(SETTINGS.format(listen=f"127.0.0.1:{port}", data=folder))
        with open(os.path.join(folder, "policy.toml"), "w") as file:
            file.write(POLICY.format(backend=f"127.0.0.1:{behind}"))
        server = multiprocessing.Process(target=backend, args=(behind,), daemon=True)
        server.start()
        log = open(os.path.join(folder, "log"), "w")
        gateway = subprocess.Popen([os.path.abspath(arguments.gardefou), "serve", "--config", config], stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").read()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        sys.exit("the gateway did not start")
                    time.sleep(0.05)
            print(f"{'streams':>8}{'views/s':>9}{'median ms':>11}{'p99 ms':>9}{'longest ms':>12}{'broken':>8}")
            for streams in (0, arguments.streams):
                results = multiprocessing.Queue()
                reading = multiprocessing.Process(target=readers, args=(port, streams, arguments.seconds + 2, results))
                reading.start()
                time.sleep(1)
                took, broken, _ = views(port, arguments.views, arguments.seconds)
                counts = results.get()
                reading.join()
                broken += counts["broken"]
                fine &= broken == 0 and (streams == 0 or counts["whole"] >= streams)
                at = lambda share: took[min(len(took) - 1, int(len(took) * share))] * 1e3
                print(f"{streams:8}{arguments.views:9}{at(0.5):11.2f}{at(0.99):9.2f}{took[-1] * 1e3:12.2f}{broken:8}", flush=True)
        finally:
            gateway.terminate()
            gateway.wait()
            server.terminate()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
