#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Text operations that know ASCII only; names and HTTP need no more.

char ToLower(char c);
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
/// Without leading and trailing blanks, tabs, CR and LF.
std::string_view Trim(std::string_view text);
/// The parts between separators; "" gives one empty part.
std::vector<std::string_view> Split(std::string_view text, char separator);
bool IsDigit(char c);
bool IsAlnum(char c);
/// Lower-case hexadecimal of bytes.
std::string HexEncode(std::string_view bytes);
/// Standard base64 with padding.
std::string Base64Encode(std::string_view bytes);
/// Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates).
bool IsValidUtf8(std::string_view bytes);
/// Number of code points of valid UTF-8.
std::size_t Utf8Length(std::string_view text);

}  // namespace sluice
