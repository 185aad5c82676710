SELECT raise_error('no such thing')
SELECT id, CASE WHEN id > 1000 THEN raise_error('too big') ELSE 'fine' END FROM emp
SELECT if(id > 2, raise_error(concat('id ', id)), id) FROM emp
SELECT id, if(id > 1000, raise_error('x'), id), coalesce(name, raise_error('no name')) FROM emp WHERE id < 3
SELECT assert_true(1 < 2), assert_true(true, 'unused')
SELECT assert_true(1 > 2)
SELECT assert_true(1 > 2, 'one is not greater')
SELECT assert_true(NULL)
SELECT assert_true(id > 0) AS a FROM emp
SELECT id, assert_true(id < 3, concat('id is ', id)) FROM emp
SELECT assert_true(id < 3) AS a FROM emp
SELECT assert_true()
SELECT assert_true('true')
SELECT assert_true(1)
SELECT assert_true(array(1))
SELECT raise_error()
SELECT raise_error('a', 'b')
SELECT raise_error(NULL)
SELECT raise_error(1)
SELECT raise_error(name) FROM emp WHERE id > 1000
SELECT count(*) FROM emp WHERE raise_error('x') IS NULL AND id > 1000
