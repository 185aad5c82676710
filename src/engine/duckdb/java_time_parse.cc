#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "engine/duckdb/java_time_pattern.h"
#include "spark/calendar.h"

namespace sluice {

namespace {

using Kind = TimePatternItem::Kind;
using Sign = TimePatternItem::Sign;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr int kDigitsMax = 18;  ///< what fits 64 bits; more is no field's value
/// What the engine's timestamps hold, with room for every zone.
constexpr std::int64_t kYearMin = -290'000;
constexpr std::int64_t kYearMax = 294'000;

/// What a text said, by pattern letter; 'M' for L, 'y' for years.
class Fields {
 public:
  /// False when the field has another value already.
  bool Set(char letter, std::int64_t value) {
    std::optional<std::int64_t>& field = values_.at(static_cast<unsigned char>(letter));
    if (field && *field != value) return false;
    field = value;
    return true;
  }
  std::optional<std::int64_t> Get(char letter) const {
    return values_.at(static_cast<unsigned char>(letter));
  }
  std::string zone;

 private:
  std::array<std::optional<std::int64_t>, 128> values_;
};

class TimeReader {
 public:
  TimeReader(const TimePattern& pattern, std::string_view text) : pattern_(pattern), text_(text) {}

  bool Run() { return Items(0, pattern_.size()) && at_ == text_.size(); }
  Fields fields;

 private:
  bool Items(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (pattern_[i].kind == Kind::kOptionalBegin) {
        const std::size_t close = Close(i, end);
        // What does not match is left out, as a whole.
        const std::size_t before = at_;
        const Fields kept = fields;
        if (!Items(i + 1, close)) {
          at_ = before;
          fields = kept;
        }
        i = close;
      } else if (!Item(pattern_[i])) {
        return false;
      }
    }
    return true;
  }
  std::size_t Close(std::size_t begin, std::size_t end) const {
    int depth = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (pattern_[i].kind == Kind::kOptionalBegin) ++depth;
      if (pattern_[i].kind == Kind::kOptionalEnd && --depth == 0) return i;
    }
    return end;
  }
  bool Item(const TimePatternItem& item) {
    switch (item.kind) {
      case Kind::kLiteral:
        return Literal(item.literal);
      case Kind::kNumber:
        return Number(item);
      case Kind::kText:
        return Word(item);
      case Kind::kFraction:
        return Fraction(item.count);
      case Kind::kZone:
        return Zone(item);
      default:
        return true;
    }
  }
  bool IsDigitAt(std::size_t at) const { return at < text_.size() && IsDigit(text_[at]); }
  bool Literal(std::string_view literal) {
    if (!EqualsIgnoreCase(text_.substr(std::min(at_, text_.size()), literal.size()), literal)) {
      return false;
    }
    at_ += literal.size();
    return true;
  }
  bool Number(const TimePatternItem& item);
  bool Word(const TimePatternItem& item);
  bool Fraction(int digits);
  bool Zone(const TimePatternItem& item);
  bool Offset(const TimePatternItem& item);
  bool Region();

  const TimePattern& pattern_;
  std::string_view text_;
  std::size_t at_ = 0;
};

bool TimeReader::Number(const TimePatternItem& item) {
  bool negative = false;
  bool positive = false;
  if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) {
    positive = text_[at_] == '+';
    negative = !positive;
    if (item.sign == Sign::kNever || (positive && item.sign == Sign::kNormal)) return false;
    ++at_;
  }
  std::size_t digits = 0;
  const auto most =
      static_cast<std::size_t>(item.digits_max) + static_cast<std::size_t>(item.following);
  while (digits < most && IsDigitAt(at_ + digits)) ++digits;
  if (item.following > 0) {
    const auto low = static_cast<std::size_t>(item.digits_min);
    const auto rest = static_cast<std::size_t>(item.following);
    digits = std::max(std::min(digits, low), digits > rest ? digits - rest : 0);
  }
  if (digits < static_cast<std::size_t>(item.digits_min) || digits > kDigitsMax) return false;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text_[at_ + i] - '0');
  if (item.sign == Sign::kExceedsPad) {
    const bool exceeds = digits > static_cast<std::size_t>(item.digits_min);
    if (!negative && exceeds != positive) return false;
  }
  if (negative && value == 0) return false;
  at_ += digits;
  if (item.letter == 'y' && item.count == 2) value += 2000;
  return fields.Set(item.letter == 'L' ? 'M' : item.letter, negative ? -value : value);
}

bool TimeReader::Word(const TimePatternItem& item) {
  const auto take = [&](std::string_view word, char letter, std::int64_t value) {
    if (!EqualsIgnoreCase(text_.substr(std::min(at_, text_.size()), word.size()), word)) {
      return false;
    }
    at_ += word.size();
    return fields.Set(letter, value);
  };
  if (item.letter == 'a') return take("AM", 'a', 0) || take("PM", 'a', 1);
  if (item.letter == 'G') {
    const bool full = item.count == 4;
    return take(full ? "Anno Domini" : "AD", 'G', 1) || take(full ? "Before Christ" : "BC", 'G', 0);
  }
  for (std::int64_t month = 1; month <= 12; ++month) {
    const std::string_view name = kMonthNames[month - 1];
    if (take(item.count == 4 ? name : name.substr(0, 3), 'M', month)) return true;
  }
  return false;
}

/// One digit to as many as the pattern has letters, as Spark reads it.
bool TimeReader::Fraction(int digits) {
  std::int64_t nanos = 0;
  int read = 0;
  for (; read < digits && IsDigitAt(at_); ++read) nanos = nanos * 10 + (text_[at_++] - '0');
  if (read == 0) return false;
  for (int i = read; i < 9; ++i) nanos *= 10;
  return fields.Set('S', nanos / 1000);
}

