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
CREATE TABLE q.date_dim (d_date_sk INT, d_date DATE, d_year INT, d_moy INT, d_dom INT, d_qoy INT, d_dow INT, d_week_seq INT, d_month_seq INT, d_day_name STRING) USING parquet;
INSERT INTO q.date_dim SELECT CAST(id AS INT), date_add(DATE'2000-01-01', CAST(id AS INT)), year(date_add(DATE'2000-01-01', CAST(id AS INT))), month(date_add(DATE'2000-01-01', CAST(id AS INT))), day(date_add(DATE'2000-01-01', CAST(id AS INT))), quarter(date_add(DATE'2000-01-01', CAST(id AS INT))), CAST((id + 6) % 7 AS INT), CAST(id DIV 7 AS INT), CAST((year(date_add(DATE'2000-01-01', CAST(id AS INT))) - 2000) * 12 + month(date_add(DATE'2000-01-01', CAST(id AS INT))) AS INT), CASE (id + 6) % 7 WHEN 0 THEN 'Sunday' WHEN 1 THEN 'Monday' WHEN 2 THEN 'Tuesday' WHEN 3 THEN 'Wednesday' WHEN 4 THEN 'Thursday' WHEN 5 THEN 'Friday' ELSE 'Saturday' END FROM range(800);
CREATE TABLE q.item (i_item_sk INT, i_item_id STRING, i_item_desc STRING, i_current_price DECIMAL(7,2), i_category STRING, i_class STRING, i_brand STRING, i_brand_id INT, i_manufact_id INT, i_color CHAR(10)) USING parquet;
INSERT INTO q.item SELECT CAST(id AS INT), concat('ITEM', lpad(CAST(id DIV 2 AS STRING), 4, '0')), concat('desc of ', id), CASE WHEN id % 11 = 0 THEN NULL ELSE CAST(id * 37 % 100 + 0.99 AS DECIMAL(7,2)) END, CASE id % 4 WHEN 0 THEN 'Books' WHEN 1 THEN 'Music' WHEN 2 THEN 'Home' END, concat('class', id % 3), concat('brand#', id % 5), CAST(id % 5 AS INT), CAST(id % 7 AS INT), CASE id % 3 WHEN 0 THEN 'red' WHEN 1 THEN 'plum' ELSE 'blue' END FROM range(40);
CREATE TABLE q.store (s_store_sk INT, s_store_id STRING, s_store_name STRING, s_state STRING, s_county STRING, s_gmt_offset DECIMAL(5,2), s_zip STRING) USING parquet;
INSERT INTO q.store VALUES (1, 'S1', 'ought', 'TN', 'Williamson County', -5.00, '37043'), (2, 'S1', 'able', 'TN', 'Walker County', -5.00, '31904'), (3, 'S3', 'ese', 'GA', NULL, -6.00, '35709'), (4, 'S4', NULL, 'SD', 'Ziebach County', NULL, NULL);
CREATE TABLE q.customer (c_customer_sk INT, c_customer_id STRING, c_first_name STRING, c_last_name STRING, c_addr_sk INT, c_birth_year INT, c_preferred STRING) USING parquet;
INSERT INTO q.customer SELECT CAST(id AS INT), concat('C', id), CASE WHEN id % 9 = 0 THEN NULL ELSE concat('first', id % 6) END, concat('last', id % 4), CAST(id % 12 AS INT), CASE WHEN id % 5 = 0 THEN NULL ELSE CAST(1930 + id * 7 % 60 AS INT) END, CASE id % 3 WHEN 0 THEN 'Y' WHEN 1 THEN 'N' END FROM range(50);
CREATE TABLE q.address (ca_address_sk INT, ca_state STRING, ca_zip STRING, ca_city STRING, ca_county STRING, ca_country STRING) USING parquet;
INSERT INTO q.address SELECT CAST(id AS INT), CASE id % 4 WHEN 0 THEN 'TN' WHEN 1 THEN 'GA' WHEN 2 THEN 'SD' END, lpad(CAST(id * 7919 % 99999 AS STRING), 5, '0'), concat('city ', id % 3), concat('county ', id % 5), 'United States' FROM range(12);
CREATE TABLE q.store_sales (ss_sold_date_sk INT, ss_item_sk INT, ss_customer_sk INT, ss_store_sk INT, ss_ticket_number BIGINT, ss_quantity INT, ss_wholesale_cost DECIMAL(7,2), ss_list_price DECIMAL(7,2), ss_sales_price DECIMAL(7,2), ss_ext_sales_price DECIMAL(7,2), ss_ext_discount_amt DECIMAL(7,2), ss_net_profit DECIMAL(7,2)) USING parquet;
INSERT INTO q.store_sales SELECT CASE WHEN id % 29 = 0 THEN NULL ELSE CAST(id * 13 % 800 AS INT) END, CAST(id * 7 % 40 AS INT), CASE WHEN id % 17 = 0 THEN NULL ELSE CAST(id * 11 % 50 AS INT) END, CAST(id % 5 AS INT), id DIV 3, CASE WHEN id % 23 = 0 THEN NULL ELSE CAST(id % 10 + 1 AS INT) END, CAST(id * 3 % 50 + 0.25 AS DECIMAL(7,2)), CAST(id * 5 % 90 + 0.50 AS DECIMAL(7,2)), CAST(id * 7 % 80 + 0.75 AS DECIMAL(7,2)), CAST((id * 7 % 80 + 0.75) * (id % 10 + 1) AS DECIMAL(7,2)), CAST(id % 4 AS DECIMAL(7,2)), CAST(id * 9 % 70 - 35.5 AS DECIMAL(7,2)) FROM range(600);
CREATE TABLE q.store_returns (sr_returned_date_sk INT, sr_item_sk INT, sr_customer_sk INT, sr_ticket_number BIGINT, sr_return_quantity INT, sr_return_amt DECIMAL(7,2), sr_store_sk INT) USING parquet;
INSERT INTO q.store_returns SELECT CAST((id * 13 + 20) % 800 AS INT), CAST(id * 7 % 40 AS INT), CAST(id * 11 % 50 AS INT), id DIV 3, CAST(id % 4 + 1 AS INT), CAST(id * 7 % 80 + 0.75 AS DECIMAL(7,2)), CAST(id % 5 AS INT) FROM range(0, 600, 7);
CREATE TABLE q.web_sales (ws_sold_date_sk INT, ws_item_sk INT, ws_bill_customer_sk INT, ws_order_number BIGINT, ws_quantity INT, ws_sales_price DECIMAL(7,2), ws_ext_sales_price DECIMAL(7,2), ws_net_profit DECIMAL(7,2), ws_warehouse_sk INT) USING parquet;
INSERT INTO q.web_sales SELECT CAST(id * 17 % 800 AS INT), CAST(id * 3 % 40 AS INT), CAST(id * 5 % 50 AS INT), id DIV 4, CAST(id % 8 + 1 AS INT), CAST(id * 7 % 60 + 0.10 AS DECIMAL(7,2)), CAST((id * 7 % 60 + 0.10) * 2 AS DECIMAL(7,2)), CAST(id * 9 % 50 - 20 AS DECIMAL(7,2)), CAST(id % 3 AS INT) FROM range(300);
CREATE TABLE q.catalog_sales (cs_sold_date_sk INT, cs_item_sk INT, cs_bill_customer_sk INT, cs_order_number BIGINT, cs_quantity INT, cs_sales_price DECIMAL(7,2), cs_ext_sales_price DECIMAL(7,2), cs_net_profit DECIMAL(7,2), cs_warehouse_sk INT) USING parquet;
INSERT INTO q.catalog_sales SELECT CAST(id * 19 % 800 AS INT), CAST(id * 9 % 40 AS INT), CAST(id * 3 % 50 AS INT), id DIV 5, CAST(id % 9 + 1 AS INT), CAST(id * 11 % 70 + 0.20 AS DECIMAL(7,2)), CAST((id * 11 % 70 + 0.20) * 3 AS DECIMAL(7,2)), CAST(id * 7 % 40 - 10 AS DECIMAL(7,2)), CAST(id % 4 AS INT) FROM range(250);
