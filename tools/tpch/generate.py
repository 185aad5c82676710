"""TPC-H data and queries from DuckDB's tpch extension, the pinned one below build/deps.

A scale factor's tables come out as a DuckDB connection (in memory), so that whoever loads them can
choose how: rows for INSERT statements, Parquet files, or an insert into an attached catalog.
"""
import pathlib

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXTENSIONS = ROOT / "build/deps/duckdb/ext"
TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")
QUERIES = 22

# Spark's types of each column; TPC-H wants exactly these.
COLUMNS = {
    "region": "r_regionkey INT, r_name STRING, r_comment STRING",
    "nation": "n_nationkey INT, n_name STRING, n_regionkey INT, n_comment STRING",
    "supplier": "s_suppkey BIGINT, s_name STRING, s_address STRING, s_nationkey INT, s_phone STRING, "
                "s_acctbal DECIMAL(15,2), s_comment STRING",
    "customer": "c_custkey BIGINT, c_name STRING, c_address STRING, c_nationkey INT, c_phone STRING, "
                "c_acctbal DECIMAL(15,2), c_mktsegment STRING, c_comment STRING",
    "part": "p_partkey BIGINT, p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, p_size INT, "
            "p_container STRING, p_retailprice DECIMAL(15,2), p_comment STRING",
    "partsupp": "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty BIGINT, ps_supplycost DECIMAL(15,2), "
                "ps_comment STRING",
    "orders": "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, o_totalprice DECIMAL(15,2), "
              "o_orderdate DATE, o_orderpriority STRING, o_clerk STRING, o_shippriority INT, o_comment STRING",
    "lineitem": "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber BIGINT, "
                "l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), "
                "l_tax DECIMAL(15,2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, "
                "l_commitdate DATE, l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, "
                "l_comment STRING",
}


def open_generator():
    """A DuckDB with tpch loaded from the pinned file; nothing is downloaded."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{EXTENSIONS / 'tpch.duckdb_extension'}'")
    return connection


def generate(scale):
    """A connection whose main schema has the eight tables at the scale factor."""
    connection = open_generator()
    connection.execute(f"CALL dbgen(sf={scale})")
    return connection


def query(connection, number):
    """The text of TPC-H query `number`, 1 to 22, with its validation parameters."""
    text = connection.execute("SELECT query FROM tpch_queries() WHERE query_nr = ?", [number]).fetchone()[0]
    return text.strip().rstrip(";")


def literal(value):
    """A value as Spark SQL text."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if hasattr(value, "isoformat"):
        return f"DATE '{value.isoformat()}'"
    return str(value)


def insert_statements(connection, table, rows_max, characters_max=400_000):
    """INSERT … VALUES texts that hold the whole table, each within both limits."""
    head = f"INSERT INTO {table} VALUES "
    values, length = [], 0
    for row in connection.execute(f"FROM {table}").fetchall():
        text = "(" + ", ".join(map(literal, row)) + ")"
        if values and (len(values) == rows_max or length + len(text) > characters_max):
            yield head + ", ".join(values)
            values, length = [], 0
        values.append(text)
        length += len(text) + 2
    if values:
        yield head + ", ".join(values)
