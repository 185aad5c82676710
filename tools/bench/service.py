"""The measurements of one running server: submits, small jobs, inserts, TPC-H."""
import json
import os
import pathlib
import pickle
import resource
import subprocess
import sys
import threading
import time

import duckdb
import measure
from measure import FastClient
from tpch import generate as tpch

SCALE = float(os.environ.get("SLUICE_BENCH_SCALE", "1"))
LATENCY_JOBS = 200
SMALL_JOBS, SMALL_CLIENTS = 200, 8
INSERTS, INSERT_WINDOW = 1000, 100
WRITERS, WRITER_INSERTS = 16, 25
COUNTS, REST_S, REST_S_MAX = 9, 8, 120
THREADS = 2
MEMORY = "2GB"


def select_one(server, token):
    """Latency of SELECT 1 on a warm worker, and the fsyncs each cost."""
    client = FastClient(server, token)
    for _ in range(20):
        client.poll(client.submit("SELECT 1"))
    syncs = measure.metric(server, "sluice_store_syncs_total")
    times = []
    for _ in range(LATENCY_JOBS):
        began = time.perf_counter()
        client.poll(client.submit("SELECT 1"))
        times.append((time.perf_counter() - began) * 1000)
    syncs = (measure.metric(server, "sluice_store_syncs_total") - syncs) / LATENCY_JOBS
    return {"p50_ms": measure.p50(times), "p95_ms": measure.percentile(times, 0.95), "fsyncs_a_job": syncs}


