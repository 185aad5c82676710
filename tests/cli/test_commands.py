"""The client commands as a person or a script uses them."""
import csv
import io
import json
import os
import pty
import re
import subprocess

import pytest

from harness.server import BINARY, Server, clean_environment, run_program

WORKED, FAILED, WRONG_USE = 0, 1, 2


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.wait_ready()
        client = running.client()
        client.ok("POST", "/databases", {"database_name": "shop"})
        client.run("CREATE TABLE goods (id INT, name STRING, price DECIMAL(10,2))", "shop")
        client.run("INSERT INTO goods VALUES (1, 'a \"quoted\", name', 1.50), (2, NULL, 20.00)", "shop")
        yield running


@pytest.fixture
def sluice(server):
    def call(*arguments, **more):
        return run_program(*arguments, "--data", server.data, "--endpoint", server.endpoint, **more)
    return call


def test_rows_come_as_an_aligned_table(sluice):
    done = sluice("sql", "SELECT id, price FROM goods ORDER BY id", "-d", "shop")
    assert done.returncode == WORKED, done.stderr
    lines = done.stdout.splitlines()
    assert "id" in lines[0] and "price" in lines[0] and "20.00" in done.stdout
    assert len({len(line.rstrip()) for line in lines if "." in line}) == 1  # numbers end in one column


def test_csv_can_be_read_back(sluice):
    done = sluice("sql", "SELECT id, name, price FROM goods ORDER BY id", "-d", "shop", "--format", "csv")
    assert list(csv.reader(io.StringIO(done.stdout))) == [
        ["id", "name", "price"], ["1", 'a "quoted", name', "1.50"], ["2", "", "20.00"]]


def test_json_is_an_array_of_objects_with_exact_numbers(sluice):
    done = sluice("sql", "SELECT id, name, price FROM goods ORDER BY id", "-d", "shop", "--format", "json")
    assert json.loads(done.stdout, parse_float=str) == [
        {"id": 1, "name": 'a "quoted", name', "price": "1.50"}, {"id": 2, "name": None, "price": "20.00"}]


def test_output_for_a_pipe_has_no_progress_line(sluice):
    assert "\r" not in sluice("sql", "SELECT 1 AS one").stdout


def test_a_terminal_shows_how_far_the_statement_is(sluice, server):
    sluice("sql", "CREATE TABLE long (s STRING)", "-d", "shop")
    sluice("sql", "INSERT INTO long SELECT CAST(id AS STRING) FROM range(1000000)", "-d", "shop")
    terminal, end = pty.openpty()
    command = [str(BINARY), "sql", "SELECT max(length(reverse(repeat(s, 500)))) AS m FROM long", "-d", "shop",
               "--data", str(server.data), "--endpoint", server.endpoint]
    with subprocess.Popen(command, env=clean_environment(), stdout=end, stderr=end) as process:
        os.close(end)
        seen = b""
        try:
            while piece := os.read(terminal, 4096):
                seen += piece
        except OSError:  # how a terminal ends
            pass
        finally:
            os.close(terminal)
    assert process.returncode == WORKED, seen
    assert [int(part) for part in re.findall(rb"RUNNING +(\d+)%", seen) if 0 < int(part) < 100], seen


@pytest.mark.parametrize("sql, word", [("SELEC 1", "DLI.0004"), ("SELECT nowhere FROM goods", "DLI.0005"),
                                       ("SELECT * FROM no_such_table", "DLI.0005")])
def test_a_failed_statement_says_why_and_ends_with_1(sluice, sql, word):
    done = sluice("sql", sql, "-d", "shop")
    assert done.returncode == FAILED and word in done.stderr and done.stdout == ""


def test_statements_without_rows_work(sluice):
    assert sluice("sql", "CREATE TABLE made (a INT)", "-d", "shop").returncode == WORKED
    assert sluice("sql", "INSERT INTO made VALUES (1), (2)", "-d", "shop").returncode == WORKED
    assert sluice("sql", "SELECT count(*) AS n FROM made", "-d", "shop", "--format", "csv").stdout == "n\n2\n"


@pytest.mark.parametrize("arguments", [["sql"], ["sql", "SELECT 1", "--format", "xml"], ["jobs", "no-such-command"]])
def test_wrong_use_ends_with_2(sluice, arguments):
    assert sluice(*arguments).returncode == WRONG_USE


def test_no_server_ends_with_2(server):
    done = run_program("sql", "SELECT 1", "--data", server.data, "--endpoint", "http://127.0.0.1:1")
    assert done.returncode == WRONG_USE and done.stderr.strip()


def test_an_unknown_queue_is_said(sluice):
    done = sluice("sql", "SELECT 1 AS one", "-q", "no_such_queue")
    assert done.returncode == FAILED and "DLI.0002" in done.stderr


def test_jobs_are_listed_and_shown(sluice, server):
    job_id = server.client().run("SELECT 77 AS findme")["job_id"]
    listed = json.loads(sluice("jobs", "list", "--format", "json").stdout)
    assert job_id in [job["job_id"] for job in listed]
    shown = json.loads(sluice("jobs", "show", job_id, "--format", "json").stdout)
    assert shown["status"] == "FINISHED" and shown["statement"] == "SELECT 77 AS findme"


def test_a_running_job_is_cancelled(sluice, server):
    client = server.client()
    job_id = client.submit("SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b")
    client.wait_for(job_id, "RUNNING")
    assert sluice("jobs", "cancel", job_id).returncode == WORKED
    assert client.wait(job_id)["status"] == "CANCELLED"
    assert sluice("jobs", "cancel", job_id).returncode == FAILED


def test_queues_are_listed(sluice):
    assert "default" in sluice("queues", "list", "--format", "csv").stdout


def test_keys_may_come_from_the_environment(server):
    keys = server.credentials()
    done = run_program("sql", "SELECT 1 AS one", "--format", "csv", env={
        "SLUICE_ENDPOINT": server.endpoint, "SLUICE_PROJECT_ID": keys.project_id, "SLUICE_AK": keys.access_key,
        "SLUICE_SK": keys.secret_key})
    assert done.stdout == "one\n1\n", done.stderr


def test_a_second_user_is_added_and_may_work(server):
    added = run_program("users", "add", "bob", "--data", server.data, "--password-stdin", stdin="a-password-of-bob\n")
    assert added.returncode == WORKED, added.stderr
    again = run_program("users", "add", "bob", "--data", server.data, "--password-stdin", stdin="x-y-z-1-2-3\n")
    assert again.returncode != WORKED and "bob" in again.stderr
