#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::sql {

/// Deepest nesting of a document, as Jackson limits it: a deeper one is malformed.
inline constexpr int kJsonNestingMax = 1000;
/// Longest number, in characters, as Jackson limits it.
inline constexpr std::size_t kJsonNumberMax = 1000;

/// A value of a JSON document in the order and with the repetitions of its text.
struct JsonDocument {
  enum class Kind : std::uint8_t {
    kNull,
    kFalse,
    kTrue,
    kInteger,
    kFraction,
    kText,
    kArray,
    kObject
  };

  Kind kind = Kind::kNull;
  std::string text;                 ///< of a text its characters; of a number as it was written
  std::vector<JsonDocument> items;  ///< elements, or members' values
  std::vector<std::string> names;   ///< of members
};

/// What a reader takes beyond RFC 8259: Jackson's features of the same names.
struct JsonReading {
  bool single_quotes = true;
  bool unquoted_names = false;
  bool not_numbers = false;  ///< NaN, INF, Infinity with a sign
  bool control_characters = false;
  bool comments = false;
  bool leading_zeros = false;
  bool any_escape = false;
};

enum class JsonVerdict : std::uint8_t { kRead, kEmpty, kMalformed };

/// Reads the first value of a text as Jackson's parser does; what follows it is not looked at.
/// kEmpty: the text is blank. Pure, thread-safe.
JsonVerdict ReadJson(std::string_view text, const JsonReading& reading, JsonDocument* out);

/// Appends the value as Jackson's generator copies it: integers as they are, fractions as Java
/// writes a double, no blanks.
void WriteJson(const JsonDocument& value, std::string* out);
/// Appends a text with its quotes and escapes.
void WriteJsonText(std::string_view text, std::string* out);
/// What Double.parseDouble makes of a number's text; infinite where it is too large.
double DoubleOfNumber(const std::string& text);

}  // namespace sluice::sql
