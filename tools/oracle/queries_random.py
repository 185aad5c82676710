"""Generated queries: typed random expressions over joins of the recorded tables, from a fixed seed.

A grammar of templates: "{int}" in a template stands for an expression of that kind, "{int:0}" for
a column or a constant. Queries nest: a FROM item may itself be a generated query.
"""

import random
import re
import sys

SEED = 20241127
QUERIES = 420

COLUMNS = {
    "num": {"int": ["k", "i"], "long": ["l"], "small": ["s"], "tiny": ["b"], "float": ["f"],
            "double": ["d"], "decimal": ["n1", "n2", "n3"]},
    "emp": {"int": ["id", "manager_id"], "double": ["bonus"], "decimal": ["salary"],
            "string": ["name", "dept"], "date": ["hired"], "bool": ["active"]},
    "sale": {"int": ["sale_id", "emp_id", "qty"], "decimal": ["amount"], "string": ["note"],
             "date": ["day"]},
    "dat": {"int": ["id"], "date": ["d"], "time": ["ts"], "ntz": ["nt"], "string": ["s"]},
    "txt": {"int": ["id"], "string": ["s", "t", "n"], "binary": ["b"]},
    "nest": {"int": ["id"], "array": ["a"], "texts": ["sa"], "map": ["m"], "struct": ["st"]},
    "str": {"int": ["id"], "string": ["c", "v"], "tiny": ["bt"], "small": ["sh"]},
    "dept": {"string": ["code", "title"], "decimal": ["budget"], "small": ["floor"]},
}
KEYS = {"num": "k", "emp": "id", "sale": "sale_id", "dat": "id", "txt": "id", "nest": "id",
        "str": "id", "dept": "code"}