bool TimeReader::Region() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && (IsAlnum(text_[at_]) || text_[at_] == '/' || text_[at_] == '_' ||
                                text_[at_] == '-' || text_[at_] == '+' || text_[at_] == ':')) {
    ++at_;
  }
  fields.zone = std::string(text_.substr(begin, at_ - begin));
  return at_ > begin;
}

bool TimeReader::Zone(const TimePatternItem& item) {
  if (item.letter == 'V' || item.letter == 'z') return Region();
  const bool letter_z = item.letter == 'X' || (item.letter == 'Z' && item.count == 5);
  if (letter_z && at_ < text_.size() && (text_[at_] == 'Z' || text_[at_] == 'z')) {
    ++at_;
    fields.zone = "Z";
    return true;
  }
  if (item.letter == 'O' || (item.letter == 'Z' && item.count == 4)) {
    if (!Literal("GMT")) return false;
    fields.zone = "Z";
    if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '-')) return true;
  }
  return Offset(item);
}

bool TimeReader::Offset(const TimePatternItem& item) {
  if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '-')) return false;
  const char sign = text_[at_++];
  const bool colon = item.letter == 'Z' || item.letter == 'O'
                         ? item.count >= 4 || item.letter == 'O'
                         : item.count == 3 || item.count == 5;
  const auto two = [&](std::int64_t* value) {
    if (!IsDigitAt(at_) || !IsDigitAt(at_ + 1)) return false;
    *value = (text_[at_] - '0') * 10 + (text_[at_ + 1] - '0');
    at_ += 2;
    return true;
  };
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  if (!two(&hours) || hours > 18) return false;
  const bool optional = (item.letter == 'X' || item.letter == 'x') && item.count == 1;
  const std::size_t before = at_;
  if (colon && !Literal(":")) return false;
  if (!two(&minutes)) {
    if (!optional) return false;
    at_ = before;
  }
  if (minutes > 59) return false;
  fields.zone = fmt::format("{}{:02}:{:02}", sign, hours, minutes);
  return true;
}

bool Within(std::optional<std::int64_t> value, std::int64_t low, std::int64_t high) {
  return !value || (*value >= low && *value <= high);
}

bool FieldsAreInRange(const Fields& fields) {
  return Within(fields.Get('M'), 1, 12) && Within(fields.Get('d'), 1, 31) &&
         Within(fields.Get('D'), 1, 366) && Within(fields.Get('H'), 0, 23) &&
         Within(fields.Get('h'), 1, 12) && Within(fields.Get('k'), 1, 24) &&
         Within(fields.Get('K'), 0, 11) && Within(fields.Get('m'), 0, 59) &&
         Within(fields.Get('s'), 0, 59);
}

/// Days since 1970-01-01; what the text lacks is January and the first.
std::optional<std::int64_t> Date(const Fields& fields) {
  std::int64_t year = fields.Get('y').value_or(1970);
  if (fields.Get('G') == 0 && fields.Get('y')) year = 1 - year;
  if (fields.Get('G') && fields.Get('y').value_or(1) < 1) return std::nullopt;
  if (year < kYearMin || year > kYearMax) return std::nullopt;
  spark::CivilDate date{year, static_cast<int>(fields.Get('M').value_or(1)),
                        static_cast<int>(fields.Get('d').value_or(1))};
  if (fields.Get('D')) {
    const std::int64_t days = spark::DaysOf({year, 1, 1}) + *fields.Get('D') - 1;
    const spark::CivilDate found = spark::DateOf(days);
    if (found.year != year) return std::nullopt;
    if (fields.Get('M').value_or(found.month) != found.month ||
        fields.Get('d').value_or(found.day) != found.day) {
      return std::nullopt;
    }
    return days;
  }
  if (date.day > spark::DaysInMonth(year, date.month)) return std::nullopt;
  return spark::DaysOf(date);
}

std::optional<std::int64_t> Hour(const Fields& fields) {
  std::optional<std::int64_t> hour = fields.Get('H');
  const auto agree = [&](std::int64_t other) {
    if (hour && *hour != other) return false;
    hour = other;
    return true;
  };
  if (fields.Get('k') && !agree(*fields.Get('k') % 24)) return std::nullopt;
  std::optional<std::int64_t> half = fields.Get('K');
  if (fields.Get('h')) {
    if (half && *half != *fields.Get('h') % 12) return std::nullopt;
    half = *fields.Get('h') % 12;
  }
  const std::optional<std::int64_t> afternoon = fields.Get('a');
  if (half && hour && !afternoon && *hour % 12 != *half) return std::nullopt;
  if (half && afternoon && !agree(*half + *afternoon * 12)) return std::nullopt;
  if (hour && afternoon && *hour / 12 != *afternoon) return std::nullopt;
  if (hour) return hour;
  if (half) return half;
  return afternoon == 1 ? 12 : 0;
}

}  // namespace

std::optional<ParsedTime> ParseTime(const TimePattern& pattern, std::string_view text) {
  TimeReader reader(pattern, text);
  if (!reader.Run() || !FieldsAreInRange(reader.fields)) return std::nullopt;
  const std::optional<std::int64_t> days = Date(reader.fields);
  const std::optional<std::int64_t> hour = Hour(reader.fields);
  if (!days || !hour) return std::nullopt;
  const std::int64_t seconds =
      *hour * 3600 + reader.fields.Get('m').value_or(0) * 60 + reader.fields.Get('s').value_or(0);
  return ParsedTime{*days * kDay + seconds * kSecond + reader.fields.Get('S').value_or(0),
                    std::move(reader.fields.zone)};
}

}  // namespace sluice
