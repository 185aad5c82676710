"""PyIceberg, unmodified, through the public Iceberg endpoint: reads, appends and makes managed tables.

Runs against the server that SLUICE_ENDPOINT, SLUICE_PROJECT_ID, SLUICE_USER, SLUICE_PASSWORD and SLUICE_DOMAIN name, on
the same machine (the warehouse is a folder); without them it starts one.
"""
import json
import os
import urllib.error
import urllib.request
import uuid

import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from pyiceberg.catalog import load_catalog  # noqa: E402
from pyiceberg.exceptions import (CommitFailedException, NamespaceAlreadyExistsError,  # noqa: E402
                                  NamespaceNotEmptyError, NoSuchNamespaceError, NoSuchTableError,
                                  TableAlreadyExistsError, UnauthorizedError)
from pyiceberg.partitioning import PartitionField, PartitionSpec  # noqa: E402
from pyiceberg.schema import Schema  # noqa: E402
from pyiceberg.transforms import IdentityTransform  # noqa: E402
from pyiceberg.types import (DecimalType, IntegerType, LongType, NestedField, StringType, TimestamptzType,  # noqa: E402
                             TimeType)

VARIABLES = ("SLUICE_ENDPOINT", "SLUICE_PROJECT_ID", "SLUICE_USER", "SLUICE_PASSWORD", "SLUICE_DOMAIN")


@pytest.fixture(scope="module")
def place():
    """Endpoint, project, user, password and domain of a running server."""
    if os.environ.get("SLUICE_ENDPOINT"):
        yield [os.environ.get(name, "") for name in VARIABLES]
        return
    from harness import server as harness
    with harness.Server() as running:
        running.wait_ready()
        yield [running.endpoint, running.credentials().project_id, harness.USER, harness.PASSWORD, "sluice"]


@pytest.fixture(scope="module")
def token(place):
    endpoint, project, user, password, domain = place
    identity = {"methods": ["password"],
                "password": {"user": {"name": user, "password": password, "domain": {"name": domain}}}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
    request = urllib.request.Request(f"{endpoint}/v3/auth/tokens", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.headers["X-Subject-Token"]


def connect(place, token):
    return load_catalog("sluice", type="rest", uri=f"{place[0]}/iceberg", token=token, warehouse=place[1])


@pytest.fixture(scope="module")
def catalog(place, token):
    return connect(place, token)


@pytest.fixture
def namespace(catalog):
    name = "py_" + uuid.uuid4().hex[:8]
    catalog.create_namespace(name, {"comment": "made by a test"})
    yield name
    for table in catalog.list_tables(name):
        catalog.drop_table(table)
    catalog.drop_namespace(name)


def rows(table):
    return sorted(tuple(row.values()) for row in table.scan().to_arrow().to_pylist())


def test_databases_are_namespaces(catalog, namespace):
    assert ("default",) in catalog.list_namespaces()
    assert (namespace,) in catalog.list_namespaces()
    assert catalog.load_namespace_properties(namespace)["comment"] == "made by a test"
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace(namespace.upper())
    with pytest.raises(NoSuchNamespaceError):
        catalog.list_tables("no_such_database")
    with pytest.raises(NoSuchTableError):
        catalog.load_table("no_such_database.t")


def test_a_table_is_made_written_and_read(catalog, namespace):
    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "name", StringType()),
                    NestedField(3, "at", TimestamptzType()), NestedField(4, "price", DecimalType(10, 2)))
    table = catalog.create_table(f"{namespace}.T1", schema)
    assert table.name() == (namespace, "T1") or table.name() == (namespace, "t1")
    assert table.metadata.format_version == 2
    part = pa.table({"id": [1, 2], "name": ["a", None], "at": [None, None], "price": [None, None]},
                    schema=table.schema().as_arrow())
    table.append(part)
    table.append(part.slice(0, 1))
    again = catalog.load_table(f"{namespace}.t1")
    assert [row[:2] for row in sorted(rows(again), key=str)] == [(1, "a"), (1, "a"), (2, None)]
    summary = again.current_snapshot().summary
    assert summary["total-records"] == "3"
    assert int(summary["total-files-size"]) > 0
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table(f"{namespace}.t1", schema)


def test_overwrite_and_delete_leave_the_right_rows(catalog, namespace):
    data = pa.table({"id": pa.array([1, 2, 3], pa.int32())})
    table = catalog.create_table(f"{namespace}.t", data.schema)
    table.append(data)
    table.overwrite(pa.table({"id": pa.array([7, 8], pa.int32())}))
    table.delete("id = 7")
    assert rows(catalog.load_table(f"{namespace}.t")) == [(8,)]


def test_a_partitioned_table_keeps_its_parts(catalog, namespace):
    schema = Schema(NestedField(1, "day", StringType()), NestedField(2, "n", IntegerType()))
    spec = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "day"))
    table = catalog.create_table(f"{namespace}.p", schema, partition_spec=spec)
    table.append(pa.table({"day": ["x", "y", "x"], "n": pa.array([1, 2, 3], pa.int32())}))
    assert table.inspect.partitions().num_rows == 2
    assert sorted(table.scan("day = 'x'").to_arrow()["n"].to_pylist()) == [1, 3]


