"""One server and one Spark for all files: a JVM takes long to start."""
import pytest

from harness.client import Client
from harness.server import Server
from spark import engine


@pytest.fixture(scope="session")
def server():
    with Server(config="[maintenance]\ncompaction_quiet_ms = 200\n") as running:
        running.wait_ready()
        yield running


class Patient(Client):
    """A connection for each call: between two of them Spark may take longer than the server keeps an idle one."""

    def send(self, method, target, headers, body=b""):
        self.close()
        return super().send(method, target, headers, body)


@pytest.fixture(scope="session")
def client(server):
    return Patient(server.credentials())


@pytest.fixture(scope="session")
def spark(server, tmp_path_factory):
    started = engine.session(server, tmp_path_factory.mktemp("spark"))
    yield engine.Spark(started)
    started.stop()
