#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice {

struct ThriftField;

/// A value in Thrift's compact protocol, as Parquet's footers are written, without knowledge of
/// what it means: what is not understood is written again as it was.
struct ThriftValue {
  /// Codes of the protocol.
  enum class Kind : std::uint8_t {
    kTrue = 1,
    kFalse = 2,
    kByte = 3,
    kI16 = 4,
    kI32 = 5,
    kI64 = 6,
    kDouble = 7,
    kBinary = 8,
    kList = 9,
    kSet = 10,
    kStruct = 12,
  };
  Kind kind = Kind::kStruct;
  std::int64_t number = 0;  ///< of the integers
  std::string bytes;        ///< of binaries; a double's eight
  Kind element = Kind::kStruct;
  std::vector<ThriftValue> items;   ///< of lists and sets
  std::vector<ThriftField> fields;  ///< of structs

  const ThriftValue* Find(std::int16_t id) const;
  /// The number of an integer field, `otherwise` when there is none.
  std::int64_t Number(std::int16_t id, std::int64_t otherwise) const;
};

struct ThriftField {
  std::int16_t id = 0;
  ThriftValue value;
};

/// Nesting that is followed, and values in one text; Parquet's own footers need 8 and some ten a
/// column chunk.
inline constexpr int kThriftDepthMax = 32;
inline constexpr std::size_t kThriftValuesMax = 50'000'000;

/// Reads one struct that fills the bytes. kInvalidArgument for anything else. Pure.
Result<ThriftValue> ReadThriftStruct(std::string_view bytes);

/// The reverse. Pure.
std::string WriteThriftStruct(const ThriftValue& value);

}  // namespace sluice
