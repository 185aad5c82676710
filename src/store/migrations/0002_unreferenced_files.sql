-- Files in the folders of tables that nothing names, and since when that is known: they are unlinked
-- when it has been so for long. table_uuid is empty for folders that belong to no table; their path
-- is the name of the folder.

CREATE TABLE unreferenced_files (
  project_id TEXT    NOT NULL,
  table_uuid TEXT    NOT NULL,
  path       TEXT    NOT NULL,  -- below the table's folder
  since_ms   INTEGER NOT NULL,
  PRIMARY KEY (project_id, table_uuid, path)
) STRICT, WITHOUT ROWID;
