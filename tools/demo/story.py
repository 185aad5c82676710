"""The story of `make demo`: a fresh server, and everything a user meets first, over signed HTTP."""
import json
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]
from harness.server import Server  # noqa: E402
from tpch import generate as tpch  # noqa: E402

SCALE = 0.005
ROWS_A_STATEMENT = 1000
LOAD_TIMEOUT_S = 300
SHOWN_ROWS_MAX = 10


def say(text=""):
    print(text, flush=True)


def title(text):
    say(f"\n== {text}")


def show_rows(client, job_id):
    """Prints the rows of a finished query as an aligned table."""
    answer = client.preview(job_id)
    names = [next(iter(column)) for column in answer["schema"]]
    rows = [["NULL" if value is None else str(value) for value in row] for row in answer["rows"]]
    shown = [names, *rows[:SHOWN_ROWS_MAX]]
    widths = [max(len(line[i]) for line in shown) for i in range(len(names))]
    for line in shown:
        say("   " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    if len(rows) > SHOWN_ROWS_MAX:
        say(f"   … {len(rows)} rows in all")


def the_page(client):
    title("The table of the original page: dbtest.tbtest, two columns, four rows")
    client.ok("POST", "/databases", {"database_name": "dbtest"})
    client.run("CREATE TABLE tbtest (id INT, name STRING)", "dbtest")
    inserted = client.run("INSERT INTO tbtest VALUES (1, 'ann'), (2, 'bob'), (3, 'cyd'), (4, NULL)", "dbtest")
    say(f"   inserted {inserted['result_count']} rows by job {inserted['job_id']}")

    title("select * from tbtest: submit, poll, and the status document as the page prints it")
    job_id = client.submit("select * from tbtest", "dbtest")
    say(f"   submitted: {job_id}")
    document = client.wait(job_id)
    say(json.dumps(document, indent=2, ensure_ascii=False))
    say("   its rows:")
    show_rows(client, job_id)
    assert document["status"] == "FINISHED" and document["result_count"] == 4, document


def load_tpch(client):
    title(f"TPC-H at scale factor {SCALE}: generated, then loaded by INSERT jobs")
    generator = tpch.generate(SCALE)
    client.ok("POST", "/databases", {"database_name": "tpch"})
    began = time.monotonic()
    total = 0
    for table in tpch.TABLES:
        client.run(f"CREATE TABLE {table} ({tpch.COLUMNS[table]})", "tpch")
        jobs = [client.submit(statement, "tpch")
                for statement in tpch.insert_statements(generator, table, ROWS_A_STATEMENT)]
        documents = [client.wait(job_id, LOAD_TIMEOUT_S) for job_id in jobs]
        bad = [document for document in documents if document["status"] != "FINISHED"]
        assert not bad, bad[0]
        rows = sum(document["result_count"] for document in documents)
        total += rows
        say(f"   {table:<9} {rows:>6} rows by {len(jobs)} jobs")
    say(f"   {total} rows in {time.monotonic() - began:.1f} s")
    return generator


def tpch_queries(client, generator):
    for number, what in ((1, "pricing summary"), (3, "shipping priority"), (5, "local supplier volume")):
        title(f"TPC-H query {number}, {what}")
        document = client.run(tpch.query(generator, number), "tpch")
        say(f"   {document['result_count']} rows after {document['duration']} ms, "
            f"{document['input_size']} bytes read")
        show_rows(client, document["job_id"])


def a_cancelled_job(client):
    title("A job that would run for years, cancelled")
    joins = " ".join(f"CROSS JOIN lineitem l{i}" for i in range(1, 6))
    total = " + ".join(f"l{i}.l_orderkey" for i in range(6))
    job_id = client.submit(f"SELECT max({total}) FROM lineitem l0 {joins}", "tpch")
    document = client.wait_for(job_id, "RUNNING")
    say(f"   {job_id} is {document['status']}")
    answer = client.cancel(job_id)
    document = client.wait(job_id)
    say(f"   DELETE answered {answer.status}; it is {document['status']} after {document['duration']} ms: "
        f"{document['message']}")
    assert document["status"] == "CANCELLED", document


def a_failed_job(client):
    title("A job that fails, and says why")
    document = client.wait(client.submit("SELECT price FROM tbtest", "dbtest"))
    say(f"   {document['job_id']} is {document['status']}: {document['message']}")
    assert document["status"] == "FAILED", document


def main():
    with Server() as server:
        server.wait_ready()
        say(f"Sluice listens on {server.endpoint}; its data folder is {server.data}")
        client = server.client()
        the_page(client)
        generator = load_tpch(client)
        tpch_queries(client, generator)
        a_cancelled_job(client)
        a_failed_job(client)
        title("Every job so far")
        for state in ("FINISHED", "FAILED", "CANCELLED"):
            say(f"   {state:<9} {client.list(**{'job-status': state})['job_count']}")
        server.terminate()
        say(f"\nThe server ended with status {server.wait_exit()}. This was the whole story; "
            "`make run` leaves a server up.")


if __name__ == "__main__":
    main()
