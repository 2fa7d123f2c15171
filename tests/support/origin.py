"""An origin whose behaviour a test scripts, down to the bytes: also one that hangs, resets or talks garbage."""

import asyncio
import dataclasses
import json
import re
import threading

from support.ports import free_port

KEPT_BODY = 1 << 20  # bytes of a request's body that are kept; of the rest only the number


@dataclasses.dataclass
class Request:
    method: str
    target: str
    fields: list  # (lower-case name, value) in wire order
    connection: int  # which connection of this origin it came on, from 1
    raw_head: bytes
    body: bytes = b""
    body_size: int = 0
    is_whole: bool = False  # its body has come to its end
    is_over: bool = False  # so it has, or its connection has ended before

    def field(self, name):
        """The value of `name`; several are joined by ", ", none is None."""
        values = [value for key, value in self.fields if key == name]
        return ", ".join(values) if values else None


def response(status=200, body=b"", fields=(), reason="X"):
    """The bytes of a whole response."""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def echo(request, reader, writer):
    """Answers with the request as it arrived, as JSON."""
    seen = {"method": request.method, "target": request.target, "fields": request.fields,
            "body": request.body.decode("latin-1"), "connection": request.connection}
    body = b"" if request.method == "HEAD" else json.dumps(seen).encode()
    fields = [("Content-Type", "application/json")]
    writer.write(response(200, body, fields))


class Faults:
    """Behaviours of an origin that fails."""

    @staticmethod
    async def reset(request, reader, writer):
        writer.transport.abort()

    @staticmethod
    async def close(request, reader, writer):
        writer.close()

    @staticmethod
    async def hang(request, reader, writer):
        await reader.read(1)  # until the gateway gives up and closes

    @staticmethod
    async def garbage(request, reader, writer):
        writer.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")

    @staticmethod
    async def cut(request, reader, writer):
        """Half of the body that was announced, then the end."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        await writer.drain()
        writer.close()

    @staticmethod
    async def cut_chunked(request, reader, writer):
        """Chunks without the last one."""
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        writer.close()

    @staticmethod
    async def two_lengths(request, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")

    @staticmethod
    def surplus_of(body):
        """More bytes than announced: what is over must not reach anybody."""

        async def surplus(request, reader, writer):
            writer.write(response(200, body) + response(200, b"smuggled"))

        return surplus


class Origin:
    """Listens in a thread of its own. `on(path, behaviour)` scripts; what is not scripted is echoed."""

    def __init__(self):
        self.port, self.requests, self.connections, self.open = free_port(), [], 0, 0
        self._behaviours, self._started = {}, threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(5), "the scripted origin did not start"

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.port}"

    def on(self, path, behaviour):
        """`behaviour(request, reader, writer)` is a coroutine; it answers requests whose path is `path`, or starts
        with it if `path` ends with a slash."""
        self._behaviours[path] = behaviour

    def paths(self):
        return [request.target for request in self.requests]

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20, backlog=1024))
        self._started.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        self.open += 1
        number = self.connections
        try:
            while not writer.is_closing():
                request = await self._read_head(reader, number)
                if request is None:
                    break
                self.requests.append(request)
                behaviour = self._behaviour(request.target.split("?")[0])
                if getattr(behaviour, "reads_body", False) is False:
                    if request.field("expect") == "100-continue":
                        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    await self.read_body(request, reader)
                await behaviour(request, reader, writer)
                if not writer.is_closing():
                    await writer.drain()
                if (request.field("connection") or "").lower() == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.open -= 1
            writer.close()

    def _behaviour(self, path):
        for scripted, behaviour in self._behaviours.items():
            if path == scripted or (scripted.endswith("/") and path.startswith(scripted)):
                return behaviour
        return echo

    async def _read_head(self, reader, number):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        line, *rest = head[:-4].decode("latin-1").split("\r\n")
        found = re.fullmatch(r"(\S+) (\S+) HTTP/1\.1", line)
        assert found, f"the gateway sent the request line {line!r}"
        fields = []
        for text in rest:
            name, colon, value = text.partition(":")
            assert colon and re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name), f"the gateway sent the field line {text!r}"
            fields.append((name.lower(), value.strip(" \t")))
        return Request(found[1], found[2], fields, number, head)

    async def read_body(self, request, reader):
        """Takes the whole body off the connection; behaviours with `reads_body` set call it when they like."""
        try:
            await self._read_body(request, reader)
            request.is_whole = True
        finally:
            request.is_over = True

    async def _read_body(self, request, reader):
        if (request.field("transfer-encoding") or "").lower() == "chunked":
            while True:
                size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
                await self._take(request, reader, size)
                if size == 0:
                    while await reader.readuntil(b"\r\n") != b"\r\n":
                        pass
                    return
                assert await reader.readexactly(2) == b"\r\n"
        await self._take(request, reader, int(request.field("content-length") or 0))

    async def _take(self, request, reader, size):
        while size > 0:
            piece = await reader.read(min(size, 1 << 18))
            if not piece:
                raise asyncio.IncompleteReadError(b"", size)
            size -= len(piece)
            request.body_size += len(piece)
            if len(request.body) < KEPT_BODY:
                request.body += piece
