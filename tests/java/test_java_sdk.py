"""The vendor's Java SDK, unmodified; Suite.java beside this file drives it."""
import os
import re
import shutil
import subprocess

import pytest

from harness.server import ROOT, USER, Server

HERE = ROOT / "tests/java"
PLACE = ROOT / "build/java"
NAMES = re.findall(r"^  void (test\w+)\(", (HERE / "Suite.java").read_text(), re.M)
RUN_TIMEOUT_S = 110


def gather():
    """The SDK's jars and the compiled suite. The mark is written last: what was cut off is made again."""
    wanted = (HERE / "pom.xml").read_bytes()
    mark = PLACE / "installed"
    if not mark.exists() or mark.read_bytes() != wanted:
        shutil.rmtree(PLACE, ignore_errors=True)
        subprocess.run(["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies",
                        f"-DoutputDirectory={PLACE / 'jars'}"], check=True)
        mark.write_bytes(wanted)
    subprocess.run(["javac", "-nowarn", "-Xlint:none", "-cp", f"{PLACE}/jars/*", "-d", PLACE / "classes",
                    HERE / "Client.java", HERE / "Suite.java"], check=True)


@pytest.fixture(scope="module")
def seen():
    """What the suite printed about each test."""
    gather()
    with Server() as server:
        keys = server.wait_ready().credentials()
        done = subprocess.run(
            ["java", f"-Duser.home={server.folder}", "-cp", f"{PLACE}/classes:{PLACE}/jars/*", "Suite"],
            capture_output=True, text=True, timeout=RUN_TIMEOUT_S,
            env={**os.environ, "ENDPOINT": keys.endpoint, "PROJECT_ID": keys.project_id,
                 "AK": keys.access_key, "SK": keys.secret_key, "USER_NAME": USER})
    verdicts = [re.match(r"(pass|fail) (\w+) ?(.*)", line) for line in done.stdout.splitlines()]
    assert any(verdicts), done.stderr
    return {found[2]: found[1] + found[3] for found in verdicts if found}


@pytest.mark.parametrize("name", NAMES)
def test_java_sdk(seen, name):
    assert seen.get(name) == "pass"
