"""Each engine rewrites the small files of the other, and drops its old snapshots, and no row changes."""
import re

import pytest

from harness import waiting
from spark import engine

INSERTS = 12
# Compaction waits while another engine writes, and a while longer.
HELD_OFF_S = 150


def compactions(client):
    found = re.search(r'^sluice_compactions_total{outcome="done"} (\d+)$', client.plain("/metrics").body.decode(), re.M)
    return int(found.group(1)) if found else 0


def files(spark, table):
    return spark.rows(f"SELECT count(*) FROM `default`.{table}.files")[0][0]


def test_the_server_joins_the_files_of_spark(client, spark):
    done = compactions(client)
    spark.run("CREATE TABLE theirs (n BIGINT, s STRING)")
    for n in range(INSERTS):
        spark.run(f"INSERT INTO theirs VALUES ({n}, '北{n}')")
    client.run("INSERT INTO theirs VALUES (100, 'ours')")
    waiting.until(lambda: compactions(client) > done, HELD_OFF_S, "a compaction")
    assert files(spark, "theirs") < INSERTS
    right = [[n, f"北{n}"] for n in range(INSERTS)] + [[100, "ours"]]
    assert spark.rows("SELECT * FROM theirs ORDER BY n") == right
    assert client.rows("SELECT * FROM theirs ORDER BY n") == right
    assert spark.rows("SELECT n FROM theirs WHERE n > 10 ORDER BY n") == [[11], [100]]


@pytest.mark.parametrize("parted", ["", "PARTITIONED BY (p)"], ids=["whole", "parted"])
def test_spark_rewrites_the_files_of_the_server(client, spark, parted):
    name = f"ours_{'p' if parted else 'w'}"
    client.run(f"CREATE TABLE {name} (n BIGINT, s STRING, p INT) {parted}")
    for n in range(6):
        client.run(f"INSERT INTO {name} VALUES ({n}, '京{n}', {n % 2})")
    spark.run(f"ALTER TABLE {name} SET TBLPROPERTIES ('write.delete.mode'='merge-on-read')")
    spark.run(f"DELETE FROM {name} WHERE n = 3")
    call = f"CALL {engine.CATALOG}.system"
    spark.run(f"{call}.rewrite_data_files(table => '{name}', options => map('min-input-files', '2', "
              "'delete-file-threshold', '1'))")
    spark.run(f"{call}.rewrite_position_delete_files(table => '{name}')")
    spark.run(f"{call}.rewrite_manifests(table => '{name}')")
    right = [[n, f"京{n}", n % 2] for n in range(6) if n != 3]
    for one in (client, spark):
        assert one.rows(f"SELECT * FROM {name} ORDER BY n") == right
    spark.run(f"{call}.expire_snapshots(table => '{name}', older_than => TIMESTAMP'2999-01-01 00:00:00', "
              "retain_last => 1)")
    assert spark.rows(f"SELECT count(*) FROM `default`.{name}.snapshots") == [[1]]
    client.run(f"INSERT INTO {name} VALUES (50, 'x', 1)")
    for one in (client, spark):
        assert one.rows(f"SELECT * FROM {name} ORDER BY n") == [*right, [50, "x", 1]]
