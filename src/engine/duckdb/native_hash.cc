#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <type_traits>

#include "base/digest.h"
#include "engine/duckdb/native_call.h"
#include "engine/duckdb/native_functions.h"

namespace sluice {

namespace {

// Spark's hash() is Murmur3 of 32 bits and xxhash64() is XXH64, each value hashed with the hash of
// the values before it as its seed; NULL leaves that hash as it is.

template <class T>
T ReadAt(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));  // x86 and ARM: little-endian, as Spark
  return value;
}

struct Murmur3 {
  using Hash = std::int32_t;

  static std::uint32_t Mix(std::uint32_t hash, std::uint32_t word) {
    word = std::rotl(word * 0xcc9e2d51U, 15) * 0x1b873593U;
    return std::rotl(hash ^ word, 13) * 5U + 0xe6546b64U;
  }
  static Hash Finish(std::uint32_t hash, std::uint32_t length) {
    hash ^= length;
    hash = (hash ^ hash >> 16U) * 0x85ebca6bU;
    hash = (hash ^ hash >> 13U) * 0xc2b2ae35U;
    return static_cast<Hash>(hash ^ hash >> 16U);
  }
  static Hash Of(std::int32_t value, Hash seed) {
    return Finish(Mix(static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(value)), 4);
  }
  static Hash Of(std::int64_t value, Hash seed) {
    const auto bits = static_cast<std::uint64_t>(value);
    const std::uint32_t low =
        Mix(static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(bits));
    return Finish(Mix(low, static_cast<std::uint32_t>(bits >> 32U)), 8);
  }
  static Hash Of(std::string_view bytes, Hash seed) {
    auto hash = static_cast<std::uint32_t>(seed);
    std::size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4) hash = Mix(hash, ReadAt<std::uint32_t>(bytes, at));
    // The bytes left over are words of their own, with a sign: not Murmur3's tail, but Spark's.
    for (; at < bytes.size(); ++at) {
      hash =
          Mix(hash, static_cast<std::uint32_t>(std::int32_t{static_cast<signed char>(bytes[at])}));
    }
    return Finish(hash, static_cast<std::uint32_t>(bytes.size()));
  }
};

/// Murmur3 as it was published, seed 0: what Iceberg's bucket transform takes of bytes.
std::int32_t PlainMurmur3(std::string_view bytes) {
  std::uint32_t hash = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    hash = Murmur3::Mix(hash, ReadAt<std::uint32_t>(bytes, at));
  }
  std::uint32_t word = 0;
  for (std::size_t i = bytes.size(); i > at; --i) {
    word = word << 8U | static_cast<unsigned char>(bytes[i - 1]);
  }
  if (at < bytes.size()) hash ^= std::rotl(word * 0xcc9e2d51U, 15) * 0x1b873593U;
  return Murmur3::Finish(hash, static_cast<std::uint32_t>(bytes.size()));
}

struct XxHash64 {
  using Hash = std::int64_t;
  static constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87U;
  static constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FU;
  static constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9U;
  static constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63U;
  static constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5U;

