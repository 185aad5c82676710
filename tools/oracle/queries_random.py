"""Generated queries: typed random expressions over the recorded tables, from a fixed seed."""

import random

SEED = 20240131
QUERIES = 260

COLUMNS = {
    "num": {"int": ["i", "k"], "long": ["l"], "small": ["s", "b"], "double": ["d"],
            "decimal": ["n1", "n2", "n3"], "string": [], "date": [], "time": [], "bool": []},
    "emp": {"int": ["id", "manager_id"], "long": [], "small": [], "double": ["bonus"],
            "decimal": ["salary"], "string": ["name", "dept"], "date": ["hired"], "time": [],
            "bool": ["active"]},
    "sale": {"int": ["sale_id", "emp_id", "qty"], "long": [], "small": [], "double": [],
             "decimal": ["amount"], "string": ["note"], "date": ["day"], "time": [], "bool": []},
    "dat": {"int": ["id"], "long": [], "small": [], "double": [], "decimal": [], "string": [],
            "date": ["d"], "time": ["ts"], "bool": []},
    "txt": {"int": ["id"], "long": [], "small": [], "double": [], "decimal": [],
            "string": ["s", "t", "n"], "date": [], "time": [], "bool": []},
}
KEYS = {"num": "k", "emp": "id", "sale": "sale_id", "dat": "id", "txt": "id"}
NUMBERS = ["int", "long", "small", "double", "decimal"]


