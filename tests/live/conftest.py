"""What every live test can ask for. At its end each gateway must have nothing alive and end well."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import certificates, clients, gateway, nginx, origin  # noqa: E402


def pytest_configure():
    if not gateway.BINARY.exists():
        pytest.exit(f"{gateway.BINARY} does not exist: build it, or say with RAVELIN_BIN where it is", returncode=1)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("certificates"), "localhost", "localhost")


@pytest.fixture(scope="session")
def nginx_origin(tmp_path_factory):
    server = nginx.Nginx(tmp_path_factory.mktemp("nginx"))
    yield server
    server.stop()


class Bench:
    """Starts the parts of a test and takes them down in the right order."""

    def __init__(self, folder, certificate):
        self.folder, self.certificate = folder, certificate
        self.gateways, self.origins, self.clients = [], [], []

    def origin(self):
        self.origins.append(origin.Origin())
        return self.origins[-1]

    def gateway(self, *origins, is_started=True, **config):
        """A gateway in front of `origins`, which are objects with an endpoint, or endpoints."""
        endpoints = [getattr(server, "endpoint", server) for server in origins]
        made = gateway.Gateway(self.folder / f"gateway{len(self.gateways)}", [self.certificate], endpoints, **config)
        self.gateways.append(made)
        if is_started:
            made.start()
        return made

    def client(self, server, protocol="h1", **options):
        """A client of `server`, on one connection: "h1", "h2" or, without TLS, "plain"."""
        made = (clients.H1(server.plain_port, tls=False, **options) if protocol == "plain"
                else clients.PROTOCOLS[protocol](server.port, **options))
        self.clients.append(made)
        return made

    def raw(self, server):
        """A plain connection to send any bytes on."""
        self.clients.append(clients.Raw(clients.open_socket(server.plain_port)))
        return self.clients[-1]

    def close_clients(self):
        for client in self.clients:
            client.close()

    def take_down(self):
        self.close_clients()
        try:
            for server in self.gateways:
                server.finish()
        finally:
            for server in self.gateways:
                if server.process and server.process.poll() is None:
                    server.process.kill()
                    server.process.wait()
            for server in self.origins:
                server.stop()


@pytest.fixture
def bench(tmp_path, certificate):
    made = Bench(tmp_path, certificate)
    yield made
    made.take_down()


@pytest.fixture(params=["h1", "h2"])
def protocol(request):
    return request.param
