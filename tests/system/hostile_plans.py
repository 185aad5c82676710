"""Statements of the allowed length that multiply what they name, by kind."""
LENGTH = 480_000


def times(count, part):
    return "".join(part(i) for i in range(count))


def fill(head, part, tail="", length=LENGTH):
    """head, then part over and over up to the length, then tail."""
    return head + part * ((length - len(head) - len(tail)) // len(part)) + tail


def nest(levels, before, inside, after):
    return before * levels + inside + after * levels


def doubled(levels, link):
    return "WITH a0 AS (SELECT 1 AS x)" + times(levels, lambda i: f", a{i + 1} AS ({link.format(i=i)})")


WIDER = ("TINYINT", "INT", "BIGINT", "DOUBLE", "STRING")
STRUCTS = "SELECT struct(x, x) AS x FROM ("
ROWS = nest(25, "(1, 2) IN (SELECT 1, 2 WHERE ", "true", ")")

STATEMENTS = {
    # what a kilobyte can do
    "ctes joined with themselves": doubled(24, "SELECT * FROM a{i} x CROSS JOIN a{i} y") + " SELECT * FROM a24",
    "ctes joined with themselves twice": doubled(14, "SELECT * FROM a{i} x, a{i} y, a{i} z") + " SELECT 1 FROM a14",
    "ctes with two stars": doubled(30, "SELECT *, * FROM a{i}") + " SELECT count(*) FROM a30",
    "ctes joined by name": doubled(24, "SELECT * FROM a{i} x NATURAL JOIN (SELECT *, x AS y{i} FROM a{i}) y") +
                           " SELECT * FROM a24",
    "ctes in unions": doubled(24, "SELECT * FROM a{i} UNION ALL SELECT * FROM a{i}") + " SELECT * FROM a24",
    "ctes of many columns": doubled(400, "SELECT *, x AS c{i} FROM a{i}") + " SELECT * FROM a400",
    "a thousand ctes": "WITH " + ", ".join(f"a{i} AS (SELECT {i} x)" for i in range(1000)) + " SELECT 1",
    "a thousand ctes in a row": doubled(1000, "SELECT x + 1 AS x FROM a{i}") + " SELECT * FROM a1000",
    "lambdas in lambdas": "SELECT " + times(90, lambda i: f"transform(array(1), x{i} -> ") + "x0" + ")" * 90,
    "three hundred lambdas": "SELECT " + times(300, lambda i: f"transform(array(1), x{i} -> ") + "x0" + ")" * 300,
    "zipped lambdas": "SELECT " + times(60, lambda i: f"zip_with(array(1), array(2), (x{i}, y{i}) -> ") + "x0 + y0" +
                      ")" * 60,
    "zipped arrays": "SELECT " + nest(60, "zip_with(", "array(1)", ", array(1), (x, y) -> x + y)"),
    "folds in folds": "SELECT " + nest(60, "aggregate(array(1, 2), ", "0D", ", (a, x) -> a + x)"),
    "zipped maps": "SELECT " + nest(40, "map_zip_with(", "map(1, 2)", ", map(1, 2), (k, a, b) -> a)"),
    "five substrings": "SELECT " + nest(5, "substr(", "'abcdef'", ", 2, 3)"),
    "a hundred substrings": "SELECT " + nest(100, "substr(", "'abcdef'", ", 2, 3)"),
    "casts of a timestamp": "SELECT " + nest(60, "CAST(CAST(", "'2024-01-01'", " AS TIMESTAMP) AS STRING)"),
    "casts of a double": "SELECT " + nest(60, "CAST(CAST(", "'1'", " AS DOUBLE) AS STRING)"),
    "casts of a date": "SELECT " + nest(90, "CAST(CAST(", "DATE '2024-01-01'", " AS INT) AS DATE)"),
    "casts of structs": "SELECT " + nest(
        30, "CAST(CAST(", "named_struct('a', 1, 'b', 2)",
        " AS STRUCT<a: STRING, b: STRING>) AS STRUCT<a: INT, b: INT>)"),
    "casts to integers": "SELECT " + nest(90, "TRY_CAST(TRY_CAST(", "'1'", " AS BIGINT) AS STRING)"),
    "casts to intervals": "SELECT " + nest(60, "CAST(CAST(", "'1'", " AS INTERVAL DAY) AS STRING)"),
    "structs of structs": STRUCTS * 90 + "SELECT 1 AS x" + ")" * 90,
    "structs of structs compared": "SELECT x = x FROM (" + STRUCTS * 90 + "SELECT 1 AS x" + ")" * 91,
    "structs of structs stored": "CREATE TABLE hp_s AS " + STRUCTS * 90 + "SELECT 1 AS x" + ")" * 90,
    "structs of all columns": "SELECT struct(*) AS s FROM (" * 60 + "SELECT 1 a, 2 b" + ")" * 60,
    "a deep type of ctes": doubled(5000, "SELECT array(x) AS x FROM a{i}") + " SELECT * FROM a5000",
    "aliases of aliases": "SELECT 'abc' AS a0" + times(90, lambda i: f", concat(a{i}, a{i}) AS a{i + 1}"),
    "sums of aliases": "SELECT 1 AS a0" + times(90, lambda i: f", a{i} + a{i} AS a{i + 1}"),
    "rows in rows": "SELECT 1 WHERE " + ROWS,
    "case of case": "SELECT " + nest(150, "CASE ", "1", " WHEN 1 THEN 1 WHEN 2 THEN 3 END"),
    "cubes": "SELECT count(*) FROM VALUES " + "(" + ", ".join("1" for _ in range(36)) + ") GROUP BY " +
             ", ".join("CUBE (" + ", ".join(f"col{12 * k + i + 1}" for i in range(12)) + ")" for k in range(3)),
    "rollups": "SELECT 1 FROM VALUES (1, 2) GROUP BY " +
               ", ".join("ROLLUP (" + ", ".join(f"col1 + {i}" for i in range(200)) + ")" for _ in range(4)),
    "full joins": "SELECT * FROM (SELECT 1 AS a) t0 " + times(
        900, lambda i: f"FULL JOIN (SELECT CAST(1 AS {('INT', 'DOUBLE', 'STRING')[i % 3]}) AS a) t{i + 1} USING (a) "),
    "pivots of pivots": "SELECT * FROM (SELECT 1 AS a, 2 AS b)" + times(
        60, lambda i: " PIVOT (sum(b) FOR a IN (1, 2, 3, 4, 5, 6, 7, 8))" if i == 0 else
        f" PIVOT (max(`{i % 8 + 1}`) FOR `1` IN (1, 2, 3, 4, 5, 6, 7, 8))"),
    "windows of windows": "SELECT " + ", ".join(
        "sum(1) OVER w" for _ in range(2000)) + " FROM range(3) WINDOW w AS (PARTITION BY " + ", ".join(
            f"id + {i}" for i in range(500)) + ")",
    "intervals of decimals": "SELECT " + nest(150, "(1.5BD * ", "1.00000000000000000001BD", ")"),
    "formats of formats": "SELECT " + nest(60, "date_format(", "'2024-01-01'", ", 'yyyy-MM-dd')"),
    "hours of texts": "SELECT " + nest(30, "hour(CAST(", "'2024-01-01'", " AS STRING))"),
    "quantiles of quantiles": "SELECT " + nest(60, "abs(round(pmod(", "1.5", ", 3), 1))"),
    # what the whole length can do
    "values": "SELECT * FROM VALUES (1)" + ", (1)" * 60_000,
    "values of many types": fill("SELECT * FROM VALUES (1, 'a', 2.5, DATE '2024-01-01')",
                                 ", (1, 'a', 2.5, DATE '2024-01-01')"),
    "one long row": "SELECT * FROM VALUES (1" + ", 1" * 110_000 + ")",
    "a long list": "SELECT 1 IN (0" + ", 1" * 120_000 + ")",
    "a long list of texts": "SELECT 'a' IN ('b'" + ", 'c'" * 60_000 + ")",
    "many columns": "SELECT 1" + ", 1" * 110_000,
    "many names": fill("SELECT * FROM (SELECT 1 AS aaaaaaaaaaaaaaa) WHERE b = 1", " OR aaaaaaaaaaaaaaa = 1"),
    "a long name": "SELECT `" + "x" * (LENGTH - 100) + "` FROM (SELECT 1 AS a)",
    "a long text": "SELECT '" + "x" * (LENGTH - 100) + "'",
    "a long text in many": "SELECT t, t, t, t FROM (SELECT '" + "x" * (LENGTH - 200) + "' AS t)",
    "long names in many": "SELECT *" + ", *" * 2000 + " FROM (SELECT 1 AS `" + "x" * (LENGTH - 9000) + "`)",
    "long expressions in many": "SELECT" + " (SELECT" * 90 + " '" + "x" * (LENGTH - 2000) + "'" + ")" * 90,
    "many unions": fill("SELECT 1", " UNION ALL SELECT 1", length=LENGTH),
    "many unions of many types": "SELECT 1" + times(
        8000, lambda i: f" UNION ALL SELECT CAST(NULL AS {WIDER[i // 1600]})"),
    "many joins": "SELECT * FROM range(1) t0 " + times(8000, lambda i: f"CROSS JOIN range(1) t{i + 1} "),
    "many sub-queries": fill("SELECT 1", ", (SELECT 1)"),
    "many stars": "SELECT *" + ", *" * 120_000 + " FROM (SELECT 1 a, 2 b, 3 c, 4 d)",
    "many groups": "SELECT count(*) FROM range(3) GROUP BY " + ", ".join(f"id + {i}" for i in range(30_000)),
    "many orders": "SELECT id FROM range(3) ORDER BY " + ", ".join(f"id + {i}" for i in range(30_000)),
    "many windows": "SELECT " + ", ".join(
        f"sum(id + {i}) OVER (ORDER BY id)" for i in range(10_000)) + " FROM range(3)",
    "many aliases": "SELECT 1 AS a0" + times(15_000, lambda i: f", a{i} + 1 AS a{i + 1}"),
    "many fields": "SELECT named_struct('f', 1" + times(20_000, lambda i: f", 'f{i}', 1") + ") AS s",
    "many fields of a type": "SELECT CAST(NULL AS STRUCT<a: INT" + times(30_000, lambda i: f", a{i}: INT") + ">)",
    "many fields of many types": "SELECT " + ", ".join(
        "CAST(NULL AS STRUCT<" + ", ".join(f"a{i}: INT" for i in range(500)) + ">)" for _ in range(80)),
    "a table of many columns": "CREATE TABLE hp_wide (a INT" + times(40_000, lambda i: f", a{i} INT") + ")",
    "many branches": "SELECT CASE" + " WHEN 1 = 1 THEN 1" * 20_000 + " END",
    "many arguments": "SELECT concat('a'" + ", 'a'" * 70_000 + ")",
    "many arguments of mixed types": "SELECT coalesce(NULL" + ", 1, 'a', 2.5" * 10_000 + ")",
    "many wrong names": "SELECT a FROM (SELECT " + ", ".join(f"1 AS b{i}" for i in range(9000)) + ") WHERE " +
                        " AND ".join(f"b{i} = 1" for i in range(9000)),
    "many lateral views": "SELECT * FROM range(1)" + times(
        4000, lambda i: f" LATERAL VIEW explode(array(1, 2)) v{i} AS c{i}"),
    "a table function": "SELECT * FROM range(1)" + times(3000, lambda i: f", LATERAL explode(array(id)) AS t{i}(c{i})"),
    "many named windows": "SELECT 1 FROM range(1) WINDOW " + ", ".join(
        f"w{i} AS (PARTITION BY id)" for i in range(10_000)),
    "stacks": "SELECT stack(30000" + ", 1" * 60_000 + ")",
    "hex": "SELECT X'" + "ab" * 200_000 + "'",
    "quotes": "SELECT '" + "\\'" * 200_000 + "'",
    "NULs": "SELECT '" + "\\0" * 200_000 + "'",
}