CONSTANTS = {
    "int": ["0", "1", "-1", "7", "100", "-20", "2147483647", "NULL"],
    "long": ["0L", "3L", "-5L", "3000000000", "9223372036854775807"],
    "small": ["0S", "5S", "-300S", "32767S"],
    "tiny": ["0Y", "3Y", "-128Y", "127Y"],
    "float": ["1.5F", "-0.25F", "0.0F"],
    "double": ["0.5D", "-2.25D", "1e10D", "0.0D", "-0.0D"],
    "decimal": ["1.50", "-0.01", "99.999", "0.0", "123456.789", "1.00BD", "7BD"],
    "string": ["'ENG'", "'a'", "''", "' x '", "'42'", "'7.5'", "'Ünï'", "'2024-02-29'", "'%a_'", "NULL"],
    "bool": ["true", "false", "NULL"],
    "date": ["DATE'2024-02-29'", "DATE'1999-12-31'", "DATE'1970-01-01'"],
    "time": ["TIMESTAMP'2024-03-10 02:30:00'", "TIMESTAMP'1969-12-31 23:59:59.999'"],
    "ntz": ["TIMESTAMP_NTZ'2024-03-10 02:30:00'"],
    "binary": ["X'00FF'", "X''"],
    "array": ["array(1, 2, NULL)", "array(3, 1)"],
    "texts": ["array('a', NULL)", "array('x', 'y')"],
    "map": ["map('a', 1)", "map('k', 2, 'a', 3)"],
    "struct": ["named_struct('x', 3, 'y', 'z')"],
    "span": ["INTERVAL '2' DAY", "INTERVAL '1 02:03:04' DAY TO SECOND", "INTERVAL '90' MINUTE"],
    "months": ["INTERVAL '3' MONTH", "INTERVAL '1-2' YEAR TO MONTH"],
}
NUMBERS = "int int long small tiny double float decimal decimal".split()
COMPARED = "int long decimal double string date time bool small".split()
TEMPLATES = {
    "int": ["({int:0} + {int:0})", "({int} - {small})", "({int:0} * {tiny:0})", "({int} % {int:0})",
            "abs({int:0})", "length({string})", "year({date})", "month({time})", "day({date})",
            "hour({time})", "datediff({date}, {date})", "coalesce({int:0}, {int:0})",
            "CASE WHEN {bool} THEN {int} ELSE {int:0} END", "CASE {int:0} WHEN {int:0} THEN {int} END",
            "if({bool}, {int:0}, {int})", "nullif({int:0}, {int:0})", "CAST({decimal} AS INT)",
            "CAST({double} AS INT)", "CAST({string:0} AS INT)", "CAST({bool} AS INT)", "size({array})",
            "{array}[{int:0}]", "element_at({array}, 1)", "{map}['a']", "{struct}.x",
            "instr({string}, {string:0})", "ascii({string})", "greatest({int:0}, {int:0})",
            "least({int:0}, {int:0}, {int:0})", "dayofweek({date})", "weekofyear({date})",
            "-({int:0})", "({int:0} & {int:0})", "({int:0} | {int:0})", "array_max({array})",
            "quarter({date})", "extract(MINUTE FROM {time})", "CAST({long:0} AS INT)", "sign({int:0}) + 0"],
    "long": ["({long:0} + {int})", "({int} div {int:0})", "CAST({int} AS BIGINT)", "floor({double})",
             "ceil({decimal})", "CAST({decimal} AS BIGINT)", "unix_seconds({time})", "({long:0} % {int:0})",
             "CAST({string:0} AS BIGINT)", "coalesce({long:0}, {int:0})", "({decimal:0} div {decimal:0})"],
    "small": ["({small:0} + {small:0})", "CAST({int} AS SMALLINT)", "coalesce({small:0}, {tiny:0})"],
    "tiny": ["({tiny:0} + {tiny:0})", "CAST({int:0} AS TINYINT)", "abs({tiny:0})"],
    "float": ["({float:0} * {float:0})", "CAST({double:0} AS FLOAT)", "CAST({int:0} AS FLOAT)"],
    "double": ["({double} + {number:0})", "({double} * {number:0})", "({int} / {int:0})",
               "({double} / {number:0})", "sqrt({double:0})", "round({double}, {digits})",
               "({string:0} + {int:0})", "CAST({decimal} AS DOUBLE)", "CAST({string:0} AS DOUBLE)",
               "power({double:0}, 2)", "({float:0} - {decimal:0})", "({string:0} * {string:0})",
               "abs({double})", "({double} % {double:0})", "coalesce({double:0}, {int:0}, {decimal:0})"],
    "decimal": ["({decimal} + {decimal:0})", "({decimal} - {int:0})", "({decimal:0} * {decimal:0})",
                "({decimal:0} / {decimal:0})", "({decimal:0} * {int:0})", "({int:0} / {decimal:0})",
                "({decimal:0} % {decimal:0})", "CAST({number} AS DECIMAL({p},{q}))",
                "CAST({string:0} AS DECIMAL({p},{q}))", "round({decimal}, {digits})",
                "-({decimal:0})", "abs({decimal:0})", "greatest({decimal:0}, {decimal:0})",
                "nvl({decimal:0}, {int:0})", "CASE WHEN {bool} THEN {decimal:0} ELSE {int:0} END",
                "coalesce({decimal:0}, {decimal:0})", "ceil({decimal:0}, 1)", "({small:0} * {decimal:0})"],
    "string": ["concat({string}, {string:0})", "({string} || {int:0})", "upper({string:0})", "trim({string:0})",
               "substr({string}, {place}, {digits})", "CAST({int} AS STRING)", "CAST({decimal} AS STRING)",
               "CAST({double:0} AS STRING)", "CAST({date} AS STRING)", "CAST({time} AS STRING)",
               "CAST({bool} AS STRING)", "coalesce({string:0}, {string:0})", "nvl({string:0}, {int:0})",
               "CASE WHEN {bool} THEN {string} ELSE {string:0} END", "replace({string}, 'a', {string:0})",
               "lpad({string}, {digits}, '*')", "rpad({string:0}, 4, 'ab')", "if({bool}, {string:0}, {int:0})",
               "concat_ws('-', {string:0}, {string:0})", "reverse({string:0})", "{struct}.y", "{texts}[0]",
               "element_at({texts}, -1)", "initcap({string:0})", "substring_index({string:0}, ' ', 1)",
               "date_format({time}, 'yyyy-MM')", "left({string:0}, 2)", "repeat({string:0}, 2)",
               "translate({string:0}, 'ae', 'x')", "greatest({string:0}, {string:0})", "hex({int:0})",
               "CAST({array} AS STRING)", "CAST({map} AS STRING)", "CAST({struct} AS STRING)",
               "array_join({texts}, '+')", "CAST({float:0} AS STRING)"],
    "bool": ["({cmp})", "({bool} AND {bool})", "({bool} OR {bool})", "(NOT {bool})", "({any:0} IS NULL)",
             "({any:0} IS NOT NULL)", "({int:0} IN ({int:0}, {int:0}, 3))", "({int:0} NOT IN ({int:0}, 5))",
             "({string:0} IN ('ENG', {string:0}))", "({int} BETWEEN {int:0} AND {int:0})",
             "({string:0} BETWEEN 'A' AND {string:0})", "({string} LIKE {pattern})", "({string} NOT LIKE {pattern})",
             "({string:0} ILIKE {pattern})", "({int:0} = {decimal:0})", "({int:0} = {string:0})",
             "({date} = {string:0})", "({date} < {time})", "({decimal:0} > {double:0})", "({bool} IS TRUE)",
             "({bool} <=> {bool})", "({int:0} IS DISTINCT FROM {int:0})", "array_contains({array}, {int:0})",
             "exists({array}, x -> x > 1)", "startswith({string:0}, 'H')", "CAST({int:0} AS BOOLEAN)",
             "CAST({string:0} AS BOOLEAN)", "({struct} = {struct})", "({array} < {array})", "isnan({double:0})"],
    "date": ["date_add({date}, {digits})", "({date} - {digits})", "last_day({date})", "trunc({date}, 'MM')",
             "add_months({date}, {place})", "CAST({time} AS DATE)", "to_date({string:0})", "({date:0} + {months:0})",
             "CAST({string:0} AS DATE)", "coalesce({date:0}, {date:0})", "next_day({date}, 'FRI')",
             "CASE WHEN {bool} THEN {date} END", "make_date(2024, {digits}, 5)", "greatest({date:0}, {date:0})",
             "({date:0} - INTERVAL '3' DAY)"],
    "time": ["({time:0} + {span:0})", "({time} - INTERVAL 1 HOUR)", "date_trunc('MONTH', {time})",
             "date_trunc('HOUR', {time:0})", "CAST({date} AS TIMESTAMP)", "CAST({string:0} AS TIMESTAMP)",
             "CAST({int:0} AS TIMESTAMP)", "({time:0} + {months:0})", "coalesce({time:0}, {date:0})",
             "to_timestamp({string:0})", "({date:0} + {span:0})", "CAST({ntz:0} AS TIMESTAMP)"],
    "ntz": ["CAST({date:0} AS TIMESTAMP_NTZ)", "CAST({time:0} AS TIMESTAMP_NTZ)", "({ntz:0} + {span:0})"],
    "binary": ["CAST({string:0} AS BINARY)", "unhex('4A')"],
    "array": ["array({int:0}, {int:0})", "transform({array:0}, x -> x + {int:0})", "filter({array:0}, x -> x > 1)",
              "array_distinct({array:0})", "sort_array({array:0})", "slice({array:0}, 1, 2)", "reverse({array:0})",
              "array_union({array:0}, {array:0})", "array_except({array:0}, {array:0})", "concat({array:0}, {array:0})"],
    "texts": ["array({string:0}, {string:0})", "split({string:0}, ' ')", "transform({texts:0}, x -> upper(x))",
              "map_keys({map:0})"],
    "map": ["map('a', {int:0})", "map_filter({map:0}, (k, v) -> v > 1)", "transform_values({map:0}, (k, v) -> v + 1)"],
    "struct": ["named_struct('x', {int:0}, 'y', {string:0})"],
    "span": ["({time:0} - {time:0})", "({date:0} - {date:0})", "({span:0} + {span:0})", "-{span:0}"],
    "months": ["({months:0} + {months:0})"],
}
AGGREGATES = ["sum({int})", "sum({decimal})", "sum({double:0})", "avg({int})", "avg({decimal})", "min({any})",
              "max({any})", "count({any})", "count(*)", "count(DISTINCT {int})", "sum(DISTINCT {int:0})",
              "count({int:0}, {string:0})", "bool_and({bool})", "bool_or({bool})", "stddev({double:0})", "max({string})",
              "sum({int}) FILTER (WHERE {bool})", "count(*) FILTER (WHERE {bool})", "min({date})",
              "sort_array(collect_list({int}))", "size(collect_set({string:0}))", "sum({long:0})", "sum({small})",
              "max(struct({int:0}, {string:0}))", "count_if({bool})", "avg({double:0})", "sum({float:0})",
              "min({decimal}) + max({decimal:0})", "sum({decimal:0}) / count(*)",
              "variance({int:0})", "corr({double:0}, {int:0})", "bit_or({int:0})", "any_value({int:0}) IS NULL"]
