"""Decimals at the borders of precision and scale: generated from a fixed seed, and written down.

Like queries_catalogue.py; a generated query computes everything over some twenty pairs of one pair of types.
"""

import random
from decimal import Decimal

SEED = 38
PAIRS = 60
ROWS = 20

TYPES = [(38, 0), (38, 38), (38, 37), (38, 20), (38, 19), (38, 18), (38, 10), (38, 6), (38, 2), (37, 1), (30, 30),
         (30, 10), (28, 4), (20, 0), (20, 20), (19, 9), (18, 2), (18, 18), (15, 2), (10, 0), (9, 4), (5, 5), (3, 1),
         (1, 0), (1, 1)]


def text_of(unscaled, scale):
    digits = str(abs(unscaled)).rjust(scale + 1, "0")
    whole, fraction = digits[:len(digits) - scale], digits[len(digits) - scale:]
    return ("-" if unscaled < 0 else "") + whole + ("." + fraction if scale else "")


def value(rng, precision, scale):
    """Zero, one unit, all nines, a half, a power of ten, or digits of a random number."""
    kind = rng.randrange(9)
    if kind == 0:
        unscaled = rng.choice([0, 1, 10 ** precision - 1])
    elif kind == 1:
        unscaled = 5 * 10 ** rng.randrange(precision)
    elif kind == 2:
        unscaled = 10 ** rng.randrange(precision)
    elif kind == 3:
        unscaled = 10 ** precision - rng.randrange(1, 9)
    else:
        unscaled = rng.randrange(10 ** rng.randrange(1, precision + 1))
    return text_of(unscaled * rng.choice([1, -1]), scale)


def pair(rng, left, right):
    """Two values; Spark fails where a remainder has a quotient of more than 39 digits."""
    a, b = value(rng, *left), value(rng, *right)
    if Decimal(b) and abs(Decimal(a) / Decimal(b)) >= Decimal(10) ** 38:
        b = text_of(0, right[1])
    return f"('{a}', '{b}')"


def generated():
    rng = random.Random(SEED)
    queries = []
    for _ in range(PAIRS):
        (p, s), (q, t) = rng.choice(TYPES), rng.choice(TYPES)
        rows = ", ".join(pair(rng, (p, s), (q, t)) for _ in range(ROWS))
        k, c, d = rng.randrange(0, s + 1), rng.randrange(1, 39), rng.randrange(-3, 12)
        queries.append(
            "SELECT a + b, a - b, a * b, a / b, a % b, a DIV b, pmod(a, b), a < b, a = b, "
            f"round(a, {k}), bround(a, {k}), round(a, {d}), bround(b, {d}), floor(a), ceil(a), floor(a, {k}), "
            f"ceil(b, {k}), CAST(a AS DECIMAL({c},{rng.randrange(0, c + 1)})), CAST(a AS BIGINT), -a, abs(b) "
            f"FROM (SELECT CAST(x AS DECIMAL({p},{s})) AS a, CAST(y AS DECIMAL({q},{t})) AS b "
            f"FROM VALUES {rows} AS v(x, y))")
    return queries