def small_jobs(server, token):
    """Jobs a second: 200 small ones from 8 clients, from the first submit to the last end."""
    def one_client(number):
        client = FastClient(server, token)
        jobs = [client.submit(f"SELECT {number * 1000 + i} AS n") for i in range(SMALL_JOBS // SMALL_CLIENTS)]
        for job_id in jobs:
            client.wait(job_id)
    threads = [threading.Thread(target=one_client, args=(number,)) for number in range(SMALL_CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"jobs_per_s": SMALL_JOBS / (time.perf_counter() - began)}


def wait_for_rest(server):
    """Until small files are no longer being joined: no compaction for longer than a table's time of rest."""
    deadline = time.monotonic() + REST_S_MAX
    seen, since = None, time.monotonic()
    while time.monotonic() - since < REST_S and time.monotonic() < deadline:
        done = measure.metric(server, "sluice_compactions_total")
        if done != seen:
            seen, since = done, time.monotonic()
        time.sleep(0.2)


def count_ms(client, table, expected):
    began = time.perf_counter()
    job_id = client.submit(f"SELECT count(*) AS n FROM {table}")
    client.poll(job_id)
    took_ms = (time.perf_counter() - began) * 1000
    rows = client.request("GET", f"/jobs/{job_id}/preview")[1]["rows"]
    assert rows == [[expected]], rows
    return took_ms


def inserts(server, token):
    """One-row INSERTs into one table, one after another; then a count, at once and after maintenance."""
    client = FastClient(server, token)
    client.wait(client.submit("CREATE TABLE one_row (v BIGINT, s STRING)"))
    times = []
    syncs = file_syncs(server)
    for number in range(INSERTS):
        began = time.perf_counter()
        client.poll(client.submit(f"INSERT INTO one_row VALUES ({number}, 'row {number}')"))
        times.append((time.perf_counter() - began) * 1000)
    syncs = (file_syncs(server) - syncs) / INSERTS
    at_once_ms = count_ms(client, "one_row", INSERTS)
    wait_for_rest(server)
    at_rest_ms = measure.p50([count_ms(client, "one_row", INSERTS) for _ in range(COUNTS)])
    first, last = measure.p50(times[:INSERT_WINDOW]), measure.p50(times[-INSERT_WINDOW:])
    return {"p50_ms": measure.p50(times), "first_100_p50_ms": first, "last_100_p50_ms": last,
            "last_to_first": last / first, "count_ms": at_once_ms, "count_at_rest_ms": at_rest_ms,
            "fsyncs_an_insert": syncs}


def file_syncs(server):
    """What one INSERT waits for on the disk: commits of the store and files of the table."""
    return measure.metric(server, "sluice_store_syncs_total") + measure.metric(server, "sluice_file_syncs_total")


def insert_clients(server, token):
    """INSERTs a second into one table: one client, then many, each waiting for its own."""
    client = FastClient(server, token)
    client.wait(client.submit("CREATE TABLE shared (v BIGINT, s STRING)"))

    def one_client(number, count):
        client = FastClient(server, token)
        for i in range(count):
            client.wait(client.submit(f"INSERT INTO shared VALUES ({number * 1000 + i}, 'row')"))

    def rate(clients, count):
        threads = [threading.Thread(target=one_client, args=(number, count)) for number in range(clients)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return clients * count / (time.perf_counter() - began)
    rate(1, 20)
    one = rate(1, 4 * WRITER_INSERTS)
    many = rate(WRITERS, WRITER_INSERTS)
    return {"one_per_s": one, "many_per_s": many, "ratio": many / one}


# TPC-H.

def attach(connection, server, token):
    for extension in ("avro", "httpfs", "iceberg"):
        connection.execute(f"LOAD '{tpch.EXTENSIONS / extension}.duckdb_extension'")
    keys = server.credentials()
    connection.execute(f"CREATE SECRET lake (TYPE iceberg, TOKEN '{token}')")
    connection.execute(f"ATTACH '{keys.project_id}' AS lake (TYPE iceberg, ENDPOINT '{keys.endpoint}/iceberg', "
                       "SECRET lake)")


def load_tpch(server, token, parquet):
    """Fills the database tpch through the public catalog; the same rows also as plain Parquet files."""
    client = FastClient(server, token)
    status, answer = client.request("POST", "/databases", {"database_name": "tpch"})
    assert status == 200, answer
    generator = tpch.generate(SCALE)
    attach(generator, server, token)
    for table in tpch.TABLES:
        client.wait(client.submit(f"CREATE TABLE {table} ({tpch.COLUMNS[table]})", "tpch"))
        generator.execute(f"INSERT INTO lake.tpch.{table} FROM memory.main.{table}")
        generator.execute(f"COPY memory.main.{table} TO '{parquet / table}.parquet' (FORMAT parquet)")
    return [tpch.query(generator, number) for number in range(1, tpch.QUERIES + 1)]


def cpu_of_service(server):
    return measure.cpu_s([server.process.pid, *server.workers()])


def tpch_service(server, token, queries):
    client = FastClient(server, token)
    began, cpu = time.perf_counter(), cpu_of_service(server)
    each = []
    for sql in queries:
        start = time.perf_counter()
        # ?wait=: a client that polls takes the processor from a worker that uses all of it.
        client.wait(client.submit(sql, "tpch"))
        each.append(time.perf_counter() - start)
    return {"wall_s": time.perf_counter() - began, "cpu_s": cpu_of_service(server) - cpu, "each_s": each}


def tpch_bare(kind, server, token, parquet, queries):
    """The queries in a DuckDB of its own process: kind is `iceberg` (same tables) or `parquet`."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": THREADS,
                                        "memory_limit": MEMORY, "allow_unsigned_extensions": "true"})
    if kind == "iceberg":
        attach(connection, server, token)
        connection.execute("USE lake.tpch")
    else:
        for table in tpch.TABLES:
            connection.execute(f"CREATE VIEW {table} AS FROM '{parquet / table}.parquet'")

    def one_pass():
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        for sql in queries:
            connection.execute(sql).fetchall()
        after = resource.getrusage(resource.RUSAGE_SELF)
        return {"wall_s": time.perf_counter() - began,
                "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}
    one_pass()
    return one_pass()


def run_bare(kind, server, token, parquet, queries):
    """tpch_bare in a child process, so that its memory and CPU time are its own."""
    job = pickle.dumps((kind, Plain(server), token, parquet, queries))
    done = subprocess.run([sys.executable, "-c",
                           "import pickle, sys, json; sys.path[:0] = sys.argv[1:]; import service; "
                           "print(json.dumps(service.tpch_bare(*pickle.load(sys.stdin.buffer))))",
                           *sys.path], input=job, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


class Plain:
    """Of a server only its credentials, to be sent to a child."""

    def __init__(self, server):
        self._credentials = server.credentials()

    def credentials(self):
        return self._credentials


def tpch_all(server, token, folder):
    parquet = pathlib.Path(folder) / "parquet"
    parquet.mkdir()
    queries = load_tpch(server, token, parquet)
    tpch_service(server, token, queries)
    result = {"service": tpch_service(server, token, queries)}
    for kind in ("iceberg", "parquet"):
        result[kind] = run_bare(kind, server, token, parquet, queries)
    return result
