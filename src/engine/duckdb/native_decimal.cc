#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"
#include "engine/duckdb/wide_integer.h"

namespace sluice {

namespace {

// Decimals are computed on their unscaled integers, as HUGEINT: exactly, then rounded to the
// result's scale, NULL past its digits. Scales and digits are constants of the generated text.

constexpr int kDigitsMax = 38;

duckdb_hugeint ToHuge(Int128 value) {
  return {static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)};
}

/// Where the operands' points are, and the result's type.
struct Shape {
  int left_scale;
  int right_scale;
  int scale;
  int digits;
};

std::optional<Int128> Rounded(WideInteger value, int from_scale, const Shape& shape) {
  if (from_scale < shape.scale) {
    value.MultiplyByTenTo(shape.scale - from_scale);
  } else {
    value.RoundOff(from_scale - shape.scale, Rounding::kHalfUp);
  }
  return value.Within(shape.digits);
}

std::optional<Int128> Sum(Int128 left, Int128 right, const Shape& shape) {
  WideInteger sum(left);
  WideInteger other(right);
  const int scale = std::max(shape.left_scale, shape.right_scale);
  sum.MultiplyByTenTo(scale - shape.left_scale);
  other.MultiplyByTenTo(scale - shape.right_scale);
  sum.Add(other);
  return Rounded(sum, scale, shape);
}

std::optional<Int128> Difference(Int128 left, Int128 right, const Shape& shape) {
  return Sum(left, -right, shape);
}

std::optional<Int128> Product(Int128 left, Int128 right, const Shape& shape) {
  WideInteger product(left);
  product.MultiplyBy(MagnitudeOf(right));
  if (right < 0) product.Negate();
  return Rounded(product, shape.left_scale + shape.right_scale, shape);
}

std::optional<Int128> Quotient(Int128 left, Int128 right, const Shape& shape) {
  if (right == 0) return std::nullopt;
  // Not less than 0: Spark's quotients keep the places of the dividend.
  const int places = shape.scale - shape.left_scale + shape.right_scale;
  DCHECK(places >= 0);
  WideInteger quotient(left);
  quotient.MultiplyByTenTo(places);
  quotient.DivideHalfUpBy(MagnitudeOf(right));
  if (right < 0) quotient.Negate();
  return quotient.Within(shape.digits);
}

/// Of the sign of `left`, at the larger of the two scales.
WideInteger RemainderOf(Int128 left, Int128 right, const Shape& shape) {
  const int scale = std::max(shape.left_scale, shape.right_scale);
  WideInteger dividend(left);
  dividend.MultiplyByTenTo(scale - shape.left_scale);
  WideInteger divisor = WideInteger::FromMagnitude(MagnitudeOf(right));
  divisor.MultiplyByTenTo(scale - shape.right_scale);
  const std::optional<Int128> fits = divisor.Within(kDigitsMax);
  // A divisor past 38 digits has been moved, so the dividend has not: it is the smaller.
  if (!fits) return dividend;
  WideInteger rest = WideInteger::FromMagnitude(dividend.DivideBy(static_cast<UInt128>(*fits)));
  if (left < 0) rest.Negate();
  return rest;
}

std::optional<Int128> Remainder(Int128 left, Int128 right, const Shape& shape) {
  if (right == 0) return std::nullopt;
  return Rounded(RemainderOf(left, right, shape), std::max(shape.left_scale, shape.right_scale),
                 shape);
}

/// Spark's pmod: the remainder brought to the side of a positive divisor.
std::optional<Int128> PositiveRemainder(Int128 left, Int128 right, const Shape& shape) {
  if (right == 0) return std::nullopt;
  const int scale = std::max(shape.left_scale, shape.right_scale);
  WideInteger rest = RemainderOf(left, right, shape);
  if (rest.negative() && !rest.IsZero() && right > 0) {
    WideInteger divisor(right);
    divisor.MultiplyByTenTo(scale - shape.right_scale);
    rest.Add(divisor);
  }
  return Rounded(rest, scale, shape);
}

using Operation = std::optional<Int128> (*)(Int128, Int128, const Shape&);

/// (left, right, scale of left, scale of right, scale, digits)
template <Operation kOperation>
void Binary(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* left = call.Argument<duckdb_hugeint>(0);
  const auto* right = call.Argument<duckdb_hugeint>(1);
  const auto* left_scale = call.Argument<std::int32_t>(2);
  const auto* right_scale = call.Argument<std::int32_t>(3);
  const auto* scale = call.Argument<std::int32_t>(4);
  const auto* digits = call.Argument<std::int32_t>(5);
  auto* results = call.Results<duckdb_hugeint>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const Shape shape = {left_scale[row], right_scale[row], scale[row], digits[row]};
    const std::optional<Int128> value =
        kOperation(IntegerOf(left[row]), IntegerOf(right[row]), shape);
    if (value) {
      results[row] = ToHuge(*value);
    } else {
      call.SetNull(row);
    }
  }
}

