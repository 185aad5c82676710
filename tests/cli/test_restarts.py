"""Client commands while the server is away: they wait for it, and name the job when it stays away."""
import re
import socket
import subprocess

import pytest

from harness import waiting
from harness.server import BINARY, Server, clean_environment, run_program

WORKED, FAILED, WRONG_USE = 0, 1, 2
SLOW = "SELECT max(length(reverse(repeat(CAST(id AS STRING), 3000)))) AS m FROM range(400000)"
ENDLESS = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"


@pytest.fixture
def server():
    with Server() as running:
        yield running.wait_ready()


def begin(server, *arguments):
    """A command that runs beside the test, without an address of its own: a new start has another port."""
    return subprocess.Popen([str(BINARY), *arguments, "--data", str(server.data)], env=clean_environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def running_job(server):
    def found():
        jobs = server.client().list()["jobs"]
        return [job["job_id"] for job in jobs if job["status"] == "RUNNING"]
    return waiting.until(found, 60, "a running job")[0]


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_a_statement_outlives_its_server(server, how):
    command = begin(server, "sql", SLOW, "--format", "csv")
    job_id = running_job(server)
    getattr(server, how)()
    if how == "terminate":
        server.wait_exit()
    server.start().wait_ready()
    out, err = command.communicate(timeout=120)
    assert command.returncode == WORKED and re.fullmatch(r"m\n\d+\n", out), (out, err)
    assert "trying again" not in err or job_id in err, err
    assert server.client().list()["job_count"] == 1


def test_a_statement_whose_server_stays_away_ends_with_the_job_id(server):
    command = begin(server, "sql", ENDLESS, "--wait", "1")
    job_id = running_job(server)
    server.kill()
    out, err = command.communicate(timeout=60)
    assert command.returncode == WRONG_USE and job_id in err and out == "", (out, err)


def test_a_command_waits_for_a_server_that_is_about_to_start(server):
    server.kill()
    command = begin(server, "queues", "list", "--format", "csv", "--wait", "60")
    waiting.until(lambda: "trying again" in command.stderr.readline(), 30, "the word that it waits")
    server.start().wait_ready()
    out, err = command.communicate(timeout=60)
    assert command.returncode == WORKED and "default" in out, (out, err)


def test_an_address_where_nobody_is_ends_soon(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = run_program("sql", "SELECT 1", "--data", server.data, "--endpoint", address, "--wait", "0")
    assert done.returncode == WRONG_USE and "cannot be reached" in done.stderr
    assert "may have been" not in done.stderr and "not known" not in done.stderr
