"""What the gateway speaks to its origins: HTTP/2, TLS, the PROXY protocol; gRPC and WebSocket through it."""

import asyncio
import concurrent.futures
import os
import queue
import shutil
import signal
import subprocess
import threading

import grpc
import h2.config
import h2.connection
import h2.events
import pytest
import websockets
import websockets.frames

from support import certificates, nginx
from support.clients import open_socket
from support.ports import free_port
from support.wait import until


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """An nginx that speaks HTTP/2 without TLS and with it, wants a client's certificate, or a PROXY header."""
    folder = tmp_path_factory.mktemp("upstreams")
    made = certificates.make(folder, "api", "api.internal")
    client = certificates.make(folder, "edge", "edge.internal")
    ports = {name: free_port() for name in ("h2c", "h2", "tls", "mutual", "proxy")}
    tls = f"ssl_certificate {made['cert']}; ssl_certificate_key {made['key']};"
    say = 'location / { return 200 "$server_protocol $ssl_server_name $ssl_client_s_dn $ssl_session_reused\\n"; }'
    server = nginx.Nginx(folder, "upstreams", servers=f"""
      server {{ listen 127.0.0.1:{ports['h2c']} http2; client_max_body_size 0; {say}
        location /big {{ alias {folder}/big; }} }}
      server {{ listen 127.0.0.1:{ports['h2']} ssl http2; {tls} {say} }}
      server {{ listen 127.0.0.1:{ports['tls']} ssl; {tls} {say} }}
      server {{ listen 127.0.0.1:{ports['mutual']} ssl; {tls} {say}
        ssl_client_certificate {client['cert']}; ssl_verify_client on; }}
      server {{ listen 127.0.0.1:{ports['proxy']} proxy_protocol;
        location / {{ return 200 "$proxy_protocol_addr $proxy_protocol_server_port\\n"; }} }}""")
    (folder / "big").write_bytes(b"0123456789abcdef" * 500_000)
    server.ports, server.ca, server.client = ports, made["cert"], client
    yield server
    server.stop()


def upstream(origin, name, **keys):
    return {"upstreams": {"origin": {"endpoints": [f"127.0.0.1:{origin.ports[name]}"], **keys}}}


def why(server, answer):
    return server.event(server.access_log, answer.id)["ravelin"]["reason"]


def test_http2_without_tls_reaches_an_nginx(bench, origin, protocol):
    server = bench.gateway(**upstream(origin, "h2c", protocol="h2"))
    client = bench.client(server, protocol)
    for _ in range(3):
        assert client.request().text.startswith("HTTP/2.0")
    answer = client.request(path="/big")
    assert (answer.status, answer.body) == (200, b"0123456789abcdef" * 500_000)


def test_many_requests_share_few_http2_connections(bench, origin):
    server = bench.gateway(**upstream(origin, "h2c", protocol="h2"), workers=1)
    done = subprocess.run(["h2load", "-n", "2000", "-c", "4", "-m", "10", "--npn-list=h2", f"https://localhost:{server.port}/"],
                          capture_output=True, text=True, timeout=60)
    assert "2000 succeeded, 0 failed" in done.stdout, done.stdout
    listed = subprocess.run(["ss", "-Htn", "state", "established", f"dport = :{origin.ports['h2c']}"], capture_output=True, text=True)
    assert 1 <= len(listed.stdout.splitlines()) <= 2


def test_http2_over_tls_is_agreed_and_verified(bench, origin, protocol):
    tls = {"ca": origin.ca, "server_name": "api.internal"}
    client = bench.client(bench.gateway(**upstream(origin, "h2", protocol="h2", tls=tls)), protocol)
    assert client.request().text.startswith("HTTP/2.0 api.internal")


def test_tls_sessions_are_resumed(bench, origin):
    tls = {"ca": origin.ca, "server_name": "api.internal"}
    server = bench.gateway(**upstream(origin, "tls", tls=tls, keepalive=0), workers=1)
    client = bench.client(server)
    assert client.request().text.split()[-1] == "."
    assert client.request().text.split()[-1] == "r"


@pytest.mark.parametrize("tls, reason", [
    ({}, "tls_untrusted"),
    ({"server_name": "other.internal"}, "tls_untrusted"),
], ids=["unknown authority", "another name"])
def test_an_origin_that_is_not_trusted_is_not_spoken_to(bench, origin, tls, reason):
    if tls:
        tls = {**tls, "ca": origin.ca}
    server = bench.gateway(**upstream(origin, "tls", tls=tls))
    answer = bench.client(server).request()
    assert answer.status == 502
    assert why(server, answer) == f"upstream:{reason}"