/// DIV: (left, right, scale of left, scale of right, digits of the quotient); the quotient's low 64
/// bits, as Java narrows it.
void WholeQuotient(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* left = call.Argument<duckdb_hugeint>(0);
  const auto* right = call.Argument<duckdb_hugeint>(1);
  const auto* left_scale = call.Argument<std::int32_t>(2);
  const auto* right_scale = call.Argument<std::int32_t>(3);
  const auto* digits = call.Argument<std::int32_t>(4);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const Int128 divisor = IntegerOf(right[row]);
    if (divisor == 0) {
      call.SetNull(row);
      continue;
    }
    WideInteger quotient(IntegerOf(left[row]));
    WideInteger whole = WideInteger::FromMagnitude(MagnitudeOf(divisor));
    quotient.MultiplyByTenTo(std::max(right_scale[row] - left_scale[row], 0));
    whole.MultiplyByTenTo(std::max(left_scale[row] - right_scale[row], 0));
    const std::optional<Int128> fits = whole.Within(kDigitsMax);
    if (fits) {
      quotient.DivideBy(static_cast<UInt128>(*fits));
    } else {
      quotient = WideInteger();
    }
    if (divisor < 0) quotient.Negate();
    results[row] = quotient.Low();
    if (!quotient.Within(digits[row])) call.SetNull(row);
  }
}

/// (value, its scale, places kept or less than 0, digits); the scale of the result is the places
/// kept, or 0.
template <Rounding kRounding>
void Round(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<duckdb_hugeint>(0);
  const auto* scale = call.Argument<std::int32_t>(1);
  const auto* kept = call.Argument<std::int32_t>(2);
  const auto* digits = call.Argument<std::int32_t>(3);
  auto* results = call.Results<duckdb_hugeint>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    WideInteger value(IntegerOf(values[row]));
    // What is left of more digits than there are is known: nothing, or one unit.
    const int places = std::max(kept[row], -kDigitsMax);
    value.RoundOff(std::max(scale[row] - places, 0), kRounding);
    value.MultiplyByTenTo(std::max(-places, 0));
    const std::optional<Int128> fits = value.Within(digits[row]);
    // Only before the point is there nothing between Spark's rounding and its check.
    if (!fits && places < 0) {
      return call.Fail(
          "[DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION] Decimal precision 39 exceeds max precision "
          "38.");
    }
    if (fits) {
      results[row] = ToHuge(*fits);
    } else {
      call.SetNull(row);
    }
  }
}

// A sum of 128-bit numbers may need more: it is that of their upper and of their lower halves.

void UpperHalf(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<duckdb_hugeint>(0);
  auto* results = call.Results<std::int64_t>();
  for (idx_t row = 0; row < call.rows(); ++row) results[row] = values[row].upper;
  call.PassNulls(1);
}

void LowerHalf(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<duckdb_hugeint>(0);
  auto* results = call.Results<std::uint64_t>();
  for (idx_t row = 0; row < call.rows(); ++row) results[row] = values[row].lower;
  call.PassNulls(1);
}

