"""The vendor's Node core, unmodified; suite.cjs drives it and this file judges what it saw."""
import json
import os
import shutil
import subprocess

import pytest

from harness.server import ROOT, Server

HERE = ROOT / "tests/node"
PLACE = ROOT / "build/node"


@pytest.fixture(scope="module")
def seen():
    PLACE.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_bytes()
    # The mark is written last: an install that was cut off is made again, from nothing.
    mark = PLACE / "installed"
    if not mark.exists() or mark.read_bytes() != wanted:
        shutil.rmtree(PLACE / "node_modules", ignore_errors=True)
        (PLACE / "package.json").write_bytes(wanted)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=PLACE, check=True)
        mark.write_bytes(wanted)
    shutil.copy(HERE / "suite.cjs", PLACE)
    with Server(env={"SLUICE_REGION": "local-1"}) as server:
        keys = server.wait_ready().credentials()
        done = subprocess.run(["node", "suite.cjs"], cwd=PLACE, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "HOME": str(server.folder), "ENDPOINT": keys.endpoint,
                                   "PROJECT_ID": keys.project_id, "AK": keys.access_key, "SK": keys.secret_key})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_submit_is_a_success_with_real_booleans(seen):
    assert seen["submitted"]["is_success"] is True and seen["submitted"]["job_type"] == "QUERY"


def test_the_job_finishes_with_its_statement_unharmed(seen):
    assert seen["status"]["status"] == "FINISHED"
    assert seen["status"]["statement"] == "SELECT '*é一 &=?' AS text, 9007199254740991 AS big"


def test_the_preview_has_values_as_they_are(seen):
    assert seen["preview"]["rows"] == [["*é一 &=?", 9007199254740991]]


def test_a_pattern_of_odd_characters_in_the_query_is_signed_and_found(seen):
    assert seen["listed"]["job_count"] >= 1
    assert seen["submitted"]["job_id"] in [job["job_id"] for job in seen["listed"]["jobs"]]


@pytest.mark.parametrize("case, status, code", [("syntax", 400, "DLI.0004"), ("missing", 400, "DLI.0002")])
def test_errors_become_exceptions_with_code_words_and_request_id(seen, case, status, code):
    error = seen[case]
    assert (error["status"], error["code"]) == (status, code)
    assert error["message"] and error["request_id"]


def test_a_wrong_key_is_401(seen):
    assert seen["unsigned"]["status"] == 401


def test_the_project_is_found_by_region_through_a_get_with_a_body(seen):
    assert "default" in [queue["queue_name"] for queue in seen["queues"]["queues"]]
