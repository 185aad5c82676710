#include "lake/partition_spec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "lake/json_access.h"
#include "lake/single_value.h"

namespace sluice {
namespace {

using namespace std::string_literals;
using Kind = Transform::Kind;

json::object ParseObject(std::string_view text) { return ParseJson(text)->as_object(); }

const char* const kSchema = R"({"schema-id":0,"type":"struct","fields":[
    {"id":1,"name":"id","required":false,"type":"long"},
    {"id":2,"name":"at","required":false,"type":"timestamptz"},
    {"id":3,"name":"st","required":false,"type":{"type":"struct","fields":[
      {"id":4,"name":"x","required":false,"type":"string"}]}}]})";

Result<std::vector<PartitionField>> ReadSpec(const std::string& fields) {
  return ReadPartitionSpec(ParseObject(R"({"spec-id":0,"fields":[)" + fields + "]}"),
                           LeavesOf(ParseObject(kSchema)));
}

PartitionField MakeField(const std::string& type, const std::string& name = "p") {
  PartitionField field;
  field.field_id = 1000;
  field.name = name;
  field.source_type = field.result_type = type;
  return field;
}

template <class Number>
std::string Bytes(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

TEST(PartitionSpec, EveryTransformIsRead) {
  auto fields = ReadSpec(R"(
      {"source-id":1,"field-id":1000,"name":"id","transform":"identity"},
      {"source-id":1,"field-id":1001,"name":"b","transform":"bucket[16]"},
      {"source-id":4,"field-id":1002,"name":"tr","transform":"truncate[3]"},
      {"source-id":2,"field-id":1003,"name":"y","transform":"year"},
      {"source-id":2,"field-id":1004,"name":"m","transform":"month"},
      {"source-id":2,"field-id":1005,"name":"d","transform":"day"},
      {"source-id":2,"field-id":1006,"name":"h","transform":"hour"},
      {"source-id":77,"field-id":1007,"name":"v","transform":"void"})");
  ASSERT_TRUE(fields) << fields.error().message;
  ASSERT_EQ(fields->size(), 8u);
  const Kind kinds[] = {Kind::kIdentity, Kind::kBucket, Kind::kTruncate, Kind::kYear,
                        Kind::kMonth,    Kind::kDay,    Kind::kHour,     Kind::kVoid};
  const char* const types[] = {"long", "int", "string", "int", "int", "date", "int", "int"};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ((*fields)[i].transform.kind, kinds[i]) << i;
    EXPECT_EQ((*fields)[i].result_type, types[i]) << i;
    EXPECT_EQ((*fields)[i].field_id, 1000 + static_cast<std::int64_t>(i));
  }
  EXPECT_EQ((*fields)[2].source_id, 4);
  EXPECT_EQ((*fields)[1].transform.width, 16);
  EXPECT_EQ((*fields)[2].transform.width, 3);
  EXPECT_EQ((*fields)[2].source_path, (std::vector<std::string>{"st", "x"}));
  EXPECT_TRUE((*fields)[7].source_path.empty()) << "a column that is gone";
  EXPECT_TRUE(ReadSpec("")->empty());
  EXPECT_TRUE(ReadPartitionSpec({}, LeavesOf(ParseObject(kSchema)))->empty());
}

TEST(PartitionSpec, WhatIsNotKnownIsRefused) {
  for (const char* transform :
       {"zorder", "", "bucket", "bucket[]", "bucket[0]", "bucket[-1]", "bucket[1", "bucket[1]x",
        "bucket[ 1]", "bucket[99999999999]", "truncate[x]", "IDENTITY", "identity "}) {
    auto fields = ReadSpec(
        fmt::format(R"({{"source-id":1,"field-id":1000,"name":"p","transform":"{}"}})", transform));
    ASSERT_FALSE(fields) << transform;
    EXPECT_EQ(fields.error().code, ErrorCode::kUnsupported) << transform;
  }
  for (const char* source : {"77", "3", "null", "\"1\""}) {
    auto fields = ReadSpec(fmt::format(
        R"({{"source-id":{},"field-id":1000,"name":"p","transform":"identity"}})", source));
    ASSERT_FALSE(fields) << source;
    EXPECT_EQ(fields.error().code, ErrorCode::kUnsupported) << source;
  }
  EXPECT_FALSE(ReadSpec("1"));
}

