#include <limits>
#include <type_traits>

#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"

namespace sluice {

namespace {

// Java's operators on its integers: what leaves the range wraps. Unsigned arithmetic does that; the
// narrow types are computed as int first, so that no promotion overflows.

template <class T>
using Wide = std::conditional_t<(sizeof(T) < sizeof(int)), unsigned, std::make_unsigned_t<T>>;

template <class T>
struct Add {
  static T Of(T a, T b) {
    return static_cast<T>(static_cast<Wide<T>>(a) + static_cast<Wide<T>>(b));
  }
};

template <class T>
struct Subtract {
  static T Of(T a, T b) {
    return static_cast<T>(static_cast<Wide<T>>(a) - static_cast<Wide<T>>(b));
  }
};

template <class T>
struct Multiply {
  static T Of(T a, T b) {
    return static_cast<T>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b));
  }
};

template <class T>
T Negated(T a) {
  return static_cast<T>(Wide<T>{0} - static_cast<Wide<T>>(a));
}

template <class T>
struct Negate {
  static T Of(T a) { return Negated(a); }
};

template <class T>
struct Absolute {
  static T Of(T a) { return a < 0 ? Negated(a) : a; }
};

/// Divisors are not 0. The one quotient that leaves the range wraps to itself.
template <class T>
struct Divide {
  static T Of(T a, T b) { return b == -1 ? Negated(a) : static_cast<T>(a / b); }
};

template <class T>
struct Remainder {
  static T Of(T a, T b) { return b == -1 ? T{0} : static_cast<T>(a % b); }
};

/// Spark's pmod: the remainder brought to the side of the divisor.
template <class T>
struct PositiveRemainder {
  static T Of(T a, T b) {
    const T rest = Remainder<T>::Of(a, b);
    return rest < 0 ? Remainder<T>::Of(Add<T>::Of(rest, b), b) : rest;
  }
};

template <class T>
struct ShiftLeft {
  static T Of(T a, std::int32_t n) {
    constexpr unsigned kMask = sizeof(T) * 8 - 1;
    return static_cast<T>(static_cast<Wide<T>>(a) << (static_cast<unsigned>(n) & kMask));
  }
};

template <class T>
struct ShiftRight {
  static T Of(T a, std::int32_t n) {
    constexpr unsigned kMask = sizeof(T) * 8 - 1;
    return static_cast<T>(a >> (static_cast<unsigned>(n) & kMask));
  }
};

template <class T>
struct ShiftRightUnsigned {
  static T Of(T a, std::int32_t n) {
    constexpr unsigned kMask = sizeof(T) * 8 - 1;
    return static_cast<T>(static_cast<Wide<T>>(a) >> (static_cast<unsigned>(n) & kMask));
  }
};

template <class Left, class Right, class Operation>
void Binary(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const Left* left = call.Argument<Left>(0);
  const Right* right = call.Argument<Right>(1);
  Left* results = call.Results<Left>();
  for (idx_t row = 0; row < call.rows(); ++row) results[row] = Operation::Of(left[row], right[row]);
  call.PassNulls(2);
}

/// Binary, and NULL where the divisor is 0.
template <class T, class Operation>
void Quotient(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const T* left = call.Argument<T>(0);
  const T* right = call.Argument<T>(1);
  T* results = call.Results<T>();
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (right[row] == 0) {
      call.SetNull(row);
    } else {
      results[row] = Operation::Of(left[row], right[row]);
    }
  }
}

template <class T, class Operation>
void Unary(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const T* values = call.Argument<T>(0);
  T* results = call.Results<T>();
  for (idx_t row = 0; row < call.rows(); ++row) results[row] = Operation::Of(values[row]);
  call.PassNulls(1);
}

/// The low bits of a BIGINT.
template <class T>
void Low(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const std::int64_t* values = call.Argument<std::int64_t>(0);
  T* results = call.Results<T>();
  for (idx_t row = 0; row < call.rows(); ++row) results[row] = static_cast<T>(values[row]);
  call.PassNulls(1);
}

/// The low 64 bits of a HUGEINT.
void LowOfHuge(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const duckdb_hugeint* values = call.Argument<duckdb_hugeint>(0);
  auto* results = call.Results<std::int64_t>();
  for (idx_t row = 0; row < call.rows(); ++row) {
    results[row] = static_cast<std::int64_t>(values[row].lower);
  }
  call.PassNulls(1);
}

/// A BIGINT in a narrower type, NULL past its range. The engine's TRY_CAST does the same, but its
/// optimizer forgets the range when the result is compared with a constant.
template <class T>
void Fit(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const std::int64_t* values = call.Argument<std::int64_t>(0);
  T* results = call.Results<T>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    results[row] = static_cast<T>(values[row]);
    if (results[row] != values[row]) call.SetNull(row);
  }
}

/// The same of a HUGEINT in 64 bits.
void FitOfHuge(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const duckdb_hugeint* values = call.Argument<duckdb_hugeint>(0);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    results[row] = static_cast<std::int64_t>(values[row].lower);
    if (IntegerOf(values[row]) != results[row]) call.SetNull(row);
  }
}

