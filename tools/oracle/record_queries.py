#!/usr/bin/env python3
"""Records what Apache Spark answers to the queries of the replay set.

    record_queries.py OUT_DIR [--tpch DIR_OF_PARQUET] [--only FAMILY]

Needs pyspark 3.5 and Java 17 (development only; nothing of the product runs Spark). Writes one
FAMILY.jsonl per family: {"id", "sql", "ordered", "schema": [[name, type]], "rows": [[text|null]]}
or {"id", "sql", "error": "CLASS"} for a query that Spark's analysis refuses. Values are canonical
texts: see canonical() below; src/engine/duckdb/query_corpus_test.cc makes the same from DuckDB.
dli.jsonl and dli_tables.sql, which stand beside the families, are DLI's documentation: Spark has no
word in them, and they are never written here.
"""

import argparse
import base64
import datetime
import decimal
import json
import os
import re
import sys
import tempfile

os.environ["TZ"] = "UTC"

from pyspark.sql import SparkSession, types as T  # noqa: E402

import queries_catalogue  # noqa: E402
import queries_decimal  # noqa: E402
import queries_random  # noqa: E402
import queries_tpch  # noqa: E402
import queries_values  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = os.path.join(HERE, "..", "..", "tests", "sql", "queries", "tables.sql")
ROWS_MAX = 5000


def start_spark(warehouse):
    """A local session that answers as DLI does: ANSI off, UTC, no legacy switches."""
    builder = SparkSession.builder.master("local[1]").appName("oracle")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.warehouse.dir": warehouse,
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -Dderby.system.home=" + warehouse,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def statements(text):
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [s.strip() for s in re.split(r";\s*(?:\n|$)", "\n".join(lines)) if s.strip()]


def months_of(text):
    """The months of Spark's INTERVAL '1-2' YEAR TO MONTH, as text."""
    if text is None:
        return None
    sign, years, dash, months = re.match(r"INTERVAL '(-?)(\d+)(-?)(\d*)'", text).groups()
    unit = 1 if text.endswith("' MONTH") else 12
    total = int(years) * unit + (int(months) if dash else 0)
    return str(-total if sign else total)


def canonical(value, data_type, nested=False):
    """One text per value; the same text means the same value and type class."""
    if value is None:
        return "null" if nested else None
    if isinstance(data_type, T.BooleanType):
        return "true" if value else "false"
    if isinstance(data_type, (T.FloatType, T.DoubleType)):
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return "%.9e" % value if nested else repr(value)
    if isinstance(data_type, T.DecimalType):
        return format(value.quantize(decimal.Decimal(1).scaleb(-data_type.scale),
                                     context=decimal.Context(prec=60)), "f")
    if isinstance(data_type, T.BinaryType):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(data_type, (T.TimestampType, T.TimestampNTZType)):
        text = value.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
        if value.microsecond:
            text += (".%06d" % value.microsecond).rstrip("0")
        return text
    if isinstance(data_type, T.DateType):
        return value.isoformat()
    if isinstance(data_type, T.DayTimeIntervalType):
        return str((value.days * 86400 + value.seconds) * 1000000 + value.microseconds)
    if isinstance(data_type, T.ArrayType):
        return "[" + ",".join(canonical(v, data_type.elementType, True) for v in value) + "]"
    if isinstance(data_type, T.MapType):
        pairs = [canonical(k, data_type.keyType, True) + ":" +
                 canonical(v, data_type.valueType, True) for k, v in value.items()]
        return "{" + ",".join(sorted(pairs)) + "}"
    if isinstance(data_type, T.StructType):
        return "(" + ",".join(canonical(v, f.dataType, True)
                              for v, f in zip(value, data_type.fields)) + ")"
    return str(value)


