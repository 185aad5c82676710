#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace sluice {

/// What of a manifest, or a list of them, the server reads at most; engines write some 8 MiB.
inline constexpr std::size_t kManifestBytesMax = std::size_t{32} << 20;

/// Rows or bytes of one data file; the sum over all files of a manifest is a number then.
inline constexpr std::int64_t kDataFileNumberMax = std::int64_t{1} << 38;

/// The head of an Avro container file and the schema it carries.
struct AvroHead {
  std::map<std::string, std::string> members;  ///< the file's metadata, avro.schema among it
  json::value schema;
};

/// Takes one record of a file. Bytes and fixed values are strings of just those bytes, a map's
/// entries are the values alone.
using TakeAvroRecord = std::function<Result<void>(json::object record)>;

/// Reads an Avro container file, plain or deflated, and hands each record to `take`. Of all
/// records in it only the fields of these names are kept, but everything below `whole`, whose
/// field names nobody knows before. kUnsupported for another compression or an unknown schema,
/// kInvalidArgument for bytes that are no such file. Pure.
Result<AvroHead> VisitAvroFile(std::string_view bytes,
                               std::initializer_list<std::string_view> fields,
                               std::string_view whole, const TakeAvroRecord& take);

/// The records of a file at once.
Result<json::array> ReadAvroFile(std::string_view bytes,
                                 std::initializer_list<std::string_view> fields);

/// Avro's form of an int or long, and of a string or bytes.
std::string EncodeAvroLong(std::int64_t number);
std::string EncodeAvroText(std::string_view text);

enum class AvroCodec { kPlain, kDeflate };

/// A container file. `head` has avro.schema; `records` are encoded by it.
std::string WriteAvroFile(std::map<std::string, std::string> head,
                          const std::vector<std::string>& records, AvroCodec codec);

}  // namespace sluice
