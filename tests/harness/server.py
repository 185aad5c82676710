"""The real program as a child process: start, kill, restart, look into its folder and its log."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import tomllib

from harness import waiting
from harness.client import Client, Credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SLUICE_BINARY", ROOT / "build/release/sluice"))
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
CRASH_POINT_EXIT = 85
LISTENING = re.compile(r"^listening on (http://\S+)$", re.M)
USER, PASSWORD = "admin", "a-password-for-tests-1"


def clean_environment(extra=None):
    """What the program may see: no SLUICE_* of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    return {**kept, **(extra or {})}


def run_program(*arguments, env=None, stdin=None, timeout_s=60):
    """Runs `sluice ARGUMENTS` to its end."""
    return subprocess.run([str(BINARY), *map(str, arguments)], env=clean_environment(env), input=stdin,
                          capture_output=True, text=True, timeout=timeout_s)


class Server:
    """One server on one data folder; may be started many times. Close it, or use `with`."""

    def __init__(self, data=None, config=None, env=None, wrapper=()):
        self._own = tempfile.TemporaryDirectory(prefix="sluice-test-")
        self.folder = pathlib.Path(self._own.name)
        self.data = pathlib.Path(data) if data else self.folder / "data"
        self.env = {"SLUICE_PASSWORD": PASSWORD, **(env or {})}
        self.wrapper = list(wrapper)
        self.config = None
        if config is not None:
            self.config = self.folder / "config.toml"
            self.config.write_text(config)
        self.process = None
        self.endpoint = None
        self.starts = 0

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def command(self):
        listen = ["serve", "--data", str(self.data), "--listen", "127.0.0.1:0"]
        return [*self.wrapper, str(BINARY), *listen, *(["--config", str(self.config)] if self.config else [])]

    def spawn(self, env=None):
        """Starts the process and does not wait for it."""
        assert self.process is None, "it runs already"
        self.starts += 1
        with open(self.stdout_path, "wb") as out, open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=out, stderr=log, stdin=subprocess.DEVNULL,
                                            env=clean_environment({**self.env, **(env or {})}),
                                            start_new_session=True)
        return self

    def start(self, env=None, timeout_s=START_TIMEOUT_S):
        """Starts and waits until it listens."""
        self.spawn(env)

        def listening():
            found = LISTENING.search(self.stdout())
            if not found and self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}: {self.log()[-2000:]}")
            return found
        self.endpoint = waiting.until(listening, timeout_s, "the line `listening on`").group(1)
        return self

    def wait_ready(self, timeout_s=START_TIMEOUT_S):
        client = self.client()
        waiting.until(lambda: client.plain("/readyz").status == 200, timeout_s, "readiness")
        return self

    @property
    def stdout_path(self):
        return self.folder / f"stdout-{self.starts}.txt"

    @property
    def log_path(self):
        return self.folder / "log.jsonl"

    def stdout(self):
        return self.stdout_path.read_text()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_records(self):
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def credentials(self):
        content = tomllib.loads((self.data / "credentials.toml").read_text())
        return Credentials(self.endpoint, content["project_id"], content["access_key"], content["secret_key"])

    def client(self, **more):
        return Client(self.credentials(), **more)

    def workers(self):
        """Process ids of the workers this server has now."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int(re.search(r"^PPid:\s+(\d+)", (entry / "status").read_text(), re.M).group(1))
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                except (OSError, AttributeError):
                    continue
                if parent == self.process.pid and b"worker" in words:
                    found.append(int(entry.name))
        return found

    def is_stopped(self):
        """Whether the process stands still, as by SIGSTOP."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        return stat.rsplit(")", 1)[1].split()[0] == "T"

    def kill(self):
        """kill -9 of the server process alone; its workers must notice by themselves."""
        self.process.kill()
        return self.wait_exit()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        return self

    def wait_exit(self, timeout_s=STOP_TIMEOUT_S):
        """The exit status; the server may then be started again."""
        status = self.process.wait(timeout_s)
        self.process = None
        return status

    def restart(self, env=None):
        self.kill()
        return self.start(env)

    def close(self):
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.wait_exit()
        self._own.cleanup()
