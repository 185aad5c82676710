"""How a server starts, and what it says when it cannot: one line, exit 2, nothing changed."""
import shutil
import socket
import stat
import subprocess
import tomllib

import pytest

from harness import waiting
from harness.client import Client, Credentials
from harness.server import BINARY, run_program

REFUSED = 2
GIVEN = {"SLUICE_PROJECT_ID": "0123456789abcdef0123456789abcdef", "SLUICE_REGION": "region-1",
         "SLUICE_DOMAIN": "house", "SLUICE_USER": "ann", "SLUICE_PASSWORD": "a-password-for-tests-2",
         "SLUICE_AK": "AKGIVENBYTHETEST0001", "SLUICE_SK": "skgivenbythetest0123456789012345678901234"}


def refused(server):
    """Starts a server that must refuse, and returns the one line it says."""
    before = len(server.log()) if server.log_path.exists() else 0
    server.spawn()
    status = server.wait_exit(30)
    assert status == REFUSED, (status, server.log()[-1000:])
    lines = [line for line in server.log()[before:].splitlines() + server.stdout().splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture
def used(fresh):
    """A server with a job in its store, stopped."""
    server = fresh().start().wait_ready()
    server.client().run("SELECT 1 AS one")
    server.terminate()
    assert server.wait_exit() == 0
    return server


def snapshot(folder):
    """What is kept: all but what lies in scratch, where every start clears away."""
    files = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name.parts[0] != "scratch"}


def test_the_first_start_prints_the_secret_key_once_and_keeps_it_in_a_private_file(fresh):
    server = fresh().start()
    content = tomllib.loads((server.data / "credentials.toml").read_text())
    assert set(content) >= {"endpoint", "project_id", "access_key", "secret_key"}
    assert stat.S_IMODE((server.data / "credentials.toml").stat().st_mode) == 0o600
    printed = server.stdout() + server.log()
    assert printed.count(content["secret_key"]) == 1
    server.restart()
    assert content["secret_key"] not in server.stdout()
    assert server.log().count(content["secret_key"]) + printed.count(content["secret_key"]) <= 2
    assert server.client().run("SELECT 1 AS one")["status"] == "FINISHED"


