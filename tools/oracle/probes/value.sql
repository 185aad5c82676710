SELECT CAST(1.5 AS INT), CAST('1.5' AS INT), CAST(' 7 ' AS INT), CAST('1e2' AS INT), CAST('abc' AS INT), CAST('' AS INT)
SELECT CAST('127' AS TINYINT), CAST('128' AS TINYINT), CAST(300 AS TINYINT), CAST(-129 AS TINYINT), CAST(70000 AS SMALLINT)
SELECT CAST(1e10 AS INT), CAST(-1e10 AS INT), CAST(1e20 AS BIGINT), CAST('NaN' AS DOUBLE), CAST(CAST('NaN' AS DOUBLE) AS INT)
SELECT CAST('Infinity' AS DOUBLE), CAST('-inf' AS FLOAT), CAST('1d' AS DOUBLE), CAST('1.5f' AS DOUBLE), CAST('0x10' AS INT)
SELECT CAST(true AS INT), CAST(false AS STRING), CAST(1 AS BOOLEAN), CAST(0.0 AS BOOLEAN), CAST('yes' AS BOOLEAN), CAST('T' AS BOOLEAN), CAST('maybe' AS BOOLEAN)
SELECT CAST(true AS DECIMAL(5,2)), CAST(true AS DOUBLE), CAST(true AS TIMESTAMP), CAST(true AS TINYINT)
SELECT CAST(123.456 AS DECIMAL(5,1)), CAST(12345.6 AS DECIMAL(4,1)), CAST('12.345' AS DECIMAL(4,2)), CAST(1e3 AS DECIMAL(5,0))
SELECT CAST('2024-1-5' AS DATE), CAST('2024-01' AS DATE), CAST('2024' AS DATE), CAST('2024-13-01' AS DATE), CAST('2024-02-30' AS DATE), CAST(' 2024-01-05 ' AS DATE)
SELECT CAST('2024-01-05T10:00:00Z' AS TIMESTAMP), CAST('2024-01-05 10' AS TIMESTAMP), CAST('2024-01-05 10:20' AS TIMESTAMP), CAST('2024-01-05 10:20:30.123456789' AS TIMESTAMP)
SELECT CAST('2024-01-05 10:00:00+08:00' AS TIMESTAMP), CAST('2024-01-05 10:00:00 Asia/Shanghai' AS TIMESTAMP), CAST('2024-01-05 10:00:00 UTC+1' AS TIMESTAMP)
SELECT CAST('2024-01-05 10:00:00' AS DATE), CAST('2024-01-05abc' AS DATE), CAST('2024-01-05Tabc' AS DATE), CAST('20240105' AS DATE)
SELECT CAST(DATE'2024-01-05' AS STRING), CAST(TIMESTAMP'2024-01-05 10:00:00.120' AS STRING), CAST(TIMESTAMP'2024-01-05 00:00:00' AS STRING)
SELECT CAST(0 AS TIMESTAMP), CAST(1.5 AS TIMESTAMP), CAST(1.5D AS TIMESTAMP), CAST(-1 AS TIMESTAMP), CAST(1704448800L AS TIMESTAMP)
SELECT CAST(TIMESTAMP'2024-01-05 10:00:00.7' AS BIGINT), CAST(TIMESTAMP'1969-12-31 23:59:59.5' AS BIGINT), CAST(TIMESTAMP'2024-01-05 10:00:00.7' AS DOUBLE), CAST(TIMESTAMP'2024-01-05 10:00:00.7' AS DECIMAL(20,3))
SELECT CAST(DATE'2024-01-05' AS INT)
SELECT CAST(DATE'2024-01-05' AS TIMESTAMP), CAST(TIMESTAMP'2024-01-05 10:00:00' AS DATE), CAST(DATE'2024-01-05' AS TIMESTAMP_NTZ)
SELECT CAST(1 AS BINARY), CAST('abc' AS BINARY), CAST(X'616263' AS STRING), CAST(1L AS BINARY), CAST(1Y AS BINARY)
SELECT CAST(1.0 AS STRING), CAST(1.0D AS STRING), CAST(1e7 AS STRING), CAST(1e-4 AS STRING), CAST(123456789.123D AS STRING), CAST(1.0F AS STRING), CAST(1e-3 AS STRING)
SELECT CAST(0.1F AS DOUBLE), CAST(0.1F AS STRING), CAST(16777217 AS FLOAT), CAST(3.4e38 AS FLOAT), CAST(1e39 AS FLOAT)
SELECT CAST(-0.0D AS STRING), CAST(0.0001D AS STRING), CAST(0.00001D AS STRING), CAST(1234567D AS STRING), CAST(12345678D AS STRING), CAST(1e21D AS STRING)
SELECT CAST(array(1, NULL, 3) AS STRING), CAST(map('a', 1, 'b', NULL) AS STRING), CAST(struct(1, 'x', NULL) AS STRING), CAST(named_struct('a', array(1.5)) AS STRING)
SELECT CAST(array('1', 'x') AS ARRAY<INT>), CAST(map('1', '2') AS MAP<INT, DOUBLE>), CAST(struct('1', 2) AS STRUCT<a: INT, b: STRING>)
SELECT CAST(NULL AS INT), CAST(NULL AS ARRAY<INT>), CAST(NULL AS STRUCT<a: INT>), NULL
SELECT CAST(1 AS ARRAY<INT>)
SELECT CAST(array(1) AS INT)
SELECT CAST(DATE'2024-01-01' AS DOUBLE)
SELECT CAST(X'00' AS INT)
SELECT CAST('a' AS CHAR(3)), CAST('abcd' AS VARCHAR(2)), CAST(12 AS CHAR(1))
SELECT TRY_CAST('abc' AS INT), TRY_CAST('12' AS INT), TRY_CAST(1e10 AS INT), TRY_CAST('2024-13-01' AS DATE)
SELECT INT('3'), BIGINT(2.7), STRING(5), DOUBLE('1.5'), DATE('2024-01-01'), TIMESTAMP('2024-01-01'), BOOLEAN('t'), DECIMAL('12.7'), TINYINT(5), FLOAT(1), BINARY('a'), SMALLINT('9')
SELECT '1' :: INT
SELECT id, CAST(s AS DOUBLE), CAST(n AS DOUBLE), CAST(n AS INT), CAST(n AS DECIMAL(10,2)), CAST(n AS BIGINT), CAST(n AS BOOLEAN) FROM txt
SELECT id, CAST(s AS DATE), CAST(s AS TIMESTAMP), CAST(s AS TIMESTAMP_NTZ) FROM dat
SELECT k, CAST(d AS DECIMAL(10,2)), CAST(f AS DECIMAL(10,3)), CAST(d AS INT), CAST(d AS BIGINT), CAST(d AS TINYINT), CAST(d AS STRING), CAST(f AS STRING) FROM num
SELECT k, CAST(n4 AS STRING), CAST(n4 AS DOUBLE), CAST(n4 AS DECIMAL(10,2)), CAST(n4 AS INT), CAST(n4 AS BIGINT), CAST(n3 AS FLOAT) FROM num
SELECT n1 + i, n1 * l, i / n1, n1 % s, n1 + b, n1 * d, n2 div n1, n1 / 3, 1 / n1, n1 * 2, n1 + 1.5 FROM num
SELECT sum(i), avg(i), sum(l), avg(l), sum(b), avg(s), sum(f), avg(f), sum(d), avg(d) FROM num
SELECT max(n1), min(n3), max(d), min(f), max(b), min(s) FROM num
SELECT corr(i, l), covar_pop(i, d), covar_samp(i, d), regr_count(i, l), regr_r2(i, d), regr_slope(i, d), regr_intercept(i, d), regr_avgx(i, d), regr_avgy(i, d) FROM num
SELECT max_by(name, salary), min_by(name, salary), first(name), last(name), any_value(dept), first(name, true), first_value(manager_id) FROM emp
SELECT bool_and(active), bool_or(active), every(active), some(active), any(active), count_if(salary > 5000) FROM emp
SELECT bit_and(id), bit_or(id), bit_xor(id) FROM emp
SELECT sort_array(collect_list(name)), sort_array(collect_set(dept)), array_agg(id) FROM emp
SELECT approx_count_distinct(dept) FROM emp
SELECT try_sum(id), try_avg(salary), sum(id) / count(*), avg(id) FROM emp
SELECT mean(salary), std(salary), string(sum(bonus)) FROM emp
SELECT sum(CASE WHEN active THEN 1 ELSE 0 END), sum(CASE WHEN active THEN salary END), count(CASE WHEN active THEN 1 END) FROM emp
SELECT sum('1'), avg('2'), max('a'), sum(NULL), avg(NULL), max(NULL), count(NULL)
SELECT sum(DATE'2024-01-01')
SELECT sum(active) FROM emp
SELECT 1/0, 1 % 0, 1 div 0, 0.0/0.0, 1.5/0, 1D/0, mod(5, 0), pmod(-7, 3), -7 % 3, -7 div 2, 7.5 % 2, -7.5 div 2
SELECT 5 / 2, 5 div 2, 4 / 2, 5L / 2, 2.0 / 3, 1 / 3.0, 10 / 4Y, '6' / 2, '7' div 2
SELECT 1 + 1.5, 1 + 1.5D, 1L + 1, 1Y + 1S, 1F + 1, 1F + 1D, '1' + 1, '1' + '2', 1.5 + '2', 2 * '3', -'5', +'5'
SELECT 1 & 3, 1 | 6, 5 ^ 1, ~5, shiftleft(1, 4), shiftright(-16, 2), shiftrightunsigned(-16, 2), 1L & 3, 5Y | 2Y, ~5Y
SELECT 'a' || 1 || NULL, 'a' || 'b' || 2.50, array(1) || array(2), concat('x', 1, true), concat(), concat(NULL, 'a')
SELECT 1 = '1', 1 = '1.0', 1.0 = '1', '1' = 1L, 'a' = 1, true = 'true', true = 1, '2024-01-01' = DATE'2024-01-01', 1 IN ('1', 'x'), DATE'2024-01-01' = TIMESTAMP'2024-01-01 00:00:00'
SELECT 1 == 1, 1 != 2, 1 <> 2, NOT true, !false, 1 < 2 AND NULL, true OR NULL, NULL AND false
SELECT 2 BETWEEN 1 AND 3, '2' BETWEEN 1 AND 3, NULL BETWEEN 1 AND 2, 2 NOT BETWEEN 1 AND 3, DATE'2024-01-02' BETWEEN '2024-01-01' AND '2024-01-03'
SELECT 1 IN (1, NULL), 2 IN (1, NULL), 2 NOT IN (1, NULL), NULL IN (1), 1 IN (1.0, 2), 'a' IN ('a')
SELECT true IS TRUE, NULL IS TRUE, false IS NOT FALSE, NULL IS UNKNOWN, NULL IS NOT NULL, isnull(1), isnotnull(1)
SELECT struct(1, 2) = struct(1, 2), array(1, 2) = array(1, 2), array(1) < array(2), struct(1, 'a') < struct(1, 'b'), (1, 2) = (1, 2)
SELECT map(1, 2) = map(1, 2)
SELECT a[0], a[5], m['a'], st.x, st['y'], sa[1], element_at(a, 1), element_at(m, 'b'), element_at(a, -1), try_element_at(m, 'zz') FROM nest
SELECT a.x FROM (SELECT array(struct(1 AS x), struct(2 AS x)) AS a)
SELECT nest.st.x, q.nest.st.y, spark_catalog.q.nest.id FROM nest
SELECT st.* FROM nest
SELECT id, st.*, a FROM nest
SELECT size(a), size(m), cardinality(a), array_size(a), size(NULL) FROM nest
SELECT array(1, DATE'2024-01-01')
SELECT named_struct('a', 1, 'b', 'x').a, struct(1 AS p, 2 AS q), struct(id, name) FROM emp LIMIT 1
SELECT (1, 2), (id, name) FROM emp WHERE id = 1
SELECT transform(a, x -> x + 1), transform(a, (x, i) -> x * i), filter(a, x -> x > 1), exists(a, x -> x > 2), forall(a, x -> x > 0) FROM nest
SELECT array_contains(a, 3), array_position(a, 3), array_distinct(a), array_union(a, array(3, 9)), array_intersect(a, array(1, 3)), array_except(a, array(1)), array_remove(a, 3), arrays_overlap(a, array(3)) FROM nest
SELECT array_max(a), array_min(a), array_join(sa, ','), array_join(sa, ',', '?'), reverse(a), slice(a, 2, 2), slice(a, -2, 2), flatten(array(a, a)), array_repeat('x', 3), sequence(1, 5), sequence(5, 1, -2) FROM nest
SELECT map_keys(m), map_values(m), map_entries(m), map_concat(m, map('z', 26)), map_from_arrays(array('a'), array(1)), map_from_entries(array(struct('k', 1))), map_contains_key(m, 'a') FROM nest
SELECT date_add(d, 1), d + 1, d - 1, 1 + d, d - DATE'2024-01-01', ts - TIMESTAMP'2024-01-01', datediff(d, '2024-01-01'), date_sub(d, '3') FROM dat
SELECT d + INTERVAL 1 DAY, d + INTERVAL 1 HOUR, d + INTERVAL '1' MONTH, ts + INTERVAL '1-1' YEAR TO MONTH, ts - INTERVAL '1 1:1:1' DAY TO SECOND, nt + INTERVAL 1 WEEK FROM dat
SELECT year(ts), month(d), day(d), hour(ts), minute(ts), second(ts), quarter(d), dayofweek(d), dayofyear(d), weekofyear(d), weekday(d), extract(YEAROFWEEK FROM d), extract(SECOND FROM ts), date_part('week', d) FROM dat
SELECT trunc(d, 'MM'), trunc(d, 'week'), trunc(d, 'bad'), date_trunc('hour', ts), date_trunc('QUARTER', ts), date_trunc('WEEK', ts), date_trunc('nope', ts) FROM dat
SELECT add_months(d, 1), months_between(ts, d), last_day(d), next_day(d, 'Mon'), next_day(d, 'xx') FROM dat
SELECT to_date(s), to_timestamp(s), to_date('2024/01/05', 'yyyy/MM/dd'), date_format(ts, 'yyyy-MM-dd HH:mm:ss.SSS'), unix_timestamp(ts), from_unixtime(0), from_unixtime(86400, 'yyyy-MM-dd') FROM dat
SELECT INTERVAL 1 DAY, INTERVAL '1 2' DAY TO HOUR, INTERVAL 2 YEARS 3 MONTHS, INTERVAL 1 DAY 2 HOURS, INTERVAL -5 MINUTES, INTERVAL '5' SECONDS, -INTERVAL 1 DAY
SELECT timestampadd(MONTH, 1, ts), timestampdiff(DAY, TIMESTAMP'2024-01-01', ts), dateadd(DAY, 3, d), datediff(MONTH, d, DATE'2024-06-01'), date_add(HOUR, 5, ts), dateadd(QUARTER, 1, d) FROM dat
SELECT DATE'2024-01-31' + INTERVAL 1 MONTH, DATE'2024-03-31' - INTERVAL 1 MONTH, TIMESTAMP'2024-01-31 12:00:00' + INTERVAL 1 MONTH, DATE'2024-01-01' - INTERVAL '1' DAY
SELECT str_to_map('a:1,b:2'), str_to_map('a=1;b=2', ';', '=')
SELECT extract(DAY FROM INTERVAL '3 4:5:6' DAY TO SECOND), extract(MONTH FROM INTERVAL '2-3' YEAR TO MONTH), extract(HOUR FROM TIMESTAMP'2024-01-01 05:00:00'), extract(DOW FROM DATE'2024-01-05'), extract(DAYOFWEEK_ISO FROM DATE'2024-01-05'), extract(DOY FROM DATE'2024-02-01')
