SELECT * EXCEPT (salary) FROM emp
SELECT * EXCEPT (salary, bonus) FROM emp WHERE id < 3
SELECT e.* EXCEPT (name) FROM emp e
SELECT count(*), count(1), count(dept), count(DISTINCT dept), count(DISTINCT dept, active) FROM emp
SELECT count(id, manager_id) FROM emp
SELECT sum(salary) FILTER (WHERE active), count(*) FILTER (WHERE bonus > 0) FROM emp
SELECT dept, sum(DISTINCT salary) FROM emp GROUP BY dept
SELECT dept, avg(DISTINCT salary) AS a FROM emp GROUP BY 1 ORDER BY 2 DESC, 1
SELECT dept, active, sum(salary), grouping(dept), grouping(active), grouping_id() FROM emp GROUP BY CUBE (dept, active)
SELECT dept, active, sum(salary), grouping_id(dept, active) FROM emp GROUP BY dept, active WITH ROLLUP
SELECT dept, active, count(*) FROM emp GROUP BY GROUPING SETS ((dept), (active), ())
SELECT dept, active, count(*) FROM emp GROUP BY dept, active GROUPING SETS ((dept, active), dept, ())
SELECT dept, active, count(*) FROM emp GROUP BY dept, ROLLUP (active)
SELECT dept, active, id, count(*) FROM emp GROUP BY GROUPING SETS (ROLLUP(dept, active), CUBE(id))
SELECT dept, sum(salary) s FROM emp GROUP BY ROLLUP (dept) HAVING grouping(dept) = 1
SELECT dept, sum(salary) s FROM emp GROUP BY ROLLUP (dept) ORDER BY grouping(dept), dept
SELECT GROUPING(dept) FROM emp GROUP BY dept
SELECT upper(dept), count(*) FROM emp GROUP BY ROLLUP(upper(dept))
SELECT max(salary) - min(salary) FROM emp HAVING count(*) > 100
SELECT 1 FROM emp HAVING max(id) > 3
SELECT dept FROM emp GROUP BY ALL
SELECT dept, count(*) FROM emp GROUP BY ALL
SELECT dept, count(*) c FROM emp GROUP BY ALL ORDER BY ALL
SELECT dept, active FROM emp ORDER BY ALL
SELECT dept, active FROM emp ORDER BY ALL DESC
SELECT id, explode(a) FROM nest
SELECT id, explode_outer(a) AS e FROM nest
SELECT id, posexplode(a) FROM nest
SELECT id, posexplode_outer(a) AS (p, e) FROM nest
SELECT id, explode(m) FROM nest
SELECT id, explode(m) AS (kk, vv) FROM nest
SELECT id, inline(array(struct(1, 'a'), struct(2, 'b'))) FROM nest WHERE id = 1
SELECT inline_outer(array(named_struct('p', 1, 'q', 'z')))
SELECT stack(2, 1, 'a', 2, 'b')
SELECT stack(3, 1, 2, 3, 4)
SELECT id, stack(2, 'x', id, 'y', id * 2) AS (k, v) FROM emp WHERE id < 3
SELECT id, e FROM nest LATERAL VIEW explode(a) t AS e
SELECT id, e FROM nest LATERAL VIEW OUTER explode(a) t AS e ORDER BY id, e
SELECT id, p, e FROM nest LATERAL VIEW posexplode(a) t AS p, e
SELECT id, k, v FROM nest LATERAL VIEW explode(m) t AS k, v
SELECT id, x, y FROM nest LATERAL VIEW explode(a) t1 AS x LATERAL VIEW explode(sa) t2 AS y
SELECT id, t.col FROM nest LATERAL VIEW explode(a) t
SELECT id, t.key, t.value FROM nest LATERAL VIEW explode(m) t
SELECT t.* FROM nest LATERAL VIEW explode(m) t
SELECT * FROM nest LATERAL VIEW explode(a) AS e WHERE id = 1
SELECT id, s FROM nest, LATERAL explode(a) AS t(s)
SELECT * FROM explode(array(1, 2, 3))
SELECT * FROM explode(array(1, 2, 3)) AS t(x)
SELECT * FROM posexplode(array('a', 'b'))
SELECT * FROM inline(array(struct(1, 2)))
SELECT * FROM stack(2, 1, 2, 3, 4)
SELECT * FROM range(5)
SELECT * FROM range(2, 10, 3) AS r(x)
SELECT id * 2 FROM range(0, 5, 1, 2) WHERE id % 2 = 0
SELECT e.id, s.* FROM emp e, LATERAL (SELECT sale_id, amount FROM sale WHERE emp_id = e.id) s
SELECT e.id, s.m FROM emp e LEFT JOIN LATERAL (SELECT max(amount) m FROM sale WHERE emp_id = e.id) s
SELECT e.id, s.m FROM emp e JOIN LATERAL (SELECT max(amount) m FROM sale WHERE emp_id = e.id) s ON s.m > 100
SELECT * FROM emp NATURAL JOIN (SELECT code AS dept, title FROM dept)
SELECT * FROM emp LEFT JOIN (SELECT code AS dept, title FROM dept) d USING (dept)
SELECT * FROM emp RIGHT JOIN (SELECT code AS dept, title FROM dept) d USING (dept)
SELECT * FROM emp FULL OUTER JOIN (SELECT code AS dept, title FROM dept) d USING (dept)
SELECT dept, emp.dept, d.dept FROM emp FULL JOIN (SELECT code AS dept, title FROM dept) d USING (dept)
SELECT * FROM emp LEFT SEMI JOIN sale ON id = emp_id
SELECT * FROM emp SEMI JOIN (SELECT emp_id AS id FROM sale) s USING (id)
SELECT * FROM emp LEFT ANTI JOIN sale ON id = emp_id
SELECT * FROM emp ANTI JOIN (SELECT emp_id AS id FROM sale) USING (id)
SELECT count(*) FROM emp CROSS JOIN dept
SELECT count(*) FROM emp, dept, num
SELECT e.id, d.title FROM emp e JOIN dept d ON e.dept = d.code AND d.floor > 1
SELECT e.id, m.id FROM emp e LEFT JOIN emp m ON e.manager_id = m.id WHERE m.id IS NULL
SELECT e.id, m.name FROM emp e NATURAL LEFT JOIN (SELECT id, name FROM emp WHERE id < 3) m
SELECT a.id FROM emp a JOIN emp b JOIN emp c ON a.id = b.id AND b.id = c.id
SELECT * FROM (emp e JOIN sale s ON e.id = s.emp_id) WHERE sale_id < 3
SELECT id FROM emp WHERE dept NOT IN (SELECT code FROM dept WHERE floor > 1)
SELECT id FROM emp WHERE manager_id NOT IN (SELECT emp_id FROM sale)
SELECT id FROM emp WHERE (dept, active) IN (SELECT 'ENG', true)
SELECT id FROM emp WHERE (id, manager_id) NOT IN (SELECT sale_id, emp_id FROM sale)
SELECT id, dept IN (SELECT code FROM dept) AS f FROM emp
SELECT id, EXISTS (SELECT 1 FROM sale WHERE emp_id = emp.id) FROM emp
SELECT id, (SELECT max(amount) FROM sale s WHERE s.emp_id = e.id) FROM emp e
SELECT id, (SELECT count(*) FROM sale s WHERE s.emp_id = e.id AND s.qty > 1) + 1 FROM emp e
SELECT id FROM emp e WHERE salary > (SELECT avg(salary) FROM emp x WHERE x.dept = e.dept)
SELECT id FROM emp WHERE id = ANY (SELECT emp_id FROM sale)
SELECT (SELECT 1)
SELECT (SELECT max(id) FROM emp) AS m, (SELECT name FROM emp WHERE id = 1)
SELECT 1 WHERE EXISTS (SELECT * FROM emp WHERE id > 100)
SELECT 1 AS a UNION SELECT 1.5 UNION ALL SELECT '2'
SELECT id FROM emp INTERSECT SELECT emp_id FROM sale
SELECT id FROM emp EXCEPT SELECT emp_id FROM sale
SELECT dept FROM emp EXCEPT ALL SELECT code FROM dept
SELECT dept FROM emp INTERSECT ALL SELECT code FROM dept
SELECT dept FROM emp MINUS SELECT code FROM dept
(SELECT id FROM emp ORDER BY id LIMIT 2) UNION ALL (SELECT sale_id FROM sale ORDER BY sale_id DESC LIMIT 2)
SELECT id FROM emp UNION SELECT emp_id FROM sale ORDER BY id DESC NULLS FIRST LIMIT 3 OFFSET 1
SELECT a.x FROM VALUES (1), (2) AS a(x)
VALUES (1, 'a'), (2, NULL)
VALUES 1, 2.5, 3
SELECT * FROM VALUES (1, 'a'), (2.5, NULL) AS t(n, s)
SELECT * FROM VALUES (array(1), map('a', 1), struct(1)) AS t(a, m, s)
TABLE dept
FROM emp SELECT id WHERE id > 7
FROM emp e JOIN sale s ON e.id = s.emp_id SELECT e.id, s.qty
WITH a AS (SELECT 1 x), b AS (SELECT x + 1 y FROM a) SELECT * FROM a, b
WITH a(p, q) AS (SELECT id, dept FROM emp) SELECT p FROM a WHERE q = 'HR'
WITH t AS (SELECT 1 AS c) SELECT * FROM (WITH t AS (SELECT 2 AS c) SELECT * FROM t)
SELECT * FROM (SELECT 1 AS id) t1 WHERE id IN (WITH q AS (SELECT 1 z) SELECT z FROM q)
SELECT id, row_number() OVER (ORDER BY salary DESC) FROM emp
SELECT id, rank() OVER w, dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w, ntile(3) OVER w FROM emp WINDOW w AS (PARTITION BY active ORDER BY dept)
SELECT id, sum(salary) OVER (PARTITION BY dept) FROM emp
SELECT id, sum(salary) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM emp
SELECT id, avg(salary) OVER (ORDER BY salary RANGE BETWEEN 1000 PRECEDING AND CURRENT ROW) FROM emp
SELECT sale_id, sum(qty) OVER (ORDER BY day RANGE BETWEEN INTERVAL 30 DAYS PRECEDING AND CURRENT ROW) FROM sale
SELECT sale_id, sum(qty) OVER (ORDER BY day RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND INTERVAL '1' MONTH FOLLOWING) FROM sale
SELECT sale_id, sum(qty) OVER (ORDER BY day RANGE BETWEEN 10 PRECEDING AND CURRENT ROW) FROM sale
SELECT id, count(*) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '10' DAY PRECEDING AND INTERVAL '2' HOUR FOLLOWING) FROM dat
SELECT id, lag(salary) OVER (ORDER BY id), lead(salary, 2) OVER (ORDER BY id), lag(salary, 1, 0) OVER (ORDER BY id) FROM emp
SELECT id, lag(bonus) IGNORE NULLS OVER (ORDER BY id) FROM emp
SELECT id, lead(bonus, 2, 7) IGNORE NULLS OVER (ORDER BY id) FROM emp
SELECT id, last(bonus) IGNORE NULLS OVER (ORDER BY id) FROM emp
SELECT id, last_value(bonus, true) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM emp
SELECT id, first_value(bonus) RESPECT NULLS OVER (PARTITION BY dept ORDER BY id DESC) FROM emp
SELECT id, nth_value(salary, 2) OVER (PARTITION BY dept ORDER BY id) FROM emp
SELECT id, nth_value(bonus, 2) IGNORE NULLS OVER (ORDER BY id) FROM emp
SELECT dept, sum(sum(salary)) OVER (ORDER BY dept) FROM emp GROUP BY dept
SELECT dept, rank() OVER (ORDER BY sum(salary) DESC) FROM emp GROUP BY dept
SELECT id, count(DISTINCT dept) OVER () FROM emp
SELECT id, collect_list(id) OVER (PARTITION BY dept ORDER BY id) FROM emp
SELECT id, sum(id) OVER w2 FROM emp WINDOW w AS (PARTITION BY dept), w2 AS (w)
SELECT id, sum(salary) OVER (PARTITION BY dept ORDER BY id DESC) / sum(salary) OVER (PARTITION BY dept) AS r FROM emp
SELECT id, min(name) OVER (ORDER BY id ROWS 2 PRECEDING) FROM emp
SELECT id, stddev(salary) OVER (PARTITION BY dept) FROM emp
SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY dept ORDER BY salary DESC, id) rn FROM emp) WHERE rn = 1
SELECT 'a' LIKE 'A', 'a' ILIKE 'A', 'a%' LIKE 'a\\%', 'ab' LIKE 'a/%' ESCAPE '/', 'x_y' LIKE 'x!_y' ESCAPE '!'
SELECT id FROM txt WHERE s LIKE ALL ('%o%', '%e%')
SELECT id FROM txt WHERE s LIKE ANY ('%o%', 'a%')
SELECT id FROM txt WHERE s NOT LIKE SOME ('%o%', 'a%')
SELECT id FROM txt WHERE s ILIKE ANY ('HELLO%', 'aab%')
SELECT id, s RLIKE '^[a-z]' FROM txt
SELECT NULL IS DISTINCT FROM 1, 1 IS NOT DISTINCT FROM 1, NULL <=> NULL
SELECT id FROM emp ORDER BY bonus NULLS LAST, id
SELECT id FROM emp ORDER BY bonus DESC NULLS FIRST, id DESC
SELECT id FROM emp ORDER BY id LIMIT 3 OFFSET 2
SELECT id FROM emp ORDER BY id OFFSET 7
SELECT id FROM emp LIMIT ALL
SELECT id FROM emp LIMIT 1 + 1
SELECT id FROM emp SORT BY id
SELECT id FROM emp DISTRIBUTE BY dept SORT BY id
SELECT id FROM emp CLUSTER BY id
SELECT DISTINCT dept FROM emp ORDER BY dept
SELECT DISTINCT dept, active FROM emp
SELECT ALL dept FROM emp
SELECT dept FROM emp ORDER BY salary
SELECT DISTINCT dept FROM emp ORDER BY salary
SELECT dept d FROM emp GROUP BY d
SELECT dept, count(*) FROM emp GROUP BY 1 HAVING count(*) > 1
SELECT id, name FROM emp ORDER BY 2, 1
SELECT id, name FROM emp ORDER BY 3
SELECT id, count(*) FROM emp GROUP BY 2
SELECT id, count(*) FROM emp GROUP BY 0
SELECT CASE dept WHEN 'ENG' THEN 1 WHEN 'OPS' THEN 2.5 END FROM emp
SELECT CASE WHEN id > 5 THEN 'x' ELSE id END FROM emp
SELECT CASE id WHEN '1' THEN 'one' ELSE 'other' END c FROM emp
SELECT IF(id > 3, id, 'n') FROM emp
SELECT nvl(bonus, 'none') FROM emp
SELECT nvl2(bonus, id, 2.5) FROM emp
SELECT nullif(id, 1), nullif('a', 'a'), ifnull(bonus, 0) FROM emp
SELECT coalesce(NULL, NULL), coalesce(NULL, 1, 2.0)
SELECT greatest(1, 2.5, 3L), least('b', 'a'), greatest(NULL, 1)
SELECT decode(id, 1, 'a', 2, 'b', 'z') FROM emp
SELECT dept, active, sum(salary), grouping__id FROM emp GROUP BY dept, active WITH CUBE
SELECT * FROM (SELECT dept, active, salary FROM emp) PIVOT (sum(salary) FOR active IN (true, false))
SELECT * FROM (SELECT dept, active, salary FROM emp) PIVOT (sum(salary) AS s, count(salary) AS c FOR active IN (true AS yes, false AS no))
SELECT * FROM (SELECT id, dept, active, salary FROM emp) PIVOT (sum(salary) FOR (dept, active) IN (('ENG', true), ('OPS', false) AS x))
SELECT * FROM (SELECT dept, qty FROM emp JOIN sale ON id = emp_id) PIVOT (sum(qty), max(qty) FOR dept IN ('ENG', 'OPS'))
SELECT * FROM (SELECT dept, salary FROM emp) PIVOT (avg(salary) FOR dept IN ('ENG' e, 'HR' h))
SELECT * FROM num UNPIVOT (v FOR col IN (i, k))
SELECT * FROM (SELECT k, i, l FROM num) UNPIVOT INCLUDE NULLS (v FOR col IN (i AS x, l AS y))
SELECT * FROM (SELECT k, i, l, b, s FROM num) UNPIVOT ((v, w) FOR col IN ((i, l) AS p, (b, s) AS q))
SELECT * FROM (SELECT k, n1, n2 FROM num) UNPIVOT (v FOR col IN (n1, n2)) AS u WHERE u.v > 0
SELECT * FROM (SELECT k, i, l FROM num) UNPIVOT EXCLUDE NULLS (v FOR col IN (i, l)) ORDER BY k, col
SELECT id, s FROM nest LEFT JOIN LATERAL explode(a) AS t(s)
SELECT count(*) FROM emp TABLESAMPLE (100 PERCENT)
SELECT count(*) FROM emp TABLESAMPLE (3 ROWS)
SELECT count(*) FROM emp TABLESAMPLE (BUCKET 1 OUT OF 1)
SELECT count(*) FROM emp TABLESAMPLE (0 PERCENT)