def test_verification_can_be_switched_off(bench, origin):
    server = bench.gateway(**upstream(origin, "tls", tls={"verify": False}))
    assert bench.client(server).request().status == 200


def test_an_origin_without_tls_or_h2_is_named_as_such(bench, origin):
    plain = bench.gateway(**upstream(origin, "h2c", tls={"verify": False}))
    answer = bench.client(plain).request()
    assert (answer.status, why(plain, answer)) == (502, "upstream:not_tls")
    old = bench.gateway(**upstream(origin, "tls", protocol="h2", tls={"verify": False}))
    answer = bench.client(old).request()
    assert (answer.status, why(old, answer)) == (502, "upstream:alpn")


def test_the_gateway_shows_its_certificate(bench, origin):
    tls = {"ca": origin.ca, "server_name": "api.internal"}
    shown = bench.gateway(**upstream(origin, "mutual", tls={**tls, "certificate": origin.client}))
    assert "CN=edge.internal" in bench.client(shown).request().text
    hidden = bench.gateway(**upstream(origin, "mutual", tls=tls))
    assert bench.client(hidden).request().status == 400


def test_new_authorities_are_used_without_a_reload(bench, origin, tmp_path):
    ca = tmp_path / "ca.crt"
    shutil.copy(origin.ca, ca)
    server = bench.gateway(**upstream(origin, "tls", tls={"ca": str(ca), "server_name": "api.internal"}, keepalive=0),
                           workers=1)
    client = bench.client(server)
    assert [client.request().text.split()[-1] for _ in range(2)] == [".", "r"]
    (tmp_path / "next").write_text("half of a file")
    os.replace(tmp_path / "next", ca)
    until(lambda: "upstream origin: cannot read certificate" in server.log_text, "the broken file was not seen", seconds=15)
    assert client.request().status == 200
    os.replace(certificates.make(tmp_path, "other", "other.internal")["cert"], ca)
    until(lambda: "upstream origin: new certificates" in server.log_text, "the new file was not seen", seconds=15)
    answer = client.request()  # nor does the session of before open the door
    assert (answer.status, why(server, answer)) == (502, "upstream:tls_untrusted")
    assert server.status()["generation"] == 1


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_origin_learns_the_client_by_proxy_protocol(bench, origin, version):
    server = bench.gateway(**upstream(origin, "proxy", proxy_protocol=version))
    first, second = bench.client(server), bench.client(server, source="127.0.0.9")
    for client, address in ((first, "127.0.0.1"), (second, "127.0.0.9"), (first, "127.0.0.1")):
        assert client.request().text == f"{address} {server.port}\n"


def test_connections_older_than_the_wish_are_told_of_by_proxy_protocol(bench, origin):
    server = bench.gateway(**upstream(origin, "h2c", protocol="h2"))
    client = bench.client(server)
    assert client.request().status == 200
    server.config.update(upstream(origin, "proxy", proxy_protocol="v1"))
    server.write_config()
    server.reload()
    assert client.request().text == f"127.0.0.1 {server.port}\n"


# -- gRPC

class Echo(grpc.GenericRpcHandler):
    cancelled = threading.Event()

    def service(self, call):
        def unary(request, context):
            context.set_trailing_metadata([("x-after", "yes"), ("x_after.too", "yes")])
            return request * 2

        def fail(request, context):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")

        def stream(requests, context):
            for request in requests:
                yield request

        def forever(request, context):
            context.add_callback(Echo.cancelled.set)
            yield request
            Echo.cancelled.wait(10)

        return {"/echo/Forever": grpc.unary_stream_rpc_method_handler(forever),
                "/echo/Unary": grpc.unary_unary_rpc_method_handler(unary), "/echo/Fail": grpc.unary_unary_rpc_method_handler(fail),
                "/echo/Stream": grpc.stream_stream_rpc_method_handler(stream)}.get(call.method)


