"""Query families of values at their edges: overflow, regular expressions, date patterns, functions.

Like queries_catalogue.py, which has the rest: one Spark SQL text an entry, run over tables.sql.
"""

# Integers that leave their range: Spark wraps them, as Java does.
OVERFLOWS = [
    "SELECT 2147483647 + 1, -2147483648 - 1, 65536 * 65536, 46341 * 46341, 9223372036854775807 + 1L, -9223372036854775808 - 1L, 4294967296 * 4294967296, 9223372036854775807 * 2L",
    "SELECT 127Y + 1Y, -128Y - 1Y, 100Y * 2Y, 32767S + 1S, -32768S - 1S, 300S * 300S, 127Y + 1S, 2147483647 + 1Y, 2147483647 + 1L",
    "SELECT k, i + 2147483647, i * 2147483647, -i, l + 9223372036854775807, l * 9223372036854775807, -l, -t, -s, abs(i), abs(l), abs(t), i - l FROM num",
    "SELECT abs(-2147483648), abs(-9223372036854775808L), abs(-128Y), abs(-32768S), -(-2147483648), -(-9223372036854775808L), -(-128Y), -(CAST(-32768 AS SMALLINT)), negative(-2147483648), positive(-2147483648)",
    "SELECT -9223372036854775808L DIV -1, -9223372036854775808L % -1L, -2147483648 % -1, -128Y % -1Y, -2147483648 DIV -1, 5 DIV 0, 5 % 0, NULL DIV 1, 7L % NULL",
    "SELECT pmod(-7, 3), pmod(7, -3), pmod(-7, -3), pmod(-2147483648, -1), pmod(-2147483648, 2147483647), pmod(-9223372036854775808L, 9223372036854775807L), pmod(-7Y, 3Y), pmod(-7, 0), pmod(-7L, 3), pmod(-7.5, 2), pmod(-7.5D, 2)",
    "SELECT sum(x) FROM VALUES (9223372036854775807L), (1L), (NULL) AS v(x)",
    "SELECT sum(x), avg(x), count(x) FROM VALUES (2147483647), (2147483647), (2147483647) AS v(x)",
    "SELECT g, sum(x), sum(DISTINCT x), try_sum(x) FROM VALUES (1, 9223372036854775807L), (1, 9223372036854775807L), (1, 2L), (2, -9223372036854775808L), (2, -1L), (3, NULL) AS v(g, x) GROUP BY g",
    "SELECT g, x, sum(x) OVER (PARTITION BY g ORDER BY x ROWS UNBOUNDED PRECEDING) FROM VALUES (1, 9223372036854775807L), (1, 2L), (2, -9223372036854775808L), (2, 5L) AS v(g, x)",
    "SELECT shiftleft(1, 31), shiftleft(1, 32), shiftleft(-1, 33), shiftleft(1L, 63), shiftleft(1L, 64), shiftright(-8, 1), shiftright(-8L, 65), shiftrightunsigned(-8, 1), shiftrightunsigned(-8L, 1), shiftleft(3Y, 7), shiftleft(NULL, 1), shiftright(1, NULL), shiftleft(5, -1)",
    "SELECT CAST(3000000000 AS INT), CAST(9223372036854775807 AS INT), CAST(-3000000000L AS SMALLINT), CAST(70000 AS TINYINT), CAST(12345678901234567890.5 AS BIGINT), CAST(12345678901234567890.5 AS INT), CAST(3000000000.7 AS INT), CAST(300.9 AS TINYINT)",
    "SELECT CAST(1e10D AS TINYINT), CAST(1e10D AS SMALLINT), CAST(-1e10D AS INT), CAST(1e30D AS BIGINT), CAST(40000.5F AS SMALLINT), CAST(TIMESTAMP'2100-01-01 00:00:00' AS INT), CAST(TIMESTAMP'2024-01-01 00:00:00' AS TINYINT)",
    "SELECT round(2147483647, -1), round(-2147483648, -1), round(9223372036854775807L, -1), round(127Y, -1), bround(2147483645, -1), round(32767S, -2), round(25, -1), bround(25, -1)",
    "SELECT try_add(2147483647, 1), try_add(1, 1), try_subtract(-2147483648, 1), try_multiply(9223372036854775807L, 2L), try_divide(1, 0), try_add(127Y, 1Y), try_multiply(1000, 1000), try_add(DATE'2024-01-01', 1)",
    "SELECT transform(array(2147483647, 1, NULL), x -> x + 1), aggregate(array(2147483647, 1), 0, (a, x) -> a + x), filter(array(1, 2147483647), x -> x + 1 < 0)",
    "SELECT id + 9223372036854775800, id * 3074457345618258603 FROM range(5, 12)",
    "SELECT count(*) + 9223372036854775807, max(i) + 2147483647, sum(i) * 9223372036854775807 FROM num",
    "SELECT k FROM num WHERE i + 2147483647 < 0",
    "SELECT i + 1 AS j, count(*) FROM num GROUP BY i + 1 HAVING i + 1 > 0 ORDER BY j",
    "SELECT 5 - -3, 2 + NULL, NULL - 1, 3 * NULL, -NULL, abs(NULL), 1Y + 1, 1S * 2L, 1 + 1.5, 1 - 1D",
    "SELECT year(d) * 100 + month(d), datediff(d, DATE'2000-01-01') * 86400 * 1000 FROM dat",
    "SELECT bit_count(-1), factorial(20), 1 + factorial(20) * 20",
    "SELECT a.k, b.k FROM num a JOIN num b ON a.i + 1 = b.i + 1",
]

FAMILIES = {
    "overflow": OVERFLOWS,
}
