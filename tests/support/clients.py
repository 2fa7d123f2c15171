"""HTTP clients with one interface for both versions, and raw sockets for what no proper client would send."""

import socket
import ssl

import h2.config
import h2.connection
import h2.events


class Response:
    def __init__(self, status, fields, body, is_whole=True):
        self.status, self.fields, self.body, self.is_whole = status, fields, body, is_whole

    def field(self, name):
        values = [value for key, value in self.fields if key == name]
        return ", ".join(values) if values else None

    @property
    def id(self):
        return self.field("x-request-id")

    @property
    def text(self):
        return self.body.decode("latin-1")

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:200]!r}>"


class Closed(Exception):
    """The gateway closed or reset the connection, or the stream, before the response was whole."""

    def __init__(self, why, response=None):
        super().__init__(why)
        self.response = response


def open_socket(port, protocols=None, server_name="localhost", source=None, timeout=15, plain=None):
    """A TCP connection, `plain` if that is given, with TLS if `protocols` are given."""
    plain = plain or socket.create_connection(("127.0.0.1", port), timeout, source_address=(source, 0) if source else None)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not protocols:
        return plain
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(protocols)
    try:
        return context.wrap_socket(plain, server_hostname=server_name)
    except OSError as error:
        plain.close()
        raise Closed(f"no handshake: {error}") from error


class Raw:
    """Bytes out, bytes in."""

    def __init__(self, sock):
        self.socket, self.buffer = sock, b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # it has closed; what it answered before can still be read

    def _more(self):
        try:
            piece = self.socket.recv(1 << 16)
        except (ConnectionError, ssl.SSLError):
            piece = b""
        self.buffer += piece
        return len(piece) > 0

    def until(self, mark):
        while mark not in self.buffer:
            if not self._more():
                raise Closed(f"the connection ended, {mark!r} not seen in {self.buffer[:300]!r}")
        taken, _, self.buffer = self.buffer.partition(mark)
        return taken

    def exactly(self, size):
        while len(self.buffer) < size:
            if not self._more():
                raise Closed(f"the connection ended {size - len(self.buffer)} bytes early")
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def rest(self):
        """Everything up to the end of the connection."""
        while self._more():
            pass
        taken, self.buffer = self.buffer, b""
        return taken

    def read_response(self, method="GET"):
        """The next response; skips interim ones."""
        while True:
            line, *rest = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            version, status = line.split(" ")[:2]
            assert version == "HTTP/1.1", line
            fields = [(name.lower(), value.strip()) for name, _, value in (text.partition(":") for text in rest)]
            if not status.startswith("1"):
                break
        answer = Response(int(status), fields, b"")
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        try:
            self._read_body(answer)
        except Closed as closed:
            answer.is_whole = False
            raise Closed(str(closed), answer) from closed
        return answer

    def _read_body(self, answer):
        if answer.field("transfer-encoding") == "chunked":
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                answer.body += self.exactly(size)
                assert self.exactly(2) == b"\r\n"
            while self.until(b"\r\n"):
                pass
        elif answer.field("content-length") is not None:
            answer.body = self.exactly(int(answer.field("content-length")))
        else:
            answer.body = self.rest()

    def close(self):
        self.socket.close()


class H1:
    """An HTTP/1.1 client on one connection; over TLS unless told otherwise."""

    protocol, version = "h1", "1.1"

    def __init__(self, port, tls=True, **options):
        self.raw = Raw(open_socket(port, ["http/1.1"] if tls else None, **options))

    def request(self, method="GET", path="/", fields=(), body=None, host="localhost"):
        self.send(method, path, fields, body, host)
        return self.raw.read_response(method)

    def send(self, method="GET", path="/", fields=(), body=None, host="localhost"):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in fields)]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.raw.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))

    def receive(self):
        return self.raw.read_response()

    def close(self):
        self.raw.close()


class H2:
    """An HTTP/2 client on one connection, one request at a time."""

    protocol, version = "h2", "2"

    def __init__(self, port, tls=True, **options):
        assert tls, "HTTP/2 is spoken over TLS only"
        self.socket = open_socket(port, ["h2"], **options)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="latin-1"))
        self.http.initiate_connection()
        self.http.increment_flow_control_window(1 << 20)
        self._flush()

    def _flush(self):
        self.socket.sendall(self.http.data_to_send())

    def request(self, method="GET", path="/", fields=(), body=None, host="localhost"):
        return self._receive(self.send(method, path, fields, body, host))

    def send(self, method="GET", path="/", fields=(), body=None, host="localhost"):
        self.stream = stream = self.http.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", host), (":path", path),
                *((name.lower(), value) for name, value in fields)]
        if body is not None:
            head.append(("content-length", str(len(body))))
        self.http.send_headers(stream, head, end_stream=not body)
        self._early = Response(0, [], b"", is_whole=False)
        self._send_body(stream, body or b"")
        return stream

    def _send_body(self, stream, body):
        while body and not self._early.is_whole:
            room = min(self.http.local_flow_control_window(stream), self.http.max_outbound_frame_size, len(body))
            if room:
                self.http.send_data(stream, body[:room], end_stream=room == len(body))
                body = body[room:]
            self._flush()
            if body and not room:
                self._take_events(stream, self._early)
        self._flush()

    def receive(self):
        return self._receive(self.stream)

    def _receive(self, stream):
        answer = self._early
        while not answer.is_whole:
            self._take_events(stream, answer)
        return answer

    def _take_events(self, stream, answer):
        try:
            data = self.socket.recv(1 << 16)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error), answer) from error
        if not data:
            raise Closed("the connection ended", answer)
        for event in self.http.receive_data(data):
            self._take(event, stream, answer)
        self._flush()

    def _take(self, event, stream, answer):
        if isinstance(event, h2.events.ConnectionTerminated):
            if event.last_stream_id < stream:
                raise Closed(f"GOAWAY, code {event.error_code}", answer)
            # The library takes GOAWAY for the end; the streams below it go on (RFC 9113 section 6.8).
            self.http.state_machine.state = h2.connection.ConnectionState.CLIENT_OPEN
        if getattr(event, "stream_id", None) != stream:
            return
        if isinstance(event, h2.events.ResponseReceived):
            answer.status = int(dict(event.headers)[":status"])
            answer.fields = [field for field in event.headers if not field[0].startswith(":")]
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self.http.acknowledge_received_data(event.flow_controlled_length, stream)
        elif isinstance(event, h2.events.StreamReset):
            raise Closed(f"RST_STREAM, code {event.error_code}", answer)
        elif isinstance(event, h2.events.StreamEnded):
            answer.is_whole = True

    def close(self):
        self.socket.close()


PROTOCOLS = {"h1": H1, "h2": H2}
