SELECT /*+ BROADCAST(t) */ 'a\u0041' "b" r'c' X'1F' 1.5BD -- x
FROM `t``u` TABLESAMPLE (1 PERCENT)