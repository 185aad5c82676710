"""Disks that are really full: the data folder is a small tmpfs. Mounting needs root; without it the faults are
injected (harness/volume.py), so that nothing is skipped."""
import contextlib
import signal
import sqlite3
import subprocess
import time

import pytest

from crash.load import Load
from harness import warehouse, waiting
from harness.client import FINAL
from harness.server import ROOT, Server
from harness.volume import InjectedVolume, Volume

VOLUME_MB = 64
VOLUME_UNDER_LOAD_MB = 192
RESUME_S = 5
ANSWER_S = 10
VOLUME_FOR_LOG_MB = 96
LOG_BYTES_MAX = 4 << 20  # what is left of the log when nobody holds it
COMMENT = " /* " + "x" * 200_000 + " */"
SLACK_BYTES = 24 << 20  # what a server may keep after a job that did not fit is gone
CONFIG = "[worker]\nmemory_mb = 256\n[queue]\nconcurrency = 4\n"
# Rows that do not compress.
NOISE = "SELECT id, sha2(CAST(id AS STRING), 512) AS a, sha2(CAST(id + 7 AS STRING), 512) AS b FROM range({})"
TOO_MANY = 800_000
WIDE_ROWS = 4000
WIDE = f"SELECT id, repeat('x', 20) AS x FROM range({WIDE_ROWS})"


class VolumeServer(Server):
    """A server whose data folder is a volume; what tests.crash.load wants of one that never dies."""
    up, generation = True, 1


def injected(server, folder, tmp_path):
    library = tmp_path / "faulty_disk.so"
    subprocess.run(["g++", "-O1", "-shared", "-fPIC", "-o", library, ROOT / "tests/system/faulty_disk.cc", "-ldl"],
                   check=True)
    return InjectedVolume(folder, library, server.folder / "switch")


@pytest.fixture
def small(tmp_path):
    """A server on a small volume, and the volume."""
    made = []

    def make(config=CONFIG, inodes=100_000, megabytes=VOLUME_MB):
        server = VolumeServer(config=config)
        made.append(server)
        try:
            volume = Volume(server.data, megabytes, inodes)
        except subprocess.CalledProcessError:
            volume = injected(server, server.data, tmp_path)
        made.append(volume)
        server.env |= volume.environment()
        return server, volume
    yield make
    for one in reversed(made):  # the volume first: a server removes its folder
        one.close()


def is_ready(client):
    return client.plain("/readyz").status == 200


def refusal(client):
    answer = client.call("POST", "/jobs/submit-job", {"sql": "SELECT 1 AS one"})
    return answer if answer.status != 200 else None


def check_full(client, done):
    """What a server must do on a disk without room."""
    answer = waiting.until(lambda: refusal(client), what="a refused submit")
    assert answer.status == 500 and answer.code == "DLI.0999" and "store" in answer.json["error_msg"], answer
    began = time.monotonic()
    assert client.status(done["job_id"]) == done
    assert client.list(**{"page-size": 1})["job_count"] >= 1
    assert client.plain("/healthz").status == 200
    waiting.until(lambda: not is_ready(client), what="not ready")
    assert time.monotonic() - began < ANSWER_S


@pytest.mark.parametrize("way", ("bytes", "inodes"))
def test_a_full_disk_refuses_work_serves_reads_and_resumes_by_itself(small, way):
    server, volume = small(inodes=2_000)
    client = server.start().wait_ready().client()
    client.run("CREATE TABLE n (v BIGINT)")
    done = client.run("INSERT INTO n VALUES (1)")
    if way == "bytes" or isinstance(volume, InjectedVolume):  # injected, there is one way to be full
        volume.fill()
        check_full(client, done)
        volume.free()
    else:
        volume.take_inodes()
        document = client.wait(client.submit("INSERT INTO n VALUES (2)"))
        assert document["status"] == "FAILED" and "DLI.0999" in document["message"], document
        volume.take_inodes()  # what was freed meanwhile
        assert client.rows("SELECT count(*) AS c FROM n") == [[1]]
        volume.give_inodes()
    waiting.until(lambda: is_ready(client), RESUME_S, "the resumed service")
    client.run("INSERT INTO n VALUES (3)")
    assert client.rows("SELECT sum(v) AS s FROM n") == [[4]]


def test_a_disk_that_fills_and_empties_under_load_loses_and_repeats_nothing(small):
    # Room for what a fast machine's load itself leaves: a disk that the jobs fill stays full.
    server, volume = small(megabytes=VOLUME_UNDER_LOAD_MB)
    server.start().wait_ready()
    load = Load(server, seed=11, threads=1, tolerated=("DLI.0999",)).prepare().start()
    for _ in range(6):
        waiting.pause(0.3)
        volume.fill()
        waiting.pause(0.1)
        volume.fill()  # what was freed meanwhile
        waiting.pause(0.1)
        volume.free()
    waiting.until(lambda: is_ready(server.client()), RESUME_S, "the resumed service")
    waiting.pause(0.5)
    load.stop()
    load.check()
    assert load.refused and server.process.poll() is None