WINDOWS = ["sum({int}) OVER ({part}ORDER BY {key}{frame})", "sum({decimal:0}) OVER ({part}ORDER BY {key}{frame})",
           "avg({int:0}) OVER ({part}ORDER BY {key}{frame})", "count(*) OVER ({part}ORDER BY {key}{frame})",
           "max({any:0}) OVER ({part}ORDER BY {key}{frame})", "row_number() OVER ({part}ORDER BY {any:0}, {key})",
           "rank() OVER ({part}ORDER BY {any:0})", "dense_rank() OVER ({part}ORDER BY {any:0} DESC)",
           "lag({any:0}) OVER ({part}ORDER BY {key})", "lead({int:0}, 2, -1) OVER ({part}ORDER BY {key})",
           "first_value({any:0}) OVER ({part}ORDER BY {key}{frame})", "ntile(3) OVER ({part}ORDER BY {key})",
           "last({int:0}) IGNORE NULLS OVER ({part}ORDER BY {key}{frame})", "count({any:0}) OVER (PARTITION BY {bool})",
           "sum({int:0}) OVER (ORDER BY {key} RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING)"]
SCALAR = "int long decimal double string date bool small tiny float time ntz".split()
HOLE = re.compile(r"\{(\w+)(?::(\d))?\}")


