"""The files of a warehouse compared with what the tables' metadata and manifests name."""
import contextlib
import json
import pathlib
import re
import sqlite3

from harness import avro_container, waiting

SETTLE_S = 15
# A path stands in an Avro record behind its length, and ends with its kind.
NAMED = re.compile(rb"(?:file://)?(/[ -~]+?\.(?:parquet|avro))")


def path_of(uri):
    return pathlib.Path(uri.removeprefix("file://"))


def named_in(avro_file):
    """The paths in a manifest or a list of manifests."""
    content = b"".join(block for _, block in avro_container.read(avro_file.read_bytes())[1])
    return {pathlib.Path(found.decode()) for found in NAMED.findall(content)}


class TableFiles:
    """What one table's current metadata names, its snapshots' lists and their manifests with it."""

    def __init__(self, metadata_file):
        self.metadata_file = metadata_file
        self.metadata = json.loads(metadata_file.read_text())
        log = {path_of(one["metadata-file"]) for one in self.metadata.get("metadata-log", ())}
        self.lists = {path_of(one["manifest-list"]) for one in self.metadata.get("snapshots", ())}
        self.manifests = set().union(*map(named_in, self.lists))
        self.data = set().union(*map(named_in, self.manifests))
        self.described = {metadata_file, *log, *self.lists, *self.manifests}


def ask_store(server, sql):
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'store.db'}?mode=ro", uri=True)) as store:
        return store.execute(sql).fetchall()


def tables_of(server):
    """The files of each table, by "database.table"."""
    rows = ask_store(server, "SELECT database, name, metadata_location FROM tables")
    return {f"{database}.{name}": TableFiles(path_of(location)) for database, name, location in rows}


def faults(server, metadata=True):
    """What is in the warehouse and nobody names, and what is named and not there. Without `metadata` the files are
    passed over that a crash between the manifests and the transaction leaves to the sweep."""
    # A note without a word is one that is free for the next write.
    found = [f"note {note.name}" for note in (server.data / "writes").glob("*") if note.stat().st_size]
    tables = tables_of(server)
    folders = {one.metadata_file.parent.parent for one in tables.values()}
    # Of dropped tables, which are kept for a while.
    folders |= {path_of(location) for (location,) in ask_store(server, "SELECT location FROM dropped_locations")}
    found += [f"folder {path}" for path in (server.data / "warehouse").glob("*/*") if path not in folders]
    for name, table in tables.items():
        folder = table.metadata_file.parent.parent
        files = {path for path in folder.rglob("*") if path.is_file()}
        named = table.data | table.described
        found += [f"{name}: missing {path}" for path in named - files if path not in table.described or
                  path.suffix == ".avro" or path == table.metadata_file]
        found += [f"{name}: left over {path}" for path in files - named
                  if metadata or path.parent.name != "metadata"]
        found += [f"{name}: folder {path}" for path in (folder / "data").glob("*") if path.is_dir() and
                  not any(path in one.parents for one in table.data)]
    return found


def check(server, metadata=True, timeout_s=SETTLE_S):
    """Waits until nothing is left over; no age plays a part in it."""
    last = []

    def settled():
        last[:] = faults(server, metadata)
        return not last
    try:
        waiting.until(settled, timeout_s)
    except (AssertionError, OSError) as error:
        raise AssertionError("\n".join([str(error), *last[:20]])) from error