def has_type(data_type, wanted):
    if isinstance(data_type, wanted):
        return True
    if isinstance(data_type, T.ArrayType):
        return has_type(data_type.elementType, wanted)
    if isinstance(data_type, T.MapType):
        return has_type(data_type.keyType, wanted) or has_type(data_type.valueType, wanted)
    if isinstance(data_type, T.StructType):
        return any(has_type(f.dataType, wanted) for f in data_type.fields)
    return False


def error_class(error):
    text = str(error)
    match = re.match(r"\s*\[([A-Z0-9_.]+)\]", text)
    return match.group(1) if match else "OTHER: " + text.splitlines()[0][:200]


def run(spark, record_id, sql, ordered):
    record = {"id": record_id, "sql": sql}
    try:
        frame = spark.sql(sql)
        schema = frame.schema
    except Exception as error:  # noqa: BLE001: any refusal is a verdict
        record["error"] = error_class(error)
        record["message"] = next(iter(l for l in str(error).splitlines() if l.strip()), "")
        return record
    try:
        record["ordered"] = ordered
        record["schema"] = [[f.name, f.dataType.simpleString()] for f in schema.fields]
        names = [f"c{i}" for i in range(len(schema.fields))]
        plain = frame.toDF(*names)
        for i, field in enumerate(schema.fields):
            if isinstance(field.dataType, T.YearMonthIntervalType) or \
                    "interval year" in field.dataType.simpleString() or \
                    "interval month" in field.dataType.simpleString() or \
                    field.dataType.simpleString() == "interval":
                plain = plain.withColumn(names[i], plain[names[i]].cast("string"))
        rows = plain.collect()
        if len(rows) > ROWS_MAX:
            raise RuntimeError("too many rows")
        record["rows"] = [[months_of(v) if "interval" in f.dataType.simpleString() and
                           not isinstance(f.dataType, T.DayTimeIntervalType)
                           else canonical(v, p.dataType)
                           for v, p, f in zip(row, plain.schema.fields, schema.fields)]
                          for row in rows]
    except Exception as error:  # noqa: BLE001
        record.pop("ordered", None)
        record["run_error"] = error_class(error)
    return record


def is_ordered(sql):
    """Whether the text ends in an ORDER BY of the outermost query."""
    depth = 0
    last = -1
    for i, c in enumerate(sql):
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
        elif depth == 0 and sql[i:i + 8].upper() == "ORDER BY":
            last = i
    return last >= 0


def probes():
    """Queries written down one a line, by file: what once differed, and its neighbours."""
    folder = os.path.join(HERE, "probes")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            yield os.path.splitext(name)[0], [line.rstrip("\n") for line in file if line.strip()]


def families(only):
    for family, queries in {**queries_catalogue.FAMILIES, **queries_values.FAMILIES,
                             **queries_decimal.FAMILIES}.items():
        yield family, queries
    yield "random", queries_random.make_queries()
    yield "tpch", queries_tpch.QUERIES
    yield from probes()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--tpch")
    parser.add_argument("--only")
    options = parser.parse_args()
    warehouse = tempfile.mkdtemp(prefix="oracle-")
    spark = start_spark(warehouse)
    with open(TABLES, encoding="utf-8") as file:
        for statement in statements(file.read()):
            spark.sql(statement)
    if options.tpch:
        spark.sql("CREATE DATABASE IF NOT EXISTS tpch")
        for name in ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region",
                     "supplier"):
            spark.read.parquet(os.path.join(options.tpch, name + ".parquet")) \
                .createOrReplaceTempView(name)
    for family, queries in families(options.only):
        assert family != "dli", "dli.jsonl is not Spark's"
        if options.only and family not in options.only.split(","):
            continue
        if family == "tpch" and not options.tpch:
            continue
        spark.sql("USE " + ("tpch" if family == "tpch" else "q"))
        with open(os.path.join(options.out, family + ".jsonl"), "w", encoding="utf-8") as out:
            for number, sql in enumerate(queries, 1):
                record = run(spark, f"{family}-{number:03d}", sql, is_ordered(sql))
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
        print(family, len(queries), file=sys.stderr, flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