class Generator:
    """Writes one query after the other; the same seed gives the same texts."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.table = "num"

    def pick(self, items):
        return self.random.choice(items)

    def column(self, kind):
        columns = COLUMNS[self.table][kind]
        return self.pick(columns) if columns else self.literal(kind)

    def literal(self, kind):
        r = self.random
        return {
            "int": lambda: str(r.randint(-20, 20)),
            "long": lambda: f"{r.randint(0, 5000)}L",
            "small": lambda: f"{r.randint(0, 9)}S",
            "double": lambda: f"{r.randint(-50, 50) / 4}D",
            "decimal": lambda: f"{r.randint(-999, 999) / 100:.2f}",
            "string": lambda: self.pick(["'ENG'", "'a'", "''", "'Hello'", "'42'", "'7.5'"]),
            "date": lambda: f"DATE'20{r.randint(10, 24)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}'",
            "time": lambda: f"TIMESTAMP'20{r.randint(10, 24)}-03-1{r.randint(0, 9)} 0{r.randint(0, 9)}:15:30'",
            "bool": lambda: self.pick(["true", "false"]),
        }[kind]()

    def expr(self, kind, depth):
        if depth <= 0:
            return self.column(kind) if self.random.random() < 0.7 else self.literal(kind)
        return getattr(self, "expr_" + kind)(depth - 1)

    def number(self, depth, kinds=NUMBERS):
        return self.expr(self.pick(kinds), depth)

    def expr_int(self, depth):
        return self.pick([
            lambda: f"({self.expr('int', depth)} {self.pick(['+', '-'])} {self.expr('int', depth)})",
            lambda: f"({self.expr('int', 0)} * {self.literal('int')})",
            lambda: f"({self.expr('int', depth)} % {self.expr('int', 0)})",
            lambda: f"CAST({self.expr('decimal', 0)} AS INT)",
            lambda: f"CAST({self.expr('double', 0)} AS INT)",
            lambda: f"length({self.expr('string', depth)})",
            lambda: f"year({self.expr('date', depth)})",
            lambda: f"datediff({self.expr('date', 0)}, {self.expr('date', 0)})",
            lambda: f"coalesce({self.expr('int', 0)}, {self.literal('int')})",
            lambda: f"CASE WHEN {self.expr('bool', depth)} THEN {self.expr('int', 0)} ELSE {self.literal('int')} END",
            lambda: f"abs({self.expr('int', depth)})",
        ])()

    def expr_small(self, depth):
        return self.expr("small", 0)

    def expr_long(self, depth):
        return self.pick([
            lambda: f"({self.expr('long', 0)} + {self.expr('int', depth)})",
            lambda: f"({self.expr('int', depth)} div {self.expr('int', 0)})",
            lambda: f"CAST({self.expr('int', depth)} AS BIGINT)",
            lambda: f"floor({self.expr('double', depth)})",
        ])()

    def expr_double(self, depth):
        return self.pick([
            lambda: f"({self.expr('double', depth)} {self.pick(['+', '-', '*', '/'])} {self.number(0, ['int', 'double', 'decimal'])})",
            lambda: f"({self.expr('int', depth)} / {self.expr('int', 0)})",
            lambda: f"sqrt(abs({self.expr('double', 0)}))",
            lambda: f"round({self.expr('double', depth)}, {self.random.randint(0, 3)})",
            lambda: f"({self.literal('string')} + {self.expr('int', 0)})",
            lambda: f"CAST({self.expr('decimal', depth)} AS DOUBLE)",
        ])()

    def expr_decimal(self, depth):
        return self.pick([
            lambda: f"({self.expr('decimal', depth)} {self.pick(['+', '-'])} {self.expr('decimal', 0)})",
            lambda: f"({self.expr('decimal', 0)} * {self.expr('decimal', 0)})",
            lambda: f"({self.expr('decimal', 0)} / {self.expr('decimal', 0)})",
            lambda: f"({self.expr('decimal', 0)} % {self.literal('decimal')})",
            lambda: f"({self.expr('decimal', 0)} {self.pick(['+', '-', '*', '/'])} {self.expr('int', 0)})",
            lambda: f"CAST({self.number(depth, ['int', 'decimal'])} AS DECIMAL({self.random.randint(8, 20)},{self.random.randint(0, 4)}))",
            lambda: f"round({self.expr('decimal', depth)}, {self.random.randint(0, 2)})",
            lambda: f"-({self.expr('decimal', 0)})" if self.random.random() < 0.3 else f"abs({self.expr('decimal', 0)})",
            lambda: f"greatest({self.expr('decimal', 0)}, {self.expr('decimal', 0)})",
            lambda: f"nvl({self.expr('decimal', 0)}, {self.literal('int')})",
        ])()

    def expr_string(self, depth):
        return self.pick([
            lambda: f"concat({self.expr('string', depth)}, {self.expr('string', 0)})",
            lambda: f"({self.expr('string', depth)} || '-')",
            lambda: f"upper({self.column('string')})" if self.table != "txt" else f"trim({self.column('string')})",
            lambda: f"substr({self.expr('string', depth)}, {self.random.randint(-3, 4)}, {self.random.randint(0, 4)})",
            lambda: f"CAST({self.expr('int', depth)} AS STRING)",
            lambda: f"CAST({self.expr('date', depth)} AS STRING)",
            lambda: f"coalesce({self.expr('string', 0)}, 'none')",
            lambda: f"CASE WHEN {self.expr('bool', depth)} THEN {self.expr('string', 0)} END",
            lambda: f"replace({self.expr('string', 0)}, 'a', 'b')",
            lambda: f"lpad({self.expr('string', 0)}, {self.random.randint(1, 8)}, '.')",
            lambda: f"if({self.expr('bool', 0)}, {self.expr('string', 0)}, {self.literal('string')})",
        ])()

    def expr_date(self, depth):
        return self.pick([
            lambda: f"date_add({self.expr('date', depth)}, {self.random.randint(-40, 40)})",
            lambda: f"({self.expr('date', depth)} + INTERVAL {self.random.randint(1, 5)} {self.pick(['DAY', 'MONTH', 'YEAR'])})",
            lambda: f"last_day({self.expr('date', depth)})",
            lambda: f"trunc({self.expr('date', 0)}, '{self.pick(['MM', 'YEAR', 'Q'])}')",
            lambda: f"add_months({self.expr('date', 0)}, {self.random.randint(-13, 13)})",
            lambda: f"CAST({self.expr('time', 0)} AS DATE)",
            lambda: f"coalesce({self.expr('date', 0)}, {self.literal('date')})",
        ])()

    def expr_time(self, depth):
        return self.pick([
            lambda: f"({self.expr('time', depth)} + INTERVAL {self.random.randint(1, 50)} {self.pick(['HOUR', 'MINUTE', 'SECOND', 'DAY'])})",
            lambda: f"date_trunc('{self.pick(['HOUR', 'DAY', 'MONTH'])}', {self.expr('time', depth)})",
            lambda: f"CAST({self.expr('date', depth)} AS TIMESTAMP)",
        ])()

    def expr_bool(self, depth):
        kind = self.pick(["int", "decimal", "string", "date", "double"])
        return self.pick([
            lambda: f"({self.expr(kind, depth)} {self.pick(['=', '<', '>', '<=', '>=', '<>', '<=>'])} {self.expr(kind, 0)})",
            lambda: f"({self.expr('int', depth)} {self.pick(['=', '<', '>'])} {self.expr('decimal', 0)})",
            lambda: f"({self.expr('bool', depth)} {self.pick(['AND', 'OR'])} {self.expr('bool', depth)})",
            lambda: f"(NOT {self.expr('bool', depth)})",
            lambda: f"({self.expr(kind, 0)} IS {self.pick(['', 'NOT '])}NULL)",
            lambda: f"({self.expr('int', 0)} IN ({self.literal('int')}, {self.literal('int')}, {self.literal('int')}))",
            lambda: f"({self.expr('int', 0)} BETWEEN {self.literal('int')} AND {self.expr('int', 0)})",
            lambda: f"({self.expr('string', 0)} LIKE '%{self.pick(['a', 'E', 'l'])}%')",
        ])()

    def any_expr(self, depth):
        kinds = [k for k, v in COLUMNS[self.table].items() if v] + ["bool"]
        return self.expr(self.pick(kinds), depth)

    def projection(self):
        self.table = self.pick(list(COLUMNS))
        items = [self.any_expr(self.random.randint(1, 3)) for _ in range(self.random.randint(1, 4))]
        sql = f"SELECT {KEYS[self.table]}, {', '.join(items)} FROM {self.table}"
        if self.random.random() < 0.5:
            sql += f" WHERE {self.expr('bool', 2)}"
        if self.random.random() < 0.4:
            sql += f" ORDER BY {self.any_expr(1)} {self.pick(['', 'DESC', 'NULLS LAST'])}, {KEYS[self.table]}".replace("  ", " ")
        return sql

    def aggregation(self):
        self.table = self.pick(["emp", "sale", "num"])
        key = self.expr(self.pick(["bool", "int", "string"] if self.table != "num" else ["bool", "int"]), 1)
        kind = self.pick(["int", "decimal", "double"])
        calls = [f"{self.pick(['sum', 'min', 'max', 'avg', 'count'])}({self.expr(kind, 1)})" for _ in range(3)]
        calls.append("count(*)")
        sql = f"SELECT {key} AS g, {', '.join(calls)} FROM {self.table}"
        if self.random.random() < 0.4:
            sql += f" WHERE {self.expr('bool', 1)}"
        sql += f" GROUP BY {key}" if self.random.random() < 0.5 else " GROUP BY g"
        if self.random.random() < 0.4:
            sql += f" HAVING count(*) {self.pick(['>', '<'])} {self.random.randint(1, 4)}"
        return sql

    def join(self):
        self.table = "emp"
        left = self.expr("bool", 1)
        kind = self.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"])
        items = "e.id, e.dept" if "SEMI" in kind or "ANTI" in kind else \
            f"e.id, s.sale_id, e.salary {self.pick(['+', '-', '*'])} s.amount, coalesce(s.note, e.name)"
        return f"SELECT {items} FROM emp e {kind} sale s ON e.id = s.emp_id" + \
            (f" AND s.qty > {self.random.randint(0, 4)}" if self.random.random() < 0.5 else "")

    def window(self):
        self.table = self.pick(["emp", "sale"])
        key = KEYS[self.table]
        part = {"emp": "dept", "sale": "emp_id"}[self.table]
        call = self.pick([f"sum({self.expr('decimal', 1)})", f"count({self.expr('int', 0)})",
                          f"max({self.expr('date', 0)})", "row_number()", "rank()",
                          f"lag({self.expr('int', 0)})", f"avg({self.expr('int', 1)})",
                          f"first_value({self.expr('string', 0)})"])
        frame = ""
        if call.split("(")[0] in ("sum", "count", "max", "avg") and self.random.random() < 0.5:
            frame = f" ROWS BETWEEN {self.random.randint(0, 2)} PRECEDING AND {self.pick(['CURRENT ROW', '1 FOLLOWING', 'UNBOUNDED FOLLOWING'])}"
        return f"SELECT {key}, {call} OVER (PARTITION BY {part} ORDER BY {key} {self.pick(['', 'DESC'])}{frame}) AS w FROM {self.table}".replace(" )", ")").replace("  ", " ")

    def nested(self):
        self.table = self.pick(["emp", "sale"])
        other = "sale" if self.table == "emp" else "emp"
        mine, theirs = ("id", "emp_id") if self.table == "emp" else ("emp_id", "id")
        return self.pick([
            lambda: f"SELECT {KEYS[self.table]} FROM {self.table} t WHERE {self.pick(['', 'NOT '])}EXISTS (SELECT 1 FROM {other} o WHERE o.{theirs} = t.{mine})",
            lambda: f"SELECT {KEYS[self.table]} FROM {self.table} WHERE {mine} {self.pick(['', 'NOT '])}IN (SELECT {theirs} FROM {other} WHERE {theirs} IS NOT NULL)",
            lambda: f"SELECT {KEYS[self.table]}, (SELECT count(*) FROM {other} o WHERE o.{theirs} = t.{mine}) AS n FROM {self.table} t",
            lambda: f"WITH w AS (SELECT {KEYS[self.table]} AS k, {self.expr('int', 1)} AS v FROM {self.table}) SELECT count(*), sum(v), max(k) FROM w WHERE v IS NOT NULL",
            lambda: f"SELECT {self.expr('int', 1)} AS v FROM {self.table} UNION {self.pick(['ALL ', ''])}SELECT {self.literal('decimal')}",
        ])()

    def query(self):
        return self.pick([self.projection, self.projection, self.aggregation, self.join, self.window, self.nested])()


def make_queries():
    generator = Generator(SEED)
    queries = []
    while len(queries) < QUERIES:
        sql = generator.query()
        if sql not in queries:
            queries.append(sql)
    return queries
