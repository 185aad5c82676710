#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::spark {

// Functions of texts as Spark 3.5 has them (org.apache.spark.unsafe.types.UTF8String). Texts are
// valid UTF-8; places and lengths count code points, from 1. Pure.

/// substr(text, position, length): position 0 is 1, below 0 counts from the end.
std::string_view Substring(std::string_view text, std::int32_t position, std::int32_t length);

/// The last `length` characters.
std::string_view Right(std::string_view text, std::int32_t length);

/// locate(part, text, position): the place of the first from `position` on, 0 for none.
std::int32_t Locate(std::string_view part, std::string_view text, std::int32_t position);

/// What stands before the count-th delimiter, for a negative count behind the count-th from the
/// end.
std::string_view SubstringIndex(std::string_view text, std::string_view delimiter,
                                std::int32_t count);

/// The place of an entry in a list separated by commas, 0 for none.
std::int32_t FindInSet(std::string_view entry, std::string_view set);

/// The number-th part, from the end when below 0; "" past the last. Number 0 is the caller's error.
std::string_view SplitPart(std::string_view text, std::string_view delimiter, std::int32_t number);

/// Every `from` by `to`; an empty `from` is nowhere. Nothing past `bytes_max`, as below.
std::optional<std::string> Replace(std::string_view text, std::string_view from,
                                   std::string_view to, std::size_t bytes_max);

/// overlay(text PLACING part FROM position FOR length); a length below 0 is that of the part.
std::string Overlay(std::string_view text, std::string_view part, std::int32_t position,
                    std::int32_t length);

/// Filled up to `length` characters at the front or at the end, or cut to them; nothing when it
/// would have more than `bytes_max` bytes.
enum class PadSide : unsigned char { kLeft, kRight };
std::optional<std::string> Pad(std::string_view text, std::int32_t length, std::string_view pad,
                               PadSide side, std::size_t bytes_max);
std::optional<std::string> Repeat(std::string_view text, std::int32_t times, std::size_t bytes_max);

/// The code point at the front, 0 for an empty text.
std::int32_t FirstCodePoint(std::string_view text);

/// Insertions, deletions and replacements of characters from one text to the other. `should_stop`
/// is asked once a character of the first; then the answer means nothing.
std::int64_t Levenshtein(std::string_view a, std::string_view b, bool (*should_stop)());

}  // namespace sluice::spark