@pytest.mark.parametrize("dies", (False, True))
def test_a_log_that_a_reader_holds_until_the_disk_is_full_gives_the_disk_back(small, dies):
    server, volume = small(megabytes=VOLUME_FOR_LOG_MB)
    client = server.start().wait_ready().client()
    done = client.run("SELECT 1 AS one")
    log = server.data / "store.db-wal"
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'store.db'}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchone()
        for _ in range(2000):
            if isinstance(volume, InjectedVolume) and log.stat().st_size > 4 * LOG_BYTES_MAX:
                volume.fill()
            if client.call("POST", "/jobs/submit-job", {"sql": "SELECT 1 AS one" + COMMENT}).status != 200:
                break
        check_full(client, done)
        assert log.stat().st_size > 4 * LOG_BYTES_MAX
        if dies:
            client = server.restart().client()
    if isinstance(volume, InjectedVolume):
        volume.free()
    # Nothing is freed by hand: the log itself has taken the disk.
    waiting.until(lambda: is_ready(client) and refusal(client) is None, RESUME_S, "the resumed service")
    assert client.status(done["job_id"]) == done
    assert client.rows("SELECT 2 AS two") == [[2]]
    waiting.until(lambda: log.stat().st_size <= LOG_BYTES_MAX, RESUME_S, "the log's bytes given back")


@pytest.mark.parametrize("sql", (
    "CREATE TABLE big AS " + NOISE.format(TOO_MANY), "INSERT INTO n " + NOISE.format(TOO_MANY),
    "INSERT OVERWRITE TABLE n " + NOISE.format(TOO_MANY), NOISE.format(TOO_MANY),
    "SELECT a, max(id) AS m FROM (" + NOISE.format(2 * TOO_MANY) + ") GROUP BY a ORDER BY a LIMIT 5"))
def test_a_job_that_does_not_fit_fails_and_gives_its_bytes_back(small, sql):
    server, volume = small()
    client = server.start().wait_ready().client()
    client.run("CREATE TABLE n (id BIGINT, a STRING, b STRING)")
    client.run("INSERT INTO n VALUES (1, 'a', 'b')")
    before = volume.used_bytes()
    if isinstance(volume, InjectedVolume):
        volume.fill()
    else:
        job_id = client.submit(sql)
        others = [client.submit("INSERT INTO n VALUES (2, 'a', 'b')") for _ in range(3)]
        document = client.wait(job_id)
        assert document["status"] == "FAILED" and "DLI.0" in document["message"], document
        assert str(server.data) not in document["message"], document
        for other in others:
            assert client.wait(other)["status"] in FINAL
    volume.free()
    waiting.until(lambda: is_ready(client), RESUME_S, "the resumed service")
    waiting.until(lambda: volume.used_bytes() < before + SLACK_BYTES, 15, "the bytes given back")
    client.run("INSERT INTO n VALUES (3, 'a', 'b')")


@pytest.mark.parametrize("folder", ("results", "scratch"))
def test_a_full_disk_of_results_or_scratch_costs_what_needs_it(fresh, tmp_path, folder):
    server = fresh(config=CONFIG)
    try:
        volume = Volume(server.data / folder, VOLUME_MB)
    except subprocess.CalledProcessError:
        volume = injected(server, server.data / folder, tmp_path)
    try:
        server.env |= volume.environment()
        client = server.start().wait_ready().client()
        client.run("CREATE TABLE n (v BIGINT)")
        assert client.preview(client.run(WIDE)["job_id"])["row_count"] == WIDE_ROWS
        volume.fill()
        wide = client.wait(client.submit(WIDE))
        assert wide["status"] == "FAILED" and "DLI.0" in wide["message"], wide
        assert is_ready(client)
        if folder == "results":  # what needs no result file goes on
            assert client.rows("SELECT 1 AS one") == [[1]]
            client.run("INSERT INTO n VALUES (1)")
        volume.free()
        assert client.preview(client.run(WIDE)["job_id"])["row_count"] == WIDE_ROWS
        server.terminate()
        assert server.wait_exit() == 0
        server.start().wait_ready()
    finally:
        volume.close()


def test_a_log_that_cannot_be_written_stops_nobody(fresh):
    server = fresh()
    server.log_path.symlink_to("/dev/full")
    client = server.start().wait_ready().client()
    for _ in range(20):
        client.call("POST", "/jobs/submit-job", {"sql": "SELEC 1"})
    assert client.rows("SELECT 1 AS one") == [[1]]


@pytest.mark.parametrize("point", ("synced", "manifested"))
@pytest.mark.parametrize("sql", ("INSERT INTO n VALUES (2)", "INSERT OVERWRITE TABLE n VALUES (2)",
                                 "CREATE TABLE made AS SELECT CAST(2 AS BIGINT) AS v"))
def test_a_commit_that_finds_a_full_disk_is_tried_again_or_leaves_nothing(fresh, tmp_path, sql, point):
    server = fresh(config=CONFIG + "[maintenance]\ncompaction = false\n")
    try:
        volume = Volume(server.data / "warehouse", VOLUME_MB)
    except subprocess.CalledProcessError:
        volume = injected(server, server.data / "warehouse", tmp_path)
    try:
        server.env |= volume.environment()
        # The first passage is the first row's.
        client = server.start({"SLUICE_CRASH_POINTS": f"{point}:2:stop"}).wait_ready().client()
        client.run("CREATE TABLE n (v BIGINT)")
        client.run("INSERT INTO n VALUES (1)")
        job_id = client.submit(sql)
        waiting.until(server.is_stopped, what="the stop")
        volume.fill()
        server.process.send_signal(signal.SIGCONT)
        waiting.until(lambda: "commit put off" in server.log(), what="the second try")
        volume.free()
        document = client.wait(job_id)
        assert document["status"] == "FINISHED", document
        warehouse.check(server)
        client.run("INSERT INTO n VALUES (3)")
    finally:
        volume.close()
