"""Clients that speak the protocol to do harm: smuggling, endless pipelines, resets, silence, half a handshake."""
import contextlib
import json
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
from urllib.parse import urlsplit

import pytest

from harness import waiting
from harness.server import LISTENING

LONG = "SELECT sum(a.id * b.id % 7) AS m FROM range(1000000) a CROSS JOIN range(1000000) b"
PIPELINED = 10_000
HUNG_UP = 300
HALF_SHAKEN = 300
BODY_BYTES = 11 << 20
MEMORY_KB_MAX = 512 << 10
PROMPTLY_S = 2
SECOND = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def connect(server, timeout_s=10):
    place = urlsplit(server.endpoint)
    return socket.create_connection((place.hostname, place.port), timeout=timeout_s)


def read_all(connection):
    received = b""
    try:
        while data := connection.recv(1 << 20):
            received += data
    except (ConnectionResetError, socket.timeout):
        pass
    return received


def statuses(received):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", received)]


def post(*fields, body=""):
    head = "".join(f"{field}\r\n" for field in ("Host: a", *fields))
    return f"POST /v3/auth/tokens HTTP/1.1\r\n{head}\r\n{body}"


# What two programs in a row may read differently: each is one refused request, or one request with all of its bytes.
SMUGGLING = {
    "both framings": post("Content-Length: 4", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "an unknown coding": post("Transfer-Encoding: xchunked", body="0\r\n\r\n"),
    "chunked is not last": post("Transfer-Encoding: chunked, identity", body="0\r\n\r\n"),
    "chunked twice": post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "a coding with a tab": post("Transfer-Encoding:\x0bchunked", body="0\r\n\r\n"),
    "a coding and a length of nothing": post("Content-Length: 0", "Transfer-Encoding: identity"),
    "a list of lengths": post("Content-Length: 4, 4", body="abcd"),
    "two lengths": post("Content-Length: 4", "Content-Length: 0", body="abcd"),
    "a hexadecimal length": post("Content-Length: 0x4", body="abcd"),
    "a length past all": post("Content-Length: 99999999999999999999999", body="abcd"),
    "a negative length": post("Content-Length: -4", body="abcd"),
    "a folded length": post("X-A: b\r\n Content-Length: 4", body="abcd"),
    "a space before the colon": post("Content-Length : 4", body="abcd"),
    "a bare CR in a field": post("X-A: b\rContent-Length: 4", body="abcd"),
    "a chunk past all": post("Transfer-Encoding: chunked", body="FFFFFFFFFFFFFFFFF\r\nabcd\r\n0\r\n\r\n"),
    "a negative chunk": post("Transfer-Encoding: chunked", body="-1\r\nabcd\r\n0\r\n\r\n"),
    "a chunk with a prefix": post("Transfer-Encoding: chunked", body="0x4\r\nabcd\r\n0\r\n\r\n"),
    "a chunk without its end": post("Transfer-Encoding: chunked", body="4\r\nabcdX\r\n0\r\n\r\n"),
    "a chunk ended by LF": post("Transfer-Encoding: chunked", body="4\nabcd\r\n0\r\n\r\n"),
    "an extension with LF": post("Transfer-Encoding: chunked", body="4;a=\n1\r\nabcd\r\n0\r\n\r\n"),
    "an endless extension": post("Transfer-Encoding: chunked", body="4;" + "a" * 100_000 + "\r\nabcd\r\n0\r\n\r\n"),
    "endless trailers": post("Transfer-Encoding: chunked", body="0\r\n" + "X-A: b\r\n" * 20_000 + "\r\n"),
    "no method": "\r\n\r\n / HTTP/1.1\r\n\r\n",
    "a method of control characters": "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "two hosts": "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": "GET /healthz HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("what", SMUGGLING)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_ends_the_connection(server, what):
    with connect(server) as connection:
        try:
            connection.sendall(SMUGGLING[what].encode("latin-1") + SECOND.encode())
        except (BrokenPipeError, ConnectionResetError):
            pass
        codes = statuses(read_all(connection))
    assert len(codes) <= 1 and all(400 <= code < 500 for code in codes), (what, codes)
    assert server.client().plain("/healthz").status == 200


def test_chunk_extensions_and_trailers_of_a_sane_size_are_read_over(server):
    body = "4;name=\"val\\\"ue\"\r\nabcd\r\n0;last\r\nX-Trailer: x\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(post("Transfer-Encoding: chunked", body=body).encode())
        connection.sendall(SECOND.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").encode())
        codes = statuses(read_all(connection))
    assert len(codes) == 2 and 400 <= codes[0] < 500 and codes[1] == 200, codes


def test_ten_thousand_pipelined_requests_are_all_answered(server):
    with connect(server, 60) as connection:
        connection.settimeout(0.001)
        sent, received, request = 0, b"", SECOND.encode() * PIPELINED
        while received.count(b"HTTP/1.1 200 ") < PIPELINED:
            try:
                sent += connection.send(request[sent:sent + 65536]) if sent < len(request) else 0
            except (TimeoutError, BlockingIOError):
                pass
            try:
                data = connection.recv(1 << 20)
                assert data, "closed"
                received += data
            except (TimeoutError, BlockingIOError):
                pass


def test_resets_in_mid_body_do_no_harm(server):
    for _ in range(200):
        connection = connect(server)
        connection.sendall(post("Content-Length: 1000000", body="x" * 5000).encode())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    waiting.until(lambda: connections(server) <= 3, what="the end of the connections")


def connections(server):
    text = server.client().plain("/metrics").body.decode()
    return int(re.search(r'^sluice_http_connections\{listener="public"\} (\d+)', text, re.M).group(1))


def test_a_client_that_ended_its_side_gets_its_answer(server):
    with connect(server) as connection:
        connection.sendall(SECOND.encode())
        connection.shutdown(socket.SHUT_WR)
        assert statuses(read_all(connection)) == [200]


@pytest.mark.parametrize("farewell", ("close", "reset"))
def test_long_polls_whose_clients_hang_up_free_their_connections_at_once(server, farewell):
    client = server.client()
    job_id = client.submit(LONG)
    client.wait_for(job_id, "RUNNING")
    from harness import signing
    keys, target = server.credentials(), f"{client.prefix}/jobs/{job_id}/status?wait=50"
    headers = signing.signed_headers(keys.access_key, keys.secret_key, "GET", target, {"Host": client.host}, b"")
    request = f"GET {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    polls = [connect(server) for _ in range(HUNG_UP)]
    for poll in polls:
        poll.sendall(request.encode())
    waiting.until(lambda: connections(server) >= HUNG_UP, what="the long polls")
    for poll in polls:
        if farewell == "reset":
            poll.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        poll.close()
    waiting.until(lambda: connections(server) <= 3, 5, "the end of the connections")
    assert client.status(job_id)["status"] == "RUNNING"
    assert client.cancel(job_id).status == 200


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    from harness.server import Server
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out",
                    folder / "cert.pem", "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    config = f'[server]\ntls_certificate = "{folder}/cert.pem"\ntls_key = "{folder}/key.pem"\n'
    server = Server(config=config)
    server.spawn()
    https = re.compile(LISTENING.pattern.replace("http", "https"), re.M)
    server.endpoint = waiting.until(lambda: https.search(server.stdout()), what="the server").group(1)
    yield server
    server.close()


def ask_by_tls(server):
    context = ssl._create_unverified_context()
    with context.wrap_socket(connect(server)) as connection:
        connection.sendall(SECOND.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").encode())
        return statuses(read_all(connection))


def test_handshakes_that_never_end_keep_nobody_waiting(tls_server):
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    opened = [connect(tls_server) for _ in range(HALF_SHAKEN)]
    for number, one in enumerate(opened):
        one.sendall(hello[:1 + number % len(hello)])
    began = time.monotonic()
    assert ask_by_tls(tls_server) == [200]
    for one in opened[:100]:  # a byte at a time
        one.sendall(b"\x00")
    assert ask_by_tls(tls_server) == [200]
    assert time.monotonic() - began < PROMPTLY_S
    for one in opened:
        one.close()


@pytest.mark.parametrize("junk", (SECOND.encode(), b"\x16\x03\x01\xff\xff" + b"\x00" * 70_000,
                                  b"\x80\x80\x01\x03\x01", bytes(range(256)) * 64))
def test_what_is_no_tls_ends_its_own_connection(tls_server, junk):
    with connect(tls_server) as connection:
        with contextlib.suppress(OSError):  # the server may be gone at any of its bytes
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
        # Plain HTTP is told so; nothing else is answered.
        assert statuses(read_all(connection)) in ([], [400] if junk.startswith(b"GET") else [])
    assert ask_by_tls(tls_server) == [200]


def listening_ports(server):
    """Every TCP port that the server's process listens on."""
    inodes, ports = set(), set()
    for link in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            inodes.update(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
        except OSError:
            pass
    for line in pathlib.Path(f"/proc/{server.process.pid}/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[3] == "0A" and words[9] in inodes:
            ports.add(int(words[1].split(":")[1], 16))
    return ports


def test_workers_need_no_listener_and_there_is_none(server):
    client = server.client()
    client.run("CREATE TABLE IF NOT EXISTS guarded (v BIGINT)")
    client.run("INSERT INTO guarded SELECT 1 AS v UNION ALL SELECT 2 AS v")
    assert client.rows("SELECT sum(v) AS s FROM guarded") == [[3]]
    assert listening_ports(server) == {urlsplit(server.endpoint).port}


@pytest.mark.parametrize("value", ["1", "[]", '{"a":{}}'])
def test_a_body_of_a_million_values_costs_little_and_keeps_nobody_waiting(server, client, value):
    many = ",".join([value] * (BODY_BYTES // (len(value) + 1)))
    body = f'{{"auth":{{}},"x":[{many}]}}'
    request = post("Content-Type: application/json", "Connection: close", f"Content-Length: {len(body)}", body=body)
    answers = []

    def send():
        with contextlib.closing(connect(server, timeout_s=60)) as connection:
            with contextlib.suppress(OSError):  # it may be refused before it is sent
                connection.sendall(request.encode())
            answers.extend(statuses(read_all(connection)))

    senders = [threading.Thread(target=send) for _ in range(16)]
    for sender in senders:
        sender.start()
    slowest = 0
    while any(sender.is_alive() for sender in senders):
        began = time.monotonic()
        assert client.call("GET", "/databases").status == 200
        slowest = max(slowest, time.monotonic() - began)
    assert answers and set(answers) <= {413, 503}
    assert 413 in answers
    assert slowest < 2 * PROMPTLY_S
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    assert int(re.search(r"^VmHWM:\s+(\d+)", status, re.M).group(1)) < MEMORY_KB_MAX