NINES = "9" * 38
WRITTEN = [
    f"SELECT sum(x), avg(x), count(x), sum(DISTINCT x), avg(DISTINCT x), max(x), min(x) FROM (SELECT CAST(s AS DECIMAL(38,0)) x FROM VALUES ('{NINES}'), ('{NINES}'), ('1'), (NULL) AS v(s))",
    f"SELECT g, sum(x), avg(x), try_sum(x), sum(x) + 1, sum(-x) FROM (SELECT g, CAST(s AS DECIMAL(38,0)) x FROM VALUES (1, '{NINES}'), (1, '-{NINES}'), (2, '{NINES}'), (2, '0'), (3, NULL), (4, '{NINES}'), (4, '1') AS v(g, s)) GROUP BY g",
    "SELECT sum(x), avg(x) FROM (SELECT CAST(s AS DECIMAL(38,38)) x FROM VALUES ('0.99999999999999999999999999999999999999'), ('-0.00000000000000000000000000000000000001'), ('0.00000000000000000000000000000000000001') AS v(s))",
    "SELECT sum(x), avg(x) FROM (SELECT CAST(s AS DECIMAL(38,38)) x FROM VALUES ('0.6'), ('0.6') AS v(s))",
    f"SELECT g, x, sum(x) OVER (PARTITION BY g ORDER BY o), avg(x) OVER (PARTITION BY g), sum(x) OVER (PARTITION BY g ORDER BY o ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (SELECT g, o, CAST(s AS DECIMAL(38,2)) x FROM VALUES (1, 1, '999999999999999999999999999999999999.99'), (1, 2, '-5.00'), (1, 3, '0.01'), (2, 1, '1.00'), (2, 2, NULL) AS v(g, o, s)) ORDER BY g, x",
    "SELECT sum(x * y), avg(x * y), sum(x / y), sum(x * y) FILTER (WHERE x > 0), max(x * y) FROM (SELECT CAST(a AS DECIMAL(38,10)) x, CAST(b AS DECIMAL(38,10)) y FROM VALUES ('1234567890123456789.0123456789', '9876543210.0123456789'), ('-3.5', '7'), ('9999999999999999999999999999.9999999999', '9999999999999999999999999999.9999999999'), (NULL, '1') AS v(a, b))",
    "SELECT sum(x * y), avg(x * y), sum(x * (1 - y)), sum(x * (1 - y) * (1 + y)), avg(x * (1 - y) * (1 + y) * 3.25) FROM (SELECT CAST(a AS DECIMAL(15,2)) x, CAST(b AS DECIMAL(15,2)) y FROM VALUES ('9999999999999.99', '9999999999999.99'), ('12.50', '0.07'), ('-1.00', '0.00'), (NULL, '1') AS v(a, b))",
    "SELECT a / b / c / d / a / b / c / d / a / b, a * b * c * d * a * b, (a + b) * (c - d) / (a - b) FROM (SELECT CAST(1.5 AS DECIMAL(20,5)) a, CAST(2.25 AS DECIMAL(20,5)) b, CAST(3.125 AS DECIMAL(20,5)) c, CAST(0.0625 AS DECIMAL(20,5)) d)",
    "SELECT 1.0 / 3 / 7 / 11 / 13 / 17 / 19 / 23 / 29 / 31 / 37 / 41 / 43 / 47 / 53 / 59 / 61 / 67 / 71 / 73",
    "SELECT " + " / ".join(["a"] * 40) + " FROM (SELECT CAST(1.5 AS DECIMAL(10,2)) a)",
    f"SELECT {NINES} + 1, {NINES} + {NINES}, -{NINES} - 1, {NINES} * 10, {NINES} * {NINES}, {NINES} / 0.1, {NINES} % 7, {NINES} DIV 3, {NINES} / {NINES}",
    "SELECT CAST(1e38D AS DECIMAL(38,0)), CAST(9.9e37D AS DECIMAL(38,0)), CAST('1e37' AS DECIMAL(38,0)), CAST('1e38' AS DECIMAL(38,0)), CAST('-99999999999999999999999999999999999999' AS DECIMAL(38,0)), CAST('0.999999999999999999999999999999999999995' AS DECIMAL(38,38)), CAST('0.000000000000000000000000000000000000005' AS DECIMAL(38,38)), CAST('99999999999999999999999999999999999999.5' AS DECIMAL(38,0))",
    "SELECT CAST(CAST('12345678901234567890.123456789012345678' AS DECIMAL(38,18)) AS DECIMAL(38,20)), CAST(CAST('0.5' AS DECIMAL(38,38)) AS DECIMAL(1,0)), CAST(CAST('-0.5' AS DECIMAL(38,38)) AS DECIMAL(1,0)), CAST(CAST('9.5' AS DECIMAL(38,30)) AS DECIMAL(1,0)), CAST(CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) AS DOUBLE), CAST(CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) AS STRING), CAST(CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) AS BIGINT), CAST(CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) AS INT)",
    f"SELECT a = b, a < b, a <=> b, a IN (b), a BETWEEN b AND a, greatest(a, b), least(a, b), coalesce(a, b), nullif(a, b), CASE WHEN true THEN a ELSE b END FROM (SELECT CAST('{NINES}' AS DECIMAL(38,0)) a, CAST('0.5' AS DECIMAL(38,38)) b)",
    "SELECT CAST(7.5 AS DECIMAL(10,2)) % CAST(-2 AS DECIMAL(5,0)), -7.5 % 2, pmod(-7.5, 2), pmod(7.5, -2), pmod(-7.5, -2), pmod(CAST(-7 AS DECIMAL(38,0)), CAST(0.3 AS DECIMAL(38,38))), mod(7.25, 0), pmod(7.25, 0), 7.25 % NULL, 5 % 1.5, 5L % 0.75, CAST(-5 AS TINYINT) % 1.5",
    "SELECT 7.5 DIV 2, -7.5 DIV 2, 7.5 DIV 0, 7.5 DIV -0.5, CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) DIV 1, 1 DIV CAST('0.00000000000000000000000000000000000001' AS DECIMAL(38,38)), CAST(5 AS DECIMAL(38,0)) DIV CAST('0.3' AS DECIMAL(38,38)), 9223372036854775807L DIV 0.5",
    "SELECT round(12345678901234567890123456789012345678, -1), round(99999999999999999999999999999999999999, -1), round(99999999999999999999999999999999999999, -38), bround(15, -1), bround(25.0, -1), round(-2.5), bround(-2.5), bround(-3.5, 0), round(1.25, 1), bround(1.25, 1), round(55.55, -2), round(CAST(0.5 AS DECIMAL(38,38)), 0), floor(-0.1), ceil(-0.1), floor(CAST(-0.5 AS DECIMAL(38,38))), ceil(CAST(0.5 AS DECIMAL(38,38))), round(1.5, 5), floor(1.5, 3), ceil(-1.55, 1), floor(-1.55, 1), floor(155.5, -1), ceil(155.5, -1), ceil(155.5, -3)",
    "SELECT try_add(CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)), 1), try_divide(1.5, 0), try_multiply(CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)), 10), try_subtract(CAST('-99999999999999999999999999999999999999' AS DECIMAL(38,0)), 1), try_divide(1.0, 3)",
    "SELECT n2 * n4, n2 / n4, n1 * n1 * n1 * n1, n4 / n1 / n2, n2 * 1.123456789, avg(n2) OVER (), sum(n2 * n4) OVER (ORDER BY k), n4 % n2, n4 DIV n2 FROM num",
    "SELECT avg(n1), avg(n2), avg(n4), sum(n1), sum(n2), sum(n4), sum(n1 * n2), sum(n2 / n4), avg(n1 * n4), sum(n1 + n2) / count(*), sum(n4) / sum(n2), avg(n4) * avg(n2) FROM num",
    "SELECT a * b, a / b, b * a, a + b, a % b FROM (SELECT CAST(s AS DECIMAL(10,2)) a, t b FROM VALUES ('1.50', 3), ('-2.25', 2147483647), (NULL, 1), ('99999999.99', NULL), ('0.01', 0) AS v(s, t))",
    "SELECT CAST(1.5 AS DECIMAL(38,37)) * CAST(2 AS DECIMAL(38,37)), CAST(0.1 AS DECIMAL(38,38)) * CAST(0.1 AS DECIMAL(38,38)), CAST(0.1 AS DECIMAL(38,38)) / CAST(3 AS DECIMAL(38,0)), CAST(1 AS DECIMAL(38,0)) / CAST('0.00000000000000000000000000000000000003' AS DECIMAL(38,38)), CAST(5 AS DECIMAL(38,6)) / CAST('10000000000000000000000000000000.000001' AS DECIMAL(38,6)), CAST('0.000001' AS DECIMAL(38,6)) / CAST(2 AS DECIMAL(38,6))",
]

FAMILIES = {"decimal": WRITTEN + generated()}
