"""Columns of every type, the comparisons that can be asked of them, and the rows each comparison keeps.

A row is told by its id, and a set of rows by the sum of 1 << id: a statement of many branches, each with a filter of
its own, answers one number for each filter, and the filter is worked out here once more without any statistics.
"""
import datetime
import decimal
import math
from dataclasses import dataclass

FILES, ROWS_OF_A_FILE = 8, 6
MAX_ROWS = 62                # ids that fit into a BIGINT's bits
UTC = datetime.timezone.utc
NAN = math.nan
decimal.getcontext().prec = 60


@dataclass(frozen=True)
class Column:
    """A column, or a field inside one: `path` is how a statement names it."""
    path: str
    sql_type: str
    values: tuple            # sorted, with no NULL
    absent: tuple = ()       # constants that no row has


@dataclass(frozen=True)
class Comparison:
    where: str
    keeps: object            # of a value, or None for NULL: does the row stay


def ordered(value):
    """A key by which values compare as in SQL: NaN equals NaN and is above every number."""
    if isinstance(value, float):
        return (math.isnan(value), 0.0 if math.isnan(value) else value)
    return value


def literal(value, sql_type):
    """The value as a constant of Spark's SQL."""
    if value is None:
        return f"CAST(NULL AS {sql_type})"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"CAST('{float_text(value)}' AS {sql_type})"
    if isinstance(value, int):
        return f"CAST({value}L AS {sql_type})"
    if isinstance(value, decimal.Decimal):
        return f"CAST('{value:f}' AS {sql_type})"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, datetime.datetime):
        name = "TIMESTAMP" if value.tzinfo else "TIMESTAMP_NTZ"
        return f"{name}'{value.replace(tzinfo=None).isoformat(' ', 'microseconds')}'"
    if isinstance(value, datetime.date):
        return f"DATE'{value.isoformat()}'"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def float_text(value):
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def comparisons(column):
    """Every comparison, with the constants where pruning may go wrong: both ends, the middle, and what is not there."""
    values = column.values
    low, middle, high = values[0], values[len(values) // 2], values[-1]
    asked = [(operator, middle) for operator in OPERATORS]
    asked += [(operator, low) for operator in ("=", "<", "<=", ">")]
    asked += [(operator, high) for operator in ("=", "<>", ">", ">=")]
    asked += [(operator, other) for other in column.absent for operator in ("=", ">", "<=")]
    return [*(simple(column, operator, value) for operator, value in asked),
            *compound(column, low, middle, high), *about_null(column, middle)]


OPERATORS = {"=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
             ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def simple(column, operator, value):
    compare, key = OPERATORS[operator], ordered(value)
    return Comparison(f"{column.path} {operator} {literal(value, column.sql_type)}",
                      lambda v: v is not None and compare(ordered(v), key))


def compound(column, low, middle, high):
    path = column.path
    first, second, last = (literal(value, column.sql_type) for value in (low, middle, high))
    a, b, c = ordered(low), ordered(middle), ordered(high)
    return [
        Comparison(f"{path} IN ({first}, {second})", lambda v: v is not None and ordered(v) in (a, b)),
        Comparison(f"{path} NOT IN ({second}, {last})", lambda v: v is not None and ordered(v) not in (b, c)),
        Comparison(f"{path} BETWEEN {second} AND {last}", lambda v: v is not None and b <= ordered(v) <= c),
        Comparison(f"{path} NOT BETWEEN {first} AND {second}", lambda v: v is not None and not a <= ordered(v) <= b),
        Comparison(f"NOT ({path} > {second})", lambda v: v is not None and ordered(v) <= b),
        Comparison(f"{path} = {first} OR {path} = {last}", lambda v: v is not None and ordered(v) in (a, c)),
        Comparison(f"{path} >= {first} AND {path} < {second}", lambda v: v is not None and a <= ordered(v) < b)]


def about_null(column, middle):
    path, constant, key = column.path, literal(middle, column.sql_type), ordered(middle)
    return [
        *presence(path),
        Comparison(f"{path} <=> {constant}", lambda v: v is not None and ordered(v) == key),
        Comparison(f"{path} IS DISTINCT FROM {constant}", lambda v: v is None or ordered(v) != key),
        Comparison(f"{path} = {constant} OR {path} IS NULL", lambda v: v is None or ordered(v) == key),
        Comparison(f"({path} < {constant}) IS NULL", lambda v: v is None)]


def presence(path):
    return [Comparison(f"{path} IS NULL", lambda v: v is None),
            Comparison(f"{path} IS NOT NULL", lambda v: v is not None)]


def prefixes(column, texts):
    """LIKE with each text in front: the texts hold neither % nor _."""
    return [Comparison(f"{column.path} LIKE {literal(text + '%', column.sql_type)}",
                       lambda v, text=text: v is not None and v.startswith(text)) for text in texts]


def kept(values, comparison):
    """The rows a filter leaves, values being those of the rows 0, 1, …"""
    return sum(1 << row for row, value in enumerate(values) if comparison.keeps(value))


def answered(client, table, asked):
    """The same, asked of the server: one statement, one scan for each filter."""
    branches = (f"SELECT {n} AS n, sum(shiftleft(1L, CAST(id AS INT))) AS kept FROM {table} WHERE {comparison.where}"
                for n, comparison in enumerate(asked))
    found = dict(client.rows(" UNION ALL ".join(branches)))
    return [found[n] or 0 for n in range(len(asked))]


def differences(client, table, values, asked):
    """What the server answers otherwise than the rows say: filter, rows missing, rows too many."""
    out = []
    for comparison, found in zip(asked, answered(client, table, asked), strict=True):
        right = kept(values, comparison)
        if found != right:
            out.append((comparison.where, row_ids(right & ~found), row_ids(found & ~right)))
    return out


def row_ids(mask):
    return [row for row in range(MAX_ROWS + 1) if mask >> row & 1]


def spread(values):
    """One value for each row: a file has neighbours, so that bounds tell files apart, every other one a NULL."""
    out = []
    for file in range(FILES):
        at = file * len(values) // FILES
        near = [values[min(at + step, len(values) - 1)] for step in range(ROWS_OF_A_FILE - 1)]
        out += [*near, None if file % 2 else values[at]]
    return out


def part_of(row):
    return row // ROWS_OF_A_FILE