/// (sum of upper halves, sum of lower halves): NULL past 38 digits.
void OfHalves(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* uppers = call.Argument<duckdb_hugeint>(0);
  const auto* lowers = call.Argument<duckdb_hugeint>(1);
  auto* results = call.Results<duckdb_hugeint>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const Int128 upper = IntegerOf(uppers[row]) + lowers[row].upper;
    const duckdb_hugeint sum = {lowers[row].lower, static_cast<std::int64_t>(upper)};
    if (upper == sum.upper && WideInteger(IntegerOf(sum)).Within(kDigitsMax)) {
      results[row] = sum;
    } else {
      call.SetNull(row);
    }
  }
}

/// A decimal of 38 digits is its unscaled integer: only the type is another.
void Reinterpret(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  std::copy_n(call.Argument<duckdb_hugeint>(0), call.rows(), call.Results<duckdb_hugeint>());
  call.PassNulls(1);
}

constexpr duckdb_type kHuge = DUCKDB_TYPE_HUGEINT;
constexpr duckdb_type kInt = DUCKDB_TYPE_INTEGER;
constexpr duckdb_type kDecimal = DUCKDB_TYPE_DECIMAL;

constexpr NativeFunction kArithmetic[] = {
    {"sluice_decimal_add", {kHuge, kHuge, kInt, kInt, kInt, kInt}, kHuge, &Binary<Sum>},
    {"sluice_decimal_subtract", {kHuge, kHuge, kInt, kInt, kInt, kInt}, kHuge, &Binary<Difference>},
    {"sluice_decimal_multiply", {kHuge, kHuge, kInt, kInt, kInt, kInt}, kHuge, &Binary<Product>},
    {"sluice_decimal_divide", {kHuge, kHuge, kInt, kInt, kInt, kInt}, kHuge, &Binary<Quotient>},
    {"sluice_decimal_remainder", {kHuge, kHuge, kInt, kInt, kInt, kInt}, kHuge, &Binary<Remainder>},
    {"sluice_decimal_pmod",
     {kHuge, kHuge, kInt, kInt, kInt, kInt},
     kHuge,
     &Binary<PositiveRemainder>},
    {"sluice_decimal_div", {kHuge, kHuge, kInt, kInt, kInt}, DUCKDB_TYPE_BIGINT, &WholeQuotient},
    {"sluice_upper_half", {kHuge}, DUCKDB_TYPE_BIGINT, &UpperHalf},
    {"sluice_lower_half", {kHuge}, DUCKDB_TYPE_UBIGINT, &LowerHalf},
    {"sluice_of_halves", {kHuge, kHuge}, kHuge, &OfHalves},
    {"sluice_decimal_round", {kHuge, kInt, kInt, kInt}, kHuge, &Round<Rounding::kHalfUp>},
    {"sluice_decimal_bround", {kHuge, kInt, kInt, kInt}, kHuge, &Round<Rounding::kHalfEven>},
    {"sluice_decimal_truncate", {kHuge, kInt, kInt, kInt}, kHuge, &Round<Rounding::kDown>},
    {"sluice_decimal_floor", {kHuge, kInt, kInt, kInt}, kHuge, &Round<Rounding::kFloor>},
    {"sluice_decimal_ceil", {kHuge, kInt, kInt, kInt}, kHuge, &Round<Rounding::kCeiling>},
};

/// The table above, and a pair of conversions for each scale.
class Table {
 public:
  Table() : functions_(std::begin(kArithmetic), std::end(kArithmetic)) {
    constexpr std::size_t kScales = kDigitsMax + 1;
    names_.reserve(2 * kScales);  // the table points into it
    for (std::uint8_t scale = 0; scale < kScales; ++scale) {
      names_.push_back("sluice_unscaled" + std::to_string(scale));
      Add({names_.back().c_str(), {kDecimal}, kHuge, &Reinterpret}, scale);
      names_.push_back("sluice_scaled" + std::to_string(scale));
      Add({names_.back().c_str(), {kHuge}, kDecimal, &Reinterpret}, scale);
    }
  }
  std::span<const NativeFunction> functions() const { return functions_; }

 private:
  void Add(NativeFunction function, std::uint8_t scale) {
    function.scale = scale;
    functions_.push_back(function);
  }

  std::vector<std::string> names_;
  std::vector<NativeFunction> functions_;
};

}  // namespace

std::span<const NativeFunction> NativeDecimalFunctions() {
  static const Table table;
  return table.functions();
}

}  // namespace sluice
