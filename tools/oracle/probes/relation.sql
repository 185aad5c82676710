SELECT id FROM (SELECT id, c FROM str) WHERE c = 'ab'
SELECT id FROM (SELECT id, c AS d FROM str) WHERE d = 'ab'
SELECT id FROM (SELECT * FROM str) t WHERE t.c = 'ab'
SELECT id FROM (SELECT DISTINCT id, c FROM str) WHERE c IN ('ab', 'x')
SELECT id FROM (SELECT id, upper(c) AS c FROM str) WHERE c = 'AB'
SELECT c, count(*) FROM str GROUP BY c HAVING c = 'ab'
WITH w AS (SELECT id, c FROM str UNION ALL SELECT 9, 'zz') SELECT id FROM w WHERE c = 'ab'
SELECT a.id FROM str a JOIN str b ON a.c = b.v
SELECT c = 'ab', c LIKE 'ab', length(c), c || '|', c = v, c < 'ab', c IN ('ab'), CASE c WHEN 'ab' THEN 1 END FROM str
SELECT max(c), min(v), concat(c, v), coalesce(c, 'x') = 'ab' FROM str GROUP BY c, v
SELECT extract(MONTH FROM INTERVAL '2-3' YEAR TO MONTH), extract(YEAR FROM INTERVAL '2-3' YEAR TO MONTH), date_part('day', INTERVAL '3' DAY), year(INTERVAL '2' YEAR)
SELECT INTERVAL 1 DAY < INTERVAL 25 HOUR, INTERVAL '12' MONTH = INTERVAL '1' YEAR, greatest(INTERVAL 1 DAY, INTERVAL 30 HOUR), coalesce(NULL, INTERVAL 1 DAY)
SELECT INTERVAL 1 DAY = INTERVAL 1 MONTH
SELECT date_add(d, INTERVAL 1 DAY) FROM dat
SELECT to_date('2024-01-05') - to_date('2024-01-01') > INTERVAL 3 DAYS
SELECT d BETWEEN DATE'2024-01-01' AND DATE'2024-01-01' + INTERVAL 60 DAYS FROM dat
SELECT id FROM dat WHERE ts >= current_timestamp() - INTERVAL 10000 DAYS ORDER BY id
SELECT CASE WHEN true THEN struct(1 AS a) ELSE struct(2 AS b) END
SELECT array(struct(1 AS a), struct(2L AS a)), array(map('a', 1), map('b', 2L)), coalesce(array(1), array(2.5))
SELECT max(st), min(st), max(a), min(sa) FROM nest
SELECT id FROM nest ORDER BY st, id
SELECT id FROM nest ORDER BY a DESC, id
SELECT st < struct(2, 'z'), a > array(1), st = struct(1, 'one'), st IN (struct(1, 'one')) FROM nest
SELECT DISTINCT st, a FROM nest
SELECT st, count(*) FROM nest GROUP BY st ORDER BY st
SELECT id, rank() OVER (ORDER BY st), row_number() OVER (PARTITION BY st.x IS NULL ORDER BY a, id) FROM nest
SELECT greatest(array(1), array(2)), least(struct(1), struct(0))
SELECT sort_array(array(struct(2, 'b'), struct(1, 'z'), NULL)), array_max(array(struct(1, 'a'), struct(1, 'b'))), array_sort(array(array(2), array(1, 5)))
SELECT array_contains(array(struct(1)), struct(1)), array_distinct(array(array(1), array(1))), array_position(array(array(1)), array(1))
SELECT count(DISTINCT st), count(DISTINCT a), approx_count_distinct(st) FROM nest
SELECT a.id, b.id FROM nest a JOIN nest b ON a.st = b.st AND a.a = b.a
SELECT id FROM nest WHERE st IN (SELECT st FROM nest WHERE id = 1)
SELECT 1 AS a, * FROM dept WHERE code = 'ENG'
SELECT d.*, d.code FROM dept d WHERE code = 'ENG'
SELECT dept.title, dept.* FROM dept, (SELECT 1 z) y WHERE code = 'ENG'
SELECT (SELECT count(*) FROM sale WHERE emp_id = e.id AND day > e.hired), exists(SELECT 1 FROM sale s WHERE s.emp_id = e.id) FROM emp e
SELECT e.id FROM emp e WHERE 1 < (SELECT count(*) FROM sale s WHERE s.emp_id = e.id)
SELECT e.id FROM emp e WHERE e.salary = (SELECT max(salary) FROM emp x WHERE x.dept <=> e.dept)
SELECT e.dept, (SELECT d.title FROM dept d WHERE d.code = e.dept) FROM emp e
SELECT dept, sum(salary) AS s FROM emp GROUP BY dept HAVING s > (SELECT avg(salary) FROM emp)
SELECT * FROM (SELECT id, dept FROM emp) t JOIN LATERAL (SELECT count(*) c FROM sale WHERE emp_id = t.id) ON true WHERE c > 0
SELECT id FROM emp WHERE dept = 'ENG' UNION ALL SELECT id FROM emp WHERE dept = 'OPS' ORDER BY 1 LIMIT 2
SELECT id, salary FROM emp EXCEPT SELECT id, salary FROM emp WHERE dept = 'ENG' ORDER BY id
SELECT id FROM emp WHERE id <= 3 UNION (SELECT 100 UNION ALL SELECT 100)
SELECT a + b AS c, c * 2 AS d FROM VALUES (1, 2), (3, NULL) AS t(a, b)
SELECT * FROM VALUES ('a', 1), ('b', 2) t JOIN VALUES ('a', 'x') u ON t.col1 = u.col1
SELECT col1, col2 FROM VALUES (1, DATE'2024-01-01')
SELECT id % 3 AS g, count(*), collect_list(id) FROM range(10) GROUP BY id % 3 ORDER BY g
SELECT id % 3 AS id, count(*) FROM range(10) GROUP BY id ORDER BY 1, 2
SELECT id AS g FROM range(4) GROUP BY g HAVING g > 1 ORDER BY g DESC
SELECT sum(id) AS id FROM range(4) ORDER BY id
SELECT first_value(id) OVER (ORDER BY id DESC), last_value(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM range(3)
SELECT sum(id) OVER (PARTITION BY id % 2 ORDER BY id RANGE BETWEEN 2 PRECEDING AND 2 FOLLOWING), count(*) OVER (ORDER BY id DESC RANGE BETWEEN 1 PRECEDING AND CURRENT ROW), avg(id) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) FROM range(6)
SELECT sum(id) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING), min(id) OVER (ORDER BY id DESC ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) FROM range(4)
SELECT ntile(2) OVER (ORDER BY id), lag(id, -1) OVER (ORDER BY id), lead(id, 0) OVER (ORDER BY id), lag(id, 2, -9) OVER (ORDER BY id) FROM range(4)
SELECT percent_rank() OVER (PARTITION BY id % 2 ORDER BY id), cume_dist() OVER (ORDER BY id % 2) FROM range(5)
SELECT id, sum(qty) OVER (PARTITION BY emp_id ORDER BY day, sale_id ROWS UNBOUNDED PRECEDING) FROM sale JOIN emp ON id = emp_id
SELECT day, sum(amount) OVER (ORDER BY day RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW) FROM sale
SELECT id, count(*) OVER (ORDER BY ts RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND INTERVAL 1 DAY FOLLOWING) FROM dat
SELECT k, sum(d) OVER (ORDER BY d RANGE BETWEEN 5.5D PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY n1 RANGE BETWEEN 2 PRECEDING AND 2 FOLLOWING) FROM num
SELECT count(*) OVER (ORDER BY name RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM emp
SELECT round(2.5), round(-2.5), round(2.567, 2), round(1234.567, -2), bround(2.5), bround(3.5), ceil(1.2), floor(-1.2), ceil(1.25, 1), floor(1.25, 1), round(5, -1), round(2.5D), round(1e308D, 2)
SELECT round(n1, 1), ceil(n1), floor(n3), round(n2, -1), abs(n4), sign(n1), n1 % 3, mod(n2, 7), power(n1, 2), sqrt(n2) FROM num
SELECT substring('hello', 2, 3), substring('hello', -3), substr('hello', 0, 2), substring('hello', 10), left('abc', 2), right('abc', 2), left('abc', -1), overlay('abcdef' PLACING 'XX' FROM 2 FOR 3), position('b' IN 'abc'), locate('b', 'abcb', 3)
SELECT extract(DAY FROM INTERVAL '3 4:5:6.7' DAY TO SECOND), extract(HOUR FROM INTERVAL '3 4:5:6.7' DAY TO SECOND), extract(MINUTE FROM INTERVAL '3 4:5:6.7' DAY TO SECOND), extract(SECOND FROM INTERVAL '3 4:5:6.7' DAY TO SECOND)
SELECT count(DISTINCT *) FROM emp
SELECT struct(*), struct(e.*) FROM emp e WHERE id = 1
SELECT array(*) FROM (SELECT 1 a, 2 b)
SELECT concat(*), concat_ws('-', *) FROM (SELECT 'x' a, 'y' b)
SELECT named_struct('a', *) FROM (SELECT 1 a)
SELECT t.id, u.n FROM emp t LEFT JOIN LATERAL (SELECT note AS n FROM sale WHERE emp_id = t.id ORDER BY qty DESC, sale_id LIMIT 1) u
