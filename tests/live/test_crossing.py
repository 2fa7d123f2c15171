"""A thousand clients at once, each with tokens of its own, while endpoints fail at random: nobody ever gets what was meant
for somebody else."""

import asyncio
import random
import re
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from support.origin import Faults, Origin, response

CLIENTS, REQUESTS = 1000, 5
STREAMS = 10  # HTTP/2: clients per connection
LIMITS = {"connections_per_client": 5000, "client_connections": 5000, "keepalive_requests": 1_000_000}
GATEWAY_ERRORS = (502, 503, 504)


def fail_at_random(origin, chance):
    """Answers /token/X with X, in pieces and late, and fails in all the ways there are."""
    dice = random.Random(origin.port)

    async def answer(request, reader, writer):
        token = request.target.rsplit("/", 1)[1].encode()
        if dice.random() < chance:
            await dice.choice([Faults.reset, Faults.close, Faults.garbage, Faults.cut, Faults.surplus_of(token)])(request, reader, writer)
            return
        if dice.random() < 0.3:
            await asyncio.sleep(dice.random() / 50)
        head, _, body = response(200, token).partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n" + body[:5])
        await writer.drain()
        writer.write(body[5:])

    origin.on("/token/", answer)


class Http2Origin(Origin):
    """The same by HTTP/2 with prior knowledge, where what fails is one stream, or the connection of many."""

    chance = 0.0

    async def _serve(self, reader, writer):
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="latin-1"))
        http.initiate_connection()
        dice = random.Random(self.port)
        late = set()
        try:
            writer.write(http.data_to_send())
            while data := await reader.read(1 << 16):
                for event in http.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        token = dict(event.headers)[":path"].rsplit("/", 1)[1].encode()
                        late.add(asyncio.create_task(self._answer(http, writer, event.stream_id, token, dice)))
                writer.write(http.data_to_send())
                await writer.drain()
        except (ConnectionError, h2.exceptions.ProtocolError):
            pass
        finally:
            for task in late:
                task.cancel()
            writer.close()

    async def _answer(self, http, writer, stream, token, dice):
        if dice.random() < 0.3:
            await asyncio.sleep(dice.random() / 50)
        try:
            if dice.random() < self.chance:
                self._fail(http, writer, stream, token, dice)
            else:
                self._send(http, stream, token, len(token))
            writer.write(http.data_to_send())
        except h2.exceptions.ProtocolError:  # the stream or the connection has ended meanwhile
            pass

    def _send(self, http, stream, body, length, is_end=True):
        http.send_headers(stream, [(":status", "200"), ("content-length", str(length))])
        http.send_data(stream, body[:5])
        http.send_data(stream, body[5:], end_stream=is_end)

    def _fail(self, http, writer, stream, token, dice):
        if dice.random() < 0.05:  # of the connection, and of all that is on it
            what = dice.choice(["abort", "close", "garbage", "goodbye"])
            if what == "abort":
                writer.transport.abort()
            elif what == "close":
                writer.close()
            elif what == "garbage":
                writer.write(b"\x16\x03\x01 this is not HTTP/2\r\n\r\n")
            else:
                http.close_connection()
            return
        what = dice.choice(["reset", "refuse", "cut", "short", "long", "surplus"])
        if what == "reset":
            http.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif what == "refuse":
            http.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        elif what == "cut":
            self._send(http, stream, b"x" * 500, 1000, is_end=False)
            http.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        elif what == "short":
            self._send(http, stream, token[:7], len(token))
        elif what == "long":
            self._send(http, stream, token + b"smuggled", len(token))
        else:  # and once more on a stream that has ended
            self._send(http, stream, token, len(token))
            writer.write(http.data_to_send() + b"\0\0\x08\0\1" + stream.to_bytes(4, "big") + b"smuggled")


def tls(protocol):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context


