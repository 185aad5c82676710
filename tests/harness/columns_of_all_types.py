"""Some forty columns with values from end to end of their types, for tables made by the server and by other writers."""
import datetime
import decimal
import math
import struct

from harness.comparisons import NAN, UTC, Column, literal, ordered, part_of, spread

D, DATE, TIME = decimal.Decimal, datetime.date, datetime.datetime
INF = math.inf
DECIMALS = ((4, 2), (9, 0), (9, 2), (10, 10), (18, 2), (19, 2), (20, 0), (38, 0), (38, 10), (38, 38))
FLOATS = (-INF, -1e30, -5.5, -1.0, -1e-30, -0.0, 0.0, 1e-30, 0.5, 1.0, 5.5, 100.0, 1e30, INF)
DATES = tuple(DATE.fromisoformat(day) for day in (
    "0001-01-01", "0001-01-02", "1582-10-04", "1582-10-15", "1900-02-28", "1969-01-01", "1969-12-30", "1969-12-31",
    "1970-01-01", "1970-01-02", "2000-02-29", "2024-12-31", "9999-12-30", "9999-12-31"))
TIMES = tuple(TIME.fromisoformat(time) for time in (
    "0001-01-01 00:00:00", "0001-01-01 00:00:00.000001", "1582-10-10 12:00:00", "1900-01-31 05:00:00",
    "1969-11-30 12:00:00", "1969-12-31 00:00:00", "1969-12-31 23:30:00", "1969-12-31 23:59:59.999999",
    "1970-01-01 00:00:00", "1970-01-01 00:00:00.000001", "2024-02-29 12:30:00", "2038-01-19 03:14:08",
    "9999-12-31 00:00:00", "9999-12-31 23:59:59.999999"))
TEXTS = ("", " ", "'", "0", "A", "B", "\\", "a", "a\\'b", "aa", "ab", "b", "z", "zz", "~")
BYTES = (b"", b"\x00", b"\x00\x01", b"a", b"a" * 40, b"a" * 15 + b"\xff" * 3, b"\x7f" * 20, b"\x80", b"\xfe",
         b"\xff", b"\xff" * 16, b"\xff" * 17, b"\xff" * 40)


def whole(bits):
    """Around zero and at both ends of a whole number of so many bits."""
    end = 2 ** (bits - 1)
    return tuple(sorted({-end, -end + 1, -100, -10, -1, 0, 1, 5, 10, 100, end - 2, end - 1}))


