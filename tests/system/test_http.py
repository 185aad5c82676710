"""The transport under hostile and odd clients, byte by byte."""
import json
import re
import socket
from urllib.parse import urlsplit

import pytest

from harness import signing, waiting

HEAD_BYTES_MAX = 32 * 1024
HEADERS_MAX = 100
BODY_BYTES_MAX = 12 * 1024 * 1024
BODIES_MB_MAX = 96  # of all clients
IDLE_CONNECTIONS = 2000
THREADS_MAX = 80


class Wire:
    """A raw connection to the server."""

    def __init__(self, server, timeout_s=10):
        place = urlsplit(server.endpoint)
        self.host = place.netloc
        self.socket = socket.create_connection((place.hostname, place.port), timeout=timeout_s)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.replace("\n", "\r\n").encode())
        return self

    def answer(self):
        """(status, headers, body) of the next answer; None when the server closed."""
        while b"\r\n\r\n" not in self.received:
            if not self._more():
                return None
        head, _, rest = self.received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        while len(rest) < length and self._more():
            rest = self.received.partition(b"\r\n\r\n")[2]
        self.received = rest[length:]
        return int(lines[0].split()[1]), headers, rest[:length]

    def is_closed(self):
        try:
            return not self._more()
        except ConnectionResetError:
            return True

    def _more(self):
        data = self.socket.recv(65536)
        self.received += data
        return bool(data)


@pytest.fixture
def wire(server):
    with Wire(server) as opened:
        yield opened


def check_refusal(answer, *statuses):
    status, headers, body = answer
    assert status in statuses, (status, body)
    content = json.loads(body)
    assert content["error_code"] and content["error_msg"]
    assert headers["x-request-id"] and int(headers["content-length"]) == len(body)
    return content