TEST(PartitionSpec, TextsBecomeValues) {
  auto value = [](const std::string& type, std::string_view text) {
    auto decoded = DecodePartitionText(MakeField(type), text);
    EXPECT_TRUE(decoded) << type << " " << text;
    return decoded.value_or(json::value("nothing"));
  };
  EXPECT_EQ(value("int", "-2147483648"), INT32_MIN);
  EXPECT_EQ(value("date", "-1"), -1);
  EXPECT_EQ(value("long", "-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(value("long", "9223372036854775807"), INT64_MAX);
  EXPECT_EQ(value("timestamptz", "0"), 0);
  EXPECT_EQ(value("boolean", "true"), true);
  EXPECT_EQ(value("boolean", "false"), false);
  EXPECT_EQ(value("double", "-1.5e300"), -1.5e300);
  EXPECT_TRUE(std::isnan(value("double", "nan").get_double()));
  EXPECT_TRUE(std::isinf(value("float", "-inf").get_double()));
  EXPECT_TRUE(std::signbit(value("double", "-0.0").get_double()));
  EXPECT_EQ(value("string", ""), "");
  EXPECT_EQ(value("string", "E58C97e4baac"), "北京");
  EXPECT_EQ(value("binary", "00ff"), json::value(json::string("\0\xFF", 2)));
  EXPECT_EQ(value("decimal(9, 2)", "-12345"), json::value(json::string("\xFF\xFF\xCF\xC7", 4)));
  EXPECT_EQ(value("decimal(2, 0)", "99"), json::value(json::string("\x63", 1)));
  const json::value widest = value("decimal(38, 0)", std::string(38, '9'));
  EXPECT_EQ(widest.get_string().size(), 16u);
}

TEST(PartitionSpec, OtherTextsAreRefused) {
  auto refused = [](const std::string& type, std::string_view text) {
    auto decoded = DecodePartitionText(MakeField(type), text);
    return !decoded && decoded.error().code == ErrorCode::kInvalidArgument;
  };
  for (const char* type : {"int", "date", "long", "timestamp", "decimal(9, 2)"}) {
    for (const char* text : {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "x", "--1",
                             "999999999999999999999999999999999999999"}) {
      EXPECT_TRUE(refused(type, text)) << type << " " << text;
    }
  }
  EXPECT_TRUE(refused("int", "2147483648"));
  EXPECT_TRUE(refused("date", "-2147483649"));
  EXPECT_TRUE(refused("long", "9223372036854775808"));
  EXPECT_TRUE(refused("decimal(2, 0)", "128")) << "more than its bytes hold";
  for (const char* text : {"", "TRUE", "1", "yes"}) EXPECT_TRUE(refused("boolean", text)) << text;
  for (const char* text : {"", "1.5x", "1e999", "one"})
    EXPECT_TRUE(refused("double", text)) << text;
  for (const char* text : {"0", "0g", "zz", " 00", "0x00", "-1"}) {
    EXPECT_TRUE(refused("binary", text)) << text;
  }
  EXPECT_TRUE(refused("string", "FF")) << "no UTF-8";
}

TEST(PartitionSpec, AvroNamesAreLettersAndTheFieldsOwnNamesStandBeside) {
  auto member = [](const std::string& name, const std::string& type) {
    return PartitionAvroSchema({MakeField(type, name)}).at("fields").as_array().at(0).as_object();
  };
  const json::object plain = member("day_of", "date");
  EXPECT_EQ(plain.at("name"), "day_of");
  EXPECT_EQ(plain.at("field-id"), 1000);
  EXPECT_EQ(plain.at("type").at(0), "null");
  EXPECT_EQ(plain.at("type").at(1), (json::value{{"type", "int"}, {"logicalType", "date"}}));
  EXPECT_TRUE(plain.at("default").is_null());
  EXPECT_FALSE(plain.contains("iceberg-field-name"));
  for (const char* name : {"北京", "1a b-c", "", "é", "a.b", "\"", "0"}) {
    const json::object spelled = member(name, "string");
    EXPECT_EQ(FindText(spelled, "iceberg-field-name"), name);
    const std::string avro = FindText(spelled, "name");
    ASSERT_FALSE(avro.empty());
    EXPECT_FALSE(avro.front() >= '0' && avro.front() <= '9') << avro;
    for (char c : avro)
      EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) || c == '_') << avro;
  }
  EXPECT_EQ(FindText(member("1a b-c", "string"), "name"), "_1a_x20b_x2Dc_1000");
}

TEST(PartitionSpec, NamesThatAreSpelledAlikeStayApart) {
  std::set<std::string> names;
  std::vector<PartitionField> fields = {MakeField("int", "a b"), MakeField("int", "a_x20b"),
                                        MakeField("int", "a\tb"), MakeField("int", "1"),
                                        MakeField("int", "_1")};
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i].field_id = 1000 + static_cast<int>(i);
  const json::value schema = PartitionAvroSchema(fields);
  for (const json::value& member : schema.at("fields").as_array()) {
    names.insert(FindText(member.as_object(), "name"));
  }
  EXPECT_EQ(names.size(), fields.size());
}

