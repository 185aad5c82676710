#pragma once

#include <duckdb.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/duckdb/duckdb_api.h"

namespace sluice {

inline constexpr std::size_t kNativeParametersMax = 6;

/// Who looks at NULL arguments: kPass, and the engine may take the result for NULL unseen; kOwn,
/// and the body decides.
enum class NativeNulls : unsigned char { kPass, kOwn };

/// A scalar function of ours inside the engine. Results depend on nothing but the arguments, so the
/// engine may fold constants; a NULL argument gives NULL unless the body says otherwise.
struct NativeFunction {
  const char* name;
  /// DUCKDB_TYPE_INVALID from the first that is not there.
  duckdb_type parameters[kNativeParametersMax];
  duckdb_type result;  ///< DUCKDB_TYPE_LIST: a list of VARCHAR
  duckdb_scalar_function_t body;
  NativeNulls nulls = NativeNulls::kPass;
  std::uint8_t scale = 0;  ///< of DECIMAL parameters and results, which have 38 digits
};

/// Integer arithmetic that wraps, as Java's does.
std::span<const NativeFunction> NativeIntegerFunctions();
/// Decimals past the engine's 38 digits before rounding.
std::span<const NativeFunction> NativeDecimalFunctions();
/// Java's regular expressions.
std::span<const NativeFunction> NativeRegexFunctions();
/// java.time's patterns of dates and times.
std::span<const NativeFunction> NativeTimeFunctions();
/// Hashes as Spark computes them.
std::span<const NativeFunction> NativeHashFunctions();
/// Arithmetic, casts and texts of intervals.
std::span<const NativeFunction> NativeIntervalFunctions();
/// Spark's generators of random numbers.
std::span<const NativeFunction> NativeRandomFunctions();
/// Casts from and to STRING.
std::span<const NativeFunction> NativeCastFunctions();
/// Functions of texts that macros cannot express.
std::span<const NativeFunction> NativeTextFunctions();
/// JSON texts.
std::span<const NativeFunction> NativeJsonFunctions();

/// What DLI has beside Spark.
std::span<const NativeFunction> NativeDliFunctions();
std::span<const NativeFunction> NativeDliTimeFunctions();

/// All of them.
std::vector<std::span<const NativeFunction>> NativeFunctionFamilies();

/// Makes every native function known to the database of the connection, as
/// system.main.sluice_<name>; macros of src/sql/functions and generated SQL call them. Before the
/// configuration is frozen. `api` must outlive the database. kUnavailable when one is refused.
Result<void> RegisterNativeFunctions(const DuckDbApi& api, duckdb_connection connection);

}  // namespace sluice
