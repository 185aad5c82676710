-- The tables that the recorded queries read, in Spark SQL: the oracle and the replay both run this file.
-- One statement a line group, ended by ";" at the end of a line.
CREATE DATABASE IF NOT EXISTS q;
CREATE TABLE q.emp (id INT, name STRING, dept STRING, salary DECIMAL(10,2), bonus DOUBLE, hired DATE, manager_id INT, active BOOLEAN) USING parquet;
INSERT INTO q.emp VALUES
  (1, 'Ada', 'ENG', 9500.00, 1200.5, DATE'2015-03-01', NULL, true),
  (2, 'Boris', 'ENG', 7200.50, NULL, DATE'2017-07-15', 1, true),
  (3, 'Chen', 'ENG', 7200.50, 300.25, DATE'2019-02-28', 1, false),
  (4, 'Dora', 'OPS', 5100.75, 0.0, DATE'2020-02-29', 1, true),
  (5, 'Eli', 'OPS', NULL, 150.75, DATE'2021-12-31', 4, NULL),
  (6, 'fay', 'HR', 4300.00, -20.5, NULL, 4, true),
  (7, NULL, 'HR', 4300.10, 99.99, DATE'2018-01-01', 6, false),
  (8, 'Gus', NULL, 6100.00, 10.0, DATE'2016-06-30', 2, true),
  (9, 'Ada', 'QA', 3900.99, NULL, DATE'2022-08-08', 2, true);
CREATE TABLE q.dept (code STRING, title STRING, budget DECIMAL(18,4), floor SMALLINT) USING parquet;
INSERT INTO q.dept VALUES
  ('ENG', 'Engineering', 100000.1234, 3),
  ('OPS', 'Operations', 55000.5000, 1),
  ('HR', 'Human Resources', NULL, 2),
  ('LAW', 'Legal', 12345.6789, NULL);
CREATE TABLE q.num (k INT, b TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, n1 DECIMAL(5,2), n2 DECIMAL(10,0), n3 DECIMAL(20,10), n4 DECIMAL(38,18)) USING parquet;
INSERT INTO q.num VALUES
  (1, 1Y, 10S, 100, 1000L, 1.5F, 2.25D, 3.14BD, 42BD, 1.0000000001BD, 0.000000000000000001BD),
  (2, -7Y, -100S, -2000, -30000L, -0.5F, -10.75D, -9.99BD, -17BD, -123.4567890123BD, -98765.432109876543210987BD),
  (3, 0Y, 0S, 0, 0L, 0.0F, 0.0D, 0.00BD, 0BD, 0BD, 0BD),
  (4, 100Y, 1000S, 10000, 1000000L, 1024.0F, 1.0E10D, 999.99BD, 9999999999BD, 9999999999.9999999999BD, 12345678901234567890.123456789012345678BD),
  (5, NULL, 5S, NULL, 12L, NULL, 3.5D, NULL, 3BD, NULL, 2.5BD),
  (6, 3Y, NULL, 7, NULL, 2.5F, NULL, 2.50BD, NULL, 0.5BD, NULL);
CREATE TABLE q.txt (id INT, s STRING, t STRING, n STRING, b BINARY) USING parquet;
INSERT INTO q.txt VALUES
  (1, 'Hello World', 'World', '42', X'00FF10'),
  (2, '  padded  ', 'pad', ' 7 ', X''),
  (3, '', '', '', NULL),
  (4, NULL, 'x', NULL, X'616263'),
  (5, 'a,b,,c', ',', '3.75', X'C3A9'),
  (6, 'Ünïcode ß 漢字', '漢', '-1e3', X'7A'),
  (7, '100%_done', '%', 'abc', X'0102030405'),
  (8, 'tab\tnew\nline', 'new', '12abc', X'FF'),
  (9, 'aAbBaAbB', 'aA', '99999999999', X'00'),
  (10, 'it''s \\ ok', '\\', 'true', X'31');
