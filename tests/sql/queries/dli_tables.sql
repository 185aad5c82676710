-- The tables of DLI's examples, for dli.jsonl alone; Spark does not see them.
CREATE TABLE q.salary (dept_id STRING, userid STRING, sal STRING);
INSERT INTO q.salary VALUES
  ('d1', 'user1/user4', '1000/6000'),
  ('d1', 'user2/user5', '2000/7000'),
  ('d1', 'user3/user6', '3000'),
  ('d2', 'user4/user7', '4000'),
  ('d2', 'user5/user8', '5000/8000');
CREATE TABLE q.table1 (v INT, pt STRING) PARTITIONED BY (pt);
INSERT INTO q.table1 VALUES (1, '20120801'), (2, '20120802'), (3, '20120802');
