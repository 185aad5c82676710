"""Commits of a writer that gets its manifests wrong, made with PyIceberg's own parts."""
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.manifest import (DataFile, DataFileContent, FileFormat, ManifestContent, ManifestEntry,
                                ManifestEntryStatus, ManifestWriterV2)
from pyiceberg.typedef import Record

PATH_ID, POSITION_ID = 2147483546, 2147483545


def append(table, rows, change_file=None, change_manifest=None):
    """Appends rows in one file for each part; the changes are made to what the manifest and its list say."""
    arrow = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema=table.schema().as_arrow())
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as update:
        for file in _dataframe_to_data_files(transaction.table_metadata, arrow, table.io, write_uuid=uuid.uuid4()):
            if change_file:
                change_file(file)
            update.append_data_file(file)
        if change_manifest:
            update._process_manifests = lambda manifests: [change_manifest(one) or one for one in manifests]


class DeleteManifestWriter(ManifestWriterV2):
    def content(self):
        return ManifestContent.DELETES

    @property
    def _meta(self):
        return {**super()._meta, "content": "deletes"}


def delete(table, file):
    """Commits one delete file, as a writer does that does not rewrite data."""
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as update:
        def with_deletes(manifests):
            writer = DeleteManifestWriter(table.spec(), table.schema(), update.new_manifest_output(),
                                          update._snapshot_id, "deflate")
            with writer:
                writer.add(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=update._snapshot_id,
                                                   sequence_number=None, file_sequence_number=None, data_file=file))
            return [*manifests, writer.to_manifest_file()]
        update._process_manifests = with_deletes


def equality_deletes(table, rows, partition=()):
    """A delete file of every row that equals one of these, in the columns that they name."""
    fields = [table.schema().find_field(name) for name in rows[0]]
    schema = pa.schema([table.schema().as_arrow().field(field.name) for field in fields])
    path = write(table, pa.Table.from_pylist(rows, schema=schema))
    return delete_file(table, path, len(rows), DataFileContent.EQUALITY_DELETES, partition,
                       [field.field_id for field in fields])


def position_deletes(table, places, partition=()):
    """A delete file of the rows at (path, position)."""
    schema = pa.schema([pa.field("file_path", pa.string(), metadata={"PARQUET:field_id": str(PATH_ID)}),
                        pa.field("pos", pa.int64(), metadata={"PARQUET:field_id": str(POSITION_ID)})])
    rows = pa.table({"file_path": [path for path, _ in places], "pos": [at for _, at in places]}, schema=schema)
    return delete_file(table, write(table, rows), len(places), DataFileContent.POSITION_DELETES, partition)


def write(table, rows):
    path = f"{table.location()}/data/{uuid.uuid4().hex}-deletes.parquet"
    pq.write_table(rows, path.removeprefix("file://"))
    return path


def delete_file(table, path, count, content, partition, equality_ids=None):
    file = DataFile.from_args(
        content=content, file_path=path, file_format=FileFormat.PARQUET, partition=Record(*partition),
        record_count=count, file_size_in_bytes=len(table.io.new_input(path)), column_sizes={}, value_counts={},
        null_value_counts={}, nan_value_counts={}, lower_bounds={}, upper_bounds={}, key_metadata=None,
        split_offsets=None, equality_ids=equality_ids, sort_order_id=None)
    file.spec_id = table.spec().spec_id
    return file
