"""Fills a stopped server's store with many job records, by copying real ones row for row.

The server itself made the originals, so that every column holds what it would hold; only what
tells jobs apart is changed. Columns are read from the store: a new one is copied like the others.
"""
import functools
import sqlite3
import time

TABLES = ("jobs", "job_requests", "job_outcomes", "job_results")
OWNERS, QUEUES, DATABASES, RARE_EVERY = 20, 5, 50, 200

STATEMENT = "printf('SELECT id, name FROM t%d WHERE id = %d -- report %d', i % 1000, i, i % 10000)"

# Of copy number i: what differs from the original.
OVERRIDES = {
    "seq": "{first_seq} + i",
    "job_id": "printf('018f0000-0000-7000-8000-%012x', i)",
    "start_time_ms": "{start_ms} + i * 20",
    "duration_ms": "5 + i % 977",
    "owner": f"CASE WHEN i % {RARE_EVERY} = 0 THEN 'rare' ELSE printf('user%d', i % {OWNERS}) END",
    "queue": f"CASE WHEN i % {RARE_EVERY} = 1 THEN 'rare' ELSE CASE WHEN i % {QUEUES} = 0 THEN 'default' "
             f"ELSE printf('queue%d', i % {QUEUES}) END END",
    "database_name": f"printf('db%d', i % {DATABASES})",
    "table_name": f"printf('t%d', i % {DATABASES * RARE_EVERY})",
    "statement": STATEMENT,
    "signature": f"statement_signature({STATEMENT})",
    "tags": f"""CASE WHEN i % {RARE_EVERY} = 2 THEN '[["team","rare"]]' ELSE tags END""",
}


@functools.cache
def trigram_bit(trigram):
    """The bit of src/store/sqlite/statement_signature.h for three bytes."""
    number = int.from_bytes(trigram, "big")
    return 1 << ((number * 0x9E3779B1 & 0xFFFFFFFF) >> 23)


def statement_signature(statement):
    """What the store keeps of a statement to find it by a part of it."""
    text = statement.lower().encode()
    bits = 0
    for place in range(len(text) - 2):
        bits |= trigram_bit(text[place:place + 3])
    return bits.to_bytes(64, "little")


def columns(connection, table):
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def fill(file, count, start_ms):
    """Adds `count` finished jobs with ids 018f0000-0000-7000-8000-<number from 1>."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.create_function("statement_signature", 1, statement_signature, deterministic=True)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    next_seq = connection.execute("SELECT max(seq) + 1 FROM jobs").fetchone()[0]
    values = {"first_seq": next_seq, "start_ms": start_ms}
    connection.execute("BEGIN")
    # Copy number i is made from the original number i modulo their count, in every table.
    connection.execute("CREATE TEMP TABLE originals AS SELECT row_number() OVER (ORDER BY seq) - 1 AS place, "
                       "seq AS source_seq FROM jobs")
    kinds = connection.execute("SELECT count(*) FROM originals").fetchone()[0]
    for table in TABLES:
        names = columns(connection, table)
        picked = ", ".join(OVERRIDES[name].format(**values) if name in OVERRIDES else name for name in names)
        connection.execute(f"CREATE TEMP TABLE source AS SELECT * FROM originals JOIN {table} ON seq = source_seq")
        connection.execute("CREATE INDEX temp.source_places ON source (place)")
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {picked} FROM n JOIN source ON place = i % {kinds}")
        connection.execute("DROP TABLE source")
    connection.execute("INSERT INTO counters (name, value) VALUES ('next_seq', ?) ON CONFLICT (name) "
                       "DO UPDATE SET value = excluded.value", [next_seq + count + 1])
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def bare_commits(file, rows, folder):
    """Commits a second of the rows of `file`'s newest jobs into a bare SQLite, one row set a commit."""
    source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    target = sqlite3.connect(folder / "bare.db", isolation_level=None)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    data = {}
    for table in ("jobs", "job_requests"):
        for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql NOT NULL", [table]):
            target.execute(sql)
        data[table] = source.execute(f"SELECT * FROM {table} ORDER BY seq DESC LIMIT {rows}").fetchall()
    began = time.perf_counter()
    for parts in zip(*data.values()):
        target.execute("BEGIN IMMEDIATE")
        for table, row in zip(data, parts):
            target.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)
        target.execute("COMMIT")
    elapsed = time.perf_counter() - began
    source.close()
    target.close()
    return rows / elapsed
