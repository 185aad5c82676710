#pragma once

#include <cstdint>
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

/// The records of an Avro container file without compression, by the schema it carries: of all
/// records in it, the fields of these names. Bytes and fixed values come as null: nobody here needs
/// them. kUnsupported for a compressed file or an
/// unknown schema, kInvalidArgument for bytes that are no such file. Pure.
Result<json::array> ReadAvroFile(std::string_view bytes,
                                 std::initializer_list<std::string_view> fields);

/// A record as it lies in its file.
struct AvroRecord {
  std::vector<std::string> raw_fields;  ///< the bytes of each field, in the schema's order
  json::object values;                  ///< of the fields that were asked for
};

struct AvroFile {
  std::map<std::string, std::string> head;  ///< the file's metadata, avro.schema among it
  json::value schema;
  std::vector<AvroRecord> records;
};

/// As ReadAvroFile, with the bytes of all fields: what is written again need not be understood.
Result<AvroFile> ReadAvroRecords(std::string_view bytes,
                                 std::initializer_list<std::string_view> fields);

/// Avro's form of an int or long, and of a string or bytes.
std::string EncodeAvroLong(std::int64_t number);
std::string EncodeAvroText(std::string_view text);

/// A container file without compression. `head` has avro.schema; `records` are encoded by it.
std::string WriteAvroFile(const std::map<std::string, std::string>& head,
                          const std::vector<std::string>& records);

}  // namespace sluice
