#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"

namespace sluice {

namespace {

// rand and randn of a seed: Spark's generator of one partition, asked for its n-th number. The
// result hangs on seed and row alone; what a thread keeps only saves it from starting again.

constexpr std::uint32_t kArraySeed = 0x3c074a61;  ///< of scala.util.hashing.MurmurHash3

std::uint32_t RotateLeft(std::uint32_t value, int bits) {
  return (value << bits) | (value >> (32 - bits));
}

/// MurmurHash3.bytesHash of the eight bytes of a seed, the greatest first.
std::uint32_t HashOfSeed(std::uint64_t seed, std::uint32_t hash) {
  for (const auto word :
       {static_cast<std::uint32_t>(seed >> 32), static_cast<std::uint32_t>(seed)}) {
    std::uint32_t mixed = __builtin_bswap32(word) * 0xcc9e2d51U;
    hash ^= RotateLeft(mixed, 15) * 0x1b873593U;
    hash = RotateLeft(hash, 13) * 5 + 0xe6546b64U;
  }
  hash ^= sizeof(seed);
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
  return hash ^ (hash >> 16);
}

/// org.apache.spark.util.random.XORShiftRandom, a java.util.Random.
class XorShift {
 public:
  explicit XorShift(std::int64_t seed) {
    const auto bits = static_cast<std::uint64_t>(seed);
    const std::uint32_t low = HashOfSeed(bits, kArraySeed);
    state_ = (static_cast<std::uint64_t>(HashOfSeed(bits, low)) << 32) | low;
  }

  double NextDouble() {
    const std::uint64_t high = Next(26) << 27;
    return static_cast<double>(high + Next(27)) * 0x1.0p-53;
  }

  double NextGaussian() {
    if (next_gaussian_) return *std::exchange(next_gaussian_, std::nullopt);
    for (;;) {
      const double a = 2 * NextDouble() - 1;
      const double b = 2 * NextDouble() - 1;
      const double square = a * a + b * b;
      if (square >= 1 || square == 0) continue;
      const double factor = std::sqrt(-2 * std::log(square) / square);
      next_gaussian_ = b * factor;
      return a * factor;
    }
  }

 private:
  std::uint64_t Next(int bits) {
    state_ ^= state_ << 21;
    state_ ^= state_ >> 35;
    state_ ^= state_ << 4;
    return state_ & ((std::uint64_t{1} << bits) - 1);
  }

  std::uint64_t state_ = 0;
  std::optional<double> next_gaussian_;
};

/// The numbers of one seed, in order of their rows.
template <double (XorShift::*kNext)()>
class Sequence {
 public:
  double At(std::int64_t seed, std::int64_t row) {
    if (!used_ || seed != seed_ || row < row_) {
      generator_ = XorShift(seed);
      seed_ = seed;
      row_ = 0;
      used_ = true;
    }
    for (; row_ < row; ++row_) (generator_.*kNext)();
    ++row_;
    return (generator_.*kNext)();
  }
  bool Continues(std::int64_t seed, std::int64_t row) const {
    return used_ && seed == seed_ && row == row_;
  }

 private:
  XorShift generator_{0};
  std::int64_t seed_ = 0;
  std::int64_t row_ = 0;  ///< of the number that comes next
  bool used_ = false;
};

constexpr std::size_t kSequencesKept = 8;  ///< a thread: as many calls in one statement are cheap

/// The sequence that goes on with this row, or the one that was put away longest ago.
template <double (XorShift::*kNext)()>
Sequence<kNext>& SequenceFor(std::int64_t seed, std::int64_t row) {
  thread_local std::array<Sequence<kNext>, kSequencesKept> kept;
  thread_local std::size_t oldest = 0;
  for (Sequence<kNext>& sequence : kept) {
    if (sequence.Continues(seed, row)) return sequence;
  }
  oldest = (oldest + 1) % kSequencesKept;
  return kept[oldest];
}

/// (seed, row from 0)
template <double (XorShift::*kNext)()>
void NumberOfRow(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* seeds = call.Argument<std::int64_t>(0);
  const auto* numbers = call.Argument<std::int64_t>(1);
  auto* results = call.Results<double>();
  call.PassNulls(2);
  if (call.rows() == 0 || call.IsNull(0)) return;
  Sequence<kNext>& sequence = SequenceFor<kNext>(seeds[0], numbers[0]);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (!call.IsNull(row)) results[row] = sequence.At(seeds[row], numbers[row]);
  }
}

constexpr duckdb_type kLong = DUCKDB_TYPE_BIGINT;

constexpr NativeFunction kRandomFunctions[] = {
    {"sluice_rand", {kLong, kLong}, DUCKDB_TYPE_DOUBLE, &NumberOfRow<&XorShift::NextDouble>},
    {"sluice_randn", {kLong, kLong}, DUCKDB_TYPE_DOUBLE, &NumberOfRow<&XorShift::NextGaussian>},
};

}  // namespace

std::span<const NativeFunction> NativeRandomFunctions() { return kRandomFunctions; }

}  // namespace sluice