class Count:
    def __init__(self):
        self.right, self.failed, self.crossed = 0, 0, []

    def take(self, token, status, body, is_whole):
        if status == 200 and is_whole:
            if body == token.encode():
                self.right += 1
            else:
                self.crossed.append((token, body))
            return
        self.failed += 1
        if status == 200 and not token.encode().startswith(body) and body.strip(b"x"):
            self.crossed.append((token, body))  # even a part must be our own; 'x' is the filling of a cut answer
        elif status not in (200, 0, *GATEWAY_ERRORS):
            self.crossed.append((token, status))


async def ask_h1(port, token, reader, writer):
    """(status, body, is whole) of one request."""
    writer.write(f"GET /token/{token} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    body = b""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)[1])
        while len(body) < length:
            piece = await reader.read(length - len(body))
            if not piece:
                return status, body, False
            body += piece
        return status, body, True
    except (ConnectionError, asyncio.IncompleteReadError):
        return 0, body, False


async def client_h1(port, number, count):
    reader = writer = None
    for request in range(REQUESTS):
        if writer is None or writer.is_closing() or reader.at_eof():
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls("http/1.1"))
        token = f"token-{number}-{request}-{random.getrandbits(64):x}"
        status, body, is_whole = await ask_h1(port, token, reader, writer)
        count.take(token, status, body, is_whole)
        if not is_whole:
            writer.close()
    writer.close()


async def clients_h2(port, number, count):
    """STREAMS clients on one connection, their requests at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls("h2"))
    http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="latin-1"))
    http.initiate_connection()
    for request in range(REQUESTS):
        open_streams = {}
        for stream in range(STREAMS):
            token, identity = f"token-{number}-{stream}-{request}-{random.getrandbits(64):x}", http.get_next_available_stream_id()
            http.send_headers(identity, [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"),
                                         (":path", f"/token/{token}")], end_stream=True)
            open_streams[identity] = [token, 0, b""]
        while open_streams:
            writer.write(http.data_to_send())
            data = await reader.read(1 << 16)
            assert data, "the connection ended: on HTTP/2 only the stream may"
            for event in http.receive_data(data):
                take_event(http, event, open_streams, count)
    writer.write(http.data_to_send())
    writer.close()


def take_event(http, event, open_streams, count):
    identity = getattr(event, "stream_id", None)
    if identity not in open_streams:
        return
    state = open_streams[identity]
    if isinstance(event, h2.events.ResponseReceived):
        state[1] = int(dict(event.headers)[":status"])
    elif isinstance(event, h2.events.DataReceived):
        state[2] += event.data
        http.acknowledge_received_data(event.flow_controlled_length, identity)
    elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
        count.take(*state, isinstance(event, h2.events.StreamEnded))
        del open_streams[identity]


async def everybody(port, protocol, count):
    if protocol == "h1":
        tasks = [client_h1(port, number, count) for number in range(CLIENTS)]
    else:
        tasks = [clients_h2(port, number, count) for number in range(CLIENTS // STREAMS)]
    await asyncio.wait_for(asyncio.gather(*tasks), 200)


def run(bench, protocol, origins, upstream=None):
    server = bench.gateway(limits=LIMITS, upstreams={"origin": {
        "endpoints": [origin.endpoint for origin in origins], "connect_timeout": "5s", "response_timeout": "30s", **(upstream or {})}})
    count = Count()
    asyncio.run(everybody(server.port, protocol, count))
    print(f"{count.right} right, {count.failed} failed, {len(count.crossed)} crossed")
    assert count.crossed == []
    assert count.right + count.failed == CLIENTS * REQUESTS
    return count.right / (CLIENTS * REQUESTS)


def test_nobody_gets_what_was_meant_for_somebody_else(bench, protocol):
    origins = [bench.origin() for _ in range(4)]
    for origin, chance in zip(origins, (0.0, 0.02, 0.1, 0.3)):
        fail_at_random(origin, chance)
    assert run(bench, protocol, origins) > 0.7


def test_nobody_gets_what_was_meant_for_somebody_else_on_connections_that_are_shared(bench, protocol):
    origins = [Http2Origin() for _ in range(4)]
    bench.origins += origins
    for origin, chance in zip(origins, (0.0, 0.02, 0.1, 0.3)):
        origin.chance = chance
    assert run(bench, protocol, origins, {"protocol": "h2"}) > 0.5