TEST(PartitionSpec, AvroTypesHoldEveryType) {
  auto type = [](const std::string& name) {
    return PartitionAvroSchema({MakeField(name)}).at("fields").at(0).at("type").at(1);
  };
  for (const char* same : {"boolean", "int", "long", "float", "double", "string"}) {
    EXPECT_EQ(type(same), same);
  }
  EXPECT_EQ(type("binary"), "bytes");
  EXPECT_EQ(type("timestamp").at("adjust-to-utc"), false);
  EXPECT_EQ(type("timestamptz").at("adjust-to-utc"), true);
  const json::value decimal = type("decimal(9, 2)");
  EXPECT_EQ(decimal.at("type"), "fixed");
  EXPECT_EQ(decimal.at("size"), 4);
  EXPECT_EQ(decimal.at("precision"), 9);
  EXPECT_EQ(decimal.at("scale"), 2);
  EXPECT_EQ(type("decimal(18, 0)").at("size"), 8);
  EXPECT_EQ(type("decimal(19, 0)").at("size"), 9);
  EXPECT_EQ(type("decimal(38, 0)").at("size"), 16);
}

PartitionSummary Summarize(const std::string& type, const std::vector<json::value>& values) {
  std::vector<ManifestEntry> entries;
  for (const json::value& value : values) {
    entries.emplace_back().file.partition.push_back(value);
  }
  return SummarizePartitions({MakeField(type)}, entries).at(0);
}

TEST(PartitionSpec, SummariesBoundTheirValues) {
  PartitionSummary summary = Summarize("int", {5, -7, nullptr, 3});
  EXPECT_TRUE(summary.contains_null);
  EXPECT_FALSE(summary.contains_nan);
  EXPECT_EQ(summary.lower, Bytes<std::int32_t>(-7));
  EXPECT_EQ(summary.upper, Bytes<std::int32_t>(5));
  summary = Summarize("string", {"é", "z", ""});
  EXPECT_FALSE(summary.contains_null);
  EXPECT_EQ(summary.lower, "");
  EXPECT_EQ(summary.upper, "é");
  summary = Summarize("decimal(9, 2)",
                      {json::string("\0\0\x30\x39", 4), json::string("\xFF\xFF\xCF\xC7", 4)});
  EXPECT_EQ(summary.lower, "\xCF\xC7");
  EXPECT_EQ(summary.upper, "\x30\x39");
  summary = Summarize("boolean", {true});
  EXPECT_EQ(summary.lower, "\1");
  summary = Summarize("timestamptz", {INT64_MIN, 0});
  EXPECT_EQ(summary.lower, Bytes<std::int64_t>(INT64_MIN));
  EXPECT_EQ(summary.upper, Bytes<std::int64_t>(0));
}

TEST(PartitionSpec, SummariesTellOfNullAndNan) {
  PartitionSummary summary = Summarize("double", {std::nan(""), 1.0});
  EXPECT_EQ(summary.contains_nan, true);
  EXPECT_EQ(summary.lower, Bytes(1.0));
  EXPECT_EQ(summary.upper, Bytes(1.0));
  summary = Summarize("float", {std::nan("")});
  EXPECT_EQ(summary.contains_nan, true);
  EXPECT_FALSE(summary.lower);
  summary = Summarize("float", {0.5});
  EXPECT_EQ(summary.contains_nan, false);
  EXPECT_EQ(summary.lower, Bytes(0.5F));
  summary = Summarize("long", {nullptr});
  EXPECT_TRUE(summary.contains_null);
  EXPECT_FALSE(summary.lower);
  EXPECT_FALSE(summary.upper);
  EXPECT_TRUE(SummarizePartitions({}, {}).empty());
}

TEST(PartitionSpec, WhatADecodedTextSaysIsWrittenAndReadAgain) {
  const std::pair<const char*, const char*> kTexts[] = {
      {"boolean", "true"}, {"int", "-5"},       {"long", "9223372036854775807"},
      {"float", "1.5"},    {"double", "-0.25"}, {"decimal(20, 5)", "-12345678901234567890"},
      {"date", "19000"},   {"timestamp", "1"},  {"timestamptz", "-1"},
      {"string", "c3a9"},  {"binary", "00ff00"}};
  std::vector<PartitionField> fields;
  ManifestEntry entry;
  entry.file.uri = "file:///w/a";
  for (const auto& [type, text] : kTexts) {
    fields.push_back(MakeField(type, fmt::format("{} of", type)));
    fields.back().field_id = 1000 + static_cast<std::int64_t>(fields.size());
    entry.file.partition.push_back(*DecodePartitionText(fields.back(), text));
  }
  Manifest manifest;
  manifest.shape.partition = PartitionAvroSchema(fields);
  manifest.entries = {entry};
  auto bytes = WriteManifest(manifest);
  ASSERT_TRUE(bytes) << bytes.error().message;
  auto read = ReadManifest(*bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->entries.front().file.partition, entry.file.partition);
}

}  // namespace
}  // namespace sluice
