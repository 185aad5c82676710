"""A client that did not hear the answer to its commit sends it again: the table has its rows once."""
import random
import shutil

import pytest

from harness import avro_container, warehouse
from harness.client import LOST
from harness.server import CRASH_POINT_EXIT, Server
from system.test_hostile_catalog import Catalog

OFF = "[maintenance]\ncompaction = false\n"
TWICE = [[4, 6]]  # rows and sum of a table of 1 and 2, appended to itself


@pytest.fixture
def server():
    with Server(config=OFF) as running:
        client = running.wait_ready().client()
        client.run("CREATE TABLE t (v BIGINT)")
        client.run("INSERT INTO t VALUES (1), (2)")
        yield running


def append_of_itself(server, catalog):
    """The updates of a commit that adds a copy of the table's only file."""
    table = warehouse.tables_of(server)["default.t"]
    (listing,), (manifest,), (data,) = table.lists, table.manifests, table.data
    name = f"{random.randrange(16**12):012x}"
    copy = data.with_name(data.name.replace("part-0", "part-1"))
    shutil.copy(data, copy)
    number = random.randrange(2**60, 2**61)
    old, new = table.metadata["current-snapshot-id"], number

    def renumbered(content, names):
        head, blocks = avro_container.read(avro_container.forge(content, names))
        was, now = avro_container.encode_long(old), avro_container.encode_long(new)
        return head, [(count, block.replace(was, now)) for count, block in blocks]
    added = manifest.with_name(name + manifest.name[len(name):])
    added.write_bytes(avro_container.write(*renumbered(manifest.read_bytes(), {data.name: copy.name})))
    head, known = avro_container.read(listing.read_bytes())
    of_added = renumbered(listing.read_bytes(), {manifest.name: added.name})[1]
    # The length is what stands behind the path.
    of_added = [(count, block.replace(
        added.name.encode() + avro_container.encode_long(manifest.stat().st_size),
        added.name.encode() + avro_container.encode_long(added.stat().st_size))) for count, block in of_added]
    both = listing.with_name(f"snap-{number}-{name}.avro")
    both.write_bytes(avro_container.write(head, known + of_added))
    metadata = catalog.load("t")
    snapshot = {"snapshot-id": number, "parent-snapshot-id": old, "sequence-number": 2,
                "timestamp-ms": metadata["last-updated-ms"] + 1, "manifest-list": f"file://{both}",
                "summary": {"operation": "append"}, "schema-id": metadata["current-schema-id"]}
    updates = [{"action": "add-snapshot", "snapshot": snapshot},
               {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": number}]
    requirements = [{"type": "assert-table-uuid", "uuid": metadata["table-uuid"]},
                    {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": old}]
    return updates, requirements


def rows(server):
    return server.client().rows("SELECT count(*) AS c, sum(v) AS s FROM t")


def test_a_commit_that_is_sent_twice_is_answered_as_the_first_time(server):
    catalog = Catalog(server)
    updates, requirements = append_of_itself(server, catalog)
    first = catalog.commit("t", *updates, requirements=requirements)
    assert first.status == 200, first
    assert rows(server) == TWICE
    again = catalog.commit("t", *updates, requirements=requirements)
    assert (again.status, again.json) == (200, first.json)
    assert rows(server) == TWICE
    # Nor does a later one bring it back or take anything away.
    server.client().run("INSERT INTO t VALUES (10)")
    again = catalog.commit("t", *updates, requirements=requirements)
    assert again.status == 200, again
    assert rows(server) == [[5, 16]]
    assert server.restart().wait_ready() and rows(server) == [[5, 16]]


@pytest.mark.parametrize("point, done", (("staged", False), ("committed", True)))
def test_a_commit_whose_answer_was_lost_with_the_server_is_made_once(server, point, done):
    updates, requirements = append_of_itself(server, Catalog(server))
    server.restart({"SLUICE_CRASH_POINTS": point})
    with pytest.raises(LOST):
        Catalog(server.wait_ready()).commit("t", *updates, requirements=requirements)
    assert server.wait_exit() == CRASH_POINT_EXIT
    server.start().wait_ready()
    assert rows(server) == (TWICE if done else [[2, 3]])
    answers = [Catalog(server).commit("t", *updates, requirements=requirements) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200], answers
    assert answers[0].json == answers[1].json
    assert rows(server) == TWICE


def test_the_same_number_with_another_list_is_no_repetition(server):
    catalog = Catalog(server)
    updates, requirements = append_of_itself(server, catalog)
    assert catalog.commit("t", *updates, requirements=requirements).status == 200
    updates[0]["snapshot"]["manifest-list"] = catalog.load("t")["snapshots"][0]["manifest-list"]
    assert catalog.commit("t", *updates, requirements=requirements).status in (400, 409)
    assert rows(server) == TWICE
