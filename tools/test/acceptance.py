"""Starts a server for the acceptance tests that lie beside the clone, as their README wants it."""
import contextlib
import pathlib
import secrets
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests"))
from harness.server import Server, run_program  # noqa: E402

USER, OTHER_USER, PASSWORD = "acceptance", "acceptance2", "acceptance-password"
SDK_FILES = ("status", "submit", "results", "list", "cancel_and_progress", "check_sql", "databases")
ARGUMENTS = ["--without", "later-than-main-job.txt", "raw_http",
             *(f"python_sdk/test_{name}.py" for name in SDK_FILES)]


@contextlib.contextmanager
def server():
    """The environment of run.sh while a fresh server is up."""
    keys = {"SLUICE_PROJECT_ID": secrets.token_hex(16), "SLUICE_AK": secrets.token_hex(10).upper(),
            "SLUICE_SK": secrets.token_hex(20), "SLUICE_USER": USER, "SLUICE_PASSWORD": PASSWORD,
            "SLUICE_DOMAIN": "sluice"}
    with Server(env=keys) as running:
        added = run_program("users", "add", OTHER_USER, "--data", running.data, "--password-stdin",
                            stdin=PASSWORD)
        if added.returncode != 0:
            print(f"users add {OTHER_USER}: {added.stderr.strip()}", file=sys.stderr)
        yield {**keys, "SLUICE_ENDPOINT": running.endpoint, "SLUICE_OTHER_USER": OTHER_USER}
