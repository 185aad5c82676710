"""golangsdk (inside Terraform's provider) and the vendor's SDK v3, unmodified; the Go tests here drive them."""
import json
import os
import re
import subprocess

import pytest

from harness.server import PASSWORD, ROOT, USER, Server

HERE = ROOT / "tests/go"
NAMES = re.findall(r"^func (Test\w+)\(", "".join(path.read_text() for path in sorted(HERE.rglob("*_test.go"))), re.M)
RUN_TIMEOUT_S = 220


@pytest.fixture(scope="module")
def results():
    """What became of each test: (pass, fail or skip, its output)."""
    with Server(env={"SLUICE_REGION": "local-1"}) as server:
        keys = server.wait_ready().credentials()
        done = subprocess.run(
            ["go", "test", "-json", "-count=1", "./..."], cwd=HERE, capture_output=True, text=True,
            timeout=RUN_TIMEOUT_S,
            env={**os.environ, "ENDPOINT": keys.endpoint, "PROJECT_ID": keys.project_id, "REGION": "local-1",
                 "AK": keys.access_key, "SK": keys.secret_key, "USER_NAME": USER, "PASSWORD": PASSWORD})
    ended, output = {}, {}
    for line in done.stdout.splitlines():
        event = json.loads(line)
        name = event.get("Test", "")
        if event["Action"] == "output":
            output[name] = output.get(name, "") + event["Output"]
        elif event["Action"] in ("pass", "fail", "skip"):
            ended[name] = event["Action"]
    assert ended, done.stderr + output.get("", "")
    return ended, output


@pytest.mark.parametrize("name", NAMES)
def test_go_clients(results, name):
    ended, output = results
    assert ended.get(name) == "pass", output.get(name, "it did not run") + output.get("", "")
