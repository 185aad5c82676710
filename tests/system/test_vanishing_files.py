"""Files of the data folder that somebody removes, cuts or replaces while the server runs or is down."""
import shutil

import pytest

from harness import waiting
from harness.client import FINAL
from harness.server import ROOT

REFUSED = 2
WIDE = "SELECT id AS v, repeat('x', 20) AS filler FROM range(4000)"
RESUME_S = 5


@pytest.fixture
def running(fresh):
    server = fresh().start().wait_ready()
    return server, server.client()


def preview_file(server, job_id):
    return next((server.data / "results" / job_id).rglob("preview.jsonl"))


def cut(file):
    file.write_bytes(file.read_bytes()[:5000])


def fill(file):
    file.write_bytes(b"\xff{" * 5000)


@pytest.mark.parametrize("damage, code", ((lambda file: file.unlink(), "DLI.0100"), (cut, "DLI.0999"),
                                          (fill, "DLI.0999"), (lambda file: file.write_bytes(b""), "DLI.0999"),
                                          (lambda file: shutil.rmtree(file.parent), "DLI.0100")))
def test_a_result_whose_file_is_gone_or_damaged_says_so(running, damage, code):
    server, client = running
    job_id = client.run(WIDE)["job_id"]
    damage(preview_file(server, job_id))
    answer = client.call("GET", f"/jobs/{job_id}/preview")
    assert answer.status in (400, 500) and answer.code == code, answer
    assert client.status(job_id)["status"] == "FINISHED"


def test_a_link_in_the_place_of_a_result_is_not_followed(running):
    server, client = running
    job_id = client.run(WIDE)["job_id"]
    file = preview_file(server, job_id)
    file.unlink()
    file.symlink_to(server.data / "credentials.toml")
    answer = client.call("GET", f"/jobs/{job_id}/preview")
    assert answer.status >= 400 and server.credentials().secret_key not in answer.body.decode()


@pytest.mark.parametrize("folder", ("results", "scratch", "warehouse", "objects"))
def test_a_folder_that_vanishes_costs_what_was_in_it(running, folder):
    server, client = running
    client.run("CREATE TABLE t (v BIGINT)")
    client.run("INSERT INTO t VALUES (1)")
    client.run(WIDE)
    shutil.rmtree(server.data / folder)
    for sql in ("SELECT * FROM t", "INSERT INTO t VALUES (2)", WIDE):
        assert client.wait(client.submit(sql))["status"] in FINAL
    # What is new works again by itself.
    def works():
        made = client.wait(client.submit("CREATE TABLE IF NOT EXISTS u AS SELECT 5 AS v"))
        return made["status"] == "FINISHED" and client.wait(client.submit(WIDE))["status"] == "FINISHED"
    waiting.until(works, 20, "new work")
    assert client.rows("SELECT v FROM u") == [[5]]
    assert client.preview(client.run(WIDE)["job_id"])["rows"]


@pytest.mark.parametrize("replaced", (False, True))
def test_a_store_that_is_moved_away_takes_no_work_until_it_is_back(running, replaced):
    server, client = running
    done = client.run("SELECT 42 AS answer")
    away = server.folder / "away"
    away.mkdir()
    for file in server.data.glob("store.db*"):
        shutil.move(file, away / file.name)
    if replaced:
        for file in away.iterdir():
            shutil.copy(file, server.data / file.name)
    answer = client.call("POST", "/jobs/submit-job", {"sql": "SELECT 1 AS one"})
    assert answer.status == 500 and "store" in answer.json["error_msg"], answer
    assert client.plain("/readyz").status == 503 and client.status(done["job_id"]) == done
    for file in away.iterdir():
        shutil.move(file, server.data / file.name)
    waiting.until(lambda: client.plain("/readyz").status == 200, RESUME_S, "the resumed service")
    job_id = client.run("SELECT 2 AS two")["job_id"]
    server.restart()
    client = server.wait_ready().client()
    assert client.preview(job_id)["rows"] == [[2]] and client.status(done["job_id"]) == done


def tampered_copy(server, name):
    """A set of engine files of which one has another byte at its end."""
    folder = server.folder / "duckdb"
    shutil.copytree(ROOT / "build/deps/duckdb", folder, symlinks=False)
    file = next(folder.rglob(name))
    with open(file, "ab") as opened:
        opened.write(b"\0")
    return folder


@pytest.mark.parametrize("name", ("libduckdb.so", "iceberg.duckdb_extension"))
def test_a_tampered_engine_is_refused_in_one_line(fresh, name):
    server = fresh(config="")
    folder = tampered_copy(server, name)
    server.config.write_text(f'[worker]\nduckdb_folder = "{folder}"\n')
    server.spawn()
    assert server.wait_exit(30) == REFUSED
    lines = server.log().strip().splitlines()
    assert len(lines) == 1 and name in lines[0], lines


def test_a_tampered_database_of_functions_is_refused_until_it_is_removed(fresh):
    server = fresh().start().wait_ready()
    server.terminate()
    assert server.wait_exit() == 0
    file = server.data / "functions.db"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    before = len(server.log())
    server.spawn()
    assert server.wait_exit(30) == REFUSED
    lines = server.log()[before:].strip().splitlines()
    assert len(lines) == 1 and file.name in lines[0], lines
    file.unlink()
    assert server.start().wait_ready().client().rows("SELECT levenshtein('ab', 'ac') AS d") == [[1]]


def test_engine_files_that_change_while_the_server_runs_cost_jobs_only(running):
    server, client = running
    file = server.data / "functions.db"
    file.write_bytes(b"\xa5" * file.stat().st_size)
    for pid in server.workers():  # those that are started next read it
        import os
        import signal
        os.kill(pid, signal.SIGKILL)
    document = client.wait(client.submit("SELECT 1 AS one"), 60)
    assert document["status"] in FINAL and server.process.poll() is None
    assert client.plain("/healthz").status == 200
