"""The address in credentials.toml: one that can be called, at every start, in a file that is only ever whole."""
import os
import socket
import stat
import tomllib
import urllib.request

import pytest

from harness.server import Server, run_program


def listen_at(server, address, config=None):
    """Makes the server listen elsewhere from its next start on."""
    if config is not None:
        server.config = server.folder / "config.toml"
        server.config.write_text(config)
    server.command = lambda: [word if word != "127.0.0.1:0" else address for word in Server.command(server)]


def content(server):
    return tomllib.loads((server.data / "credentials.toml").read_text())


def call(endpoint):
    with urllib.request.urlopen(endpoint + "/readyz", timeout=30) as answer:
        return answer.status


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.parametrize("address, host", [
    ("0.0.0.0:0", "127.0.0.1"), ("localhost:0", "localhost"),
    pytest.param("[::]:0", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6")),
    pytest.param("[::1]:0", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6"))])
def test_a_first_and_a_later_start_write_an_address_that_can_be_called(fresh, address, host):
    server = fresh()
    server.start().wait_ready()
    first = content(server)
    server.terminate()
    assert server.wait_exit() == 0
    listen_at(server, address)
    server.start()
    later = content(server)
    assert later["endpoint"].startswith(f"http://{host}:") and call(later["endpoint"]) == 200
    assert {**later, "endpoint": ""} == {**first, "endpoint": ""}
    assert stat.S_IMODE((server.data / "credentials.toml").stat().st_mode) == 0o600
    done = run_program("sql", "SELECT 1 AS one", "--format", "csv", "--data", server.data)
    assert done.stdout == "one\n1\n", done
    made_so = fresh()
    listen_at(made_so, address)
    made_so.start()
    assert call(content(made_so)["endpoint"]) == 200


def test_what_else_the_operator_wrote_into_the_file_stays(fresh):
    server = fresh().start()
    file = server.data / "credentials.toml"
    file.write_text("# mine\n" + file.read_text() + "note = 'kept'\n")
    server.restart()
    assert file.read_text().startswith("# mine\n") and content(server)["note"] == "kept"
    assert content(server)["endpoint"] == server.endpoint


def test_a_file_that_was_taken_away_stays_away(fresh):
    server = fresh().start()
    (server.data / "credentials.toml").unlink()
    server.restart()
    assert not (server.data / "credentials.toml").exists()


def test_a_link_in_the_place_of_the_file_is_left_alone_with_a_warning(fresh):
    server = fresh().start()
    file = server.data / "credentials.toml"
    elsewhere = server.folder / "elsewhere.toml"
    os.rename(file, elsewhere)
    before = elsewhere.read_text()
    file.symlink_to(elsewhere)
    server.restart()
    assert file.is_symlink() and elsewhere.read_text() == before
    assert "the address in the credentials stays as it was" in server.log()


def test_the_address_may_be_given(fresh):
    server = fresh(config='[server]\npublic_endpoint = "https://sluice.example.org"\n').start()
    assert content(server)["endpoint"] == "https://sluice.example.org"


def test_a_secret_key_of_any_characters_can_be_read_back(fresh):
    secret = 'a "quoted" \\ back # slash = \'\t北京'
    server = fresh(env={"SLUICE_AK": "AKOFTHETEST", "SLUICE_SK": secret}).start()
    assert content(server)["secret_key"] == secret
    done = run_program("sql", "SELECT 1 AS one", "--format", "csv", "--data", server.data)
    assert done.stdout == "one\n1\n", done


@pytest.mark.parametrize("address", ["::1:8080", "[::1:8080", "::", "127.0.0.1", "[127.0.0.1]:80", ":80", "[]:80"])
def test_an_address_that_is_none_is_refused_by_name(fresh, address):
    server = fresh()
    listen_at(server, address)
    server.spawn()
    assert server.wait_exit(30) == 2
    assert "--listen" in server.log() and not server.data.exists()