MALFORMED = {
    "two framings": "POST / HTTP/1.1\nHost: a\nContent-Length: 4\nTransfer-Encoding: chunked\n\n0\n\n",
    "two lengths": "POST / HTTP/1.1\nHost: a\nContent-Length: 4\nContent-Length: 5\n\nabcde",
    "a bad length": "POST / HTTP/1.1\nHost: a\nContent-Length: -1\n\n",
    "a length with a sign": "POST / HTTP/1.1\nHost: a\nContent-Length: +4\n\nabcd",
    "a folded header": "GET / HTTP/1.1\nHost: a\nX-A: 1\n  2\n\n",
    "a bad chunk": "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nZZ\nabc\n0\n\n",
    "a bare line feed": b"GET / HTTP/1.1\nHost: a\n\n",
    "a space before the colon": "GET / HTTP/1.1\nHost : a\n\n",
    "no version": "GET /\n\n",
    "a bad version": "GET / HTTP/9.9\nHost: a\n\n",
    "binary": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX-A: \x00\r\n\r\n",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_request_gets_one_400_and_the_end(wire, what):
    check_refusal(wire.send(MALFORMED[what]).answer(), 400)
    assert wire.is_closed()


def test_a_head_past_its_limit_is_refused(wire):
    wire.send("GET / HTTP/1.1\nHost: a\nX-A: " + "a" * (HEAD_BYTES_MAX + 1) + "\n\n")
    check_refusal(wire.answer(), 431)
    assert wire.is_closed()


def test_too_many_headers_are_refused(wire):
    fields = "".join(f"X-{number}: 1\n" for number in range(HEADERS_MAX + 1))
    check_refusal(wire.send(f"GET / HTTP/1.1\nHost: a\n{fields}\n").answer(), 431)


def test_a_target_past_its_limit_is_refused(wire):
    check_refusal(wire.send(f"GET /{'a' * HEAD_BYTES_MAX} HTTP/1.1\nHost: a\n\n").answer(), 414, 431)


def test_a_body_past_its_limit_is_refused_before_it_is_read(wire):
    wire.send(f"POST /v1.0/p/jobs/submit-job HTTP/1.1\nHost: a\nContent-Length: {BODY_BYTES_MAX + 1}\n\n")
    check_refusal(wire.answer(), 413)
    assert wire.is_closed()


def test_a_chunked_body_past_its_limit_is_refused(wire):
    wire.send("POST /v1.0/p/jobs/submit-job HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n")
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    try:
        for _ in range(13):
            wire.send(chunk)
    except (BrokenPipeError, ConnectionResetError):
        return  # it was closed in our face while we sent: refused as well
    check_refusal(wire.answer(), 413)


def test_a_half_sent_request_is_answered_408_and_costs_no_thread(server):
    slow = [Wire(server, timeout_s=40).send("GET /healthz HTTP/1.1\nHost: a\n") for _ in range(200)]
    try:
        assert server.client().plain("/healthz").status == 200
        assert threads(server) < THREADS_MAX
        answer = slow[0].answer()
        assert answer is None or answer[0] == 408
        assert slow[0].is_closed()
    finally:
        for one in slow:
            one.socket.close()


def threads(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        return int(re.search(r"^Threads:\s+(\d+)", status.read(), re.M).group(1))


def test_idle_connections_cost_no_thread(server):
    before = threads(server)
    opened = [Wire(server) for _ in range(IDLE_CONNECTIONS)]
    try:
        for one in (opened[0], opened[-1]):
            assert one.send("GET /healthz HTTP/1.1\nHost: a\n\n").answer()[0] == 200
        assert threads(server) <= before + 2
    finally:
        for one in opened:
            one.socket.close()


def test_pipelined_requests_are_answered_in_order(wire):
    wire.send("".join(f"GET /no/such/{number} HTTP/1.1\nHost: a\nX-Request-Id: r{number}\n\n" for number in range(20))
              + "GET /healthz HTTP/1.1\nHost: a\n\n")
    assert [wire.answer()[0] for _ in range(21)] == [404] * 20 + [200]


def test_a_chunked_body_is_read_as_a_whole(server, wire):
    keys = server.credentials()
    body = json.dumps({"sql": "SELECT 1 AS one"}).encode()
    target = f"/v1.0/{keys.project_id}/jobs/submit-job"
    headers = signing.signed_headers(keys.access_key, keys.secret_key, "POST", target,
                                     {"Host": wire.host, "Content-Type": "application/json"}, body)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:6], body[6:])) + b"0\r\n\r\n"
    wire.send(f"POST {target} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
    status, _, answer = wire.answer()
    assert status == 200 and json.loads(answer)["job_id"]


@pytest.mark.parametrize("path", ["/", "/v1.0", "/v3", "/no/such", "/v1.0/p/nothing", "/healthz/more",
                                  "/..%2f..%2fetc"])
def test_an_unknown_path_is_404_before_authentication(wire, path):
    assert check_refusal(wire.send(f"GET {path} HTTP/1.1\nHost: a\n\n").answer(), 404)["error_code"] == "APIGW.0101"


def test_a_known_path_with_another_method_is_405(wire):
    check_refusal(wire.send("PATCH /v1.0/p/jobs HTTP/1.1\nHost: a\nContent-Length: 0\n\n").answer(), 405)


def test_head_is_get_without_a_body(wire):
    wire.send("HEAD /healthz HTTP/1.1\nHost: a\nConnection: close\n\n")
    assert wire.is_closed() is False
    while not wire.received.endswith(b"\r\n\r\n"):
        assert wire.is_closed() is False
    head = wire.received.lower()
    wire.received = b""
    assert head.startswith(b"http/1.1 200") and b"content-length: " in head and wire.is_closed()


def test_options_answers_204_with_allow(wire):
    status, headers, _ = wire.send("OPTIONS /v1.0/p/jobs HTTP/1.1\nHost: a\n\n").answer()
    assert status == 204 and "GET" in headers["allow"]
    assert "access-control-allow-origin" not in headers


def test_connections_are_kept_alive_and_closed_on_request(wire):
    for _ in range(3):
        assert wire.send("GET /healthz HTTP/1.1\nHost: a\n\n").answer()[0] == 200
    assert wire.send("GET /healthz HTTP/1.1\nHost: a\nConnection: close\n\n").answer()[0] == 200
    assert wire.is_closed()


def test_http_1_0_is_answered_and_closed(wire):
    assert wire.send("GET /healthz HTTP/1.0\n\n").answer()[0] == 200
    assert wire.is_closed()


def test_every_answer_has_a_request_id_of_its_own(server):
    client = server.client()
    ids = {client.plain(path).headers["X-Request-Id"] for path in ("/healthz", "/readyz", "/no/such", "/metrics")}
    assert len(ids) == 4 and None not in ids


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"sql":', b'{"sql": 1}', b'{"sql": null}', b"\xff\xfe",
                                  b'{"sql": "SELECT 1", "sql": "SELECT 2"', b'{"sql":"' + b"[" * 100_000 + b'"',
                                  b"[" * 100_000, b'{"sql": "SELECT 1", "tags": {}}', b'{"sql": "SELECT \\ud800"}'])
