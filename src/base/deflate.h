#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The bytes in raw DEFLATE form (RFC 1951, without zlib's head), as Avro's codec has them. Pure.
std::string Deflate(std::string_view bytes);

/// The reverse; empty for bytes that are no whole DEFLATE stream, or that become more than
/// `bytes_max`. Pure.
std::optional<std::string> Inflate(std::string_view bytes, std::size_t bytes_max);

}  // namespace sluice
