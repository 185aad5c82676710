#pragma once

#include <initializer_list>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace sluice {

/// The records of an Avro container file without compression, by the schema it carries: of all
/// records in it, the fields of these names. Bytes and fixed values come as null: nobody here needs
/// them. kUnsupported for a compressed file or an
/// unknown schema, kInvalidArgument for bytes that are no such file. Pure.
Result<json::array> ReadAvroFile(std::string_view bytes,
                                 std::initializer_list<std::string_view> fields);

}  // namespace sluice
