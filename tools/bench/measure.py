"""Small tools of the benchmark: percentiles, memory, CPU time, a client that costs little itself."""
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

FINAL = ("FINISHED", "FAILED", "CANCELLED")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def p50(values):
    return statistics.median(values)


def rss_mb(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+)", text, re.M).group(1)) / 1024


def cpu_s(pids):
    """CPU seconds the processes have used, their ended children included."""
    total = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total * TICK_S


def fsync_ms(folder, count=200):
    """p50 of appending 4 KiB and fdatasync, in the folder the store lies in."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(count):
            os.write(file.fileno(), bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return p50(times)


class FastClient:
    """Token-authenticated requests over one raw socket, so that the client is not what is measured."""

    def __init__(self, server, token):
        keys = server.credentials()
        place = urlsplit(keys.endpoint)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f" HTTP/1.1\r\nHost: {place.netloc}\r\nX-Auth-Token: {token}\r\n"
        self.prefix = f"/v1.0/{keys.project_id}"
        self.received = b""

    def request(self, method, path, body=None):
        """(status, JSON of the answer)"""
        data = b"" if body is None else json.dumps(body).encode()
        more = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n" if data else "\r\n"
        self.socket.sendall(f"{method} {self.prefix}{path}{self.head}{more}".encode() + data)
        while b"\r\n\r\n" not in self.received:
            self._more()
        head, _, rest = self.received.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
        while len(rest) < length:
            self._more()
            rest = self.received.partition(b"\r\n\r\n")[2]
        self.received = rest[length:]
        return int(head.split(b" ", 2)[1]), json.loads(rest[:length])

    def _more(self):
        data = self.socket.recv(262144)
        assert data, "the server closed the connection"
        self.received += data

    def submit(self, sql, database=None):
        body = {"sql": sql, **({"currentdb": database} if database else {})}
        status, answer = self.request("POST", "/jobs/submit-job", body)
        assert status == 200, answer
        return answer["job_id"]

    def poll(self, job_id, every_s=0.001):
        while True:
            document = self.request("GET", f"/jobs/{job_id}/status")[1]
            if document["status"] in FINAL:
                assert document["status"] == "FINISHED", document
                return document
            time.sleep(every_s)

    def wait(self, job_id):
        while True:
            document = self.request("GET", f"/jobs/{job_id}/status?wait=30")[1]
            if document["status"] in FINAL:
                assert document["status"] == "FINISHED", document
                return document


def token_of(server, user, password):
    """A project-scoped token, as POST /v3/auth/tokens gives it."""
    client = server.client()
    request = {"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": user, "password": password, "domain": {"name": "sluice"}}}},
        "scope": {"project": {"id": client.credentials.project_id}}}}
    answer = client.send("POST", "/v3/auth/tokens", {"Host": client.host, "Content-Type": "application/json"},
                         json.dumps(request).encode())
    assert answer.status == 201, answer
    return answer.headers["X-Subject-Token"]


def metric(server, name):
    text = server.client().plain("/metrics").body.decode()
    found = re.search(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.M)
    return float(found.group(1)) if found else float("nan")


def wrk(url, script, connections, seconds, env):
    """Runs wrk with one thread; the script prints its summary as one JSON line."""
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, url],
                          capture_output=True, text=True, env={**os.environ, **env}, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    summary = json.loads(line)
    assert summary["errors"] == 0, (summary, done.stdout)
    return summary
