SELECT a.*, b.y FROM VALUES (1, 2) AS a(k, x) JOIN VALUES (1, 3) AS b(k, y) USING (k)
SELECT b.*, a.x FROM VALUES (1, 2) AS a(k, x) JOIN VALUES (1, 3) AS b(k, y) USING (k)
SELECT a.*, b.* FROM VALUES (1, 2), (5, 6) AS a(k, x) LEFT JOIN VALUES (1, 3) AS b(k, y) USING (k)
SELECT a.*, b.* FROM VALUES (1, 2) AS a(k, x) RIGHT JOIN VALUES (1, 3), (7, 8) AS b(k, y) USING (k)
SELECT a.*, b.*, k FROM VALUES (1, 2), (5, 6) AS a(k, x) FULL JOIN VALUES (1, 3), (7, 8) AS b(k, y) USING (k)
SELECT *, a.k, b.k, k FROM VALUES (1, 2), (5, 6) AS a(k, x) FULL JOIN VALUES (1, 3), (7, 8) AS b(k, y) USING (k)
SELECT a.*, b.* FROM VALUES (1, 2) AS a(k, x) NATURAL JOIN VALUES (1, 3) AS b(k, y)
SELECT a.*, c.* FROM VALUES (1, 2) AS a(k, x) JOIN VALUES (1, 3) AS b(k, y) USING (k) JOIN VALUES (1, 4) AS c(k, z) USING (k)
SELECT b.*, c.z FROM VALUES (1, 2, 9) AS a(k, x, m) JOIN VALUES (3, 1, 9) AS b(y, k, m) USING (k, m) LEFT JOIN VALUES (9, 4) AS c(m, z) USING (m)
SELECT a.*, k, a.k, b.k FROM VALUES (1, 2) AS a(k, x) JOIN VALUES (1, 3) AS b(k, y) USING (k) WHERE a.k = 1 AND b.k = 1 ORDER BY k
SELECT a.* FROM VALUES (1, 2) AS a(k, x) LEFT SEMI JOIN VALUES (1, 3) AS b(k, y) USING (k)
SELECT a.* FROM VALUES (1, 2) AS a(k, x) LEFT ANTI JOIN VALUES (2, 3) AS b(k, y) USING (k)
SELECT count(*), sum(a.k) FROM VALUES (1, 2) AS a(k, x) JOIN VALUES (1, 3) AS b(k, y) USING (k) GROUP BY k
SELECT a.k, y FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k
SELECT b.k, a.x FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k DESC, x
SELECT a.k, a.k FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k
SELECT a.k, b.k FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k
SELECT * FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k
SELECT a.k, count(*) AS c FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k GROUP BY a.k HAVING k > 1
SELECT a.k, count(*) AS c FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k GROUP BY a.k ORDER BY k + 1 DESC
SELECT a.k, sum(y) FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k GROUP BY a.k HAVING sum(k) > 1
SELECT a.k AS q, y FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k
SELECT a.k, y FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k WHERE k > 1
SELECT a.k, y FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY abs(k), -y
SELECT a.k, row_number() OVER (ORDER BY a.k) AS r FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k DESC
SELECT DISTINCT a.k FROM VALUES (2, 2), (1, 1) AS a(k, x) JOIN VALUES (1, 3), (2, 4) AS b(k, y) ON a.k = b.k ORDER BY k