def test_files_of_the_data_folder_are_private(used):
    for path in (used.data, *used.data.glob("store.db*"), used.data / "credentials.toml"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_environment_names_the_first_user_and_keys(fresh):
    server = fresh(env=GIVEN).start()
    keys = Credentials(server.endpoint, GIVEN["SLUICE_PROJECT_ID"], GIVEN["SLUICE_AK"], GIVEN["SLUICE_SK"])
    assert Client(keys).run("SELECT 1 AS one")["owner"] == "ann"
    assert GIVEN["SLUICE_SK"] not in server.stdout() + server.log()


def test_a_later_difference_of_the_environment_is_only_a_warning(fresh):
    server = fresh(env=GIVEN).start()
    other = {"SLUICE_AK": "AKANOTHERONE00000001", "SLUICE_SK": "another-secret-key-0123456789", "SLUICE_USER": "bob"}
    server.restart(other)
    keys = Credentials(server.endpoint, GIVEN["SLUICE_PROJECT_ID"], GIVEN["SLUICE_AK"], GIVEN["SLUICE_SK"])
    assert Client(keys).run("SELECT 1 AS one")["owner"] == "ann"
    assert any(record.get("level", "").lower().startswith("warn") for record in server.log_records())
    assert other["SLUICE_SK"] not in server.log()


def test_a_second_server_on_the_folder_is_refused_and_the_first_goes_on(fresh):
    first = fresh().start()
    assert str(first.data) in refused(fresh(data=first.data))
    assert first.client().run("SELECT 1 AS one")["status"] == "FINISHED"


def test_a_port_in_use_is_refused(fresh):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        server = fresh()
        done = run_program("serve", "--data", server.data, "--listen", address)
    assert done.returncode == REFUSED
    assert len((done.stderr + done.stdout).strip().splitlines()) == 1 and address.split(":")[1] in done.stderr


@pytest.mark.parametrize("text, word", [("no_such_key = 1\n", "no_such_key"), ("log_level = [\n", "config.toml"),
                                        ("[no_such_table]\nkey = 1\n", "no_such_table")])
def test_a_bad_configuration_is_refused_by_name(fresh, text, word):
    server = fresh(config=text)
    assert word in refused(server)
    checked = run_program("check-config", server.config)
    assert checked.returncode == REFUSED and word in checked.stderr + checked.stdout


def test_a_missing_configuration_file_is_refused(fresh):
    server = fresh(config="")
    server.config.unlink()
    assert "config.toml" in refused(server)


def test_an_empty_configuration_is_fine(fresh):
    server = fresh(config="").start()
    assert run_program("check-config", server.config).returncode == 0


def test_a_data_folder_that_is_a_file_is_refused(fresh):
    server = fresh()
    server.data.write_text("not a folder")
    assert str(server.data) in refused(server)
    assert server.data.read_text() == "not a folder"


def store_file(server):
    return server.data / "store.db"


def fill_with_noise(path):
    path.write_bytes(b"\xa5" * path.stat().st_size)


def cut_in_half(path):
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size // 2)


def overwrite_pages(path):
    with open(path, "r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 8192)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [fill_with_noise, cut_in_half, overwrite_pages, empty])
def test_a_damaged_store_is_refused_and_left_alone(used, damage):
    damage(store_file(used))
    for rest in used.data.glob("store.db-*"):
        rest.unlink()
    before = snapshot(used.data)
    assert "store.db" in refused(used)
    after = snapshot(used.data)
    assert {name: after.get(name) for name in before} == before
    assert not [name for name in set(after) - set(before) if name.suffix == ".db"]


def test_a_store_that_vanished_from_a_used_folder_is_not_made_anew(used):
    store_file(used).unlink()
    assert "store.db" in refused(used)
    assert not store_file(used).exists()


def test_a_store_of_a_newer_version_is_refused(used):
    import sqlite3
    with sqlite3.connect(store_file(used)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version:
            connection.execute(f"PRAGMA user_version = {version + 1000}")
        else:
            table = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migration%'").fetchone()[0]
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            newest = list(connection.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone())
            newest[0] = newest[0] + 1000 if isinstance(newest[0], int) else "9999_" + newest[0]
            connection.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})", newest)
    assert "store.db" in refused(used)


def test_a_moved_data_folder_is_refused(used):
    moved = used.folder / "moved"
    shutil.move(used.data, moved)
    used.data = moved
    assert "relocate" in refused(used)


def test_unknown_files_in_the_folder_are_left_alone_with_one_warning(used):
    stranger = used.data / "notes-of-the-operator.txt"
    stranger.write_text("hello")
    before = len(used.log_records())
    used.start().wait_ready()
    assert stranger.read_text() == "hello"
    told = [record for record in used.log_records()[before:] if stranger.name in str(record)]
    assert len(told) == 1, told


def test_scratch_is_emptied_at_start(used):
    left = used.data / "scratch" / "left-over"
    left.mkdir(parents=True, exist_ok=True)
    (left / "file").write_text("x")
    used.start().wait_ready()
    waiting.until(lambda: not left.exists(), what="the end of the left-over")


def test_the_version_is_printed():
    done = run_program("version")
    assert done.returncode == 0 and "0.1.0" in done.stdout


@pytest.mark.parametrize("arguments", [["no-such-command"], ["serve"], ["serve", "--data"],
                                       ["serve", "--no-such-flag"]])
def test_a_wrong_command_line_says_so_and_does_nothing(arguments):
    done = run_program(*arguments)
    assert done.returncode != 0 and done.stderr.strip()


def test_the_program_needs_no_working_folder(fresh):
    server = fresh()
    server.data.mkdir()
    process = subprocess.Popen([BINARY, "serve", "--data", "data", "--listen", "127.0.0.1:0"], cwd=server.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert any("listening on" in line for line in process.stdout)
    finally:
        process.kill()
        process.wait()
