#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// SHA-256 of the bytes: 32 raw bytes.
std::string Sha256(std::string_view bytes);
/// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);
/// SHA-2 of 224, 256, 384 or 512 bits in lower-case hexadecimal digits; nothing for other lengths.
std::optional<std::string> Sha2Hex(int bits, std::string_view bytes);
/// HMAC-SHA256: 32 raw bytes.
std::string HmacSha256(std::string_view key, std::string_view bytes);
/// Compares in a time that depends on the lengths alone.
bool EqualsConstantTime(std::string_view a, std::string_view b);

}  // namespace sluice
