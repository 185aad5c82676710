"""Tables as an earlier release left them, with bounds of texts that are cut inside a character."""
import json

import pytest

from harness import avro_container, warehouse
from harness.server import Server

OFF = "[maintenance]\ncompaction = false\n"
TEXTS = ("北京市朝阳区", "Привет, мир", "שלום עולם", "สวัสดีชาวโลก", "naïve café", "😀😁😂🤣")


def break_text(data):
    """Bytes of the same number that are no UTF-8: the last character is cut."""
    return data[:-1] + b"\xff"


def make_older(server):
    """Takes from every table what this release adds, and breaks the bounds. The server is down."""
    for table in warehouse.tables_of(server).values():
        for snapshot in table.metadata["snapshots"]:
            assert snapshot["summary"].pop("sluice-checked") == "true"
        table.metadata_file.write_text(json.dumps(table.metadata))
        for manifest in table.manifests:
            head, blocks = avro_container.read(manifest.read_bytes())
            size = manifest.stat().st_size
            broken = [(count, broken_bounds(block)) for count, block in blocks]
            assert broken != blocks
            codec = head["avro.codec"].decode()
            manifest.write_bytes(avro_container.write(head, broken, codec))
            tell_size(table, manifest, size)


def broken_bounds(block):
    for text in TEXTS:
        block = block.replace(text.encode(), break_text(text.encode()))
    return block


def tell_size(table, manifest, old_size):
    """The lists say how long a manifest is, behind its path."""
    for listing in table.lists:
        head, blocks = avro_container.read(listing.read_bytes())
        name, old, new = (manifest.name.encode(), avro_container.encode_long(old_size),
                          avro_container.encode_long(manifest.stat().st_size))
        blocks = [(count, block.replace(name + old, name + new)) for count, block in blocks]
        listing.write_bytes(avro_container.write(head, blocks, head["avro.codec"].decode()))


def broken_in(table):
    """The broken texts that the current snapshot's manifests still have."""
    current = next(one for one in table.metadata["snapshots"]
                   if one["snapshot-id"] == table.metadata["current-snapshot-id"])
    manifests = warehouse.named_in(warehouse.path_of(current["manifest-list"]))
    content = b"".join(block for path in manifests for _, block in avro_container.read(path.read_bytes())[1])
    return [text for text in TEXTS if break_text(text.encode()) in content], current


@pytest.fixture
def older():
    with Server(config=OFF) as server:
        client = server.wait_ready().client()
        for number, text in enumerate(TEXTS):
            client.run(f"CREATE TABLE t{number} (s STRING)")
            client.run(f"INSERT INTO t{number} VALUES ('{text}')")
        server.terminate()
        assert server.wait_exit() == 0
        make_older(server)
        server.start().wait_ready()
        yield server


def test_an_older_table_with_broken_bounds_is_read_at_once_and_mended_by_the_next_write(older):
    client = older.client()
    for number, text in enumerate(TEXTS):
        for condition in (f"s = '{text}'", f"s >= '{text}'", f"s <= '{text}'", f"s LIKE '{text[:2]}%'",
                          f"s IN ('{text}', 'x')"):
            assert client.rows(f"SELECT s FROM t{number} WHERE {condition}") == [[text]], condition
        assert client.rows(f"SELECT count(*) AS c FROM t{number} WHERE s <> '{text}'") == [[0]]
    for table in warehouse.tables_of(older).values():
        assert broken_in(table)[0], "reading alone changes no table"
    for number in range(len(TEXTS)):
        client.run(f"INSERT INTO t{number} VALUES ('a')")
    older.terminate()
    assert older.wait_exit() == 0
    for name, table in warehouse.tables_of(older).items():
        broken, current = broken_in(table)
        assert not broken and current["summary"]["sluice-checked"] == "true", (name, broken, current)
    client = older.start().wait_ready().client()
    for number, text in enumerate(TEXTS):
        assert sorted(client.rows(f"SELECT s FROM t{number} WHERE s >= 'a'")) == sorted([["a"], [text]])
