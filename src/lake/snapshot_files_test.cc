#include "lake/snapshot_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/random.h"
#include "lake/avro_file.h"

namespace sluice {
namespace {

constexpr const char* kListSchema =
    R"({"type":"record","name":"manifest_file","fields":[
        {"name":"manifest_path","type":"string"},
        {"name":"added_snapshot_id","type":["null","long"]},
        {"name":"partitions","type":["null",{"type":"array","items":{"type":"record",
         "name":"r508","fields":[{"name":"contains_null","type":"boolean"},
                                 {"name":"lower","type":["null","bytes"]}]}}]}]})";
constexpr const char* kManifestSchema =
    R"({"type":"record","name":"manifest_entry","fields":[
        {"name":"status","type":"int"},
        {"name":"data_file","type":{"type":"record","name":"r2","fields":[
          {"name":"file_path","type":{"type":"string"}},
          {"name":"stamp","type":{"type":"fixed","name":"f4","size":4}},
          {"name":"again","type":["null","f4"]},
          {"name":"sizes","type":{"type":"map","values":"long"}},
          {"name":"weight","type":"double"},{"name":"small","type":"float"},
          {"name":"file_size_in_bytes","type":"long"}]}}]})";

std::string Number(std::int64_t value) {
  auto raw = (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
  std::string out;
  for (; raw > 0x7F; raw >>= 7U) out += static_cast<char>((raw & 0x7FU) | 0x80U);
  return out + static_cast<char>(raw);
}

std::string Text(const std::string& text) {
  return Number(static_cast<std::int64_t>(text.size())) + text;
}

std::string AvroFile(const std::string& schema, int count, const std::string& records,
                     const std::string& codec = "null") {
  const std::string sync(16, 's');
  return std::string("Obj\x01", 4) + Number(2) + Text("avro.schema") + Text(schema) +
         Text("avro.codec") + Text(codec) + Number(0) + sync + Number(count) + Text(records) + sync;
}

std::string ListRecord(const std::string& path, std::int64_t snapshot) {
  // One partition summary, in a block that tells its size in bytes.
  return Text(path) + Number(1) + Number(snapshot) + Number(1) + Number(-1) + Number(2) +
         std::string(1, '\1') + Number(0) + Number(0);
}

std::string ManifestRecord(int status, const std::string& path, std::int64_t size) {
  return Number(status) + Text(path) + "abcd" + Number(1) + "efgh" + Number(1) + Text("k") +
         Number(5) + Number(0) + std::string(8, '\0') + std::string(4, '\0') + Number(size);
}

class SnapshotFiles : public testing::Test {
 protected:
  SnapshotFiles() : folder_(std::filesystem::path(testing::TempDir()) / ("snap-" + MakeUuidV4())) {
    std::filesystem::create_directories(folder_);
    snapshot_ = {{"snapshot-id", 42}, {"manifest-list", Uri("list.avro")}};
  }
  ~SnapshotFiles() override { std::filesystem::remove_all(folder_); }

  std::string Uri(const std::string& name) const { return "file://" + (folder_ / name).string(); }
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(files_.WriteDurably(folder_ / name, bytes));
  }
  Result<AddedFiles> Read() { return ReadAddedFiles(&files_, snapshot_, folder_); }

  LocalFileSystem files_;
  std::filesystem::path folder_;
  json::object snapshot_;
};

TEST_F(SnapshotFiles, OnlyWhatTheSnapshotAddedCounts) {
  Write("list.avro", AvroFile(kListSchema, 2,
                              ListRecord(Uri("old.avro"), 41) + ListRecord(Uri("new.avro"), 42)));
  Write("new.avro", AvroFile(kManifestSchema, 3,
                             ManifestRecord(1, Uri("a.parquet"), 100) +
                                 ManifestRecord(0, Uri("kept.parquet"), 7) +
                                 ManifestRecord(1, Uri("b.parquet"), 23)));
  auto added = Read();
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->bytes, 123);
  EXPECT_EQ(added->paths, std::vector<std::string>({folder_ / "a.parquet", folder_ / "b.parquet",
                                                    folder_ / "new.avro", folder_ / "list.avro"}));
}

