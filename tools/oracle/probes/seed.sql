SELECT rand(0), random(42), randn(7), rand(-1)
SELECT id, rand(3), rand(3) = random(3), rand(4) FROM range(10)
SELECT id, randn(5), rand(5) FROM range(20)
SELECT id, rand(3) AS r FROM range(6) ORDER BY id
SELECT id, round(rand(1) * 100) AS p FROM emp
SELECT count(*), sum(r) FROM (SELECT rand(11) AS r FROM range(5000))
SELECT sum(r), min(r), max(r) FROM (SELECT randn(11) AS r FROM range(5000))
SELECT rand(NULL), randn(NULL), rand(cast(NULL AS INT))
SELECT rand(1 + 2), rand(3L), rand(9223372036854775807), random(-5)
SELECT rand('1')
SELECT rand(1.5)
SELECT rand(1, 2)
SELECT rand(id) FROM emp
SELECT monotonically_increasing_id(), id FROM emp
SELECT id + monotonically_increasing_id() FROM range(3, 8)
SELECT monotonically_increasing_id()
SELECT monotonically_increasing_id(1)
SELECT max(m), min(m), count(DISTINCT m) FROM (SELECT monotonically_increasing_id() AS m FROM range(3000))
SELECT id FROM range(20) TABLESAMPLE (50 PERCENT) REPEATABLE (3)
SELECT count(*) FROM range(5000) TABLESAMPLE (10 PERCENT) REPEATABLE (3)
SELECT count(*), sum(id) FROM range(5000) TABLESAMPLE (99.5 PERCENT) REPEATABLE (12345)
SELECT e.id FROM emp TABLESAMPLE (40 PERCENT) REPEATABLE (7) AS e WHERE e.id > 0
SELECT count(*) FROM range(100) TABLESAMPLE (100 PERCENT) REPEATABLE (1)
SELECT count(*) FROM range(100) TABLESAMPLE (0 PERCENT) REPEATABLE (1)
SELECT id FROM (SELECT id * 2 AS id FROM range(30)) TABLESAMPLE (BUCKET 3 OUT OF 10) REPEATABLE (5)
SELECT count(*) FROM emp TABLESAMPLE (3 ROWS) REPEATABLE (5)
