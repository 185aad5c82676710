#include "spark/text.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/ascii.h"

namespace sluice::spark {

namespace {

constexpr std::int64_t kPlaceMax = std::numeric_limits<std::int32_t>::max();

std::size_t CharacterBytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Bytes of the first `characters`, or of all when there are fewer.
std::size_t BytesOfFirst(std::string_view text, std::int64_t characters) {
  std::size_t bytes = 0;
  for (std::int64_t i = 0; i < characters && bytes < text.size(); ++i) {
    bytes += CharacterBytes(text[bytes]);
  }
  return std::min(bytes, text.size());
}

/// Characters [from, until), counted from 0.
std::string_view Between(std::string_view text, std::int64_t from, std::int64_t until) {
  if (until <= from) return {};
  text.remove_prefix(BytesOfFirst(text, from));
  return text.substr(0, BytesOfFirst(text, until - std::max<std::int64_t>(from, 0)));
}

std::int64_t LengthOf(std::string_view text) { return static_cast<std::int64_t>(Utf8Length(text)); }

std::vector<std::int32_t> CodePointsOf(std::string_view text) {
  std::vector<std::int32_t> points;
  points.reserve(text.size());
  while (!text.empty()) {
    points.push_back(FirstCodePoint(text));
    text.remove_prefix(std::min(CharacterBytes(text[0]), text.size()));
  }
  return points;
}

}  // namespace

std::string_view Substring(std::string_view text, std::int32_t position, std::int32_t length) {
  const std::int64_t from = position > 0   ? position - std::int64_t{1}
                            : position < 0 ? LengthOf(text) + position
                                           : 0;
  return Between(text, from, std::min(from + length, kPlaceMax));
}

std::string_view Right(std::string_view text, std::int32_t length) {
  if (length <= 0) return {};
  return Between(text, LengthOf(text) - length, kPlaceMax);
}

std::int32_t Locate(std::string_view part, std::string_view text, std::int32_t position) {
  if (position < 1) return 0;
  if (part.empty()) return 1;
  const std::size_t from = BytesOfFirst(text, position - std::int64_t{1});
  const std::size_t found = text.find(part, from);
  if (found == std::string_view::npos) return 0;
  return static_cast<std::int32_t>(Utf8Length(text.substr(0, found))) + 1;
}

std::string_view SubstringIndex(std::string_view text, std::string_view delimiter,
                                std::int32_t count) {
  if (delimiter.empty() || count == 0) return {};
  // Delimiters may overlap.
  if (count > 0) {
    std::size_t at = text.find(delimiter);
    for (; at != std::string_view::npos && count > 1; --count) at = text.find(delimiter, at + 1);
    return text.substr(0, at);
  }
  std::size_t at = text.rfind(delimiter);
  for (; at != std::string_view::npos && count < -1; ++count) {
    at = at == 0 ? std::string_view::npos : text.rfind(delimiter, at - 1);
  }
  return at == std::string_view::npos ? text : text.substr(at + delimiter.size());
}

std::int32_t FindInSet(std::string_view entry, std::string_view set) {
  if (entry.find(',') != std::string_view::npos) return 0;
  std::int32_t place = 1;
  for (std::size_t at = 0;; ++place) {
    const std::size_t comma = set.find(',', at);
    if (set.substr(at, comma - at) == entry) return place;
    if (comma == std::string_view::npos) return 0;
    at = comma + 1;
  }
}

std::string_view SplitPart(std::string_view text, std::string_view delimiter, std::int32_t number) {
  if (delimiter.empty()) return number == 1 || number == -1 ? text : std::string_view();
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(delimiter, at);
    parts.push_back(text.substr(at, found - at));
    if (found == std::string_view::npos) break;
    at = found + delimiter.size();
  }
  const auto count = static_cast<std::int64_t>(parts.size());
  const std::int64_t place = number > 0 ? number - std::int64_t{1} : count + number;
  if (place < 0 || place >= count) return {};
  return parts[static_cast<std::size_t>(place)];
}

std::optional<std::string> Replace(std::string_view text, std::string_view from,
                                   std::string_view to, std::size_t bytes_max) {
  std::string out;
  while (!from.empty()) {
    const std::size_t found = text.find(from);
    if (found == std::string_view::npos) break;
    out.append(text.substr(0, found)).append(to);
    if (out.size() > bytes_max) return std::nullopt;
    text.remove_prefix(found + from.size());
  }
  out.append(text);
  return out;
}

std::string Overlay(std::string_view text, std::string_view part, std::int32_t position,
                    std::int32_t length) {
  // Places past the range wrap, as Java's do.
  const std::int64_t replaced = length >= 0 ? length : LengthOf(part);
  std::string out(Substring(text, 1, static_cast<std::int32_t>(position - std::int64_t{1})));
  out.append(part);
  out.append(Substring(text, static_cast<std::int32_t>(position + replaced),
                       std::numeric_limits<std::int32_t>::max()));
  return out;
}

std::optional<std::string> Pad(std::string_view text, std::int32_t length, std::string_view pad,
                               PadSide side, std::size_t bytes_max) {
  const std::int64_t missing = length - LengthOf(text);
  if (missing <= 0 || pad.empty()) return std::string(Between(text, 0, length));
  const std::int64_t pad_length = LengthOf(pad);
  const auto whole = static_cast<std::size_t>(missing / pad_length);
  if (whole > bytes_max / pad.size() || whole * pad.size() + text.size() > bytes_max) {
    return std::nullopt;
  }
  std::string padding;
  padding.reserve((whole + 1) * pad.size() + text.size());
  for (std::size_t i = 0; i < whole; ++i) padding.append(pad);
  padding.append(Between(pad, 0, missing % pad_length));
  return side == PadSide::kLeft ? padding.append(text) : padding.insert(0, text);
}

std::optional<std::string> Repeat(std::string_view text, std::int32_t times,
                                  std::size_t bytes_max) {
  std::string out;
  if (times <= 0 || text.empty()) return out;
  if (static_cast<std::size_t>(times) > bytes_max / text.size()) return std::nullopt;
  out.reserve(static_cast<std::size_t>(times) * text.size());
  for (std::int32_t i = 0; i < times; ++i) out.append(text);
  return out;
}

std::int32_t FirstCodePoint(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = std::min(CharacterBytes(text[0]), text.size());
  if (bytes == 1) return first;
  constexpr unsigned kFirstBits[] = {0, 0, 0x1F, 0x0F, 0x07};
  unsigned point = first & kFirstBits[bytes];
  for (std::size_t i = 1; i < bytes; ++i) {
    point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return static_cast<std::int32_t>(point);
}

std::int64_t Levenshtein(std::string_view a, std::string_view b, bool (*should_stop)()) {
  const std::vector<std::int32_t> from = CodePointsOf(a);
  const std::vector<std::int32_t> to = CodePointsOf(b);
  std::vector<std::int64_t> costs(to.size() + 1);
  for (std::size_t i = 0; i < costs.size(); ++i) costs[i] = static_cast<std::int64_t>(i);
  for (std::size_t i = 0; i < from.size() && !should_stop(); ++i) {
    std::int64_t diagonal = costs[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::int64_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = costs[j + 1];
      costs[j + 1] = std::min({replaced, costs[j + 1] + 1, costs[j] + 1});
    }
  }
  return costs.back();
}

}  // namespace sluice::spark