  static Hash Finish(std::uint64_t hash) {
    hash = (hash ^ hash >> 33U) * kPrime2;
    hash = (hash ^ hash >> 29U) * kPrime3;
    return static_cast<Hash>(hash ^ hash >> 32U);
  }
  static std::uint64_t Round(std::uint64_t lane, std::uint64_t word) {
    return std::rotl(lane + word * kPrime2, 31) * kPrime1;
  }
  static std::uint64_t MixLong(std::uint64_t hash, std::uint64_t word) {
    return std::rotl(hash ^ Round(0, word), 27) * kPrime1 + kPrime4;
  }
  static std::uint64_t MixInt(std::uint64_t hash, std::uint32_t word) {
    return std::rotl(hash ^ word * kPrime1, 23) * kPrime2 + kPrime3;
  }
  static Hash Of(std::int32_t value, Hash seed) {
    return Finish(
        MixInt(static_cast<std::uint64_t>(seed) + kPrime5 + 4, static_cast<std::uint32_t>(value)));
  }
  static Hash Of(std::int64_t value, Hash seed) {
    return Finish(
        MixLong(static_cast<std::uint64_t>(seed) + kPrime5 + 8, static_cast<std::uint64_t>(value)));
  }
  static Hash Of(std::string_view bytes, Hash seed) {
    const auto start = static_cast<std::uint64_t>(seed);
    std::uint64_t hash = start + kPrime5;
    std::size_t at = 0;
    if (bytes.size() >= 32) {
      std::array<std::uint64_t, 4> lanes = {start + kPrime1 + kPrime2, start + kPrime2, start,
                                            start - kPrime1};
      for (; at + 32 <= bytes.size(); at += 32) {
        for (std::size_t i = 0; i < 4; ++i) {
          lanes.at(i) = Round(lanes.at(i), ReadAt<std::uint64_t>(bytes, at + i * 8));
        }
      }
      hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
             std::rotl(lanes[3], 18);
      for (std::uint64_t lane : lanes) hash = (hash ^ Round(0, lane)) * kPrime1 + kPrime4;
    }
    hash += bytes.size();
    for (; at + 8 <= bytes.size(); at += 8) hash = MixLong(hash, ReadAt<std::uint64_t>(bytes, at));
    if (at + 4 <= bytes.size()) {
      hash = MixInt(hash, ReadAt<std::uint32_t>(bytes, at));
      at += 4;
    }
    for (; at < bytes.size(); ++at) {
      hash = std::rotl(hash ^ static_cast<unsigned char>(bytes[at]) * kPrime5, 11) * kPrime1;
    }
    return Finish(hash);
  }
};

/// The fewest bytes, the highest first, that hold the number with its sign: what Java's BigInteger
/// gives, and Spark hashes of a decimal of more than 18 digits.
std::string BigIntegerBytes(const duckdb_hugeint& value) {
  std::string bytes;
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(value.upper) >> (shift - 8) & 0xFFU);
  }
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    bytes += static_cast<char>(value.lower >> (shift - 8) & 0xFFU);
  }
  std::size_t first = 0;
  const char sign = value.upper < 0 ? '\xFF' : '\0';
  while (first + 1 < bytes.size() && bytes[first] == sign &&
         ((bytes[first + 1] ^ sign) & 0x80) == 0) {
    ++first;
  }
  return bytes.substr(first);
}

/// (value, hash so far)
template <class Algorithm, class Value>
void Hash(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<Value>(0);
  const std::uint64_t* validity = call.Validity(0);
  const auto* seeds = call.Argument<typename Algorithm::Hash>(1);
  auto* results = call.Results<typename Algorithm::Hash>();
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (IsNullAt(validity, row)) {
      results[row] = seeds[row];
    } else if constexpr (std::is_same_v<Value, duckdb_string_t>) {
      results[row] = Algorithm::Of(BytesOf(values[row]), seeds[row]);
    } else if constexpr (std::is_same_v<Value, duckdb_hugeint>) {
      results[row] = Algorithm::Of(std::string_view(BigIntegerBytes(values[row])), seeds[row]);
    } else if constexpr (std::is_same_v<Value, double>) {
      const double value = values[row] == 0 ? 0.0 : values[row];
      results[row] = Algorithm::Of(std::bit_cast<std::int64_t>(value), seeds[row]);
    } else if constexpr (std::is_same_v<Value, float>) {
      const float value = values[row] == 0 ? 0.0F : values[row];
      results[row] = Algorithm::Of(std::bit_cast<std::int32_t>(value), seeds[row]);
    } else {
      results[row] = Algorithm::Of(values[row], seeds[row]);
    }
  }
}

/// (value)
template <class Value>
void PlainHash(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<Value>(0);
  auto* results = call.Results<std::int32_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    if constexpr (std::is_same_v<Value, duckdb_hugeint>) {
      results[row] = PlainMurmur3(BigIntegerBytes(values[row]));
    } else {
      results[row] = PlainMurmur3(BytesOf(values[row]));
    }
  }
}

