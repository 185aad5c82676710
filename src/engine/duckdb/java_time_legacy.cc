#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "engine/duckdb/java_time_pattern.h"
#include "spark/calendar.h"

namespace sluice {

namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// SimpleDateFormat.parse, not lenient, or FastDateFormat.parse, which lets fields overflow: blanks
/// before fields are skipped, numbers have any number of digits unless another field follows at
/// once, and what comes behind the last field is ignored.
class LegacyReader {
 public:
  LegacyReader(std::string_view pattern, std::string_view text, LegacyFields fields)
      : pattern_(pattern), text_(text), overflow_(fields == LegacyFields::kOverflow) {}

  bool Run() {
    for (std::size_t i = 0; i < pattern_.size();) {
      const char c = pattern_[i];
      if (c == '\'') {
        std::size_t end = i + 1;
        if (end < pattern_.size() && pattern_[end] == '\'') {
          if (!Literal('\'')) return false;
          i = end + 1;
          continue;
        }
        for (; end < pattern_.size() && pattern_[end] != '\''; ++end) {
          if (!Literal(pattern_[end])) return false;
        }
        i = end + 1;
      } else if (!IsLetter(c)) {
        if (!Literal(c)) return false;
        ++i;
      } else {
        std::size_t run = 1;
        while (i + run < pattern_.size() && pattern_[i + run] == c) ++run;
        i += run;
        const bool touching = i < pattern_.size() && IsLetter(pattern_[i]);
        if (!Field(c, run, touching)) return false;
      }
    }
    return overflow_ || IsDate();
  }

 private:
  bool Literal(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool Field(char letter, std::size_t count, bool touching) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    if (at_ >= text_.size()) return false;
    if ((letter == 'M' || letter == 'L') && count > 2) return Month();
    if (letter == 'E') return Word(kWeekdayNames);
    if (letter == 'a') return Prefix("AM") || Prefix("PM");
    if (letter == 'G') return Prefix("AD") || Prefix("BC");
    if (letter == 'z' || letter == 'Z' || letter == 'X') return Zone();
    // Blanks count among the digits of a number that another one touches.
    return Number(letter, touching ? begin + count : text_.size());
  }

  bool Prefix(std::string_view word) {
    if (!EqualsIgnoreCase(text_.substr(at_, word.size()), word)) return false;
    at_ += word.size();
    return true;
  }

  template <std::size_t kSize>
  bool Word(const std::string_view (&names)[kSize]) {
    for (std::string_view name : names) {
      if (Prefix(name) || Prefix(name.substr(0, 3))) return true;
    }
    return false;
  }

  bool Month() {
    for (int month = 1; month <= 12; ++month) {
      const std::string_view name = kMonthNames[month - 1];
      if (!Prefix(name) && !Prefix(name.substr(0, 3))) continue;
      month_ = month;
      return true;
    }
    return false;
  }

  bool Zone() {
    if (Prefix("GMT") || Prefix("UTC") || Prefix("Z")) return true;
    if (text_[at_] != '+' && text_[at_] != '-') return false;
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && (IsDigit(text_[at_]) || text_[at_] == ':')) ++at_;
    return at_ - begin >= 2;
  }

  bool Number(char letter, std::size_t end) {
    if (end > text_.size()) return false;
    std::int64_t value = 0;
    const std::size_t begin = at_;
    for (; at_ < end && IsDigit(text_[at_]); ++at_) {
      value = std::min<std::int64_t>(value * 10 + (text_[at_] - '0'), kHuge);
    }
    return at_ > begin && (Keep(letter, value) || overflow_);
  }

  bool Keep(char letter, std::int64_t value) {
    switch (letter) {
      case 'y':
        year_ = value;
        return value >= 1 && value <= kYearMax;
      case 'M':
      case 'L':
        month_ = static_cast<int>(std::min<std::int64_t>(value, 99));
        return value >= 1 && value <= 12;
      case 'd':
        day_ = static_cast<int>(std::min<std::int64_t>(value, 99));
        return value >= 1 && value <= 31;
      case 'D':
        day_of_year_ = value;
        return value >= 1 && value <= 366;
      case 'H':
        return value <= 23;
      case 'k':
        return value >= 1 && value <= 24;
      case 'K':
        return value <= 11;
      case 'h':
        return value >= 1 && value <= 12;
      case 'm':
      case 's':
        return value <= 59;
      case 'S':
        return value <= 999;
      default:
        return true;
    }
  }

  bool IsDate() const {
    return day_ <= spark::DaysInMonth(year_, month_) &&
           (day_of_year_ <= 365 || spark::DaysInMonth(year_, 2) == 29);
  }

  static constexpr std::int64_t kHuge = 1'000'000'000;
  static constexpr std::int64_t kYearMax = 294'246;  ///< microseconds since 1970 in 64 bits
  std::string_view pattern_;
  std::string_view text_;
  bool overflow_;
  std::size_t at_ = 0;
  std::int64_t year_ = 1970;
  int month_ = 1;
  int day_ = 1;
  std::int64_t day_of_year_ = 1;
};

}  // namespace

bool LegacyParses(std::string_view pattern, std::string_view text, LegacyFields fields) {
  return LegacyReader(pattern, text, fields).Run();
}

}  // namespace sluice
