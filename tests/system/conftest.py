import pytest

from harness.server import Server


@pytest.fixture(scope="module")
def server():
    """One server for the tests of a file that do not break it."""
    with Server() as running:
        yield running.wait_ready()


@pytest.fixture
def client(server):
    made = server.client()
    yield made
    made.close()


@pytest.fixture
def fresh():
    """Makes servers of the test's own, not started; closed at its end."""
    made = []

    def make(**more):
        made.append(Server(**more))
        return made[-1]
    yield make
    for one in made:
        one.close()