/// (bytes, bits of the digest); NULL for a length that SHA-2 lacks.
void Sha2(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<duckdb_string_t>(0);
  const auto* bits = call.Argument<std::int32_t>(1);
  call.PassNulls(2);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    const std::optional<std::string> digest =
        Sha2Hex(bits[row] == 0 ? 256 : bits[row], BytesOf(values[row]));
    call.SetTextOrNull(row, digest);
  }
}

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1U ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
    table.at(i) = value;
  }
  return table;
}();

void Crc32(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  NativeCall call(info, input, output);
  const auto* values = call.Argument<duckdb_string_t>(0);
  auto* results = call.Results<std::int64_t>();
  call.PassNulls(1);
  for (idx_t row = 0; row < call.rows(); ++row) {
    if (call.IsNull(row)) continue;
    std::uint32_t crc = 0xFFFFFFFFU;
    for (char byte : BytesOf(values[row])) {
      crc = kCrcTable.at((crc ^ static_cast<unsigned char>(byte)) & 0xFFU) ^ crc >> 8U;
    }
    results[row] = ~crc;
  }
}

constexpr duckdb_type kInt = DUCKDB_TYPE_INTEGER;
constexpr duckdb_type kLong = DUCKDB_TYPE_BIGINT;
constexpr duckdb_type kBytes = DUCKDB_TYPE_BLOB;
constexpr NativeNulls kOwn = NativeNulls::kOwn;

template <class Value>
constexpr duckdb_scalar_function_t kMurmur = &Hash<Murmur3, Value>;
template <class Value>
constexpr duckdb_scalar_function_t kXx = &Hash<XxHash64, Value>;

constexpr NativeFunction kHashFunctions[] = {
    {"sluice_hash_int", {kInt, kInt}, kInt, kMurmur<std::int32_t>, kOwn},
    {"sluice_hash_long", {kLong, kInt}, kInt, kMurmur<std::int64_t>, kOwn},
    {"sluice_hash_float", {DUCKDB_TYPE_FLOAT, kInt}, kInt, kMurmur<float>, kOwn},
    {"sluice_hash_double", {DUCKDB_TYPE_DOUBLE, kInt}, kInt, kMurmur<double>, kOwn},
    {"sluice_hash_bytes", {kBytes, kInt}, kInt, kMurmur<duckdb_string_t>, kOwn},
    {"sluice_hash_huge", {DUCKDB_TYPE_HUGEINT, kInt}, kInt, kMurmur<duckdb_hugeint>, kOwn},
    {"sluice_xxhash64_int", {kInt, kLong}, kLong, kXx<std::int32_t>, kOwn},
    {"sluice_xxhash64_long", {kLong, kLong}, kLong, kXx<std::int64_t>, kOwn},
    {"sluice_xxhash64_float", {DUCKDB_TYPE_FLOAT, kLong}, kLong, kXx<float>, kOwn},
    {"sluice_xxhash64_double", {DUCKDB_TYPE_DOUBLE, kLong}, kLong, kXx<double>, kOwn},
    {"sluice_xxhash64_bytes", {kBytes, kLong}, kLong, kXx<duckdb_string_t>, kOwn},
    {"sluice_xxhash64_huge", {DUCKDB_TYPE_HUGEINT, kLong}, kLong, kXx<duckdb_hugeint>, kOwn},
    {"sluice_murmur3_bytes", {kBytes}, kInt, &PlainHash<duckdb_string_t>},
    {"sluice_murmur3_huge", {DUCKDB_TYPE_HUGEINT}, kInt, &PlainHash<duckdb_hugeint>},
    {"sluice_sha2", {kBytes, kInt}, DUCKDB_TYPE_VARCHAR, &Sha2},
    {"sluice_crc32", {kBytes}, kLong, &Crc32},
};

}  // namespace

std::span<const NativeFunction> NativeHashFunctions() { return kHashFunctions; }

}  // namespace sluice
