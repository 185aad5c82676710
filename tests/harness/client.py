"""A signing client of one server: one keep-alive connection, made anew when it breaks."""
import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from harness import signing, waiting

FINAL = ("FINISHED", "FAILED", "CANCELLED")
JOB_TIMEOUT_S = 60
LOST = (OSError, http.client.HTTPException)


class Refused(AssertionError):
    """An answer that is no 200 where a call wanted one."""

    def __init__(self, answer):
        super().__init__(f"{answer.status} {answer.body[:500]!r}")
        self.answer = answer


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error_code"]


@dataclass(frozen=True)
class Credentials:
    endpoint: str
    project_id: str
    access_key: str
    secret_key: str


class Client:
    """Not thread-safe: one for each thread."""

    def __init__(self, credentials, timeout_s=60):
        self.credentials = credentials
        self.host = urlsplit(credentials.endpoint).netloc
        self.prefix = f"/v1.0/{credentials.project_id}"
        self.timeout_s = timeout_s
        self._connection = None

    def close(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def send(self, method, target, headers, body=b""):
        """Sends exactly these headers and returns the answer; a broken connection raises."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, timeout=self.timeout_s)
        try:
            self._connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                self._connection.putheader(name, value)
            if body or method in ("POST", "PUT"):
                self._connection.putheader("Content-Length", str(len(body)))
            self._connection.endheaders(body or None)
            response = self._connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except LOST:
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def call(self, method, path, body=None, headers=None, query=None):
        """A signed call; path is relative to the project unless it starts with /v."""
        target = path if path.startswith(("/v1", "/v2", "/v3", "/iceberg", "/sluice")) else self.prefix + path
        if query:
            target += "?" + urlencode(query, doseq=True)
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Host": self.host, "Content-Type": "application/json", **(headers or {})}
        keys = self.credentials
        return self.send(method, target, signing.signed_headers(
            keys.access_key, keys.secret_key, method, target, headers, data), data)

    def ok(self, method, path, body=None, **more):
        answer = self.call(method, path, body, **more)
        if answer.status != 200:
            raise Refused(answer)
        return answer.json

    def plain(self, path):
        """An unsigned GET, for /healthz, /readyz and /metrics."""
        return self.send("GET", path, {"Host": self.host})

    # Jobs.

    def submit(self, sql, database=None, **fields):
        headers = fields.pop("headers", None)
        body = {"sql": sql, **({"currentdb": database} if database else {}), **fields}
        return self.ok("POST", "/jobs/submit-job", body, headers=headers)["job_id"]

    def status(self, job_id, wait_s=None):
        return self.ok("GET", f"/jobs/{job_id}/status", query={"wait": wait_s} if wait_s else None)

    def wait(self, job_id, timeout_s=JOB_TIMEOUT_S):
        """The status document once the job is final."""
        def final():
            document = self.status(job_id, wait_s=5)
            return document if document["status"] in FINAL else None
        return waiting.until(final, timeout_s, f"the end of job {job_id}")

    def wait_for(self, job_id, *states, timeout_s=JOB_TIMEOUT_S):
        def reached():
            document = self.status(job_id)
            if document["status"] in states:
                return document
            assert document["status"] not in FINAL, document
            return None
        return waiting.until(reached, timeout_s, f"{states} of job {job_id}")

    def run(self, sql, database=None, **fields):
        """Submits, waits and expects FINISHED."""
        timeout_s = fields.pop("timeout_s", JOB_TIMEOUT_S)
        document = self.wait(self.submit(sql, database, **fields), timeout_s)
        assert document["status"] == "FINISHED", document
        return document

    def preview(self, job_id):
        return self.ok("GET", f"/jobs/{job_id}/preview")

    def rows(self, sql, database=None, **fields):
        return self.preview(self.run(sql, database, **fields)["job_id"])["rows"]

    def cancel(self, job_id):
        return self.call("DELETE", f"/jobs/{job_id}")

    def list(self, **filters):
        return self.ok("GET", "/jobs", query=filters)