CREATE TABLE q.dat (id INT, d DATE, ts TIMESTAMP, nt TIMESTAMP_NTZ, s STRING) USING parquet;
INSERT INTO q.dat VALUES
  (1, DATE'2024-01-31', TIMESTAMP'2024-01-31 10:20:30.5', TIMESTAMP_NTZ'2024-01-31 10:20:30.5', '2024-01-31'),
  (2, DATE'2024-02-29', TIMESTAMP'2024-02-29 23:59:59.999999', TIMESTAMP_NTZ'2024-02-29 23:59:59.999999', '2024-02-29 12:00:00'),
  (3, DATE'1970-01-01', TIMESTAMP'1970-01-01 00:00:00', TIMESTAMP_NTZ'1970-01-01 00:00:00', '1970-1-1'),
  (4, DATE'1969-12-31', TIMESTAMP'1969-12-31 23:59:58.25', TIMESTAMP_NTZ'1969-12-31 23:59:58.25', 'not a date'),
  (5, NULL, NULL, NULL, NULL),
  (6, DATE'2000-12-25', TIMESTAMP'2000-12-25 06:07:08', TIMESTAMP_NTZ'2000-12-25 06:07:08', '2000'),
  (7, DATE'2023-03-26', TIMESTAMP'2023-03-26 01:30:00', TIMESTAMP_NTZ'2023-03-26 02:30:00', '2023-03-26T01:30:00'),
  (8, DATE'1582-10-20', TIMESTAMP'1999-12-31 00:00:00.000001', TIMESTAMP_NTZ'1999-12-31 00:00:00.000001', ' 2019-07 ');
CREATE TABLE q.nest (id INT, a ARRAY<INT>, sa ARRAY<STRING>, m MAP<STRING, INT>, st STRUCT<x: INT, y: STRING>) USING parquet;
INSERT INTO q.nest VALUES
  (1, array(1, 2, 3), array('x', 'y'), map('a', 1, 'b', 2), named_struct('x', 1, 'y', 'one')),
  (2, array(3, NULL, 1, 3), array('z', NULL), map('c', CAST(NULL AS INT)), named_struct('x', CAST(NULL AS INT), 'y', 'nil')),
  (3, CAST(array() AS ARRAY<INT>), CAST(array() AS ARRAY<STRING>), CAST(map() AS MAP<STRING, INT>), NULL),
  (4, NULL, NULL, NULL, named_struct('x', 4, 'y', CAST(NULL AS STRING))),
  (5, array(-5, 10), array('b', 'a', 'c', 'a'), map('k', 7, 'a', 9), named_struct('x', 5, 'y', 'five'));
CREATE TABLE q.sale (sale_id INT, emp_id INT, day DATE, amount DECIMAL(12,2), qty INT, note STRING) USING parquet;
INSERT INTO q.sale VALUES
  (1, 1, DATE'2024-01-05', 120.50, 2, 'first'),
  (2, 1, DATE'2024-01-20', 80.00, 1, NULL),
  (3, 2, DATE'2024-01-20', 310.25, 5, 'bulk'),
  (4, 2, DATE'2024-02-11', NULL, 3, 'free'),
  (5, 3, DATE'2024-02-14', 99.99, 1, 'promo'),
  (6, 4, DATE'2024-03-01', 1500.00, 10, 'bulk'),
  (7, 4, DATE'2024-03-02', 20.10, NULL, 'promo'),
  (8, 8, DATE'2024-03-31', 75.75, 4, ''),
  (9, 99, DATE'2024-04-01', 60.00, 2, 'orphan'),
  (10, NULL, DATE'2024-04-02', 45.45, 1, 'nobody');
CREATE TABLE q.str (id INT, c CHAR(5), v VARCHAR(6), bt TINYINT, sh SMALLINT) USING parquet;
INSERT INTO q.str VALUES (1, 'ab', 'ab', 1Y, 10S), (2, 'abcde', 'abcdef', -1Y, -10S), (3, NULL, NULL, NULL, NULL), (4, 'x', '', 127Y, 32767S);
