-- The first schema. Never edited once released: a change is a new file with the next number.

CREATE TABLE projects (
  project_id  TEXT NOT NULL PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  domain_id   TEXT NOT NULL,
  domain_name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  user_id       TEXT NOT NULL PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  is_admin      INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
  created_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE access_keys (
  access_key TEXT NOT NULL PRIMARY KEY,
  secret_key TEXT NOT NULL,
  user_id    TEXT NOT NULL REFERENCES users (user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers the store keeps for itself.
CREATE TABLE counters (
  name  TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a job's record is asked for most and what changes, in short rows; start scans this table.
CREATE TABLE jobs (
  project_id          TEXT    NOT NULL,
  seq                 INTEGER NOT NULL,
  job_id              TEXT    NOT NULL,
  state               TEXT    NOT NULL CHECK (state IN ('LAUNCHING', 'RUNNING', 'SCALING', 'FINISHED',
                                                        'FAILED', 'CANCELLED')),
  state_seq           INTEGER NOT NULL,  -- number of changes of state so far
  attempt             INTEGER NOT NULL,
  type                TEXT    NOT NULL CHECK (type IN ('QUERY', 'DDL', 'DCL', 'INSERT', 'IMPORT',
                                                       'EXPORT', 'UPDATE', 'DELETE', 'DATA_MIGRATION',
                                                       'RESTART_QUEUE', 'SCALE_QUEUE')),
  mode                TEXT    NOT NULL CHECK (mode IN ('async', 'sync')),
  queue               TEXT    NOT NULL,
  owner               TEXT    NOT NULL,
  engine_type         TEXT    NOT NULL,
  database_name       TEXT    NOT NULL,
  table_name          TEXT    NOT NULL,
  start_time_ms       INTEGER NOT NULL,
  duration_ms         INTEGER NOT NULL,
  timeout_ms          INTEGER NOT NULL,
  has_result          INTEGER NOT NULL CHECK (has_result IN (0, 1)),
  input_size_bytes    INTEGER NOT NULL,
  result_count        INTEGER NOT NULL,
  input_row_count     INTEGER,
  bad_row_count       INTEGER,
  output_bytes        INTEGER NOT NULL,
  cpu_ms              INTEGER NOT NULL,
  cancel_requested_ms INTEGER,
  cancel_reason       TEXT    NOT NULL,
  tags                TEXT    NOT NULL,  -- JSON: [["key","value"],…]; '' for none
  signature           BLOB    NOT NULL,  -- which trigrams the statement has (statement_signature.h)
  PRIMARY KEY (project_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX jobs_by_id ON jobs (job_id);

-- What was submitted; written once.
CREATE TABLE job_requests (
  project_id       TEXT    NOT NULL,
  seq              INTEGER NOT NULL,
  current_database TEXT    NOT NULL,
  conf             TEXT    NOT NULL,  -- JSON: [["key","value"],…]; '' for none
  statement        TEXT    NOT NULL,
  PRIMARY KEY (project_id, seq)
) STRICT, WITHOUT ROWID;

-- What came of it; written once, at the end, when there is anything to say.
CREATE TABLE job_outcomes (
  project_id  TEXT    NOT NULL,
  seq         INTEGER NOT NULL,
  message     TEXT    NOT NULL,
  schema_json TEXT    NOT NULL,
  PRIMARY KEY (project_id, seq)
) STRICT, WITHOUT ROWID;

-- Result sets, until they expire.
CREATE TABLE job_results (
  project_id    TEXT    NOT NULL,
  seq           INTEGER NOT NULL,
  manifest_json TEXT    NOT NULL,
  PRIMARY KEY (project_id, seq)
) STRICT, WITHOUT ROWID;

-- The commit of an attempt; written with the change of the catalog, in one transaction.
CREATE TABLE commit_markers (
  project_id    TEXT    NOT NULL,
  seq           INTEGER NOT NULL,
  attempt       INTEGER NOT NULL,
  snapshot_id   INTEGER NOT NULL,
  added_rows    INTEGER NOT NULL,
  added_files   INTEGER NOT NULL,
  added_bytes   INTEGER NOT NULL,
  PRIMARY KEY (project_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  project_id     TEXT    NOT NULL,
  owner          TEXT    NOT NULL,
  key            TEXT    NOT NULL,
  request_digest TEXT    NOT NULL,
  job_id         TEXT    NOT NULL,
  seq            INTEGER NOT NULL,
  created_ms     INTEGER NOT NULL,
  PRIMARY KEY (project_id, owner, key)
) STRICT, WITHOUT ROWID;

-- Changes of state that somebody subscribed to, in order, until they are delivered.
CREATE TABLE outbox (
  project_id TEXT    NOT NULL,
  event_seq  INTEGER NOT NULL,
  job_id     TEXT    NOT NULL,
  state_seq  INTEGER NOT NULL,
  state      TEXT    NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (project_id, event_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE databases (
  project_id            TEXT    NOT NULL,
  name                  TEXT    NOT NULL,
  owner                 TEXT    NOT NULL,
  description           TEXT    NOT NULL,
  enterprise_project_id TEXT    NOT NULL,
  tags                  TEXT    NOT NULL,  -- as in jobs
  created_ms            INTEGER NOT NULL,
  PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE tables (
  project_id        TEXT    NOT NULL,
  database          TEXT    NOT NULL,
  name              TEXT    NOT NULL,
  uuid              TEXT    NOT NULL,
  owner             TEXT    NOT NULL,
  comment           TEXT    NOT NULL,
  declared_schema   TEXT    NOT NULL,
  format            TEXT    NOT NULL,
  location          TEXT    NOT NULL,
  metadata_location TEXT    NOT NULL,
  properties        TEXT    NOT NULL,  -- as tags in jobs
  created_ms        INTEGER NOT NULL,
  last_changed_ms   INTEGER NOT NULL,
  PRIMARY KEY (project_id, database, name),
  FOREIGN KEY (project_id, database) REFERENCES databases (project_id, name)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tables_by_uuid ON tables (project_id, uuid);

-- Folders of dropped tables, until they are unlinked.
CREATE TABLE dropped_locations (
  project_id TEXT    NOT NULL,
  location   TEXT    NOT NULL,
  dropped_ms INTEGER NOT NULL,
  PRIMARY KEY (project_id, location)
) STRICT, WITHOUT ROWID;