@pytest.fixture(scope="module")
def grpc_origin():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([Echo()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def channel(bench, grpc_origin, certificate):
    server = bench.gateway(upstreams={"origin": {"endpoints": [grpc_origin], "protocol": "h2"}},
                           routes=[{"match": {"path_prefix": "/echo/"}, "upstream": "origin"}])
    with open(certificate["cert"], "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    made = grpc.secure_channel(f"localhost:{server.port}", credentials)
    yield made
    made.close()


def test_a_grpc_call_and_its_trailers_pass(channel):
    call = channel.unary_unary("/echo/Unary")
    answer, info = call.with_call(b"ab" * 100_000, timeout=10)
    assert answer == b"ab" * 200_000
    assert {("x-after", "yes"), ("x_after.too", "yes")} <= set(info.trailing_metadata())


def test_grpc_errors_pass_and_our_own_are_grpc_errors(channel):
    with pytest.raises(grpc.RpcError) as error:
        channel.unary_unary("/echo/Fail")(b"x", timeout=10)
    assert (error.value.code(), error.value.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "not now")
    with pytest.raises(grpc.RpcError) as error:
        channel.unary_unary("/nobody/Here")(b"x", timeout=10)
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "Not Found, reason route" in error.value.details()


def test_a_grpc_call_that_streams_both_ways_is_not_held_back(channel):
    asked = queue.SimpleQueue()
    answers = channel.stream_stream("/echo/Stream")(iter(asked.get, None), timeout=10)
    for number in range(50):
        asked.put(b"%d" % number)
        assert next(answers) == b"%d" % number
    asked.put(None)
    assert list(answers) == []


def test_a_grpc_call_that_is_cancelled_ends_at_the_origin(channel):
    Echo.cancelled.clear()
    call = channel.unary_stream("/echo/Forever")(b"x", timeout=10)
    assert next(call) == b"x"
    call.cancel()
    assert Echo.cancelled.wait(10)


# -- WebSocket

class WebSockets:
    """An echoing server of WebSockets in a loop of its own."""

    async def serve(self, test):
        async def echo(socket):
            async for message in socket:
                await socket.send(message)

        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            return await test(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


def test_a_websocket_over_http1_passes(bench):
    async def talk(endpoint):
        server = bench.gateway(endpoint)
        async with websockets.connect(f"ws://127.0.0.1:{server.plain_port}/chat") as socket:
            for message in ("hello", os.urandom(300_000), b"\x00\x01"):
                await socket.send(message)
                assert await socket.recv() == message
            await socket.ping()
            assert server.metric("ravelin_tunnels") == 1
        return server

    server = asyncio.run(WebSockets().serve(talk))
    server.wait_until_idle()
    assert (server.metric("ravelin_tunnels"), server.metric("ravelin_tunnels_opened_total")) == (0, 1)
    assert server.metric("ravelin_tunnel_bytes_total", **{"from": "client"}) > 300_000
    assert server.metric("ravelin_tunnel_bytes_total", **{"from": "upstream"}) > 300_000
    record = server.events(server.access_log)[-1]
    assert record["http"]["response"]["status_code"] == 101
    assert record["http"]["response"]["body"]["bytes"] > 300_000


def test_a_websocket_outlives_a_reload_and_ends_with_the_drain(bench):
    async def talk(endpoint):
        server = bench.gateway(endpoint, drain_timeout="1s")
        async with websockets.connect(f"ws://127.0.0.1:{server.plain_port}/chat") as socket:
            server.reload()
            await socket.send("still here")
            assert await socket.recv() == "still here"
            server.signal(signal.SIGTERM)
            await socket.send("and now")
            assert await socket.recv() == "and now"
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10)
        return server

    assert asyncio.run(WebSockets().serve(talk)).wait_for_end() == 0


def test_a_websocket_over_http2_reaches_an_http1_server(bench):
    def talk_h2(server):
        sock = open_socket(server.port, ["h2"])
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        connection.initiate_connection()
        sock.sendall(connection.data_to_send())
        events, body, status = [], b"", None

        def step():
            nonlocal body, status
            for event in connection.receive_data(sock.recv(65536)):
                events.append(event)
                if isinstance(event, h2.events.ResponseReceived):
                    status = dict(event.headers)[":status"]
                if isinstance(event, h2.events.DataReceived):
                    body += event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            sock.sendall(connection.data_to_send())

        while not any(isinstance(event, h2.events.RemoteSettingsChanged) for event in events):
            step()
        assert connection.remote_settings.enable_connect_protocol == 1
        connection.send_headers(1, [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":authority", "localhost"),
                                    (":path", "/chat"), ("sec-websocket-version", "13")])
        sock.sendall(connection.data_to_send())
        while status is None:
            step()
        frame = websockets.frames.Frame(websockets.frames.Opcode.TEXT, b"over two")
        connection.send_data(1, frame.serialize(mask=True))
        sock.sendall(connection.data_to_send())
        answer = frame.serialize(mask=False)
        while len(body) < len(answer):
            step()
        sock.close()
        return status, body, answer

    async def talk(endpoint):
        server = bench.gateway(endpoint)
        return await asyncio.get_running_loop().run_in_executor(None, talk_h2, server)

    status, body, answer = asyncio.run(WebSockets().serve(talk))
    assert status == "200"
    assert body == answer
