SELECT INTERVAL 5 MINUTE, INTERVAL -5 MINUTE, INTERVAL 5 HOUR, INTERVAL -5 HOUR, INTERVAL '5' SECOND, INTERVAL -5 DAY, INTERVAL '3' MINUTE
SELECT '7' div 2, 7 div '2'
SELECT 7.5D div 2
SELECT CAST(map('1', '2') AS MAP<INT, DOUBLE>)
SELECT CAST(struct('1', 2) AS STRUCT<a: INT, b: STRING>), CAST(array(struct(1)) AS ARRAY<STRUCT<z: BIGINT>>)
SELECT count(DISTINCT dept) OVER (PARTITION BY active) FROM emp
SELECT id FROM emp WHERE dept IN (SELECT 'ENG')
SELECT id FROM emp WHERE dept IN (SELECT 'ENG' UNION SELECT 'HR')
SELECT id, NOT (dept IN (SELECT code FROM dept)) FROM emp
SELECT id, dept NOT IN (SELECT code FROM dept) FROM emp
SELECT id, manager_id NOT IN (SELECT emp_id FROM sale) FROM emp
SELECT id, CASE WHEN dept IN (SELECT code FROM dept) THEN 1 ELSE 0 END FROM emp
SELECT id, (dept IN (SELECT code FROM dept)) IS NULL FROM emp
SELECT id FROM emp WHERE dept IN (SELECT code FROM dept) OR id = 8
SELECT id FROM emp WHERE NOT (dept IN (SELECT code FROM dept) OR id = 1)
SELECT id FROM emp WHERE coalesce(dept IN (SELECT code FROM dept), true)
SELECT 1 UNION ALL SELECT 1.5 UNION ALL SELECT '2'
SELECT 1 UNION SELECT 1.5D UNION SELECT 'x' ORDER BY 1
SELECT DATE'2024-01-01' UNION ALL SELECT TIMESTAMP'2024-01-01' UNION ALL SELECT 'x'
SELECT 1 INTERSECT SELECT 1.0 UNION ALL SELECT '1'
SELECT NULL UNION ALL SELECT 1 UNION ALL SELECT 2.5
SELECT array(1) UNION ALL SELECT array(2.5)
SELECT id, sum(id) OVER w2 FROM emp WINDOW w AS (PARTITION BY dept ORDER BY id), w2 AS w
SELECT TRY_CAST(300 AS TINYINT), TRY_CAST(1.9 AS INT), TRY_CAST(1e20 AS BIGINT), TRY_CAST(-1.9D AS INT), TRY_CAST('1.9' AS INT), TRY_CAST('x' AS DATE), TRY_CAST(CAST('NaN' AS DOUBLE) AS INT), TRY_CAST(true AS INT), TRY_CAST(99999.5 AS DECIMAL(4,1))
SELECT TRY_CAST(2147483648L AS INT), TRY_CAST(TIMESTAMP'2024-01-01' AS BIGINT), TRY_CAST(1 AS BOOLEAN), TRY_CAST('1' AS BOOLEAN), TRY_CAST('9999999999' AS INT)
SELECT CAST(DATE'2024-01-05' AS INT), CAST(d AS BIGINT), CAST(d AS DOUBLE), CAST(d AS BOOLEAN), CAST(d AS DECIMAL(5,0)) FROM dat
SELECT CAST(-1 AS BINARY), CAST(258S AS BINARY), CAST(-2L AS BINARY), CAST(127Y AS BINARY), hex(CAST(i AS BINARY)) FROM num
SELECT CAST(d * 1e300 AS FLOAT), CAST(-1e39D AS FLOAT) FROM num
SELECT st['x'], st['y'], st['Y'] FROM nest
SELECT array(named_struct('a', 1, 'b', 2))['a'], array(named_struct('a', 1))[0]['a'], array(named_struct('a', 1))[0].a
SELECT CAST(NULL AS MAP<STRING, INT>), CAST(NULL AS STRUCT<a: INT>)
SELECT id, name FROM emp ORDER BY ALL DESC NULLS LAST
SELECT id, dept FROM emp ORDER BY ALL LIMIT 3
SELECT dept, count(*) AS n FROM emp GROUP BY dept ORDER BY count(*) DESC, dept
SELECT dept, sum(salary) AS s FROM emp GROUP BY dept ORDER BY sum(salary) / count(*) DESC NULLS LAST, 1
SELECT dept AS d, sum(salary) FROM emp GROUP BY dept HAVING sum(salary) > 5000 AND d IS NOT NULL ORDER BY d
SELECT upper(dept) u FROM emp GROUP BY upper(dept) ORDER BY upper(dept)
SELECT id + 1 AS id FROM emp ORDER BY id
SELECT id AS x, x + 1 AS y, y * 2 FROM emp WHERE id < 3
SELECT id AS dept, dept FROM emp WHERE id < 3 ORDER BY dept
SELECT -id, +id, -(-id), - salary, id + -1 FROM emp WHERE id = 1
SELECT 1 AS `a b`, 2 AS "x"
SELECT 1 `weird``name`
SELECT 1 a, 2 b, 3 AS a
SELECT t.a FROM (SELECT 1 a, 2 a) t
SELECT * FROM (SELECT 1 a, 2 a) t
SELECT 'a' 'b', 'a' "b"
SELECT 'it\'s', "say \"hi\"", r'\n', 'tab\there', '\u0041', '\101', '\x'
SELECT 0x1F, 1e3, .5, 1., 1.5e-3, 12345678901, 123456789012345678901234567890, 1BD, 1.5BD, -5S
SELECT 2147483648, -2147483648, 9223372036854775807, -9223372036854775808
SELECT 9223372036854775808
SELECT 1e400
SELECT 128Y
SELECT DATE '2024-02-30'
SELECT TIMESTAMP '2024-01-01 25:00:00'
SELECT X'0', X'0G'
SELECT X'1'
SELECT current_timestamp > TIMESTAMP'2020-01-01', date_trunc('DAY', TIMESTAMP'2024-01-01 10:00:00')
SELECT count(*) FROM emp e JOIN emp f USING (id, dept)
SELECT e.dept, count(*) FROM emp e GROUP BY e.dept
SELECT emp.dept, q.emp.dept FROM q.emp GROUP BY emp.dept
SELECT id FROM emp e WHERE e.id IN (SELECT s.emp_id FROM sale s WHERE s.qty > e.id)
SELECT id, (SELECT sum(s.qty) FROM sale s WHERE s.emp_id = e.id GROUP BY s.emp_id) FROM emp e
SELECT id, (SELECT name FROM emp m WHERE m.id = e.manager_id) FROM emp e
SELECT (SELECT id, name FROM emp WHERE id = 1)
SELECT id FROM emp WHERE EXISTS (SELECT 1 FROM sale WHERE sale.emp_id = emp.id AND sale.amount > (SELECT avg(amount) FROM sale))
SELECT id FROM emp WHERE NOT EXISTS (SELECT 1 FROM sale WHERE sale.emp_id = emp.id)
SELECT avg(id), avg(salary), sum(salary) * 2, sum(salary) / 3, avg(salary) + 1, round(avg(salary), 2), sum(amount * qty) FROM emp JOIN sale ON id = emp_id
SELECT sum(amount) * 100 / sum(sum(amount)) OVER () FROM sale GROUP BY emp_id
SELECT emp_id, sum(amount), sum(sum(amount)) OVER (ORDER BY emp_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM sale GROUP BY emp_id
SELECT CAST(sum(amount) AS DECIMAL(17,2)) / CAST(count(*) AS DECIMAL(15,4)) FROM sale
SELECT max(struct(amount, sale_id)), min(named_struct('a', qty)).a FROM sale
SELECT max(array(qty)), count(DISTINCT array(qty)), max(name || 'x') FROM sale JOIN emp ON id = emp_id
SELECT first(amount) IGNORE NULLS, last(amount, true), any_value(emp_id) IGNORE NULLS FROM (SELECT * FROM sale ORDER BY sale_id)
SELECT collect_list(DISTINCT dept) FROM emp WHERE dept = 'ENG'
SELECT concat_ws(',', sort_array(collect_list(name))), concat_ws('-', 'a', NULL, 'b', array('c', NULL)) FROM emp
SELECT count(*) FILTER (WHERE dept = 'ENG') AS e, sum(salary) FILTER (WHERE active AND salary > 5000), avg(bonus) FILTER (WHERE id > 100) FROM emp
SELECT dept, max(salary) FILTER (WHERE active) FROM emp GROUP BY dept HAVING count(*) FILTER (WHERE active) > 0
SELECT sum(DISTINCT qty), count(DISTINCT qty, emp_id), avg(DISTINCT amount), max(DISTINCT qty) FROM sale
SELECT DISTINCT ON (dept) dept FROM emp
SELECT TOP 3 * FROM emp
SELECT * FROM emp QUALIFY row_number() OVER (ORDER BY id) = 1
SELECT id, name, FROM emp
SELECT FROM emp
SELECT * FROM emp WHERE
SELECT * FROM emp GROUP BY
SELECT (1
SELECT 1)
SELECT * FROM emp e JOIN ON e.id = 1
SELECT * FROM emp LIMIT
SELECT CASE WHEN 1 END
SELECT CAST(1 AS )
SELECT CAST(1 INT)
SELECT 1 +
SELECT a b c FROM emp
SELECT 'unterminated
SELECT `unterminated
SELECT 1 /* open
SELECT 1 -- comment
SELECT /*+ BROADCAST(e) */ e.id FROM emp e WHERE id = 1
SELECT /*+ REPARTITION(3), COALESCE(2) */ id FROM emp WHERE id = 1
SELECT /*+ nonsense(zz) */ id FROM emp WHERE id = 1
SELECT id FROM emp WHERE name = "Ada"
SELECT id FROM emp WHERE name == 'Ada' && dept = 'ENG'
SELECT id FROM emp WHERE name = 'Ada' || dept = 'ENG'
SELECT 5 <=> NULL, 5 DIV 2, 5 MOD 2, 5 % 2
SELECT !true, NOT NOT true, NOT 1 = 2, NOT (1 IN (1))
SELECT 1 < 2 < 3
SELECT 1 = 1 = true
SELECT 2 + 3 * 4 - 6 / 2, 2 || 3 + 1, -2 ^ 2, 7 & 3 | 8, 1 + 2 || 'x'
SELECT a.b.c.d FROM emp a
SELECT nosuch FROM emp
SELECT emp.nosuch FROM emp
SELECT x.id FROM emp
SELECT id FROM nosuch
SELECT id FROM q.nosuch
SELECT id FROM nodb.nosuch
SELECT nosuchfn(id) FROM emp
SELECT upper() FROM emp
SELECT upper(1, 2) FROM emp
SELECT id FROM emp, sale WHERE nosuch = 1
SELECT qty FROM sale a, sale b
SELECT sum(id) FROM emp GROUP BY sum(id)
SELECT id, sum(salary) FROM emp
SELECT id, sum(salary) FROM emp GROUP BY dept
SELECT * FROM emp GROUP BY dept
SELECT id FROM emp WHERE sum(id) > 1
SELECT sum(sum(id)) FROM emp
SELECT row_number() FROM emp
SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM emp
SELECT id FROM emp UNION SELECT id, name FROM emp
SELECT array(1) UNION SELECT 1
SELECT map(1, 2) UNION SELECT map(1, 2)
SELECT DISTINCT map(1, 2)
SELECT m FROM nest GROUP BY m
SELECT m FROM nest ORDER BY m
SELECT id FROM emp WHERE id
SELECT id FROM emp WHERE 'x'
SELECT id FROM emp WHERE name + 1
SELECT id AND true FROM emp
SELECT true + 1
SELECT array(1) + 1
SELECT DATE'2024-01-01' * 2
SELECT id.x FROM emp
SELECT st.nosuch FROM nest
SELECT a['x'] FROM nest
SELECT m[1] FROM nest
SELECT explode(id) FROM emp
SELECT explode(a), explode(sa) FROM nest
SELECT id FROM emp WHERE explode(a) = 1
SELECT stack(2)
SELECT * FROM nosuchtvf(1)
SELECT * FROM range()
SELECT * FROM VALUES (1, 2), (3)
SELECT * FROM VALUES (1, rand())
WITH a AS (SELECT 1) SELECT * FROM b
SELECT 1 IN (SELECT 1, 2)
SELECT (1, 2) IN (SELECT 1)
SELECT id FROM emp LIMIT -1
SELECT id FROM emp LIMIT 'a'
SELECT id FROM emp LIMIT id
SELECT id FROM emp OFFSET -1
SELECT * FROM emp CROSS JOIN dept ON 1
SELECT * FROM emp JOIN dept USING (nosuch)
SELECT * FROM emp NATURAL JOIN dept
SELECT e.* FROM emp d
SELECT *, id FROM emp WHERE id = 1
SELECT transform(array(1), x -> x + y)
SELECT filter(array(1), x -> x)
SELECT if(1, 2, 3)
SELECT coalesce()
SELECT greatest(1)
SELECT greatest(1, 'a')
SELECT nvl(1)
SELECT CAST(1 AS nosuchtype)
SELECT CAST(1 AS DECIMAL(50, 2))
SELECT INTERVAL '1' FORTNIGHT
SELECT grouping__id, count(*) FROM emp GROUP BY dept WITH ROLLUP
SELECT id, (SELECT s.qty FROM sale s WHERE s.emp_id = e.id LIMIT 1) FROM emp e WHERE id = 1
SELECT count(DISTINCT *) FROM emp
SELECT count(*, 1) FROM emp
SELECT sum(*) FROM emp
SELECT upper(*) FROM emp
SELECT struct(*) FROM emp WHERE id = 1
SELECT array(*) FROM (SELECT 1 a, 2 b)
SELECT coalesce(*) FROM (SELECT NULL a, 2 b)
SELECT rand(3) r, sum(r) OVER () s FROM range(2)
SELECT id + 1 AS r, row_number() OVER (ORDER BY r) n FROM range(3)
SELECT id + 1 AS r, sum(id) OVER (PARTITION BY r) n FROM range(3)
SELECT id AS r, rank() OVER w n FROM range(2) WINDOW w AS (ORDER BY r)
SELECT explode(array(1, 2)) AS r, sum(r) OVER () s FROM range(1)
SELECT id + 1 AS r, sum(r) s FROM range(3) GROUP BY id
