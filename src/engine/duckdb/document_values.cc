#include "engine/duckdb/document_values.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/ascii.h"
#include "spark/calendar.h"
#include "spark/time_text.h"
#include "spark/time_zone.h"
#include "sql/json_document.h"

namespace sluice {

namespace {

/// The first day of the Gregorian calendar: numbers of earlier days count Julian ones.
constexpr std::int64_t kGregorianStart = -141'427;

/// Digits with a power of ten.
struct DecimalText {
  bool negative = false;
  std::string digits;  ///< without leading zeros
  std::int64_t power = 0;
};

/// As java.math.BigDecimal reads it.
std::optional<DecimalText> ReadDecimalText(std::string_view text) {
  DecimalText out;
  std::size_t at = 0;
  const auto peek = [&] { return at < text.size() ? text[at] : '\0'; };
  if (peek() == '-' || peek() == '+') out.negative = text[at++] == '-';
  bool any = false;
  const auto digits = [&] {
    std::int64_t count = 0;
    for (; IsDigit(peek()); ++at, ++count) {
      any = true;
      if (text[at] != '0' || !out.digits.empty()) out.digits += text[at];
    }
    return count;
  };
  digits();
  if (peek() == '.') {
    ++at;
    out.power = -digits();
  }
  if (!any) return std::nullopt;
  if (peek() == 'e' || peek() == 'E') {
    ++at;
    if (peek() == '+') ++at;
    std::int32_t power = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + text.size(), power);
    if (read.ec != std::errc()) return std::nullopt;
    out.power += power;
    at = static_cast<std::size_t>(read.ptr - text.data());
  }
  if (at != text.size()) return std::nullopt;
  return out;
}

/// The digits of the value times 10 to `scale`, rounded half up; nothing past `precision`.
std::optional<std::string> Unscaled(const DecimalText& value, int precision, int scale) {
  const std::int64_t shift = value.power + scale;
  const auto count = static_cast<std::int64_t>(value.digits.size());
  if (count == 0 || shift < -count) return "";
  std::string digits = value.digits;
  if (shift >= 0) {
    if (count + shift > precision) return std::nullopt;
    digits.append(static_cast<std::size_t>(shift), '0');
    return digits;
  }
  const auto kept = static_cast<std::size_t>(count + shift);
  const bool up = digits[kept] >= '5';
  digits.resize(kept);
  if (up) {
    std::size_t at = kept;
    while (at > 0 && digits[at - 1] == '9') digits[--at] = '0';
    if (at == 0) {
      digits.insert(digits.begin(), '1');
    } else {
      ++digits[at - 1];
    }
  }
  if (digits.size() > static_cast<std::size_t>(precision)) return std::nullopt;
  return digits;
}

/// Days since 1970 of a number of days that Spark 1.5 stored.
std::int64_t Rebased(std::int32_t days) {
  if (days >= kGregorianStart) return days;
  // Julian day numbers: 4 years have 1461 days, 1970-01-01 is Julian 1969-12-19.
  constexpr std::int64_t kDaysPerFourYears = 1461;
  constexpr std::int64_t kJulianEpochToMarchZero = 719'470;  // from 0000-03-01 of that calendar
  const std::int64_t n = days + kJulianEpochToMarchZero;
  const std::int64_t cycle = (n >= 0 ? n : n - (kDaysPerFourYears - 1)) / kDaysPerFourYears;
  const std::int64_t in_cycle = n - cycle * kDaysPerFourYears;
  const std::int64_t year_of_cycle = std::min<std::int64_t>(in_cycle / 365, 3);
  const std::int64_t day_of_year = in_cycle - year_of_cycle * 365;
  const auto month_index = static_cast<int>((5 * day_of_year + 2) / 153);
  const int day = static_cast<int>(day_of_year - (153 * month_index + 2) / 5) + 1;
  const int month = month_index < 10 ? month_index + 3 : month_index - 9;
  const std::int64_t year = cycle * 4 + year_of_cycle + (month <= 2 ? 1 : 0);
  // A Julian 29 February that the other calendar lacks becomes 1 March.
  return spark::DaysOf({year, month, 1}) + day - 1;
}

void WriteDay(std::int64_t days, std::string* out) {
  const spark::CivilDate date = spark::DateOf(days);
  if (date.year > 0) {
    *out += fmt::format("\"{:04}-{:02}-{:02}\"", date.year, date.month, date.day);
  } else {
    *out += fmt::format("\"{:04}-{:02}-{:02} (BC)\"", 1 - date.year, date.month, date.day);
  }
}

/// The zone as the engine knows it; nothing when there is no such zone.
std::optional<std::string> KnownZone(const std::string& zone) {
  if (zone.empty()) return "";
  if (zone[0] == '+' || zone[0] == '-') return zone;
  Result<std::string> known = spark::ResolveTimeZone(zone);
  if (!known) return std::nullopt;
  return *std::move(known);
}

}  // namespace

void WriteCarrierTime(std::int64_t micros, std::string_view zone, std::string* out) {
  *out += fmt::format(R"({{"w":{},"z":"{}"}})", micros, zone);
}

std::string TimePatternError(const Error& error) {
  const bool legacy = error.detail == "legacy";
  return fmt::format(
      "{} {}. You can form a valid datetime pattern with the guide from "
      "https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html",
      legacy ? "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION] You may get "
               "a different result due to the upgrading to Spark >= 3.0:"
             : "[INVALID_DATETIME_PATTERN]",
      error.message);
}

