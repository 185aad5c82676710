"""Answers longer than anybody should hold in memory: previews and lists, read whole, slowly and not at all."""
import contextlib
import json
import re
import resource
import shutil
import socket
import ssl
import subprocess
import threading
import time
from urllib.parse import urlsplit

import pytest

from harness import signing, waiting
from harness.server import LISTENING, Server

ROWS, ROW_CHARACTERS = 1000, 90_000
READERS = 100
LISTERS = 12
MEMORY_MB_MAX = 64
PIECE = 64 * 1024
PATIENCE_S = 120
PROMPTLY_S = 1
LARGE = f"SELECT id, concat(id, repeat('0123456789', {ROW_CHARACTERS // 10})) AS t FROM range({ROWS})"
DESCRIPTORS = 1024
IDLE = 1200


def request(client, path, *fields, version="1.1"):
    """A signed GET as bytes."""
    keys, target = client.credentials, client.prefix + path
    headers = signing.signed_headers(keys.access_key, keys.secret_key, "GET", target, {"Host": client.host}, b"")
    lines = [f"GET {target} HTTP/{version}", *(f"{name}: {value}" for name, value in headers.items()), *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def connect(client, receive_buffer=None):
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(PATIENCE_S)
    place = urlsplit(client.credentials.endpoint)
    connection.connect((place.hostname, place.port))
    return connection


def read_all(connection):
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(1 << 20):
            received += data
    return bytes(received)


def metric(client, name):
    for line in client.plain("/metrics").body.decode().splitlines():
        if line.startswith(name + '{listener="public"}'):
            return int(line.split()[1])
    raise AssertionError(f"no metric {name}")


def resident_mb(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def lines_of(server, job_id):
    return (server.data / "results" / job_id / "1" / "preview.jsonl").read_bytes().splitlines()


@pytest.fixture(scope="module")
def large(server):
    """The id of a job whose preview has 90 MB."""
    return server.client().run(LARGE, timeout_s=PATIENCE_S)["job_id"]


def check_body(body, job_id, lines):
    """Byte by byte what the worker wrote, in the order of the API's page."""
    begin, _, rows = body.partition(b'"rows":[')
    head = json.loads(begin + b'"rows":[]}')
    assert list(head) == ["is_success", "message", "job_id", "job_type", "row_count", "input_size", "schema", "rows"]
    assert head["job_id"] == job_id and head["row_count"] == ROWS
    assert rows == b",".join(lines) + b"]}", "other rows"


def test_a_large_preview_is_what_the_worker_wrote(server, client, large):
    lines = lines_of(server, large)
    assert len(lines) == ROWS and len(lines[-1]) > ROW_CHARACTERS
    answer = client.call("GET", f"/jobs/{large}/preview")
    assert answer.headers["Content-Length"] == str(len(answer.body))
    check_body(answer.body, large, lines)
    for page, size in ((1, 1), (1, 100), (7, 50), (10, 100), (11, 100)):
        rows = client.call("GET", f"/jobs/{large}", query={"page-size": size, "current-page": page}).json["rows"]
        assert rows == [json.loads(line) for line in lines[(page - 1) * size:page * size]], (page, size)
    assert client.call("GET", f"/jobs/{large}/preview", query={"page-size": 1001}).status == 400


def test_a_large_preview_keeps_to_the_protocol(client, large):
    path = f"/jobs/{large}/preview"
    length = client.call("GET", path).headers["Content-Length"]
    with connect(client) as connection:  # in a pipeline, then as HTTP/1.0
        connection.sendall(request(client, path) + request(client, f"/jobs/{large}/status", "Connection: close"))
        received = read_all(connection)
    first = received.index(b"\r\n\r\n") + 4 + int(length)
    assert received[:first].startswith(b"HTTP/1.1 200 ") and received[first:].startswith(b"HTTP/1.1 200 ")
    assert json.loads(received[first:].partition(b"\r\n\r\n")[2])["status"] == "FINISHED"
    with connect(client) as connection:
        connection.sendall(request(client, path, version="1.0"))
        assert len(read_all(connection).partition(b"\r\n\r\n")[2]) == int(length)
    with connect(client) as connection:
        keys, target = client.credentials, client.prefix + path
        headers = signing.signed_headers(keys.access_key, keys.secret_key, "HEAD", target, {"Host": client.host}, b"")
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"HEAD {target} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
        received = read_all(connection)
    assert received.endswith(b"\r\n\r\n") and f"Content-Length: {length}\r\n".encode() in received


def stall(client, paths):
    """Connections that asked and do not read."""
    connections = []
    for path in paths:
        connections.append(connect(client, receive_buffer=4096))
        connections[-1].sendall(request(client, path, "Connection: close"))
    return connections


def slowest_calls(server, job_id, number=200):
    """Seconds that the 99th percentile of each kind of call took."""
    client, took = server.client(), {}
    for kind, call in (("status", lambda: client.status(job_id)), ("list", lambda: client.ok("GET", "/databases")),
                       ("ready", lambda: client.plain("/readyz"))):
        times = []
        for _ in range(number):
            began = time.monotonic()
            call()
            times.append(time.monotonic() - began)
        took[kind] = sorted(times)[int(number * 0.99)]
    client.close()
    return took


def test_a_hundred_readers_that_do_not_read_cost_little_and_slow_down_nobody(server, client, large):
    lines = lines_of(server, large)
    client.preview(large)
    before = resident_mb(server)
    stalled = stall(client, [f"/jobs/{large}/preview"] * READERS)
    waiting.until(lambda: metric(client, "sluice_http_answer_bytes") == READERS * PIECE, what="the stalled readers")
    assert resident_mb(server) - before < MEMORY_MB_MAX
    took = slowest_calls(server, large)
    assert all(seconds < PROMPTLY_S for seconds in took.values()), took
    assert client.rows("SELECT 42 AS answer") == [[42]]
    # Whoever begins to read has lost nothing; whoever hangs up gives back what was held.
    for connection in stalled[:3]:
        check_body(read_all(connection).partition(b"\r\n\r\n")[2], large, lines)
    for connection in stalled:
        connection.close()
    waiting.until(lambda: metric(client, "sluice_http_answer_bytes") == 0, what="the memory given back")
    assert metric(client, "sluice_http_answers_broken_total") == 0


def test_a_page_of_long_statements_is_listed_in_little_memory(fresh):
    server = fresh().start().wait_ready()
    client = server.client()
    statements = [f"SELECT {number} AS n /* {'é' * 450_000} */" for number in range(40)]
    ids = [client.submit(statement) for statement in statements]
    for job_id in ids:
        client.wait(job_id)
    listed = client.list(**{"page-size": 100})
    assert {job["job_id"]: job["statement"] for job in listed["jobs"]} == dict(zip(ids, statements))
    before = resident_mb(server)
    stalled = stall(client, ["/jobs?page-size=100"] * LISTERS)
    waiting.until(lambda: metric(client, "sluice_http_answer_bytes") == LISTERS * PIECE, PATIENCE_S, "the readers")
    assert resident_mb(server) - before < MEMORY_MB_MAX
    assert not list((server.data / "scratch").glob("answer-*"))
    body = read_all(stalled[0]).partition(b"\r\n\r\n")[2]
    assert [job["statement"] for job in json.loads(body)["jobs"]] == statements[::-1]
    for connection in stalled:
        connection.close()
    waiting.until(lambda: metric(client, "sluice_http_answer_bytes") == 0, what="the memory given back")


def test_a_result_that_is_removed_while_it_is_sent_is_sent_to_its_end(fresh):
    server = fresh().start().wait_ready()
    client = server.client()
    job_id = client.run(LARGE, timeout_s=PATIENCE_S)["job_id"]
    lines = lines_of(server, job_id)
    reader, = stall(client, [f"/jobs/{job_id}/preview"])
    waiting.until(lambda: metric(client, "sluice_http_answer_bytes") == PIECE, what="the reader")
    shutil.rmtree(server.data / "results" / job_id)
    check_body(read_all(reader).partition(b"\r\n\r\n")[2], job_id, lines)
    assert client.call("GET", f"/jobs/{job_id}/preview").code == "DLI.0100"


def test_a_result_that_is_cut_while_it_is_sent_ends_the_connection_short(fresh):
    server = fresh().start().wait_ready()
    client = server.client()
    job_id = client.run(LARGE, timeout_s=PATIENCE_S)["job_id"]
    reader, = stall(client, [f"/jobs/{job_id}/preview"])
    waiting.until(lambda: metric(client, "sluice_http_answer_bytes") == PIECE, what="the reader")
    with open(server.data / "results" / job_id / "1" / "preview.jsonl", "r+b") as file:
        file.truncate(30_000_000)
    head, _, body = read_all(reader).partition(b"\r\n\r\n")
    assert b"200 OK" in head and f"Content-Length: {len(body)}\r\n".encode() not in head + b"\r\n"
    assert metric(client, "sluice_http_answers_broken_total") == 1
    assert any(record["event"] == "an answer was cut off" for record in server.log_records())
    assert client.call("GET", f"/jobs/{job_id}/preview").status == 500


def test_a_large_preview_goes_through_tls_as_well(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key.pem", "-out",
                    tmp_path / "cert.pem", "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    with contextlib.closing(Server()) as server:
        client = server.start().wait_ready().client()
        job_id = client.run(LARGE, timeout_s=PATIENCE_S)["job_id"]
        lines = lines_of(server, job_id)
        server.terminate().wait_exit()
        server.config = server.folder / "tls.toml"
        server.config.write_text(f'[server]\ntls_certificate = "{tmp_path}/cert.pem"\n'
                                 f'tls_key = "{tmp_path}/key.pem"\n')
        server.spawn()
        https = re.compile(LISTENING.pattern.replace("http", "https"), re.M)
        server.endpoint = waiting.until(lambda: https.search(server.stdout()), what="the server").group(1)
        client = server.client()
        context = ssl._create_unverified_context()
        before = resident_mb(server)
        readers = [context.wrap_socket(connect(client, receive_buffer=4096)) for _ in range(READERS)]
        for reader in readers:
            reader.sendall(request(client, f"/jobs/{job_id}/preview", "Connection: close"))
        # The first to read has waited behind all others.
        check_body(read_all(readers[-1]).partition(b"\r\n\r\n")[2], job_id, lines)
        assert resident_mb(server) - before < MEMORY_MB_MAX
        check_body(read_all(readers[0]).partition(b"\r\n\r\n")[2], job_id, lines)
        for reader in readers:
            reader.close()


def test_connections_leave_the_descriptors_that_jobs_need(fresh):
    limit = f"ulimit -n {DESCRIPTORS}; exec \"$@\""
    server = fresh(wrapper=("bash", "-c", limit, "bash")).start().wait_ready()
    client = server.client()
    client.run("CREATE TABLE kept (v BIGINT)")
    assert 0 < metric(client, "sluice_http_connections_limit") < DESCRIPTORS - 200
    client.close()  # it would be the one that waited longest
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = [connect(client) for _ in range(IDLE)]
    ids, errors = [], []

    def work(number):
        try:
            mine = server.client()
            ids.append(mine.run(f"INSERT INTO kept VALUES ({number})")["job_id"])
            mine.close()
        except Exception as error:  # noqa: B902: whatever it is, the test wants to show it
            errors.append(error)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not errors and len(ids) == 12
    assert client.rows("SELECT count(*) AS n FROM kept") == [[12]]
    assert metric(client, "sluice_http_connections") <= metric(client, "sluice_http_connections_limit") + 1
    assert any(record["event"] == "open files are shared out" for record in server.log_records())
    for one in idle:
        one.close()
