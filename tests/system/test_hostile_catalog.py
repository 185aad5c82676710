"""Iceberg metadata made up by a hostile client of the public catalog: it costs the table it is about, nothing else."""
import json
import os
import pathlib
import random

import pytest

from harness import avro_container
from harness.client import FINAL
from harness.server import PASSWORD, USER

RSS_GROWTH_MB_MAX = 400
BOMB_BYTES = 600 << 20
MAX_LONG = 2**63 - 1


class Catalog:
    """The public Iceberg catalog, called byte by byte."""

    def __init__(self, server):
        self.server = server
        self.client = server.client()
        self.root = f"/iceberg/v1/{self.client.credentials.project_id}"
        identity = {"methods": ["password"],
                    "password": {"user": {"name": USER, "password": PASSWORD, "domain": {"name": "sluice"}}}}
        answer = self.client.send("POST", "/v3/auth/tokens", {"Host": self.client.host},
                                  json.dumps({"auth": {"identity": identity}}).encode())
        self.token = answer.headers["X-Subject-Token"]

    def call(self, method, path, body=None):
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.send(method, self.root + path,
                                {"Host": self.client.host, "Authorization": f"Bearer {self.token}"}, data)

    def create(self, name, schema=None, **more):
        body = {"name": name, "schema": schema or SCHEMA, **more}
        return self.call("POST", "/namespaces/default/tables", body)

    def load(self, name):
        answer = self.call("GET", f"/namespaces/default/tables/{name}")
        assert answer.status == 200, answer
        return answer.json["metadata"]

    def commit(self, name, *updates, requirements=()):
        return self.call("POST", f"/namespaces/default/tables/{name}",
                         {"requirements": list(requirements), "updates": list(updates)})


def field(number=1, name="v", kind="long", **more):
    return {"id": number, "name": name, "required": False, "type": kind, **more}


def struct(*fields, **more):
    return {"type": "struct", "fields": list(fields), **more}


SCHEMA = struct(field())
LIST = {"type": "list", "element-id": 2, "element": "int", "element-required": False}
SCHEMAS = {
    "members of another kind of type": struct(field(kind={**LIST, "fields": 7})),
    "inner members of another kind": struct(field(kind={**LIST, "key": {"fields": [1]}})),
    "an id twice": struct(field(), field(name="w")),
    "a negative id": struct(field(-1)),
    "an id past all": struct(field(MAX_LONG)),
    "a text for an id": struct(field("1")),
    "100 000 columns": struct(*(field(n, f"c{n}", "int") for n in range(1, 100_001))),
    "no columns of objects": struct(1, None, "x"),
    "a key that is not there": struct(field(), **{"identifier-field-ids": [9]}),
}
HARMLESS = ("members of another kind of type", "inner members of another kind")


@pytest.fixture(scope="module")
def catalog(server):
    return Catalog(server)


@pytest.fixture
def table(catalog):
    """A table of two rows, and one beside it that no test may touch."""
    name = f"t{random.randrange(10**12)}"
    for made, values in ((name, "(1), (2)"), (name + "_other", "(40), (2)")):
        catalog.client.run(f"CREATE TABLE {made} (v BIGINT)")
        catalog.client.run(f"INSERT INTO {made} VALUES {values}")
    yield name
    assert catalog.client.rows(f"SELECT sum(v) AS s FROM {name}_other") == [[42]]


def check_refused(answer):
    assert 400 <= answer.status < 500, answer
    assert answer.json["error"]["type"] and answer.json["error"]["message"]


