"""The measurements of a server with a million job records: start, memory, status, list, submit."""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import subprocess
import time
from urllib.parse import urlencode, urlsplit

import measure
import records
from harness import signing, waiting
from measure import FastClient

RECORDS = int(os.environ.get("SLUICE_BENCH_RECORDS", "1000000"))
SIGNED_REQUESTS = 12_000
IDLE_CONNECTIONS = 5000
WRK_S = 8
TURNS, TURN_S = 9, 2
LIST_CALLS = 60
HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = HERE / "requests.lua"
RARE_COUNT = RECORDS // records.RARE_EVERY


def fill(server):
    """A few real jobs of each kind, then copies of them up to the wanted number."""
    client = server.client()
    client.run("CREATE TABLE t (id INT, name STRING)")
    client.run("INSERT INTO t VALUES (1, 'a')", tags=[{"key": "team", "value": "one"}])
    for number in range(5):
        client.run("SELECT id, name FROM t", tags=[{"key": "team", "value": "two"}])
    client.wait(client.submit("SELECT no_such_column FROM t"))
    server.terminate()
    assert server.wait_exit() == 0
    start_ms = int(time.time() * 1000) - RECORDS * 20 - 60_000
    records.fill(server.data / "store.db", RECORDS, start_ms)


def recovery(server):
    """Seconds from the start of the process to ready, and its memory then."""
    began = time.perf_counter()
    server.start(timeout_s=120)
    server.wait_ready(120)
    return {"ready_s": time.perf_counter() - began, "rss_mb": measure.rss_mb(server.process.pid)}


# Status against nginx.

def nginx(folder, body):
    """Starts nginx as a user process answering the body from memory; returns (process, url)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    conf = folder / "nginx.conf"
    quoted = body.decode().replace("\\", "\\\\").replace("'", "\\'").replace("$", "${dollar}")
    conf.write_text(f"""
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  geo $dollar {{ default "$"; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{quoted}'; }}
  }}
}}
""")
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", conf, "-p", folder],
                               stderr=subprocess.DEVNULL)

    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            return False
    waiting.until(answers, 10, "nginx")
    return process, f"http://127.0.0.1:{port}"


def signed_requests(server, file):
    """Writes distinct signed status requests, each for a random job."""
    keys = server.credentials()
    host = urlsplit(keys.endpoint).netloc
    dice = random.Random(11)
    with open(file, "wb") as out:
        for number in dice.sample(range(1, RECORDS + 1), min(SIGNED_REQUESTS, RECORDS)):
            target = f"/v1.0/{keys.project_id}/jobs/018f0000-0000-7000-8000-{number:012x}/status"
            headers = signing.signed_headers(keys.access_key, keys.secret_key, "GET", target, {"Host": host}, b"")
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            out.write(f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode() + b"\0")


def status(server, token, folder):
    keys = server.credentials()
    target = f"/v1.0/{keys.project_id}"
    client = FastClient(server, token)
    body = client.request("GET", f"/jobs/018f0000-0000-7000-8000-{RECORDS // 2:012x}/status")[1]
    baseline, url = nginx(folder, json.dumps(body, separators=(",", ":")).encode())
    requests = folder / "signed"
    signed_requests(server, requests)
    try:
        rounds = {"nginx": [], "token": [], "signed": []}
        for _ in range(TURNS):  # in short turns, so that a slow moment of the machine meets all three
            rounds["nginx"].append(measure.wrk(url, SCRIPT, 16, TURN_S, {"KIND": "plain"}))
            rounds["token"].append(measure.wrk(keys.endpoint, SCRIPT, 16, TURN_S, {
                "KIND": "status", "TOKEN": token, "TARGET": target, "COUNT": str(RECORDS)}))
            rounds["signed"].append(measure.wrk(keys.endpoint, SCRIPT, 16, TURN_S, {
                "KIND": "file", "FILE": str(requests)}))
    finally:
        baseline.terminate()
        baseline.wait()
    best = {name: max(runs, key=lambda run: run["requests_per_s"]) for name, runs in rounds.items()}
    return {**best, **{f"{name}_to_nginx": measure.p50([
        own["requests_per_s"] / bare["requests_per_s"]
        for own, bare in zip(rounds[name], rounds["nginx"], strict=True)]) for name in ("token", "signed")}}


def submits(server, token, folder):
    """Durable submits, alone and against bare SQLite. The queue's workers are busy: nothing runs."""
    keys = server.credentials()
    env = {"KIND": "submit", "TOKEN": token, "TARGET": f"/v1.0/{keys.project_id}/jobs/submit-job",
           "BODY": '{"sql": "SELECT id, name FROM t WHERE id = 1"}'}
    long = "SELECT max(a.id * b.id) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"
    client = server.client()
    blockers = [client.submit(long) for _ in range(2)]
    for job_id in blockers:
        client.wait_for(job_id, "RUNNING")
    for pid in server.workers():
        os.kill(pid, signal.SIGSTOP)  # they hold the queue and use no CPU
    syncs = measure.metric(server, "sluice_store_syncs_total")
    many = measure.wrk(keys.endpoint, SCRIPT, 16, WRK_S, env)
    syncs = measure.metric(server, "sluice_store_syncs_total") - syncs
    one = measure.wrk(keys.endpoint, SCRIPT, 1, WRK_S, env)
    bare = records.bare_commits(server.data / "store.db", 2000, folder)
    return {"jobs_per_s": many["requests_per_s"], "bare_commits_per_s": bare,
            "ratio": many["requests_per_s"] / bare, "jobs_a_sync": many["requests"] / syncs,
            "one_client_p50_ms": one["p50_ms"], "fsync_ms": measure.fsync_ms(server.data)}


FILTERS = {
    "none": {}, "job-status": {"job-status": "FINISHED"}, "job-type": {"job-type": "QUERY"},
    "queue_name": {"queue_name": "queue1"}, "owner": {"owner": "user3"}, "rare owner": {"owner": "rare"},
    "rare queue": {"queue_name": "rare"}, "rare tag": {"tags": "team=rare"},
    "table": {"table_name": "t77"}, "database": {"db_name": "db7"},
    "sql_pattern": {"sql_pattern": "report 1234"}, "order by duration": {"order": "duration_desc"},
    "oldest first": {"order": "start_time_asc"}, "page 100": {"current-page": 100},
    "owner and status": {"owner": "rare", "job-status": "FINISHED"},
    "pattern and owner": {"sql_pattern": "t77 ", "owner": "user17"},
}


def lists(server, token):
    client = FastClient(server, token)
    result = {}
    for name, filters in FILTERS.items():
        times = []
        for _ in range(LIST_CALLS):
            began = time.perf_counter()
            status_code, answer = client.request("GET", "/jobs?" + urlencode({"page-size": 50, **filters}))
            times.append((time.perf_counter() - began) * 1000)
            assert status_code == 200, answer
            assert answer["job_count"] > 0, f"the filter {name} finds nothing, so it measures nothing"
        result[name] = {"p50_ms": measure.p50(times), "p95_ms": measure.percentile(times, 0.95),
                        "job_count": answer["job_count"]}
    return result


def idle_connections(server):
    """MB that idle keep-alive connections add, each after one request."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE_CONNECTIONS + 1000,) * 2)
    place = urlsplit(server.endpoint)
    before = measure.rss_mb(server.process.pid)
    opened = []
    for _ in range(IDLE_CONNECTIONS):
        one = socket.create_connection((place.hostname, place.port))
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        opened.append(one)
    for one in opened:
        one.recv(4096)
    after = measure.rss_mb(server.process.pid)
    for one in opened:
        one.close()
    return after - before

