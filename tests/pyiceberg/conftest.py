"""One server for the tests of a file, and another engine at its catalog."""
import pytest

from harness.server import Server


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="module")
def client(server):
    return server.client()


@pytest.fixture(scope="module")
def catalog(server, client):
    from harness import iceberg  # needs PyIceberg, without which these tests are passed over
    return iceberg.catalog(server, client)