def resident_mb(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def test_a_schema_made_up_by_a_client_is_checked(server, catalog, table):
    for number, (what, schema) in enumerate(SCHEMAS.items()):
        added = catalog.commit(table, {"action": "add-schema", "schema": schema})
        created = catalog.create(f"{table}_{number}", schema)
        for answer in (added, created):
            assert what in HARMLESS or 400 <= answer.status < 500, (what, answer)
        assert server.process.poll() is None, what
    assert catalog.client.rows(f"SELECT sum(v) AS s FROM {table}") == [[3]]


def snapshot(metadata, **changes):
    number = random.randrange(1, 2**62)
    made = {"snapshot-id": number, "sequence-number": metadata["last-sequence-number"] + 1,
            "timestamp-ms": metadata["last-updated-ms"], "summary": {"operation": "append"},
            "manifest-list": f"{metadata['location']}/metadata/none.avro"}
    made.update(changes)
    return {"action": "add-snapshot", "snapshot": {name: value for name, value in made.items() if value is not ...}}


def updates_of(metadata):
    """Updates that no table may take."""
    place = metadata["location"]
    for path in ("/etc/passwd", "file:///etc/passwd", f"{place}/../other/metadata/x.avro", f"{place}/..",
                 f"{place}x/metadata/x.avro", "", 7, None, f"{place}/metadata/none.avro", f"{place}/metadata",
                 f"{place}/metadata/../../../../../store.db"):
        yield snapshot(metadata, **{"manifest-list": path})
    for name, value in (("snapshot-id", -1), ("snapshot-id", 0), ("snapshot-id", "7"), ("snapshot-id", 1e30),
                        ("sequence-number", MAX_LONG), ("sequence-number", -1), ("timestamp-ms", MAX_LONG),
                        ("timestamp-ms", -5), ("timestamp-ms", None), ("summary", []), ("summary", ...),
                        ("parent-snapshot-id", 12345), ("parent-snapshot-id", "x")):
        yield snapshot(metadata, **{name: value})
    for location in ("/etc", "file:///", place + "/..", place + "/x", ""):
        yield {"action": "set-location", "location": location}
    for key in ("write.data.path", "write.metadata.path", "write.object-storage.path", "write.location-provider.impl"):
        yield {"action": "set-properties", "updates": {key: "/tmp/elsewhere"}}
    yield {"action": "set-properties", "updates": {"k": ["no text"]}}
    yield {"action": "set-statistics", "statistics": {"snapshot-id": 1, "statistics-path": "/etc/passwd"}}
    yield {"action": "add-schema", "schema": struct(field(name="w")), "last-column-id": MAX_LONG}
    yield {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 99}
    yield {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": MAX_LONG + 1}
    yield {"action": "remove-snapshots", "snapshot-ids": [metadata["current-snapshot-id"]]}
    yield {"action": "upgrade-format-version", "format-version": 3}
    yield {"action": "assign-uuid", "uuid": "../../other"}
    for transform in ("sum", "bucket[0]", "bucket[99999999999]", "truncate[x]", ["identity"]):
        yield {"action": "add-spec", "spec": {"fields": [{"source-id": 1, "name": "p", "transform": transform}]}}
    yield {"action": "add-spec", "spec": {"fields": [{"source-id": 1, "field-id": -1, "name": "p",
                                                      "transform": "identity"}]}}
    for action in ("", "no-such-update", 5, None):
        yield {"action": action}


def test_an_update_made_up_by_a_client_is_checked(server, catalog, table):
    metadata = catalog.load(table)
    for update in updates_of(metadata):
        answer = catalog.commit(table, update)
        assert 400 <= answer.status < 500, (str(update)[:300], answer)
    for body in (b"[" * 100_000, b'{"a":' * 100_000, b"{", b"[]", b"null", b"\xff",
                 b'{"requirements":[1],"updates":[]}', b'{"requirements":{},"updates":7}', b'{"updates":[[]]}'):
        check_refused(catalog.call("POST", f"/namespaces/default/tables/{table}", body))
    assert catalog.load(table) == metadata
    assert server.process.poll() is None


def test_metadata_does_not_grow_without_end(server, catalog, table):
    before = resident_mb(server)
    answers = [catalog.commit(table, {"action": "set-properties", "updates": {f"k{n}": "x" * (6 << 20)}})
               for n in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 400, 400, 400]
    assert resident_mb(server) < before + RSS_GROWTH_MB_MAX
    assert catalog.client.rows(f"SELECT sum(v) AS s FROM {table}") == [[3]]


class Forger:
    """Makes a table's next snapshot out of its last one."""

    def __init__(self, catalog, table):
        self.catalog, self.table = catalog, table
        self.metadata = catalog.load(table)
        self.folder = pathlib.Path(self.metadata["location"].removeprefix("file://"))
        current = self.metadata["current-snapshot-id"]
        self.snapshot = next(one for one in self.metadata["snapshots"] if one["snapshot-id"] == current)
        self.list = pathlib.Path(self.snapshot["manifest-list"].removeprefix("file://"))
        listed = avro_container.text_of(self.list.read_bytes())
        self.manifest = next(path for path in self.list.parent.glob("*.avro") if path != self.list and
                             path.name in listed)
        written = avro_container.text_of(self.manifest.read_bytes())
        self.data = next(path for path in (self.folder / "data").rglob("*.parquet") if path.name in written)

    def commit(self, replacements=None, codec="null", blocks=None):
        """Writes list and manifest with texts replaced, or a manifest of other blocks, and commits them."""
        name = f"{random.randrange(16**12):012x}"
        manifest = self.manifest.with_name(name + self.manifest.name[12:])
        content = avro_container.forge(self.manifest.read_bytes(), replacements or {}, codec)
        if blocks is not None:
            content = avro_container.write(avro_container.read(content)[0], blocks, codec)
        manifest.write_bytes(content)
        listing = self.list.with_name(f"snap-{name}.avro")
        listing.write_bytes(avro_container.forge(self.list.read_bytes(), {self.manifest.name: manifest.name}, codec))
        return self.point_at(f"file://{listing}")

    def point_at(self, uri):
        update = snapshot(self.metadata, **{
            "manifest-list": uri, "parent-snapshot-id": self.snapshot["snapshot-id"],
            "summary": self.snapshot["summary"], "schema-id": self.metadata["current-schema-id"]})
        ref = {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch",
               "snapshot-id": update["snapshot"]["snapshot-id"]}
        return self.catalog.commit(self.table, update, ref)


def every_statement(table):
    return (f"SELECT * FROM {table}", f"SELECT count(v) AS n FROM {table} WHERE v > 0",
            f"INSERT INTO {table} VALUES (3)", f"CREATE TABLE {table}_copy AS SELECT * FROM {table}",
            f"INSERT OVERWRITE TABLE {table} VALUES (3)")


def run_everything_on(catalog, table):
    """The verdicts of statements on the table; afterwards it can be emptied and dropped."""
    verdicts = {}
    for sql in every_statement(table):
        job_id = catalog.client.submit(sql)
        document = catalog.client.wait(job_id)
        assert document["status"] in FINAL and "root:" not in document["message"], document
        verdicts[sql.split()[0] + sql.split()[1]] = document["status"]
    catalog.client.run(f"TRUNCATE TABLE {table}")
    catalog.client.run(f"DROP TABLE {table}")
    return verdicts


@pytest.mark.parametrize("codec", ("null", "deflate"))
def test_a_manifest_that_names_foreign_files_reads_none_of_them(server, catalog, table, codec, tmp_path):
    secret = tmp_path / "s.parquet"
    forger = Forger(catalog, table)
    secret.write_bytes(forger.data.read_bytes())
    for foreign in ("/etc/passwd", str(secret)):
        check_refused(forger.commit({str(forger.data): foreign}, codec))
    run_everything_on(catalog, table)
    assert secret.exists() and server.process.poll() is None


def test_a_link_out_of_the_warehouse_is_not_followed(server, catalog, table, tmp_path):
    forger = Forger(catalog, table)
    secret = tmp_path / "s.parquet"
    secret.write_bytes(forger.data.read_bytes())
    forger.data.unlink()
    forger.data.symlink_to(secret)
    document = catalog.client.wait(catalog.client.submit(f"SELECT * FROM {table}"))
    assert document["status"] == "FAILED", document
    catalog.client.run(f"DROP TABLE {table}")
    assert secret.exists()


def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(server, catalog, table):
    forger = Forger(catalog, table)
    pipe = forger.list.with_name("pipe.avro")
    os.mkfifo(pipe)
    check_refused(forger.point_at(f"file://{pipe}"))
    assert catalog.client.rows(f"SELECT sum(v) AS s FROM {table}") == [[3]]


def test_a_manifest_that_unpacks_to_gigabytes_is_refused(server, catalog, table):
    before = resident_mb(server)
    blocks = [(1, bytes(BOMB_BYTES))]
    check_refused(Forger(catalog, table).commit(codec="deflate", blocks=blocks))
    run_everything_on(catalog, table)
    assert resident_mb(server) < before + RSS_GROWTH_MB_MAX and server.process.poll() is None


def test_a_manifest_that_counts_without_end_is_refused(server, catalog, table):
    head, _ = avro_container.read(Forger(catalog, table).list.read_bytes())
    forger = Forger(catalog, table)
    listing = forger.list.with_name("endless.avro")
    for schema in (b'{"type":"record","name":"r","fields":[]}',
                   b'{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"array","items":"null"}}]}'):
        block = avro_container.encode_long(2**60) + b"x"
        listing.write_bytes(avro_container.write({**head, "avro.schema": schema}, [(2**40, block)]))
        assert forger.point_at(f"file://{listing}").status >= 400
    assert catalog.client.rows(f"SELECT sum(v) AS s FROM {table}") == [[3]]


@pytest.mark.parametrize("codec", ("null", "deflate"))
def test_a_file_of_another_table_is_refused_and_never_removed(server, catalog, table, codec):
    other = Forger(catalog, table + "_other")
    check_refused(Forger(catalog, table).commit({str(Forger(catalog, table).data): str(other.data)}, codec))
    run_everything_on(catalog, table)
    assert other.data.exists()


OTHER_TYPES = [("int", "string"), ("long", "int"), ("double", "long"), ("string", "long"), ("date", "timestamptz"),
               ("decimal(9,2)", "decimal(12,4)"), ("binary", "string")]


@pytest.mark.parametrize("old, new", OTHER_TYPES)
def test_rows_are_not_put_under_a_type_they_do_not_have(catalog, client, table, old, new):
    sql = {"long": "BIGINT", "timestamptz": "TIMESTAMP"}.get(old, old)
    client.run(f"CREATE TABLE {table}_typed (v {sql})")
    client.run(f"INSERT INTO {table}_typed SELECT CAST('1' AS {sql})" if old != "binary" else
               f"INSERT INTO {table}_typed SELECT X'31'")
    before = client.rows(f"SELECT count(*), count(v) FROM {table}_typed")
    for kind, more in ((new, {}), (old, {"required": True})):
        answer = catalog.commit(f"{table}_typed",
                                {"action": "add-schema", "schema": struct({**field(kind=kind), **more})},
                                {"action": "set-current-schema", "schema-id": -1})
        assert answer.status == 400, answer
    assert client.rows(f"SELECT count(*), count(v) FROM {table}_typed") == before


@pytest.mark.parametrize("mapping", ["", "garbage", "[1]", '[{"field-id":1}]'])
def test_a_name_mapping_that_is_none_is_refused(catalog, client, table, mapping):
    client.run(f"CREATE TABLE {table}_named AS SELECT 1 AS v")
    answer = catalog.commit(f"{table}_named", {"action": "set-properties",
                                               "updates": {"schema.name-mapping.default": mapping}})
    assert answer.status == 400, answer
    assert client.rows(f"SELECT v FROM {table}_named") == [[1]]
