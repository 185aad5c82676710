#include "lake/single_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/ascii.h"

namespace sluice {
namespace {

constexpr std::size_t kDecimalBytesMax = 16;

template <class Number>
Number Load(std::string_view bytes) {
  Number number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

template <class Number>
std::string Store(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

/// A big-endian two's complement of at most 16 bytes.
__int128 DecodeBigEndian(std::string_view bytes) {
  __int128 value = !bytes.empty() && static_cast<signed char>(bytes.front()) < 0 ? -1 : 0;
  for (char byte : bytes) {
    value = static_cast<__int128>((static_cast<unsigned __int128>(value) << 8U) |
                                  static_cast<unsigned char>(byte));
  }
  return value;
}

template <class Number>
int Compare(Number left, Number right) {
  return left < right ? -1 : (left > right ? 1 : 0);
}

/// Minus zero is below plus zero.
template <class Number>
int CompareFloating(Number left, Number right) {
  if (left == right)
    return static_cast<int>(std::signbit(right)) - static_cast<int>(std::signbit(left));
  return Compare(left, right);
}

enum class Form { kBoolean, kInt, kLong, kFloat, kDouble, kText, kBinary, kDecimal, kNone };

Form FormOf(std::string_view type) {
  constexpr std::pair<std::string_view, Form> kForms[] = {
      {"boolean", Form::kBoolean}, {"int", Form::kInt},        {"date", Form::kInt},
      {"long", Form::kLong},       {"timestamp", Form::kLong}, {"timestamptz", Form::kLong},
      {"float", Form::kFloat},     {"double", Form::kDouble},  {"string", Form::kText},
      {"binary", Form::kBinary},
  };
  for (const auto& [name, form] : kForms) {
    if (name == type) return form;
  }
  return IsDecimal(type) ? Form::kDecimal : Form::kNone;
}

/// Bytes of the first `count` characters of valid UTF-8.
std::size_t CharactersEnd(std::string_view text, std::size_t count) {
  std::size_t place = 0;
  while (place < text.size()) {
    const bool begins = (static_cast<unsigned char>(text[place]) & 0xC0U) != 0x80U;
    if (begins && count-- == 0) return place;
    ++place;
  }
  return place;
}

constexpr std::uint32_t kLastCodePoint = 0x10FFFF;
constexpr std::uint32_t kSurrogatesBegin = 0xD800;
constexpr std::uint32_t kSurrogatesEnd = 0xE000;

std::uint32_t DecodeLast(std::string_view character) {
  const auto head = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return head;
  std::uint32_t code = head & (0x7FU >> character.size());
  for (char byte : character.substr(1))
    code = (code << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  return code;
}

void AppendCodePoint(std::uint32_t code, std::string* out) {
  auto tail = [&](unsigned shift) {
    out->push_back(static_cast<char>(0x80U | ((code >> shift) & 0x3FU)));
  };
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0U | (code >> 6U)));
    tail(0);
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xE0U | (code >> 12U)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xF0U | (code >> 18U)));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// The least text above all that begin with this one and are no longer; empty when there is none.
std::optional<std::string> NextText(std::string text) {
  while (!text.empty()) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
    std::uint32_t code = DecodeLast(std::string_view(text).substr(begin));
    text.resize(begin);
    if (code == kLastCodePoint) continue;
    ++code;
    if (code >= kSurrogatesBegin && code < kSurrogatesEnd) code = kSurrogatesEnd;
    AppendCodePoint(code, &text);
    return text;
  }
  return std::nullopt;
}

std::optional<std::string> NextBytes(std::string bytes) {
  while (!bytes.empty()) {
    const auto last = static_cast<unsigned char>(bytes.back());
    if (last != 0xFFU) {
      bytes.back() = static_cast<char>(last + 1);
      return bytes;
    }
    bytes.pop_back();
  }
  return std::nullopt;
}

std::optional<std::string> DecimalOf(ParquetType physical, std::string_view plain) {
  if (physical == ParquetType::kInt32 && plain.size() == 4) {
    return MinimalTwosComplement(Load<std::int32_t>(plain));
  }
  if (physical == ParquetType::kInt64 && plain.size() == 8) {
    return MinimalTwosComplement(Load<std::int64_t>(plain));
  }
  const bool is_bytes =
      physical == ParquetType::kFixedLenByteArray || physical == ParquetType::kByteArray;
  if (!is_bytes || plain.empty() || plain.size() > kDecimalBytesMax) return std::nullopt;
  return MinimalTwosComplement(DecodeBigEndian(plain));
}

ParquetType PhysicalOf(Form form) {
  switch (form) {
    case Form::kBoolean:
      return ParquetType::kBoolean;
    case Form::kInt:
      return ParquetType::kInt32;
    case Form::kLong:
      return ParquetType::kInt64;
    case Form::kFloat:
      return ParquetType::kFloat;
    case Form::kDouble:
      return ParquetType::kDouble;
    default:
      return ParquetType::kByteArray;
  }
}

int DecimalNumber(std::string_view type, bool is_scale) {
  if (!IsDecimal(type)) return 0;
  const std::size_t comma = type.find(',');
  if (comma == std::string_view::npos) return 0;
  constexpr std::size_t kHead = std::string_view("decimal(").size();
  const std::string_view digits = Trim(is_scale ? type.substr(comma + 1, type.size() - comma - 2)
                                                : type.substr(kHead, comma - kHead));
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

bool IsDecimal(std::string_view type) {
  return type.starts_with("decimal(") && type.ends_with(")");
}
int DecimalPrecision(std::string_view type) { return DecimalNumber(type, false); }
int DecimalScale(std::string_view type) { return DecimalNumber(type, true); }

std::string MinimalTwosComplement(__int128 value) {
  std::string bytes;
  for (int shift = 120; shift >= 0; shift -= 8) {
    bytes.push_back(
        static_cast<char>(static_cast<unsigned __int128>(value) >> static_cast<unsigned>(shift)));
  }
  const char fill = value < 0 ? '\xFF' : '\0';
  std::size_t skip = 0;
  while (skip + 1 < bytes.size() && bytes[skip] == fill &&
         (static_cast<signed char>(bytes[skip + 1]) < 0) == (value < 0)) {
    ++skip;
  }
  return bytes.substr(skip);
}

std::optional<std::string> SingleValueOf(std::string_view type, ParquetType physical,
                                         std::string_view plain) {
  const Form form = FormOf(type);
  if (form == Form::kNone) return std::nullopt;
  std::optional<std::string> value;
  if (form == Form::kDecimal) {
    value = DecimalOf(physical, plain);
  } else if (physical == PhysicalOf(form)) {
    value = std::string(plain);
  }
  if (!value || !IsSingleValue(type, *value)) return std::nullopt;
  return value;
}

bool IsSingleValue(std::string_view type, std::string_view bytes) {
  switch (FormOf(type)) {
    case Form::kBoolean:
      return bytes.size() == 1;
    case Form::kInt:
      return bytes.size() == sizeof(std::int32_t);
    case Form::kLong:
      return bytes.size() == sizeof(std::int64_t);
    case Form::kFloat:
      return bytes.size() == sizeof(float) && !std::isnan(Load<float>(bytes));
    case Form::kDouble:
      return bytes.size() == sizeof(double) && !std::isnan(Load<double>(bytes));
    case Form::kText:
      return IsValidUtf8(bytes);
    case Form::kBinary:
      return true;
    case Form::kDecimal:
      return !bytes.empty() && bytes.size() <= kDecimalBytesMax;
    case Form::kNone:
      return false;
  }
  return false;
}

int CompareSingleValues(std::string_view type, std::string_view left, std::string_view right) {
  switch (FormOf(type)) {
    case Form::kInt:
      return Compare(Load<std::int32_t>(left), Load<std::int32_t>(right));
    case Form::kLong:
      return Compare(Load<std::int64_t>(left), Load<std::int64_t>(right));
    case Form::kFloat:
      return CompareFloating(Load<float>(left), Load<float>(right));
    case Form::kDouble:
      return CompareFloating(Load<double>(left), Load<double>(right));
    case Form::kDecimal:
      return Compare(DecodeBigEndian(left), DecodeBigEndian(right));
    default:
      return left.compare(right);  // bytes as unsigned; UTF-8 keeps the order of code points
  }
}

std::string CutLowerBound(std::string_view type, std::string_view value, std::size_t length) {
  if (type == "string") return std::string(value.substr(0, CharactersEnd(value, length)));
  if (type == "binary") return std::string(value.substr(0, length));
  return std::string(value);
}

std::optional<std::string> CutUpperBound(std::string_view type, std::string_view value,
                                         std::size_t length) {
  std::string cut = CutLowerBound(type, value, length);
  if (cut.size() == value.size()) return cut;
  return type == "string" ? NextText(std::move(cut)) : NextBytes(std::move(cut));
}

std::string WidenZero(std::string_view type, std::string value, bool is_lower) {
  if (type == "double" && Load<double>(value) == 0) return Store(is_lower ? -0.0 : 0.0);
  if (type == "float" && Load<float>(value) == 0) return Store(is_lower ? -0.0F : 0.0F);
  return value;
}

}  // namespace sluice