def decimals(precision, scale):
    """The smallest steps, powers of two where a byte more is needed, and both ends."""
    most = 10 ** precision - 1
    sizes = {1, 2 ** 7 - 1, 2 ** 7, 2 ** 15, 2 ** 31, 2 ** 63 - 1, 2 ** 63, 2 ** 71, most // 3, most}
    unscaled = {0, *(size for size in sizes if size <= most), *(-size for size in sizes if size <= most)}
    return tuple(D(number).scaleb(-scale) for number in sorted(unscaled))


def scalars(nan=True):
    """Columns of plain types; without NaN for readers that are asked without it."""
    floats = (*FLOATS, NAN) if nan else FLOATS
    return [
        Column("c_boolean", "BOOLEAN", (False, True)),
        Column("c_tinyint", "TINYINT", whole(8), (7,)),
        Column("c_smallint", "SMALLINT", whole(16), (7,)),
        Column("c_int", "INT", whole(32), (7,)),
        Column("c_bigint", "BIGINT", whole(64), (7,)),
        Column("c_float", "FLOAT", tuple(map(single, floats)), (7.0,)),
        Column("c_double", "DOUBLE", floats, (7.0,)),
        *(Column(f"c_decimal_{p}_{s}", f"DECIMAL({p},{s})", decimals(p, s)) for p, s in DECIMALS),
        Column("c_date", "DATE", DATES, (DATE(1969, 6, 1),)),
        Column("c_timestamp", "TIMESTAMP", tuple(time.replace(tzinfo=UTC) for time in TIMES)),
        Column("c_timestamp_ntz", "TIMESTAMP_NTZ", TIMES, (TIME(1969, 12, 1),)),
        Column("c_string", "STRING", TEXTS, ("m", "zzz")),
        Column("c_binary", "BINARY", BYTES, (b"m", b"\xff" * 41))]


def single(number):
    """The number as a FLOAT holds it."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


INSIDE = ("c_bigint", "c_float", "c_double", "c_decimal_9_2", "c_decimal_38_10", "c_date", "c_timestamp", "c_string",
          "c_binary")
NO_STRUCT_EVERY = 7          # rows of which the whole struct is NULL
LISTS = ((), (1,), (None,), (1, 2, 3))
MAPS = ({}, {"k": 1}, {"k": None, "l": 2})


class Rows:
    """The same rows for every writer: scalars, a struct of some of them, a list and a map."""

    def __init__(self, columns):
        self.columns = columns
        self.inside = [column for column in columns if column.path in INSIDE]
        self.values = {column.path: spread(sorted(column.values, key=ordered)) for column in columns}
        self.count = len(next(iter(self.values.values())))
        for column in self.inside:
            self.values[f"st.{column.path}"] = [None if self.no_struct(row) else self.values[column.path][row]
                                                for row in range(self.count)]

    def no_struct(self, row):
        return row % NO_STRUCT_EVERY == NO_STRUCT_EVERY - 1

    def every_column(self):
        """All that can be compared, those inside the struct by their paths."""
        return [*self.columns, *(Column(f"st.{one.path}", one.sql_type, one.values, one.absent) for one in self.inside)]

    def struct(self, row):
        return None if self.no_struct(row) else {one.path: self.values[one.path][row] for one in self.inside}

    def list(self, row):
        return None if row % 5 == 0 else list(LISTS[row % len(LISTS)])

    def map(self, row):
        return None if row % 5 == 1 else MAPS[row % len(MAPS)]

    def as_dicts(self):
        return [{"id": row, "part": part_of(row), **{one.path: self.values[one.path][row] for one in self.columns},
                 "st": self.struct(row), "li": self.list(row), "ma": self.map(row)} for row in range(self.count)]

    def nested(self, ids, type_of):
        """The fields of PyIceberg that hold others."""
        from pyiceberg import types
        inside = [types.NestedField(next(ids), one.path, type_of(one.sql_type)) for one in self.inside]
        number, text = types.IntegerType(), types.StringType()
        return [types.NestedField(next(ids), "st", types.StructType(*inside)),
                types.NestedField(next(ids), "li", types.ListType(next(ids), number, element_required=False)),
                types.NestedField(next(ids), "ma",
                                  types.MapType(next(ids), text, next(ids), number, value_required=False))]

    def sql_columns(self):
        fields = ", ".join(f"{one.path}: {one.sql_type}" for one in self.inside)
        return [("id", "BIGINT"), *((one.path, one.sql_type) for one in self.columns), ("st", f"STRUCT<{fields}>"),
                ("li", "ARRAY<INT>"), ("ma", "MAP<STRING, INT>"), ("part", "INT")]

    def sql_row(self, row):
        fields = ", ".join(f"'{one.path}', {literal(self.values[one.path][row], one.sql_type)}" for one in self.inside)
        struct_type = dict(self.sql_columns())["st"]
        inner = f"CAST(NULL AS {struct_type})" if self.no_struct(row) else f"named_struct({fields})"
        plain = (literal(self.values[one.path][row], one.sql_type) for one in self.columns)
        return ", ".join([str(row), *plain, inner, self.sql_list(row), self.sql_map(row), str(part_of(row))])

    def sql_list(self, row):
        items = self.list(row)
        if not items:
            return "CAST(NULL AS ARRAY<INT>)" if items is None else "CAST(array() AS ARRAY<INT>)"
        return f"array({', '.join(literal(item, 'INT') for item in items)})"

    def sql_map(self, row):
        items = self.map(row)
        if not items:
            return "CAST(NULL AS MAP<STRING, INT>)" if items is None else "CAST(map() AS MAP<STRING, INT>)"
        pairs = (f"{literal(key, 'STRING')}, {literal(value, 'INT')}" for key, value in items.items())
        return f"map({', '.join(pairs)})"
