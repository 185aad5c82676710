#include <array>
#include <set>

#include "base/ascii.h"
#include "job/job.h"

namespace sluice {

namespace {

constexpr std::size_t kTagCountMax = 20;
constexpr std::size_t kTagKeyLengthMax = 128;
constexpr std::size_t kTagValueLengthMax = 255;
constexpr std::string_view kReservedKeyPrefix = "_sys_";
constexpr std::string_view kTagPunctuation = " _.:+-@";

struct CodePointRange {
  char32_t first;
  char32_t last;
};

/// What is no letter and no digit beyond ASCII: controls, punctuation, symbols, private use. The
/// Unicode tables would be larger and exact; a tag needs neither.
constexpr std::array<CodePointRange, 16> kNotLetters = {{
    {0x80, 0xA9},        // C1 controls, Latin-1 signs
    {0xAB, 0xB4},        // guillemets, soft hyphen, degree, ...
    {0xB6, 0xB9},        // pilcrow, middle dot, ...
    {0xBB, 0xBF},        // guillemet, fractions, inverted question mark
    {0xD7, 0xD7},        // multiplication sign
    {0xF7, 0xF7},        // division sign
    {0x2000, 0x206F},    // spaces, dashes, quotes, direction marks
    {0x20A0, 0x20CF},    // currencies
    {0x2190, 0x2BFF},    // arrows, mathematics, boxes, dingbats
    {0x2E00, 0x2E7F},    // more punctuation
    {0x3000, 0x3004},    // CJK space and punctuation
    {0x3008, 0x3020},    // CJK brackets
    {0xE000, 0xF8FF},    // private use
    {0xFF01, 0xFF0F},    // full-width punctuation
    {0xFFF0, 0xFFFF},    // specials
    {0x1F000, 0x1FAFF},  // emoji
}};

/// Next code point of valid UTF-8; advances *at.
char32_t NextCodePoint(std::string_view text, std::size_t* at) {
  auto lead = static_cast<unsigned char>(text[(*at)++]);
  if (lead < 0x80) return lead;
  int follow = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t point = lead & (0x3Fu >> follow);
  for (; follow > 0; --follow)
    point = point << 6 | (static_cast<unsigned char>(text[(*at)++]) & 0x3F);
  return point;
}

bool IsTagCharacter(char32_t point) {
  if (point < 0x80) {
    char c = static_cast<char>(point);
    return IsAlnum(c) || kTagPunctuation.find(c) != std::string_view::npos;
  }
  for (const CodePointRange& range : kNotLetters) {
    if (point >= range.first && point <= range.last) return false;
  }
  return true;
}

bool HasOnlyTagCharacters(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!IsTagCharacter(NextCodePoint(text, &at))) return false;
  }
  return true;
}

Result<void> ValidateKey(const std::string& key) {
  if (!IsValidUtf8(key)) return Fail(ErrorCode::kInvalidArgument, "A tag key is not valid UTF-8");
  if (key.empty() || Utf8Length(key) > kTagKeyLengthMax) {
    return Fail(ErrorCode::kInvalidArgument, "A tag key must have 1 to {} characters: {}",
                kTagKeyLengthMax, key);
  }
  if (key.front() == ' ' || key.back() == ' ') {
    return Fail(ErrorCode::kInvalidArgument, "A tag key must not start or end with a space: {}",
                key);
  }
  if (key.starts_with(kReservedKeyPrefix)) {
    return Fail(ErrorCode::kInvalidArgument, "A tag key must not start with {}: {}",
                kReservedKeyPrefix, key);
  }
  if (!HasOnlyTagCharacters(key)) {
    return Fail(ErrorCode::kInvalidArgument, "A tag key has a character that is not allowed: {}",
                key);
  }
  return {};
}

Result<void> ValidateValue(const Tag& tag) {
  if (!IsValidUtf8(tag.value)) {
    return Fail(ErrorCode::kInvalidArgument, "The value of a tag is not valid UTF-8: {}", tag.key);
  }
  if (Utf8Length(tag.value) > kTagValueLengthMax) {
    return Fail(ErrorCode::kInvalidArgument, "The value of a tag has more than {} characters: {}",
                kTagValueLengthMax, tag.key);
  }
  if (!HasOnlyTagCharacters(tag.value)) {
    return Fail(ErrorCode::kInvalidArgument,
                "The value of a tag has a character that is not allowed: {}", tag.key);
  }
  return {};
}

}  // namespace

Result<void> ValidateTags(const std::vector<Tag>& tags) {
  if (tags.size() > kTagCountMax) {
    return Fail(ErrorCode::kInvalidArgument, "There are more than {} tags: {}", kTagCountMax,
                tags.size());
  }
  std::set<std::string_view> keys;
  for (const Tag& tag : tags) {
    TRY_VOID(ValidateKey(tag.key));
    TRY_VOID(ValidateValue(tag));
    if (!keys.insert(tag.key).second) {
      return Fail(ErrorCode::kInvalidArgument, "A tag key is given twice: {}", tag.key);
    }
  }
  return {};
}

}  // namespace sluice
