"""Another engine at the server's Iceberg catalog: PyIceberg, logged in, and its tables of rows of every type."""
import json

import pyarrow as pa
from pyiceberg import types
from pyiceberg.catalog import load_catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform

from harness.server import PASSWORD, USER

PART_ID, FIRST_PARTITION_FIELD = 2, 1000
TYPES = {"BOOLEAN": types.BooleanType(), "TINYINT": types.IntegerType(), "SMALLINT": types.IntegerType(),
         "INT": types.IntegerType(), "BIGINT": types.LongType(), "FLOAT": types.FloatType(),
         "DOUBLE": types.DoubleType(), "DATE": types.DateType(), "TIMESTAMP": types.TimestamptzType(),
         "TIMESTAMP_NTZ": types.TimestampType(), "STRING": types.StringType(), "BINARY": types.BinaryType()}


def catalog(server, client):
    """A catalog of PyIceberg with a token of the first user."""
    identity = {"methods": ["password"],
                "password": {"user": {"name": USER, "password": PASSWORD, "domain": {"name": "sluice"}}}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": client.credentials.project_id}}}}
    answer = client.send("POST", "/v3/auth/tokens", {"Host": client.host, "Content-Type": "application/json"},
                         json.dumps(body).encode())
    return load_catalog("sluice", type="rest", uri=f"{server.endpoint}/iceberg",
                        token=answer.headers["X-Subject-Token"], warehouse=client.credentials.project_id)


def type_of(sql_type):
    if sql_type.startswith("DECIMAL"):
        precision, scale = sql_type[len("DECIMAL("):-1].split(",")
        return types.DecimalType(int(precision), int(scale))
    return TYPES[sql_type]


def schema_of(rows):
    """The schema of a table of such rows; the catalog gives the ids anew."""
    ids = iter(range(1, 1000))
    plain = [("id", types.LongType()), ("part", types.IntegerType())]
    plain += [(one.path, type_of(one.sql_type)) for one in rows.columns]
    return Schema(*(types.NestedField(next(ids), name, kind) for name, kind in plain), *rows.nested(ids, type_of))


def make_table(catalog, name, rows):
    """A table with one file for each part, all of one manifest."""
    parts = PartitionSpec(PartitionField(PART_ID, FIRST_PARTITION_FIELD, IdentityTransform(), "part"))
    table = catalog.create_table(name, schema_of(rows), partition_spec=parts)
    table.append(pa.Table.from_pylist(rows.as_dicts(), schema=table.schema().as_arrow()))
    return table