class Generator:
    """Writes one query after the other; the same seed gives the same texts."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.columns = {}
        self.key = "1"
        self.int_key = "1"

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def fill(self, template, depth):
        return HOLE.sub(lambda hole: self.hole(hole[1], 0 if hole[2] == "0" else depth), template)

    def hole(self, kind, depth):
        special = {
            "number": lambda: self.expr(self.pick(NUMBERS), depth),
            "any": lambda: self.expr(self.pick([k for k in SCALAR if self.columns.get(k)] or ["int"]), depth),
            "digits": lambda: self.pick("0123"), "place": lambda: self.pick(["-2", "0", "1", "3", "14"]),
            "p": lambda: self.pick(["10", "18", "25"]), "q": lambda: self.pick(["0", "2", "5"]),
            "pattern": lambda: self.pick(["'%a%'", "'E__'", "'%\\\\%%'", "'H%d'", "''", "'_%'"]),
            "cmp": lambda: self.compare(depth), "key": lambda: self.key, "part": self.partition, "frame": self.frame,
        }
        return special[kind]() if kind in special else self.expr(kind, depth)

    def expr(self, kind, depth):
        own = self.columns.get(kind, [])
        if depth <= 0 or self.chance(0.12):
            return self.pick(own) if own and self.chance(0.75) else self.pick(CONSTANTS[kind])
        return self.fill(self.pick(TEMPLATES[kind]), depth - 1)

    def compare(self, depth):
        kind = self.pick([k for k in COMPARED if self.columns.get(k)] or ["int"])
        return f"{self.expr(kind, depth)} {self.pick(['=', '<', '>', '<=', '>=', '<>', '!=', '<=>'])} {self.expr(kind, 0)}"

    def partition(self):
        return self.pick(["", f"PARTITION BY {self.expr(self.pick(['bool', 'string', 'int']), 0)} "])

    def frame(self):
        start = self.pick(["UNBOUNDED PRECEDING", "1 PRECEDING", "CURRENT ROW", "2 PRECEDING"])
        end = self.pick(["CURRENT ROW", "1 FOLLOWING", "UNBOUNDED FOLLOWING"])
        return self.pick(["", f" ROWS BETWEEN {start} AND {end}"])

    def see(self, alias, table):
        for kind, names in COLUMNS[table].items():
            self.columns.setdefault(kind, []).extend(f"{alias}.{name}" for name in names)

    def source(self):
        """A FROM; afterwards the columns in sight and a key that tells rows apart are known."""
        self.columns = {}
        first = self.pick([t for t in COLUMNS if t != "dept"])
        self.see("a", first)
        self.key = f"a.{KEYS[first]}"
        if not self.chance(0.3):
            return f"FROM {first} a"
        second = self.pick(["emp", "sale", "num", "dat", "txt"])
        kind = self.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"])
        on = f"a.{KEYS[first]} = b.{KEYS[second]}"
        if "SEMI" in kind or "ANTI" in kind:
            return f"FROM {first} a {kind} {second} b ON {on}"
        self.see("b", second)
        self.key = f"coalesce(a.{KEYS[first]}, b.{KEYS[second]})"
        extra = f" AND {self.expr('bool', 0)}" if self.chance(0.3) else ""
        return f"FROM {first} a {kind} {second} b ON {on}{extra}"

    def where(self, share):
        if not self.chance(share):
            return ""
        condition = self.expr("bool", 2)
        return f" WHERE {'true' if condition == 'NULL' else condition}"  # Spark refuses WHERE NULL

    def value(self, depth):
        kinds = [k for k in TEMPLATES if self.columns.get(k)] + ["bool", "string", "int", "decimal"]
        return self.expr(self.pick(kinds), depth)

    def projection(self):
        source = self.source()
        items = [self.value(self.random.randint(1, 3)) for _ in range(self.random.randint(1, 4))]
        sql = f"SELECT {self.key}, {', '.join(items)} {source}{self.where(0.4)}"
        if self.chance(0.3):
            order = f"{self.hole('any', 1)} {self.pick(['', 'DESC', 'NULLS LAST', 'DESC NULLS FIRST'])}"
            sql += f" ORDER BY {order.strip()}, {self.key}"
            sql += self.pick(["", " LIMIT 3", " LIMIT 4 OFFSET 1"])
        return sql

    def aggregation(self):
        source = self.source()
        keys = [self.expr(self.pick(["bool", "int", "string", "date"]), 1) for _ in range(self.random.randint(1, 2))]
        calls = [self.fill(self.pick(AGGREGATES), 1) for _ in range(self.random.randint(1, 3))]
        by = ", ".join(keys)
        if self.chance(0.25):
            plain = [self.pick(self.columns["int"]), self.pick(self.columns.get("string", self.columns["int"]))]
            by = ", ".join(dict.fromkeys(plain))
            sets = self.pick([f"ROLLUP ({by})", f"CUBE ({by})", f"{by} WITH ROLLUP", f"GROUPING SETS (({by}), ())"])
            return f"SELECT {by}, {', '.join(calls)}, grouping_id() {source}{self.where(0.3)} GROUP BY {sets}"
        sql = f"SELECT {by}, {', '.join(calls)} {source}{self.where(0.3)} GROUP BY {by}"
        if self.chance(0.3):
            sql += f" HAVING {self.fill(self.pick(['count(*) > 1', 'max({int:0}) IS NOT NULL', 'sum({int:0}) > 3']), 0)}"
        return sql

    def whole(self):
        source = self.source()
        calls = [self.fill(self.pick(AGGREGATES), 2) for _ in range(self.random.randint(1, 4))]
        return f"SELECT {', '.join(calls)} {source}{self.where(0.4)}"

    def window(self):
        self.columns = {}
        table = self.pick(["emp", "sale", "num", "dat", "txt"])
        self.see("a", table)
        self.key = f"a.{KEYS[table]}"
        calls = [self.fill(self.pick(WINDOWS), 1) for _ in range(self.random.randint(1, 2))]
        return f"SELECT {self.key}, {', '.join(calls)} FROM {table} a{self.where(0.2)}"

    def subquery(self):
        source = self.source()
        inner = self.pick(["emp", "sale"])
        mine = self.pick(self.columns["int"])
        theirs = {"emp": "manager_id", "sale": "emp_id"}[inner]
        test = self.pick([
            f"{mine} {self.pick(['IN', 'NOT IN'])} (SELECT {theirs} FROM {inner}{self.pick(['', f' WHERE {theirs} IS NOT NULL'])})",
            f"{self.pick(['', 'NOT '])}EXISTS (SELECT 1 FROM {inner} o WHERE o.{theirs} = {mine})",
            f"{mine} > (SELECT avg({theirs}) FROM {inner} o)",
            f"(SELECT count(*) FROM {inner} o WHERE o.{theirs} = {mine}) >= 1"])
        if self.chance(0.5):
            return f"SELECT {self.key}, {test} {source}"
        return f"SELECT {self.key}, {self.value(1)} {source} WHERE {test} {self.pick(['AND', 'OR'])} {self.expr('bool', 1)}"

    def nested(self):
        source = self.source()
        inner = f"SELECT {self.key} AS k, {self.expr('int', 2)} AS v, {self.expr('string', 2)} AS w, {self.expr('decimal', 2)} AS x {source}"
        self.columns = {"int": ["v"], "string": ["w"], "decimal": ["x"]}
        self.key = "k"
        outer = self.pick([lambda: f"SELECT k, {self.value(2)} FROM q{self.where(0.5)}",
                           lambda: f"SELECT {self.fill(self.pick(AGGREGATES), 1)}, count(*) FROM q{self.where(0.3)}",
                           lambda: f"SELECT w, sum(x), max(v) FROM q GROUP BY w"])()
        return f"WITH q AS ({inner}) {outer}"

    def union(self):
        kinds = [self.pick(["int", "decimal", "string", "double", "date", "long"]) for _ in range(2)]
        arms = []
        for _ in range(self.random.randint(2, 3)):
            source = self.source()
            arms.append(f"SELECT {', '.join(self.expr(self.pick([k, k, 'int']) if k not in ('date',) else k, 1) for k in kinds)} {source}")
        return self.pick([" UNION ALL ", " UNION ", " INTERSECT ", " EXCEPT "]).join(arms)

    def lateral(self):
        call, names = self.pick([("explode(a.a)", ["e"]), ("posexplode(a.a)", ["p", "e"]), ("explode(a.m)", ["t", "e"])])
        self.columns = {"int": ["a.id", "e"], "array": ["a.a"]}
        self.key = "a.id"
        view = f"LATERAL VIEW {self.pick(['', 'OUTER '])}{call} v AS {', '.join(names)}"
        return self.pick([f"SELECT a.id, {', '.join(names)}, {self.expr('int', 2)} FROM nest a {view}",
                          f"SELECT a.id, {self.fill(self.pick(AGGREGATES), 1)} FROM nest a {view} GROUP BY a.id"])

    def query(self):
        return self.pick([self.projection] * 5 + [self.aggregation] * 3 + [self.whole, self.window, self.window,
                          self.subquery, self.nested, self.union, self.lateral])()


def make_queries(seed=SEED, count=QUERIES):
    generator = Generator(seed)
    queries = []
    while len(queries) < count:
        sql = generator.query()
        if sql not in queries and len(sql) < 1500:
            queries.append(sql)
    return queries


if __name__ == "__main__":
    print("\n".join(make_queries(int(sys.argv[1]), int(sys.argv[2]))))
