#include "lake/avro_file.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/deflate.h"
#include "base/random.h"
#include "lake/json_access.h"

namespace sluice {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr std::size_t kSyncBytes = 16;
constexpr int kSchemaDepthMax = 32;
constexpr int kVarintBytesMax = 10;
/// Values of one file. Some take no bytes, so that its size alone does not bound them.
constexpr std::size_t kValuesMax = 16'000'000;
constexpr std::size_t kValuesPerByteMax = 8;
constexpr std::size_t kValuesOfAnyFile = 10'000;
/// What all blocks of a compressed file may become: a kilobyte can say a gigabyte.
constexpr std::size_t kInflatedBytesMax = 4 * kManifestBytesMax;

tl::unexpected<Error> Broken() {
  return Fail(ErrorCode::kInvalidArgument, "The Avro file is broken");
}

/// Reads Avro's primitive forms from the front of a text.
class AvroBytes {
 public:
  explicit AvroBytes(std::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  Result<std::string_view> Take(std::size_t size) {
    if (size > rest_.size()) return Broken();
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  /// A zigzag number of variable length: int and long alike.
  Result<std::int64_t> Long() {
    std::uint64_t raw = 0;
    for (int i = 0; i < kVarintBytesMax; ++i) {
      auto byte = static_cast<unsigned char>(TRY(Take(1)).front());
      raw |= std::uint64_t{byte & 0x7FU} << (7U * static_cast<unsigned>(i));
      if ((byte & 0x80U) == 0) {
        return static_cast<std::int64_t>(raw >> 1U) ^ -static_cast<std::int64_t>(raw & 1U);
      }
    }
    return Broken();
  }

  Result<std::string_view> Text() {
    std::int64_t size = TRY(Long());
    if (size < 0) return Broken();
    return Take(static_cast<std::size_t>(size));
  }

  /// The count of the next block of an array or map; 0 ends it.
  Result<std::int64_t> BlockCount() {
    std::int64_t count = TRY(Long());
    if (count >= 0) return count;
    if (count == INT64_MIN) return Broken();
    TRY_VOID(Long().map([](std::int64_t) {}));  // the block's size in bytes
    return -count;
  }

 private:
  std::string_view rest_;
};

/// Decodes values by a schema, whose named types may be used again by name.
class AvroDecoder {
 public:
  /// Only record fields of these names are kept: a manifest list grows with its table's age, and
  /// what nobody reads should cost no more than its bytes. The names must outlive the decoder.
  AvroDecoder(std::initializer_list<std::string_view> fields, std::string_view whole,
              std::size_t file_bytes)
      : fields_(fields),
        whole_(whole),
        values_left_(std::min(kValuesMax, kValuesOfAnyFile + kValuesPerByteMax * file_bytes)) {}

  Result<json::value> Decode(const json::value& schema, AvroBytes* in, int depth) {
    if (depth > kSchemaDepthMax || values_left_ == 0) return Broken();
    --values_left_;
    if (const json::string* name = schema.if_string()) return DecodeNamed(*name, in, depth);
    if (const json::array* branches = schema.if_array()) {
      std::int64_t branch = TRY(in->Long());
      if (branch < 0 || branch >= static_cast<std::int64_t>(branches->size())) return Broken();
      return Decode(branches->at(static_cast<std::size_t>(branch)), in, depth + 1);
    }
    const json::object* complex = schema.if_object();
    const json::value* type = complex == nullptr ? nullptr : FindMember(*complex, "type");
    if (type == nullptr) return Unknown();
    const std::string kind = FindText(*complex, "type");
    if (kind == "record" || kind == "fixed") named_[FindText(*complex, "name")] = complex;
    if (kind == "record") return DecodeRecord(*complex, in, depth);
    if (kind == "array") return DecodeItems(*complex, "items", in, depth);
    if (kind == "map") return DecodeItems(*complex, "values", in, depth);
    if (kind == "fixed") return DecodeFixed(*complex, in);
    return Decode(*type, in, depth + 1);
  }

  /// One field of a record, put into `record` when it is wanted.
  Result<void> DecodeMember(const json::value& field, AvroBytes* in, int depth,
                            json::object* record) {
    const json::object* object = field.if_object();
    const json::value* type = object == nullptr ? nullptr : FindMember(*object, "type");
    if (type == nullptr) return Unknown();
    const json::string* name = FindString(*object, "name");
    if (name == nullptr) return Unknown();
    const bool was_whole = std::exchange(is_whole_, is_whole_ || *name == whole_);
    const bool was_kept = std::exchange(is_kept_, is_kept_ && (is_whole_ || IsWanted(*name)));
    Result<json::value> value = Decode(*type, in, depth + 1);
    const bool is_kept = std::exchange(is_kept_, was_kept);
    is_whole_ = was_whole;
    if (!value) return Fail(std::move(value.error()));
    if (is_kept) (*record)[*name] = std::move(*value);
    return {};
  }

 private:
  static tl::unexpected<Error> Unknown() {
    return Fail(ErrorCode::kUnsupported, "The Avro file's schema is not known");
  }

  Result<json::value> DecodeNamed(const json::string& name, AvroBytes* in, int depth) {
    if (name == "null") return json::value();
    if (name == "int" || name == "long") return json::value(TRY(in->Long()));
    if (name == "boolean") return json::value(TRY(in->Take(1)).front() != 0);
    if (name == "string") return KeptText(in->Text());
    if (name == "bytes") return KeptText(in->Text());
    if (name == "float") return KeptNumber<float>(in);
    if (name == "double") return KeptNumber<double>(in);
    auto found = named_.find(std::string(name));
    if (found == named_.end()) return Unknown();
    const json::object& known = *found->second;
    if (FindText(known, "type") == "fixed") return DecodeFixed(known, in);
    return DecodeRecord(known, in, depth + 1);
  }

  Result<json::value> KeptText(const Result<std::string_view>& text) const {
    if (!text) return Fail(text.error());
    return is_kept_ ? json::value(JsonText(*text)) : json::value();
  }

  /// Avro's floating point numbers lie as this machine's do: IEEE 754, little endian.
  template <class Number>
  static Result<json::value> KeptNumber(AvroBytes* in) {
    Number number = 0;
    std::memcpy(&number, TRY(in->Take(sizeof number)).data(), sizeof number);
    return json::value(static_cast<double>(number));
  }

  Result<json::value> DecodeFixed(const json::object& schema, AvroBytes* in) {
    std::int64_t size = FindInt(schema, "size").value_or(-1);
    if (size < 0) return Unknown();
    return KeptText(in->Take(static_cast<std::size_t>(size)));
  }

  Result<json::value> DecodeRecord(const json::object& schema, AvroBytes* in, int depth) {
    const json::array* fields = FindArray(schema, "fields");
    if (fields == nullptr || depth > kSchemaDepthMax) return Unknown();
    json::object record;
    for (const json::value& field : *fields) {
      TRY_VOID(DecodeMember(field, in, depth, &record));
    }
    return json::value(std::move(record));
  }

  /// Arrays and maps; a map's keys are dropped.
  Result<json::value> DecodeItems(const json::object& schema, const char* member, AvroBytes* in,
                                  int depth) {
    const json::value* type = FindMember(schema, member);
    if (type == nullptr) return Unknown();
    const bool is_map = std::strcmp(member, "values") == 0;
    json::array items;
    for (std::int64_t left = TRY(in->BlockCount()); left > 0; left = TRY(in->BlockCount())) {
      for (; left > 0; --left) {
        if (in->empty()) return Broken();
        if (is_map) TRY_VOID(in->Text().map([](std::string_view) {}));
        json::value item = TRY(Decode(*type, in, depth + 1));
        if (is_kept_) items.push_back(std::move(item));
      }
    }
    return json::value(std::move(items));
  }

  bool IsWanted(std::string_view name) const {
    return std::find(fields_.begin(), fields_.end(), name) != fields_.end();
  }

  const std::initializer_list<std::string_view> fields_;
  const std::string_view whole_;
  bool is_whole_ = false;
  bool is_kept_ = true;
  std::size_t values_left_;
  std::map<std::string, const json::object*> named_;
};

/// The file's head: its metadata by key.
Result<std::map<std::string, std::string>> ReadHead(AvroBytes* in) {
  const std::string_view magic = TRY(in->Take(kMagic.size()));
  if (magic != kMagic) return Broken();
  std::map<std::string, std::string> head;
  for (std::int64_t left = TRY(in->BlockCount()); left > 0; left = TRY(in->BlockCount())) {
    for (; left > 0; --left) {
      const std::string key(TRY(in->Text()));
      head[key] = std::string(TRY(in->Text()));
    }
  }
  TRY_VOID(in->Take(kSyncBytes).map([](std::string_view) {}));
  return head;
}

enum class BlockForm { kPlain, kDeflated };

/// Calls `take` with the bytes of each block, positioned at each of its records.
template <class Take>
Result<void> ForEachRecord(AvroBytes* in, BlockForm form, Take take) {
  std::size_t inflated_left = kInflatedBytesMax;
  while (!in->empty()) {
    const std::int64_t count = TRY(in->Long());
    std::string_view bytes = TRY(in->Text());
    std::string inflated;
    if (form == BlockForm::kDeflated) {
      std::optional<std::string> whole = Inflate(bytes, inflated_left);
      if (!whole) return Broken();
      inflated = *std::move(whole);
      inflated_left -= inflated.size();
      bytes = inflated;
    }
    AvroBytes block(bytes);
    for (std::int64_t i = 0; i < count; ++i) {
      if (block.empty()) return Broken();
      TRY_VOID(take(&block));
    }
    TRY_VOID(in->Take(kSyncBytes).map([](std::string_view) {}));
  }
  return {};
}

Result<BlockForm> FormOf(const std::map<std::string, std::string>& head) {
  auto codec = head.find("avro.codec");
  if (codec == head.end() || codec->second == "null") return BlockForm::kPlain;
  if (codec->second == "deflate") return BlockForm::kDeflated;
  return Fail(ErrorCode::kUnsupported, "The Avro file is compressed with a codec not known here");
}

}  // namespace

Result<AvroHead> VisitAvroFile(std::string_view bytes,
                               std::initializer_list<std::string_view> fields,
                               std::string_view whole, const TakeAvroRecord& take) {
  AvroBytes in(bytes);
  AvroHead head;
  head.members = TRY(ReadHead(&in));
  const BlockForm form = TRY(FormOf(head.members));
  auto schema_text = head.members.find("avro.schema");
  if (schema_text == head.members.end()) return Broken();
  head.schema = TRY(ParseJson(schema_text->second));
  AvroDecoder decoder(fields, whole, form == BlockForm::kPlain ? bytes.size() : kInflatedBytesMax);
  auto take_one = [&](AvroBytes* block) -> Result<void> {
    json::value record = TRY(decoder.Decode(head.schema, block, 0));
    if (!record.is_object()) {
      return Fail(ErrorCode::kUnsupported, "The Avro file holds no records");
    }
    return take(std::move(record.get_object()));
  };
  TRY_VOID(ForEachRecord(&in, form, take_one));
  return head;
}

Result<json::array> ReadAvroFile(std::string_view bytes,
                                 std::initializer_list<std::string_view> fields) {
  json::array records;
  auto take = [&records](json::object record) -> Result<void> {
    records.push_back(std::move(record));
    return {};
  };
  TRY_VOID(VisitAvroFile(bytes, fields, {}, take).map([](const AvroHead&) {}));
  return records;
}

std::string EncodeAvroLong(std::int64_t number) {
  auto raw = (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
  std::string out;
  for (; raw > 0x7FU; raw >>= 7U) out += static_cast<char>((raw & 0x7FU) | 0x80U);
  return out + static_cast<char>(raw);
}

std::string EncodeAvroText(std::string_view text) {
  return EncodeAvroLong(static_cast<std::int64_t>(text.size())).append(text);
}

std::string WriteAvroFile(std::map<std::string, std::string> head,
                          const std::vector<std::string>& records, AvroCodec codec) {
  const std::string sync = SecureRandomBytes(kSyncBytes);
  head.insert_or_assign("avro.codec", codec == AvroCodec::kPlain ? "null" : "deflate");
  std::string file(kMagic);
  file += EncodeAvroLong(static_cast<std::int64_t>(head.size()));
  for (const auto& [key, value] : head) file += EncodeAvroText(key) + EncodeAvroText(value);
  file += EncodeAvroLong(0) + sync;
  if (records.empty()) return file;
  std::string block;
  for (const std::string& record : records) block += record;
  if (codec == AvroCodec::kDeflate) block = Deflate(block);
  return file + EncodeAvroLong(static_cast<std::int64_t>(records.size())) + EncodeAvroText(block) +
         sync;
}

}  // namespace sluice