TEST_F(SnapshotFiles, FilesOutsideTheTableAreRefused) {
  Write("list.avro", AvroFile(kListSchema, 1, ListRecord("file:///etc/passwd", 42)));
  EXPECT_FALSE(Read());
  Write("list.avro", AvroFile(kListSchema, 1, ListRecord(Uri("new.avro"), 42)));
  Write("new.avro",
        AvroFile(kManifestSchema, 1, ManifestRecord(1, Uri("../other/a.parquet"), 100)));
  EXPECT_FALSE(Read());
  snapshot_["manifest-list"] = "/etc/passwd";
  EXPECT_FALSE(Read());
}

TEST_F(SnapshotFiles, AFileOfNonsensicalSizeIsRefused) {
  Write("list.avro", AvroFile(kListSchema, 1, ListRecord(Uri("new.avro"), 42)));
  for (std::int64_t size : {std::int64_t{-1}, std::int64_t{1} << 62}) {
    Write("new.avro", AvroFile(kManifestSchema, 1, ManifestRecord(1, Uri("a.parquet"), size)));
    EXPECT_FALSE(Read()) << size;
  }
}

TEST_F(SnapshotFiles, FilesCompressedByAnUnknownCodecAreNotRead) {
  Write("list.avro", AvroFile(kListSchema, 0, "", "zstandard"));
  auto added = Read();
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kUnsupported);
}

TEST(AvroFileReader, ValuesThatTakeNoBytesComeToAnEnd) {
  const std::string nulls =
      R"({"type":"record","name":"r","fields":[
          {"name":"data_file","type":{"type":"array","items":"null"}}]})";
  const std::string many = Number(std::int64_t{1} << 60) + "x";
  EXPECT_FALSE(ReadAvroFile(AvroFile(nulls, 1, many), {"data_file"}));
  const std::string empty = R"({"type":"record","name":"r","fields":[]})";
  EXPECT_FALSE(ReadAvroFile(AvroFile(empty, 2'000'000'000, "x"), {"data_file"}));
}

TEST(AvroFileReader, ASchemaThatDoublesAtEveryLevelComesToAnEnd) {
  std::string schema = R"("null")";
  for (int level = 0; level < 30; ++level) {
    const std::string name = fmt::format("r{}", level);
    schema = R"({"type":"record","name":")" + name + R"(","fields":[{"name":"a","type":)" + schema +
             R"(},{"name":"b","type":)" +
             (level == 0 ? schema : fmt::format(R"("r{}")", level - 1)) + "}]}";
  }
  EXPECT_FALSE(ReadAvroFile(AvroFile(schema, 1, "x"), {"a", "b"}));
}

TEST(AvroFileReader, NoCutOfAFileIsReadAsWhole) {
  const std::string file =
      AvroFile(kManifestSchema, 2, ManifestRecord(1, "a", 1) + ManifestRecord(1, "b", -70'000));
  auto whole = ReadAvroFile(file, {"data_file", "file_size_in_bytes"});
  ASSERT_TRUE(whole);
  EXPECT_FALSE(whole->at(1).as_object().contains("status"));
  EXPECT_EQ(whole->at(1).at("data_file").at("file_size_in_bytes"), -70'000);
  // The end of the head is a file without records; no other cut is a file.
  int sound = 0;
  for (std::size_t size = 0; size < file.size(); ++size) {
    sound += ReadAvroFile(std::string_view(file).substr(0, size), {}).has_value() ? 1 : 0;
  }
  EXPECT_EQ(sound, 1);
}

TEST(AvroFileReader, HostileSchemasAreRefused) {
  for (const char* schema :
       {"\"nothing\"", "{}", R"({"type":"record"})", R"({"type":"record","fields":[1]})",
        R"({"type":"array"})", R"({"type":"fixed","name":"x"})", "[",
        R"({"type":"record","name":"r","fields":[{"name":"r","type":"r"}]})"}) {
    EXPECT_FALSE(ReadAvroFile(AvroFile(schema, 1, "abc"), {"r"})) << schema;
  }
}

}  // namespace
}  // namespace sluice
