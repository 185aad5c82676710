"""`sluice users passwd`: the way to a password, and so to tokens, for a user who was made without one."""
import json
import os
import pty
import select
import sqlite3
import subprocess

import pytest

from harness.server import BINARY, clean_environment, run_program

FINE, REFUSED = 0, 2
NEW = "another-password-2"


@pytest.fixture
def bare(fresh):
    """A server whose first user has no password."""
    server = fresh()
    server.env = {}
    return server.start().wait_ready()


def token_status(server, password, name="admin"):
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": name, "password": password, "domain": {"name": "sluice"}}}}, "scope": {"project": {"name": "local-1"}}}}
    client = server.client()
    return client.send("POST", "/v3/auth/tokens", {"Host": client.host, "Content-Type": "application/json"},
                       json.dumps(body).encode()).status


def passwd(server, *arguments, **more):
    return run_program("users", "passwd", *arguments, "--data", server.data, **more)


def test_the_first_user_gets_a_password_while_the_server_runs(bare):
    assert token_status(bare, NEW) == 401
    done = passwd(bare, "admin", "--password-stdin", stdin=NEW + "\n")
    assert done.returncode == FINE and done.stdout == "", done
    assert token_status(bare, NEW) == 201
    assert passwd(bare, "admin", "--password-stdin", stdin="a-third-password\r\n").returncode == FINE
    assert token_status(bare, NEW) == 401 and token_status(bare, "a-third-password") == 201


def test_a_password_is_set_while_no_server_runs_and_outlives_kills(bare):
    bare.kill()
    assert passwd(bare, "admin", stdin=NEW + "\n").returncode == FINE
    bare.start().wait_ready()
    bare.restart()
    bare.wait_ready()
    assert token_status(bare, NEW) == 201


def test_a_password_may_come_from_the_environment(bare):
    assert passwd(bare, "admin", env={"SLUICE_PASSWORD": NEW}).returncode == FINE
    assert token_status(bare, NEW) == 201


@pytest.mark.parametrize("name, stdin, word", [
    ("nobody", NEW + "\n", "nobody"), ("admin", "short\n", "8 to 1024"), ("admin", "", "no password"),
    ("admin", "x" * 5000 + "\n", "8 to 1024")])
def test_what_cannot_be_set_is_said_and_changes_nothing(bare, name, stdin, word):
    assert passwd(bare, "admin", stdin="the-first-password\n").returncode == FINE
    done = passwd(bare, name, "--password-stdin", stdin=stdin)
    assert done.returncode == REFUSED and word in done.stderr, done
    assert token_status(bare, "the-first-password") == 201


def test_a_folder_without_a_store_is_said(tmp_path):
    done = run_program("users", "passwd", "admin", "--data", tmp_path, stdin=NEW + "\n")
    assert done.returncode == REFUSED and "no job store" in done.stderr and list(tmp_path.iterdir()) == [], done


def test_a_store_of_an_older_version_is_not_migrated_under_its_server(bare):
    bare.terminate()
    assert bare.wait_exit() == 0
    with sqlite3.connect(bare.data / "store.db") as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {version - 1}")
    done = passwd(bare, "admin", stdin=NEW + "\n")
    assert done.returncode == REFUSED and "schema" in done.stderr, done
    with sqlite3.connect(bare.data / "store.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == version - 1


def type_on_terminal(server, *lines):
    """Answers each question of `users passwd` on a terminal; returns the status and all that was shown."""
    terminal, end = pty.openpty()
    with subprocess.Popen([str(BINARY), "users", "passwd", "admin", "--data", str(server.data)],
                          env=clean_environment(), stdin=end, stdout=end, stderr=end) as process:
        os.close(end)
        shown = b""
        waiting_lines = list(lines)
        try:
            while select.select([terminal], [], [], 60)[0]:
                piece = os.read(terminal, 4096)
                shown += piece
                if piece.endswith(b": ") and waiting_lines:
                    os.write(terminal, waiting_lines.pop(0).encode() + b"\n")
        except OSError:  # how a terminal ends
            pass
        finally:
            os.close(terminal)
    return process.returncode, shown.decode()


def test_a_terminal_is_asked_twice_and_shows_nothing(bare):
    status, shown = type_on_terminal(bare, NEW, NEW)
    assert status == FINE and NEW not in shown, shown
    assert token_status(bare, NEW) == 201
    status, shown = type_on_terminal(bare, "a-third-password", "a-fourth-password")
    assert status == REFUSED and "differ" in shown
    assert token_status(bare, NEW) == 201


def test_a_user_is_not_added_without_the_password_that_was_promised(bare):
    added = run_program("users", "add", "bob", "--data", bare.data, "--password-stdin", stdin="")
    assert added.returncode == REFUSED and "no password" in added.stderr, added
    assert passwd(bare, "bob", stdin=NEW + "\n").returncode == REFUSED