def test_a_table_made_in_one_transaction_appears_with_its_data(catalog, namespace):
    data = pa.table({"id": pa.array([1, 2, 3], pa.int64())})
    with catalog.create_table_transaction(f"{namespace}.c", data.schema) as transaction:
        transaction.append(data)
        assert catalog.list_tables(namespace) == []
    assert rows(catalog.load_table(f"{namespace}.c")) == [(1,), (2,), (3,)]


def test_the_schema_evolves(catalog, namespace):
    table = catalog.create_table(f"{namespace}.e", Schema(NestedField(1, "a", IntegerType())))
    table.append(pa.table({"a": pa.array([1], pa.int32())}))
    with table.update_schema() as update:
        update.add_column("b", StringType())
        update.rename_column("a", "c")
        update.update_column("a", LongType())
    table.append(pa.table({"c": pa.array([2], pa.int64()), "b": ["x"]}))
    assert rows(catalog.load_table(f"{namespace}.e"))[-1] == (2, "x")
    with table.transaction() as transaction:
        transaction.set_properties({"owner.team": "lake"})
    assert catalog.load_table(f"{namespace}.e").properties["owner.team"] == "lake"


def test_a_writer_that_comes_late_is_told_and_tries_again(catalog, namespace):
    data = pa.table({"id": pa.array([1], pa.int64())})
    table = catalog.create_table(f"{namespace}.w", data.schema)
    patient = catalog.load_table(f"{namespace}.w")
    table.append(data)
    patient.append(data)
    assert len(rows(catalog.load_table(f"{namespace}.w"))) == 2


def test_a_writer_without_retries_gets_a_conflict(catalog, namespace):
    data = pa.table({"id": pa.array([1], pa.int64())})
    table = catalog.create_table(f"{namespace}.w", data.schema, properties={"commit.retry.num-retries": "0"})
    late = catalog.load_table(f"{namespace}.w")
    table.append(data)
    with pytest.raises(CommitFailedException):
        late.append(data)
    assert len(rows(catalog.load_table(f"{namespace}.w"))) == 1


def test_a_renamed_table_keeps_its_rows(catalog, namespace):
    data = pa.table({"id": pa.array([5], pa.int64())})
    catalog.create_table(f"{namespace}.old", data.schema).append(data)
    catalog.rename_table(f"{namespace}.old", f"{namespace}.new")
    assert catalog.table_exists(f"{namespace}.new")
    assert not catalog.table_exists(f"{namespace}.old")
    assert rows(catalog.load_table(f"{namespace}.new")) == [(5,)]


def test_what_spark_cannot_read_is_refused(catalog, namespace):
    with pytest.raises(Exception, match="not supported"):
        catalog.create_table(f"{namespace}.bad", Schema(NestedField(1, "t", TimeType())))
    assert catalog.list_tables(namespace) == []


def test_a_database_with_tables_is_not_dropped(catalog, namespace):
    catalog.create_table(f"{namespace}.t", Schema(NestedField(1, "a", IntegerType())))
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace(namespace)


@pytest.fixture
def keys():
    """The key pair of a server of our own."""
    from harness import server as harness
    with harness.Server(env={"SLUICE_PASSWORD": ""}) as running:
        running.wait_ready()
        yield running.credentials()


def connect_with(keys, **properties):
    return load_catalog("sluice", type="rest", uri=f"{keys.endpoint}/iceberg", warehouse=keys.project_id, **properties)


def test_a_key_pair_is_enough_also_for_a_user_without_a_password(keys):
    pair = f"{keys.access_key}:{keys.secret_key}"
    plain = connect_with(keys, credential=pair)
    named = connect_with(keys, credential=pair, scope="anything",
                         **{"oauth2-server-uri": f"{keys.endpoint}/iceberg/v1/oauth/tokens"})
    newer = connect_with(keys, auth={"type": "oauth2", "oauth2": {
        "client_id": keys.access_key, "client_secret": keys.secret_key,
        "token_url": f"{keys.endpoint}/iceberg/v1/oauth/tokens"}})
    data = pa.table({"id": pa.array([1, 2], pa.int64())})
    plain.create_namespace("bought")
    plain.create_table("bought.t", data.schema).append(data)
    for catalog in (plain, named, newer):
        assert rows(catalog.load_table("bought.t")) == [(1,), (2,)]


def test_a_wrong_key_pair_is_refused(keys):
    for pair in (f"{keys.access_key}:wrong", "nobody:wrong", "alone"):
        with pytest.raises(Exception, match="invalid_client|access key") as refused:
            connect_with(keys, credential=pair)
        assert type(refused.value).__name__ in ("OAuthError", "UnauthorizedError", "BadRequestError"), refused.value


def test_strangers_get_nothing(place):
    with pytest.raises(UnauthorizedError):
        connect(place, "not-a-token").list_namespaces()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{place[0]}/iceberg/v1/{place[1]}/namespaces")
    assert refused.value.code == 401
    assert json.load(refused.value)["error"]["type"] == "NotAuthorizedException"