def test_a_broken_body_is_a_400_with_a_code(client, body):
    answer = client.call("POST", "/jobs/submit-job", body)
    assert answer.status == 400 and answer.code.startswith(("DLI.", "APIGW."))


def test_requests_without_or_with_wrong_credentials_are_401(server):
    client = server.client()
    target = client.prefix + "/jobs"
    for headers in ({}, {"X-Auth-Token": "x"}, {"Authorization": "Bearer x"}, {"Authorization": ""},
                    {"Authorization": "SDK-HMAC-SHA256 Access=x"}, {"X-Auth-Token": "a" * 8000}):
        answer = client.send("GET", target, {"Host": client.host, **headers})
        assert answer.status == 401 and answer.code.startswith(("APIGW.03", "DLI.001")), answer


def test_another_project_is_refused(client):
    answer = client.call("GET", f"/v1.0/{'f' * 32}/jobs")
    assert answer.status in (401, 403) and answer.json["error_code"]


def test_a_stale_signature_is_refused(server):
    client, keys = server.client(), server.credentials()
    target = client.prefix + "/jobs"
    for offset_s in (-3600, 3600):
        headers = signing.signed_headers(keys.access_key, keys.secret_key, "GET", target, {"Host": client.host}, b"",
                                         date=signing.timestamp(offset_s))
        assert client.send("GET", target, headers).status == 401


def test_five_bad_signatures_lock_the_key_for_its_address_only(fresh):
    server = fresh().start().wait_ready()
    good, keys = server.client(), server.credentials()
    target = good.prefix + "/jobs"
    for _ in range(5):
        headers = signing.signed_headers(keys.access_key, "wrong", "GET", target, {"Host": good.host}, b"")
        assert good.send("GET", target, headers).status == 401
    assert good.call("GET", "/jobs").status == 401
    assert server.process.poll() is None


def test_a_flood_of_aborted_connections_does_no_harm(server):
    for number in range(300):
        with Wire(server) as one:
            one.send("GET /healthz HTTP/1.1\nHost: a\n\n" if number % 3 else "POST /v1.0/p/jobs HTTP/1.1\nContent-")
    waiting.until(lambda: server.client().plain("/healthz").status == 200)


def test_errors_are_counted_and_nothing_escaped(client):
    metrics = client.plain("/metrics").body.decode()
    assert "sluice_" in metrics
    for line in re.findall(r"^(\S*(?:escaped|uncaught|exception)\S*) (\d+)$", metrics, re.M):
        assert line[1] == "0", line


def test_the_memory_of_large_bodies_is_given_back(server):
    def resident_mb():
        with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024
    client = server.client()
    before = resident_mb()
    connections = []
    for _ in range(150):
        connections.append(socket.create_connection(client.host.split(":")))
        connections[-1].sendall(b"POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
        connections[-1].sendall(b"x" * 2_500_000)
    waiting.until(lambda: resident_mb() > before + BODIES_MB_MAX // 2, what="the bodies in memory")
    assert resident_mb() < before + 2 * BODIES_MB_MAX
    for connection in connections:
        connection.close()
    waiting.until(lambda: resident_mb() < before + BODIES_MB_MAX // 3, what="the memory given back")
