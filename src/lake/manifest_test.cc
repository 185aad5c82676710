#include "lake/manifest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "lake/avro_file.h"
#include "lake/partition_spec.h"

namespace sluice {
namespace {

using namespace std::string_literals;

PartitionField MakeField(std::int64_t id, const std::string& name, const std::string& type) {
  PartitionField field;
  field.field_id = id;
  field.name = name;
  field.source_type = field.result_type = type;
  return field;
}

/// A partition of every type.
const std::vector<PartitionField>& AllTypes() {
  static const auto* const kFields = new std::vector<PartitionField>{
      MakeField(1000, "flag", "boolean"),   MakeField(1001, "i", "int"),
      MakeField(1002, "l", "long"),         MakeField(1003, "f", "float"),
      MakeField(1004, "d", "double"),       MakeField(1005, "m", "decimal(9, 2)"),
      MakeField(1006, "day", "date"),       MakeField(1007, "ts", "timestamp"),
      MakeField(1008, "tz", "timestamptz"), MakeField(1009, "北京", "string"),
      MakeField(1010, "1a b-c", "binary")};
  return *kFields;
}

/// A file with something in every field.
ManifestEntry MakeFullEntry() {
  ManifestEntry entry;
  entry.status = EntryStatus::kExisting;
  entry.snapshot_id = INT64_MAX;
  entry.sequence_number = 3;
  entry.file_sequence_number = 2;
  DataFile& file = entry.file;
  file.content = FileContent::kPositionDeletes;
  file.uri = "file:///w/a \"b\"\\北京.parquet";
  file.format = "PARQUET";
  file.partition = {true,
                    INT32_MIN,
                    INT64_MIN,
                    1.5,
                    -0.0,
                    json::string("\xFF\xFF\xCF\xC7"),
                    -1,
                    INT64_MAX,
                    0,
                    json::string("北京"),
                    json::string("\0\xFF", 2)};
  file.rows = 12;
  file.bytes = 1'234'567'890'123 % kDataFileNumberMax;
  file.metrics.sizes = {{1, 10}, {200, 20}};
  file.metrics.values = {{1, 12}};
  file.metrics.nulls = {{1, 0}, {2, 12}};
  file.metrics.nans = {{3, 4}};
  file.metrics.lower = {{1, "\0\0\0\x80"s}, {4, ""}};
  file.metrics.upper = {{1, "\xFF\xFF\xFF\x7F"s}};
  file.key_metadata = "\0key"s;
  file.split_offsets = {4, 1'000'000};
  file.equality_ids = {1, 2};
  file.sort_order_id = 7;
  file.referenced_data_file = "file:///w/b.parquet";
  return entry;
}

Manifest MakeManifest(const std::vector<PartitionField>& fields,
                      std::vector<ManifestEntry> entries) {
  Manifest manifest;
  manifest.shape.schema_json = R"({"schema-id":3,"type":"struct","fields":[]})";
  manifest.shape.spec_json = R"([{"name":"\u5317"}])";
  manifest.shape.spec_id = 2;
  manifest.shape.partition = PartitionAvroSchema(fields);
  manifest.entries = std::move(entries);
  return manifest;
}

void ExpectSame(const DataFile& read, const DataFile& file) {
  EXPECT_EQ(read.content, file.content);
  EXPECT_EQ(read.uri, file.uri);
  EXPECT_EQ(read.format, file.format);
  EXPECT_EQ(read.partition, file.partition);
  EXPECT_EQ(read.rows, file.rows);
  EXPECT_EQ(read.bytes, file.bytes);
  EXPECT_EQ(read.metrics.sizes, file.metrics.sizes);
  EXPECT_EQ(read.metrics.values, file.metrics.values);
  EXPECT_EQ(read.metrics.nulls, file.metrics.nulls);
  EXPECT_EQ(read.metrics.nans, file.metrics.nans);
  EXPECT_EQ(read.metrics.lower, file.metrics.lower);
  EXPECT_EQ(read.metrics.upper, file.metrics.upper);
  EXPECT_EQ(read.key_metadata, file.key_metadata);
  EXPECT_EQ(read.split_offsets, file.split_offsets);
  EXPECT_EQ(read.equality_ids, file.equality_ids);
  EXPECT_EQ(read.sort_order_id, file.sort_order_id);
  EXPECT_EQ(read.referenced_data_file, file.referenced_data_file);
}

TEST(Manifest, EveryFieldIsReadAsItWasWritten) {
  const ManifestEntry full = MakeFullEntry();
  ManifestEntry bare;
  bare.file.uri = "file:///w/c";
  bare.file.partition = json::array(AllTypes().size());  // nulls
  const Manifest manifest = MakeManifest(AllTypes(), {full, bare});
  auto bytes = WriteManifest(manifest);
  ASSERT_TRUE(bytes) << bytes.error().message;
  auto read = ReadManifest(*bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->shape, manifest.shape);
  ASSERT_EQ(read->entries.size(), 2u);
  EXPECT_EQ(read->entries[0].status, EntryStatus::kExisting);
  EXPECT_EQ(read->entries[0].snapshot_id, INT64_MAX);
  EXPECT_EQ(read->entries[0].sequence_number, 3);
  EXPECT_EQ(read->entries[0].file_sequence_number, 2);
  ExpectSame(read->entries[0].file, full.file);
  EXPECT_TRUE(std::signbit(read->entries[0].file.partition[4].get_double()));
  EXPECT_EQ(read->entries[1].status, EntryStatus::kAdded);
  EXPECT_FALSE(read->entries[1].snapshot_id);
  EXPECT_FALSE(read->entries[1].sequence_number);
  ExpectSame(read->entries[1].file, bare.file);
  auto again = ReadManifest(*WriteManifest(*read));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->shape, manifest.shape);
  ExpectSame(again->entries[0].file, full.file);
}

TEST(Manifest, TheHeadSaysWhatTheSpecificationWants) {
  Manifest manifest = MakeManifest({}, {});
  manifest.shape.content = ManifestContent::kDeletes;
  auto head = VisitAvroFile(*WriteManifest(manifest), {}, {},
                            [](const json::object&) -> Result<void> { return {}; });
  ASSERT_TRUE(head);
  EXPECT_EQ(head->members.at("schema"), manifest.shape.schema_json);
  EXPECT_EQ(head->members.at("schema-id"), "3");
  EXPECT_EQ(head->members.at("partition-spec"), manifest.shape.spec_json);
  EXPECT_EQ(head->members.at("partition-spec-id"), "2");
  EXPECT_EQ(head->members.at("format-version"), "2");
  EXPECT_EQ(head->members.at("content"), "deletes");
  EXPECT_EQ(head->members.at("avro.codec"), "deflate");
  EXPECT_EQ(ReadManifest(*WriteManifest(manifest))->shape.content, ManifestContent::kDeletes);
}

TEST(Manifest, ManyEntriesTakeFewBytes) {
  ManifestEntry entry = MakeFullEntry();
  const Manifest manifest = MakeManifest(AllTypes(), std::vector<ManifestEntry>(5'000, entry));
  const std::string bytes = *WriteManifest(manifest);
  EXPECT_LT(bytes.size(), 100'000u);
  EXPECT_EQ(ReadManifest(bytes)->entries.size(), 5'000u);
}

TEST(Manifest, FloatingPartitionsKeepWhatIsNoNumber) {
  ManifestEntry entry;
  entry.file.uri = "file:///w/c";
  entry.file.partition = {std::numeric_limits<double>::infinity(), std::nan("")};
  const Manifest manifest =
      MakeManifest({MakeField(1000, "f", "float"), MakeField(1001, "d", "double")}, {entry});
  auto read = ReadManifest(*WriteManifest(manifest));
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::isinf(read->entries[0].file.partition[0].get_double()));
  EXPECT_TRUE(std::isnan(read->entries[0].file.partition[1].get_double()));
}

TEST(Manifest, APartitionValueOfAnotherTypeIsRefused) {
  auto refused = [](const std::string& type, json::value value) {
    ManifestEntry entry;
    entry.file.uri = "file:///w/c";
    entry.file.partition = {std::move(value)};
    auto bytes = WriteManifest(MakeManifest({MakeField(1000, "p", type)}, {entry}));
    return !bytes && bytes.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused("int", "1"));
  EXPECT_TRUE(refused("int", 1.5));
  EXPECT_TRUE(refused("long", true));
  EXPECT_TRUE(refused("boolean", 1));
  EXPECT_TRUE(refused("string", 1));
  EXPECT_TRUE(refused("double", "1"));
  EXPECT_TRUE(refused("date", "2024-01-01"));
  EXPECT_TRUE(refused("decimal(9, 2)", "abc")) << "of four bytes";
  EXPECT_TRUE(refused("string", json::array()));
  EXPECT_FALSE(refused("decimal(9, 2)", "abcd"));
  EXPECT_FALSE(refused("string", nullptr));
  ManifestEntry entry;
  entry.file.uri = "file:///w/c";
  EXPECT_FALSE(WriteManifest(MakeManifest({MakeField(1000, "p", "int")}, {entry})))
      << "a value for each field";
  entry.file.partition = {1};
  EXPECT_FALSE(WriteManifest(MakeManifest({}, {entry})));
}

TEST(Manifest, EntriesThatMakeNoSenseAreRefused) {
  auto read = [](const std::function<void(ManifestEntry&)>& change) {
    ManifestEntry entry = MakeFullEntry();
    change(entry);
    return ReadManifest(*WriteManifest(MakeManifest(AllTypes(), {entry}))).has_value();
  };
  EXPECT_TRUE(read([](ManifestEntry&) {}));
  EXPECT_FALSE(read([](ManifestEntry& entry) { entry.snapshot_id.reset(); }))
      << "only an added file takes its numbers from the list";
  EXPECT_FALSE(read([](ManifestEntry& entry) { entry.sequence_number.reset(); }));
  EXPECT_FALSE(read([](ManifestEntry& entry) { entry.status = static_cast<EntryStatus>(3); }));
  EXPECT_FALSE(read([](ManifestEntry& entry) { entry.file.uri.clear(); }));
  EXPECT_FALSE(read([](ManifestEntry& entry) { entry.file.rows = -1; }));
  EXPECT_FALSE(read([](ManifestEntry& entry) { entry.file.bytes = kDataFileNumberMax + 1; }));
  EXPECT_FALSE(
      read([](ManifestEntry& entry) { entry.file.content = static_cast<FileContent>(9); }));
  EXPECT_FALSE(read([](ManifestEntry& entry) { entry.file.metrics.sizes = {{-1, 1}}; }));
}

ListedManifest MakeFullListed() {
  ListedManifest listed;
  listed.uri = "file:///w/metadata/m.avro";
  listed.bytes = 1;
  listed.spec_id = 2;
  listed.content = ManifestContent::kDeletes;
  listed.sequence_number = 3;
  listed.min_sequence_number = 4;
  listed.added_snapshot_id = INT64_MAX;
  listed.added_files = 5;
  listed.existing_files = 6;
  listed.deleted_files = 7;
  listed.added_rows = 8;
  listed.existing_rows = 9;
  listed.deleted_rows = 10;
  listed.partitions = {{true, true, "\0a"s, "\xFF"s}, {false, {}, {}, {}}, {false, false, "", ""}};
  listed.key_metadata = "\0k"s;
  return listed;
}

TEST(ManifestList, EveryFieldIsReadAsItWasWritten) {
  ListedManifest bare;
  bare.uri = "file:///w/metadata/n.avro";
  ListedManifest unpartitioned = bare;
  unpartitioned.partitions.emplace();
  const ListedManifest full = MakeFullListed();
  auto read = ReadManifestList(WriteManifestList({1, 2, 3}, {full, bare, unpartitioned}));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 3u);
  const ListedManifest& first = read->front();
  EXPECT_EQ(first.uri, full.uri);
  EXPECT_EQ(first.bytes, 1);
  EXPECT_EQ(first.spec_id, 2);
  EXPECT_EQ(first.content, ManifestContent::kDeletes);
  EXPECT_EQ(first.sequence_number, 3);
  EXPECT_EQ(first.min_sequence_number, 4);
  EXPECT_EQ(first.added_snapshot_id, INT64_MAX);
  EXPECT_EQ(first.added_files, 5);
  EXPECT_EQ(first.existing_files, 6);
  EXPECT_EQ(first.deleted_files, 7);
  EXPECT_EQ(first.added_rows, 8);
  EXPECT_EQ(first.existing_rows, 9);
  EXPECT_EQ(first.deleted_rows, 10);
  EXPECT_EQ(first.key_metadata, full.key_metadata);
  ASSERT_TRUE(first.partitions);
  ASSERT_EQ(first.partitions->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*first.partitions)[i].contains_null, (*full.partitions)[i].contains_null);
    EXPECT_EQ((*first.partitions)[i].contains_nan, (*full.partitions)[i].contains_nan);
    EXPECT_EQ((*first.partitions)[i].lower, (*full.partitions)[i].lower);
    EXPECT_EQ((*first.partitions)[i].upper, (*full.partitions)[i].upper);
  }
  EXPECT_FALSE((*read)[1].partitions);
  EXPECT_FALSE((*read)[1].key_metadata);
  ASSERT_TRUE((*read)[2].partitions);
  EXPECT_TRUE((*read)[2].partitions->empty());
  EXPECT_TRUE(ReadManifestList(WriteManifestList({1, {}, 3}, {}))->empty());
}

TEST(ManifestList, TheHeadNamesItsSnapshot) {
  auto head = VisitAvroFile(WriteManifestList({1, {}, 3}, {}), {}, {},
                            [](const json::object&) -> Result<void> { return {}; });
  ASSERT_TRUE(head);
  EXPECT_EQ(head->members.at("snapshot-id"), "1");
  EXPECT_EQ(head->members.at("parent-snapshot-id"), "null");
  EXPECT_EQ(head->members.at("sequence-number"), "3");
  EXPECT_EQ(head->members.at("format-version"), "2");
}

TEST(Manifest, BrokenBytesAreRefusedAtEveryPlace) {
  const std::string manifest = *WriteManifest(MakeManifest(AllTypes(), {MakeFullEntry()}));
  const std::string list = WriteManifestList({1, 2, 3}, {MakeFullListed()});
  int sound = 0;
  for (std::size_t size = 0; size < manifest.size(); ++size) {
    sound += ReadManifest(std::string_view(manifest).substr(0, size)).has_value() ? 1 : 0;
  }
  for (std::size_t size = 0; size < list.size(); ++size) {
    sound += ReadManifestList(std::string_view(list).substr(0, size)).has_value() ? 1 : 0;
  }
  EXPECT_EQ(sound, 2) << "the ends of the heads are files without records";
  for (std::size_t place = 0; place < manifest.size(); ++place) {
    std::string changed = manifest;
    changed[place] = static_cast<char>(changed[place] ^ 0x55);
    auto read = ReadManifest(changed);
    if (read) (void)WriteManifest(*read);
  }
  for (std::size_t place = 0; place < list.size(); ++place) {
    std::string changed = list;
    changed[place] = static_cast<char>(changed[place] ^ 0x55);
    (void)ReadManifestList(changed);
  }
}

TEST(Manifest, OtherFilesAreNoManifests) {
  EXPECT_FALSE(ReadManifest(""));
  EXPECT_FALSE(ReadManifest("PAR1"));
  EXPECT_FALSE(ReadManifest(WriteManifestList({1, 2, 3}, {MakeFullListed()})));
  EXPECT_FALSE(ReadManifestList(*WriteManifest(MakeManifest(AllTypes(), {MakeFullEntry()}))));
  const std::string schema = R"({"type":"record","name":"r","fields":[
      {"name":"status","type":"int"},{"name":"data_file","type":"int"}]})";
  EXPECT_FALSE(ReadManifest(WriteAvroFile(
      {{"avro.schema", schema}}, {EncodeAvroLong(1) + EncodeAvroLong(1)}, AvroCodec::kPlain)));
}

TEST(Manifest, ASmallFileThatBecomesAHugeOneIsRefused) {
  const std::string schema = R"({"type":"record","name":"r","fields":[
      {"name":"manifest_path","type":"string"}]})";
  const std::string bomb = EncodeAvroText(std::string(4 * kManifestBytesMax + 1, 'x'));
  const std::string file = WriteAvroFile({{"avro.schema", schema}}, {bomb}, AvroCodec::kDeflate);
  EXPECT_LT(file.size(), 1'000'000u);
  EXPECT_FALSE(ReadManifestList(file));
}

}  // namespace
}  // namespace sluice
