"""Rows of every type for tables that are partitioned by many of their columns at once."""
from dataclasses import replace

from harness import columns_of_all_types
from harness.comparisons import Column

FIRST_FIELD = 1000
PARTITIONS, COPIES = 14, 2


class PartitionRows:
    """Fourteen rows of the values of all columns and one of NULLs, twice: as many partitions, of two rows each.

    `texts` stand for the values of the column of strings.
    """

    def __init__(self, texts=None):
        scalars = columns_of_all_types.scalars(nan=False)
        # What lies so near to the end of its type that truncation leaves it: PyIceberg itself cannot write it.
        self.columns = [Column(one.path, one.sql_type, self.inner(one)) for one in scalars]
        if texts:
            self.columns = [replace(one, values=texts) if one.path == "c_string" else one for one in self.columns]
        self.values = {one.path: [*(one.values[n] for n in self.chosen(one)), None] * COPIES for one in self.columns}

    @staticmethod
    def chosen(column):
        return [n * len(column.values) // PARTITIONS for n in range(PARTITIONS)]

    @staticmethod
    def inner(column):
        return column.values[2:-2] if "INT" in column.sql_type or "DECIMAL" in column.sql_type else column.values

    def column(self, path):
        return next(one for one in self.columns if one.path == path)

    def nested(self, ids, type_of):
        return []

    def as_dicts(self):
        count = len(next(iter(self.values.values())))
        return [{"id": row, "part": 0, **{name: values[row] for name, values in self.values.items()}}
                for row in range(count)]