std::string LegacyTimeError(std::string_view text) {
  return fmt::format(
      "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER] You may get a different "
      "result due to the upgrading to Spark >= 3.0: Fail to parse '{}' in the new parser",
      text);
}

Result<DocumentValues::Format> DocumentValues::FormatOf(const sql::DocumentOptions& options,
                                                        std::string_view name) {
  Format format;
  format.text = std::string(sql::FindOption(options, name, ""));
  if (format.text.empty()) return format;
  Result<TimePattern> pattern = ReadTimePattern(format.text, TimePatternUse::kParse);
  if (!pattern) return Fail(ErrorCode::kInvalidArgument, "{}", TimePatternError(pattern.error()));
  format.pattern = *std::move(pattern);
  return format;
}

Result<DocumentValues> DocumentValues::Make(const sql::DocumentOptions& options) {
  DocumentValues values;
  values.date_ = TRY(FormatOf(options, "dateformat"));
  values.timestamp_ = TRY(FormatOf(options, "timestampformat"));
  values.timestamp_ntz_ = TRY(FormatOf(options, "timestampntzformat"));
  return values;
}

bool DocumentValues::FailUnlessUnknown(std::string_view pattern, std::string_view text) {
  if (LegacyParses(pattern, text, LegacyFields::kOverflow)) error_ = LegacyTimeError(text);
  return false;
}

bool DocumentValues::Date(std::string_view text, std::string* out) {
  if (date_.pattern) {
    const std::optional<ParsedTime> parsed = ParseTime(*date_.pattern, text);
    if (!parsed) return FailUnlessUnknown(date_.text, text);
    const std::int64_t micros = parsed->micros;
    WriteDay(spark::ToWallClock(micros).days, out);
    return true;
  }
  if (const auto day = spark::ReadDate(text)) {
    WriteDay(*day, out);
    return true;
  }
  std::int32_t days = 0;
  const std::string_view number = text.starts_with('+') ? text.substr(1) : text;
  const char* end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, days);
  if (read.ec == std::errc() && read.ptr == end) {
    WriteDay(Rebased(days), out);
    return true;
  }
  return FailUnlessUnknown("yyyy-MM-dd", text);
}

bool DocumentValues::Timestamp(std::string_view text, std::string* out) {
  if (timestamp_.pattern) {
    const std::optional<ParsedTime> parsed = ParseTime(*timestamp_.pattern, text);
    if (!parsed) return FailUnlessUnknown(timestamp_.text, text);
    const std::optional<std::string> zone = KnownZone(parsed->zone);
    if (!zone) return false;
    WriteCarrierTime(parsed->micros, *zone, out);
    return true;
  }
  const auto time = spark::ReadTimeText(text);
  const std::optional<std::string> zone = time ? KnownZone(std::string(time->zone)) : std::nullopt;
  if (!zone) return FailUnlessUnknown("yyyy-MM-dd HH:mm:ss", text);
  WriteCarrierTime(time->wall_micros, *zone, out);
  return true;
}

bool DocumentValues::TimestampNtz(std::string_view text, std::string* out) {
  if (timestamp_ntz_.pattern) {
    const std::optional<ParsedTime> parsed = ParseTime(*timestamp_ntz_.pattern, text);
    if (!parsed || HasZone(*timestamp_ntz_.pattern)) return false;
    *out += std::to_string(parsed->micros);
    return true;
  }
  const auto time = spark::ReadTimeText(text);
  if (!time || !time->zone.empty()) return false;
  *out += std::to_string(time->wall_micros);
  return true;
}

bool DocumentValues::Decimal(std::string_view text, const DataType& type, std::string* out) {
  const std::optional<DecimalText> value = ReadDecimalText(text);
  if (!value) return false;
  std::optional<std::string> digits = Unscaled(*value, type.precision(), type.scale());
  if (!digits) return false;
  const auto scale = static_cast<std::size_t>(type.scale());
  if (digits->size() <= scale) digits->insert(0, scale + 1 - digits->size(), '0');
  const std::size_t whole = digits->size() - scale;
  *out += fmt::format("\"{}{}{}{}\"", value->negative ? "-" : "", digits->substr(0, whole),
                      scale > 0 ? "." : "", digits->substr(whole));
  return true;
}

bool DocumentValues::Binary(std::string_view text, std::string* out) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  int pads = 0;
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= ' ') continue;
    const std::size_t digit = kAlphabet.find(c);
    const bool pad = c == '=' && count >= 2;
    if ((digit == std::string_view::npos && !pad) || (pads > 0 && !pad)) return false;
    bits = bits << 6U | static_cast<std::uint32_t>(pad ? 0 : digit);
    if (pad) ++pads;
    if (++count < 4) continue;
    for (int i = 2; i >= pads; --i) bytes += static_cast<char>(bits >> (8 * i) & 0xFFU);
    count = pads > 0 ? 4 : 0;
    if (pads > 0) break;
    bits = 0;
  }
  if (count != 0 && pads == 0) return false;
  if (pads > 0 && count != 4) return false;
  *out += '"' + HexEncode(bytes) + '"';
  return true;
}

}  // namespace sluice
