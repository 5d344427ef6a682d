"""The scripted backend's HTTP: written by hand on asyncio, so that it can break off wherever a script says."""

import asyncio
import socket
import threading
from collections.abc import Callable

from .desk import Play, Seen, play
from .scripts import PAUSE

# Streams leave in pieces of this many bytes, so that characters, lines and events are cut anywhere.
BITE = 37


class ScriptedBackend:
    """A server in a thread of its own. What it saw is read from the tests' thread."""

    def __init__(self) -> None:
        self.connections = 0
        self.octets = 0
        self.requests: list[Seen] = []
        self.hung_up = threading.Event()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._released: asyncio.Event | None = None
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "ScriptedBackend":
        self._thread.start()
        if not self._up.wait(10):
            raise RuntimeError("the scripted backend did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(10)

    @property
    def address(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Starts a new story: nothing seen, nobody waiting."""
        self.connections = self.octets = 0
        self.requests = []
        self.hung_up.clear()
        self._at_once(lambda: self._released.clear())

    def release(self) -> None:
        """Lets the streams that wait at their pause go on."""
        self._loop.call_soon_threadsafe(lambda: self._released.set())

    def _at_once(self, what: Callable[[], None]) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (what(), done.set()))
        done.wait(10)

    def _stop(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        asyncio.gather(*tasks, return_exceptions=True).add_done_callback(lambda _: self._loop.stop())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._released = asyncio.Event()
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()
        server.close()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while seen := await self._read(reader):
                self.requests.append(seen)
                if not await self._answer(play(seen), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Seen | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        self.octets += len(head)
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
        fields = dict(headers)
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body = await chunked(reader)
        else:
            body = await reader.readexactly(int(fields.get("content-length", "0")))
        self.octets += len(body)
        return Seen(method, target, headers, body)

    async def _answer(self, what: Play, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Tells whether the connection can be used again."""
        head = {"content-type": what.kind, **what.headers}
        if what.pieces:
            head["transfer-encoding"] = "chunked"
        else:
            head["content-length"] = str(len(what.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        writer.write(f"HTTP/1.1 {what.status} Scripted\r\n{lines}\r\n".encode() + what.body)
        await writer.drain()
        if not what.pieces:
            return True
        try:
            return await self._stream(what, reader, writer)
        except ConnectionError:
            self.hung_up.set()
            raise

    async def _stream(self, what: Play, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        for piece in what.pieces:
            if piece is not PAUSE:
                await send(writer, piece)
            elif what.stream == "cut":
                writer.transport.abort()
                return False
            elif what.stream == "garbage":
                await send(writer, b'data: {"choices": [{"delta": oups\n\n')
                break
            elif what.stream == "stepped":
                await self._released.wait()
            elif what.stream == "endless":
                # Whoever leaves closes the connection: nothing else is ever sent on it.
                await reader.read(1)
                raise ConnectionResetError
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


async def send(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """One piece of a stream, in bites."""
    for start in range(0, len(piece), BITE):
        bite = piece[start : start + BITE]
        writer.write(f"{len(bite):x}\r\n".encode() + bite + b"\r\n")
        await writer.drain()


async def chunked(reader: asyncio.StreamReader) -> bytes:
    """A body that comes in chunks, without trailers."""
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body