using I8 = std::int8_t;
using I16 = std::int16_t;
using I32 = std::int32_t;
using I64 = std::int64_t;
constexpr duckdb_type k8 = DUCKDB_TYPE_TINYINT;
constexpr duckdb_type k16 = DUCKDB_TYPE_SMALLINT;
constexpr duckdb_type k32 = DUCKDB_TYPE_INTEGER;
constexpr duckdb_type k64 = DUCKDB_TYPE_BIGINT;

constexpr NativeFunction kIntegerFunctions[] = {
    {"sluice_add8", {k8, k8}, k8, &Binary<I8, I8, Add<I8>>},
    {"sluice_add16", {k16, k16}, k16, &Binary<I16, I16, Add<I16>>},
    {"sluice_add32", {k32, k32}, k32, &Binary<I32, I32, Add<I32>>},
    {"sluice_add64", {k64, k64}, k64, &Binary<I64, I64, Add<I64>>},
    {"sluice_subtract8", {k8, k8}, k8, &Binary<I8, I8, Subtract<I8>>},
    {"sluice_subtract16", {k16, k16}, k16, &Binary<I16, I16, Subtract<I16>>},
    {"sluice_subtract32", {k32, k32}, k32, &Binary<I32, I32, Subtract<I32>>},
    {"sluice_subtract64", {k64, k64}, k64, &Binary<I64, I64, Subtract<I64>>},
    {"sluice_multiply8", {k8, k8}, k8, &Binary<I8, I8, Multiply<I8>>},
    {"sluice_multiply16", {k16, k16}, k16, &Binary<I16, I16, Multiply<I16>>},
    {"sluice_multiply32", {k32, k32}, k32, &Binary<I32, I32, Multiply<I32>>},
    {"sluice_multiply64", {k64, k64}, k64, &Binary<I64, I64, Multiply<I64>>},
    {"sluice_divide64", {k64, k64}, k64, &Quotient<I64, Divide<I64>>},
    {"sluice_remainder8", {k8, k8}, k8, &Quotient<I8, Remainder<I8>>},
    {"sluice_remainder16", {k16, k16}, k16, &Quotient<I16, Remainder<I16>>},
    {"sluice_remainder32", {k32, k32}, k32, &Quotient<I32, Remainder<I32>>},
    {"sluice_remainder64", {k64, k64}, k64, &Quotient<I64, Remainder<I64>>},
    {"sluice_pmod8", {k8, k8}, k8, &Quotient<I8, PositiveRemainder<I8>>},
    {"sluice_pmod16", {k16, k16}, k16, &Quotient<I16, PositiveRemainder<I16>>},
    {"sluice_pmod32", {k32, k32}, k32, &Quotient<I32, PositiveRemainder<I32>>},
    {"sluice_pmod64", {k64, k64}, k64, &Quotient<I64, PositiveRemainder<I64>>},
    {"sluice_negate8", {k8}, k8, &Unary<I8, Negate<I8>>},
    {"sluice_negate16", {k16}, k16, &Unary<I16, Negate<I16>>},
    {"sluice_negate32", {k32}, k32, &Unary<I32, Negate<I32>>},
    {"sluice_negate64", {k64}, k64, &Unary<I64, Negate<I64>>},
    {"sluice_abs8", {k8}, k8, &Unary<I8, Absolute<I8>>},
    {"sluice_abs16", {k16}, k16, &Unary<I16, Absolute<I16>>},
    {"sluice_abs32", {k32}, k32, &Unary<I32, Absolute<I32>>},
    {"sluice_abs64", {k64}, k64, &Unary<I64, Absolute<I64>>},
    {"sluice_shiftleft32", {k32, k32}, k32, &Binary<I32, I32, ShiftLeft<I32>>},
    {"sluice_shiftleft64", {k64, k32}, k64, &Binary<I64, I32, ShiftLeft<I64>>},
    {"sluice_shiftright32", {k32, k32}, k32, &Binary<I32, I32, ShiftRight<I32>>},
    {"sluice_shiftright64", {k64, k32}, k64, &Binary<I64, I32, ShiftRight<I64>>},
    {"sluice_shiftrightunsigned32", {k32, k32}, k32, &Binary<I32, I32, ShiftRightUnsigned<I32>>},
    {"sluice_shiftrightunsigned64", {k64, k32}, k64, &Binary<I64, I32, ShiftRightUnsigned<I64>>},
    {"sluice_fit8", {k64}, k8, &Fit<I8>},
    {"sluice_fit16", {k64}, k16, &Fit<I16>},
    {"sluice_fit32", {k64}, k32, &Fit<I32>},
    {"sluice_fit64", {DUCKDB_TYPE_HUGEINT}, k64, &FitOfHuge},
    {"sluice_low8", {k64}, k8, &Low<I8>},
    {"sluice_low16", {k64}, k16, &Low<I16>},
    {"sluice_low32", {k64}, k32, &Low<I32>},
    {"sluice_low64", {DUCKDB_TYPE_HUGEINT}, k64, &LowOfHuge},
};

}  // namespace

std::span<const NativeFunction> NativeIntegerFunctions() { return kIntegerFunctions; }

}  // namespace sluice
