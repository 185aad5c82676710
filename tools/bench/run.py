"""`make bench`: measures, prints the table of docs/benchmarks.md, writes build/bench/results.json."""
import json
import math
import os
import pathlib
import platform
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests"), str(ROOT / "tools")]
import at_rest  # noqa: E402
import measure  # noqa: E402
import service  # noqa: E402
from harness.server import PASSWORD, USER, Server  # noqa: E402

OUT = ROOT / "build/bench"
NOTE = "how: one machine, client and server on the same cores; p50 unless said; ratios from one run"


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def measured(results, name, function, *arguments):
    """Runs one measurement; one that breaks is recorded as broken and the others go on."""
    say(name)
    try:
        results[name] = function(*arguments)
    except Exception as error:
        results[name] = {"broken": f"{type(error).__name__}: {error}"[:500]}
        say(f"  broken: {results[name]['broken']}")


def bench_service(results, wanted):
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        server.wait_ready()
        token = measure.token_of(server, USER, PASSWORD)
        results["rss idle"] = {"mb": measure.rss_mb(server.process.pid)}
        results["fsync"] = {"p50_ms": measure.fsync_ms(server.data)}
        steps = {"select 1": service.select_one, "small jobs": service.small_jobs, "inserts": service.inserts,
                 "insert clients": service.insert_clients}
        for name, function in steps.items():
            if name in wanted:
                measured(results, name, function, server, token)
        if "tpch" in wanted:
            measured(results, "tpch", service.tpch_all, server, token, folder)


def bench_at_rest(results, wanted):
    # The submits of the benchmark wait in the queue, more than its usual depth.
    with Server(config="[queue]\ndepth = 10000000\n") as server, tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        say(f"filling the store with {at_rest.RECORDS} job records")
        at_rest.fill(server.wait_ready())
        measured(results, "recovery", at_rest.recovery, server)
        if server.process is None or server.process.poll() is not None:
            return
        token = measure.token_of(server, USER, PASSWORD)
        for name, function, arguments in (
                ("status", at_rest.status, (server, token, folder)),
                ("lists", at_rest.lists, (server, token)),
                ("rss 1M", lambda: {"mb": measure.rss_mb(server.process.pid)}, ()),
                ("rss idle connections", lambda: {"mb": at_rest.idle_connections(server)}, ()),
                ("submits", at_rest.submits, (server, token, folder))):
            if name.split()[0] in wanted or name in wanted:
                measured(results, name, function, *arguments)


