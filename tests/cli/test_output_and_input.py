"""What the commands write and read: outputs that fail are said, statements come from anywhere."""
import errno
import os
import signal
import subprocess
import tomllib

import pytest

from harness import waiting
from harness.server import BINARY, Server, clean_environment, run_program

WORKED, FAILED, WRONG_USE = 0, 1, 2
FULL = "/dev/full"


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running.wait_ready()


@pytest.fixture
def access(server):
    return ["--data", str(server.data), "--endpoint", server.endpoint]


def run_with(*arguments, stdout=subprocess.PIPE, **more):
    return subprocess.run([str(BINARY), *arguments], env=clean_environment(), stdin=subprocess.DEVNULL, stdout=stdout,
                          stderr=subprocess.PIPE, text=True, timeout=60, **more)


ROWS = [["sql", "SELECT 1 AS one"], ["sql", "SELECT 1 AS one", "--format", "csv"], ["jobs", "list"],
        ["jobs", "list", "--format", "json"], ["queues", "list"]]
TEXTS = [["--version"], ["version"], ["--help"], ["sql", "--help"]]


@pytest.mark.parametrize("arguments", ROWS)
def test_rows_for_a_full_disk_are_an_error(access, arguments):
    with open(FULL, "w") as full:
        done = run_with(*arguments, *access, stdout=full)
    assert done.returncode == FAILED and os.strerror(errno.ENOSPC) in done.stderr, done


@pytest.mark.parametrize("arguments", TEXTS)
def test_texts_for_a_full_disk_are_an_error(arguments):
    with open(FULL, "w") as full:
        done = run_with(*arguments, stdout=full)
    assert done.returncode == FAILED and os.strerror(errno.ENOSPC) in done.stderr, done


def test_a_configuration_that_is_fine_cannot_be_said_to_a_full_disk(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("")
    with open(FULL, "w") as full:
        done = run_with("check-config", str(config), stdout=full)
    assert done.returncode == FAILED, done


def test_a_job_that_is_shown_to_a_full_disk_is_an_error(access, server):
    job_id = server.client().run("SELECT 1 AS one")["job_id"]
    for form in ("table", "csv", "json"):
        with open(FULL, "w") as full:
            done = run_with("jobs", "show", job_id, "--format", form, *access, stdout=full)
        assert done.returncode == FAILED, done


def test_a_closed_pipe_is_an_error_where_no_signal_ends_the_program(access):
    reader, writer = os.pipe()
    os.close(reader)
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN), "restore_signals": False}
    done = run_with("sql", "SELECT 1 AS one", *access, stdout=writer, **ignore)
    os.close(writer)
    assert done.returncode == FAILED and os.strerror(errno.EPIPE) in done.stderr, done


def test_no_standard_output_is_an_error_and_nothing_goes_into_another_file(access):
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', str(BINARY), "sql", "SELECT 1 AS one", *access],
                          env=clean_environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          timeout=60)
    assert done.returncode == FAILED and "output cannot be written" in done.stderr, done


def answers(server):
    """Whether the server that credentials.toml names is ready."""
    server.endpoint = tomllib.loads((server.data / "credentials.toml").read_text())["endpoint"]
    try:
        return server.client(timeout_s=5).plain("/readyz").status == 200
    except OSError:
        return False


def test_a_server_without_standard_descriptors_keeps_its_files_whole():
    with Server() as server:
        server.wait_ready().terminate()
        assert server.wait_exit() == 0
        keys = server.credentials()
        bare = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', *server.command()]
        with subprocess.Popen(bare, env=clean_environment()) as process:
            try:
                waiting.until(lambda: answers(server), 60, "readiness")
                assert server.client().rows("SELECT 1 AS one") == [[1]]
                assert server.credentials().access_key == keys.access_key
            finally:
                process.terminate()
        assert process.returncode == 0
        server.start().wait_ready()
        assert server.client().rows("SELECT 2 AS two") == [[2]]


def test_a_server_starts_though_its_output_is_full():
    server = Server()
    with open(FULL, "w") as full, open(server.log_path, "wb") as log:
        process = subprocess.Popen(server.command(), env=clean_environment(), stdout=full, stderr=log,
                                   stdin=subprocess.DEVNULL)
    try:
        waiting.until(lambda: "standard output cannot be written" in server.log(), 60, "the warning")
        waiting.until(lambda: answers(server), 60, "readiness")
    finally:
        process.terminate()
        status = process.wait(60)
        server.close()
    assert status == 0


def test_a_statement_comes_from_standard_input(access):
    for arguments in (["sql"], ["sql", "-"], ["sql", "-f", "-"]):
        done = run_program(*arguments, "--format", "csv", *access, stdin="-- a comment\nSELECT 7 AS seven;\n")
        assert done.stdout == "seven\n7\n", done


def test_a_statement_comes_from_a_file(access, tmp_path):
    file = tmp_path / "statement.sql"
    file.write_bytes("\ufeffSELECT '北京' AS s\r\n".encode())
    done = run_program("sql", "--file", file, "--format", "csv", *access)
    assert done.stdout == "s\n北京\n", done


@pytest.mark.parametrize("content, word", [(b"", "no statement"), (b" \n", "no statement"), (b"\xff", "UTF-8")])
def test_a_file_that_is_no_statement_is_wrong_use(access, tmp_path, content, word):
    file = tmp_path / "statement.sql"
    file.write_bytes(content)
    done = run_program("sql", "-f", file, *access)
    assert done.returncode == WRONG_USE and word in done.stderr, done


def test_files_that_cannot_be_read_are_wrong_use(access, tmp_path):
    for file, word in ((tmp_path / "none.sql", os.strerror(errno.ENOENT)), (tmp_path, os.strerror(errno.EISDIR))):
        done = run_program("sql", "-f", file, *access)
        assert done.returncode == WRONG_USE and word in done.stderr, done
    done = run_program("sql", "SELECT 1", "-f", tmp_path / "none.sql", *access)
    assert done.returncode == WRONG_USE, done


def test_the_version_is_an_option_too():
    assert run_program("--version").stdout == run_program("version").stdout


def test_a_job_id_in_upper_case_is_the_same_job(access, server):
    job_id = server.client().run("SELECT 1 AS one")["job_id"]
    done = run_program("jobs", "show", job_id.upper(), "--format", "json", *access)
    assert done.returncode == WORKED and job_id in done.stdout, done


def test_the_folder_that_an_option_names_wins_over_the_environment(server):
    others = {"SLUICE_ENDPOINT": "http://127.0.0.1:1", "SLUICE_PROJECT_ID": "p", "SLUICE_AK": "a", "SLUICE_SK": "s"}
    done = run_program("sql", "SELECT 1 AS one", "--format", "csv", "--data", server.data, env=others)
    assert done.stdout == "one\n1\n", done