def rows(results):
    """(what, target, measured, met) of each line of the issue's table."""
    def of(name, *path):
        value = results.get(name, {})
        for key in path:
            value = value.get(key, float("nan")) if isinstance(value, dict) else float("nan")
        return value

    status, tpch = results.get("status", {}), results.get("tpch", {})
    yield "GET status, token / nginx", ">= 0.6", of("status", "token_to_nginx"), lambda v: v >= 0.6
    yield "GET status, signed / nginx", ">= 0.4", of("status", "signed_to_nginx"), lambda v: v >= 0.4
    yield "GET status p99, token, ms", "< 5", of("status", "token", "p99_ms"), lambda v: v < 5
    yield "GET status p99, signed, ms", "< 5", of("status", "signed", "p99_ms"), lambda v: v < 5
    if "token" in status:
        yield "GET status, token, requests/s", "", status["token"]["requests_per_s"], None
        yield "nginx, requests/s", "", status["nginx"]["requests_per_s"], None
    yield "submit, 16 clients / bare SQLite commits", ">= 3", of("submits", "ratio"), lambda v: v >= 3
    yield "submit, 16 clients, jobs/s", "", of("submits", "jobs_per_s"), None
    over = of("submits", "one_client_p50_ms") - of("submits", "fsync_ms")
    yield "submit p50 of one client less one fsync, ms", "<= 1", over, lambda v: v <= 1
    syncs = of("select 1", "fsyncs_a_job")
    over = of("select 1", "p50_ms") - syncs * of("fsync", "p50_ms")
    yield "SELECT 1 p50 less its fsyncs, ms", "< 4", over, lambda v: v < 4
    yield "SELECT 1 p50, ms", "", of("select 1", "p50_ms"), None
    yield "SELECT 1, fsyncs a job", "", syncs, None
    yield "one fsync, ms", "", of("fsync", "p50_ms"), None
    yield "200 small jobs, 8 clients, jobs/s", ">= 250", of("small jobs", "jobs_per_s"), lambda v: v >= 250
    for unit in ("cpu_s", "wall_s"):
        if "service" in tpch:
            kind = unit.removesuffix("_s")
            ratio = tpch["service"][unit] / tpch["iceberg"][unit]
            yield f"TPC-H SF{service.SCALE:g} {kind}, service / bare DuckDB on the same tables", "<= 1.2", ratio, \
                lambda v: v <= 1.2
            yield f"TPC-H SF{service.SCALE:g} {kind}, service / plain Parquet", "", \
                tpch["service"][unit] / tpch["parquet"][unit], None
    yield "one-row INSERT p50, ms", "< 40", of("inserts", "p50_ms"), lambda v: v < 40
    syncs = of("inserts", "fsyncs_an_insert")
    over = of("inserts", "p50_ms") - syncs * of("fsync", "p50_ms")
    yield "one-row INSERT p50 less its fsyncs, ms", "<= 6", over, lambda v: v <= 6
    yield "one-row INSERT, fsyncs", "", syncs, None
    yield "last 100 INSERTs / first 100", "<= 1.2", of("inserts", "last_to_first"), lambda v: v <= 1.2
    yield "INSERTs into one table, 16 clients / one", ">= 4", of("insert clients", "ratio"), lambda v: v >= 4
    yield "INSERTs into one table, 16 clients, rows/s", "", of("insert clients", "many_per_s"), None
    yield "count(*) after them, ms", "", of("inserts", "count_ms"), None
    yield "count(*) once small files are joined, ms", "", of("inserts", "count_at_rest_ms"), None
    yield "recovery of 1M records, s", "< 10", of("recovery", "ready_s"), lambda v: v < 10
    yield "RSS after it, MB", "< 600", of("recovery", "rss_mb"), lambda v: v < 600
    lists = {name: entry for name, entry in results.get("lists", {}).items() if isinstance(entry, dict)}
    if lists:
        for field, limit in (("p50_ms", 5), ("p95_ms", 15)):
            worst = max(lists, key=lambda name: lists[name][field])
            yield f"list of 50 at 1M, worst filter ({worst}) {field[:3]}, ms", f"< {limit}", lists[worst][field], \
                lambda v, limit=limit: v < limit
    yield "RSS idle, MB", "< 60", of("rss idle", "mb"), lambda v: v < 60
    yield "RSS with 1M records, MB", "< 600", of("rss 1M", "mb"), lambda v: v < 600
    yield "5000 idle connections, MB more", "<= 100", of("rss idle connections", "mb"), lambda v: v <= 100


def table(results):
    lines = [f"Machine: {platform.processor() or platform.machine()}, {os.cpu_count()} cores; {NOTE}", "",
             "| what | target | measured | |", "|---|---|---:|---|"]
    for what, target, value, judge in rows(results):
        if math.isnan(value):
            continue  # not asked for, or broken: then it is named below
        verdict = "" if judge is None else "met" if judge(value) else "MISSED"
        lines.append(f"| {what} | {target} | {value:.2f} | {verdict} |")
    lines += [f"| {name} | | | BROKEN: {entry['broken']} |" for name, entry in results.items() if "broken" in entry]
    return "\n".join(lines)


def main():
    everything = {"select 1", "small jobs", "inserts", "insert clients", "tpch", "status", "lists", "rss", "submits"}
    wanted = set(sys.argv[1:]) or everything
    OUT.mkdir(parents=True, exist_ok=True)
    results = {}
    if wanted & {"select 1", "small jobs", "inserts", "insert clients", "tpch"}:
        bench_service(results, wanted)
    if wanted & {"status", "lists", "rss", "submits", "recovery"}:
        bench_at_rest(results, wanted)
    (OUT / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    text = table(results)
    (OUT / "results.md").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
