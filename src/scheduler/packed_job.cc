#include "scheduler/packed_job.h"

#include <utility>

#include "base/check.h"
#include "base/random.h"

namespace sluice {

namespace {

/// Stands before a text that the dictionary does not hold.
constexpr std::int64_t kInline = 0;

class Packer {
 public:
  explicit Packer(TextDictionary* shared) : shared_(shared) {}

  Packer& Number(std::int64_t value) {
    // Zigzag varint: small magnitudes of either sign take one byte.
    auto bits = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
    while (bits >= 0x80) {
      out_.push_back(static_cast<char>(bits | 0x80));
      bits >>= 7;
    }
    out_.push_back(static_cast<char>(bits));
    return *this;
  }
  Packer& Text(std::string_view text) {
    Number(static_cast<std::int64_t>(text.size()));
    out_.append(text);
    return *this;
  }
  Packer& Shared(std::string_view text) {
    std::optional<std::size_t> number = shared_->Intern(text);
    return number ? Number(static_cast<std::int64_t>(*number) + 1) : Number(kInline).Text(text);
  }
  template <class List>
  Packer& Pairs(const List& list) {
    Number(static_cast<std::int64_t>(list.size()));
    for (const auto& [first, second] : list) Text(first).Text(second);
    return *this;
  }
  Packer& Maybe(const std::optional<std::int64_t>& value) {
    return value ? Number(1).Number(*value) : Number(0);
  }
  std::string Take() { return std::exchange(out_, {}); }

 private:
  TextDictionary* shared_;
  std::string out_;
};

class Unpacker {
 public:
  Unpacker(std::string_view in, const TextDictionary& shared) : in_(in), shared_(shared) {}

  std::int64_t Number() {
    std::uint64_t bits = 0;
    int shift = 0;
    while (true) {
      CHECK(!in_.empty());
      auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      bits |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) break;
      shift += 7;
    }
    return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
  }
  std::string Text() {
    auto size = static_cast<std::size_t>(Number());
    CHECK_LE(size, in_.size());
    std::string text(in_.substr(0, size));
    in_.remove_prefix(size);
    return text;
  }
  std::string Shared() {
    std::int64_t number = Number();
    return number == kInline ? Text() : shared_.At(static_cast<std::size_t>(number - 1));
  }
  template <class Item>
  std::vector<Item> Pairs() {
    std::vector<Item> list;
    for (std::int64_t left = Number(); left > 0; --left) {
      std::string first = Text();
      list.push_back(Item{std::move(first), Text()});
    }
    return list;
  }
  std::optional<std::int64_t> Maybe() {
    return Number() == 0 ? std::nullopt : std::optional(Number());
  }

 private:
  std::string_view in_;
  const TextDictionary& shared_;
};

}  // namespace

std::uint32_t HashUuid(const UuidBytes& id) {
  // The last eight bytes of a UUIDv7 are random; of ids made elsewhere the last ones differ most.
  std::uint64_t number = 0;
  for (std::size_t i = 8; i < id.size(); ++i) number = number << 8 | id[i];
  // The high half of the product with 2^64 / phi depends on all bits of the number.
  return static_cast<std::uint32_t>(number * 0x9E3779B97F4A7C15u >> 32);
}

std::optional<UuidBytes> ParseUuidBytes(std::string_view text) {
  if (!IsUuid(text)) return std::nullopt;
  UuidBytes bytes{};
  std::size_t digit = 0;
  for (char c : text) {
    if (c == '-') continue;
    int value = c <= '9' ? c - '0' : c - 'a' + 10;
    bytes[digit / 2] = static_cast<std::uint8_t>(bytes[digit / 2] << 4 | value);
    ++digit;
  }
  return bytes;
}

std::string PackJob(const Job& job, TextDictionary* shared) {
  Packer packer(shared);
  packer.Shared(job.project.value()).Number(job.seq).Shared(job.queue.value()).Shared(job.owner);
  packer.Number(static_cast<int>(job.type)).Number(static_cast<int>(job.mode));
  packer.Text(job.statement).Shared(job.current_database).Shared(job.engine_type);
  packer.Pairs(job.conf).Pairs(job.tags).Number(job.start_time_ms);
  packer.Shared(job.database_name).Text(job.table_name).Number(job.timeout_ms);
  packer.Number(static_cast<int>(job.state)).Number(job.attempt).Number(job.duration_ms);
  packer.Text(job.message).Shared(job.schema_json);
  packer.Number(job.counts.input_size_bytes).Number(job.counts.result_count);
  packer.Maybe(job.counts.input_row_count).Maybe(job.counts.bad_row_count);
  packer.Number(job.counts.output_bytes).Number(job.counts.cpu_ms);
  packer.Maybe(job.cancel_requested_ms).Text(job.cancel_reason);
  return packer.Take();
}

Job UnpackJob(const JobId& id, std::string_view packed, const TextDictionary& shared) {
  Unpacker in(packed, shared);
  Job job;
  job.id = id;
  job.project = ProjectId(in.Shared());
  job.seq = in.Number();
  job.queue = QueueName(in.Shared());
  job.owner = in.Shared();
  job.type = static_cast<JobType>(in.Number());
  job.mode = static_cast<JobMode>(in.Number());
  job.statement = in.Text();
  job.current_database = in.Shared();
  job.engine_type = in.Shared();
  job.conf = in.Pairs<ConfEntry>();
  job.tags = in.Pairs<Tag>();
  job.start_time_ms = in.Number();
  job.database_name = in.Shared();
  job.table_name = in.Text();
  job.timeout_ms = in.Number();
  job.state = static_cast<JobState>(in.Number());
  job.attempt = static_cast<int>(in.Number());
  job.duration_ms = in.Number();
  job.message = in.Text();
  job.schema_json = in.Shared();
  job.counts.input_size_bytes = in.Number();
  job.counts.result_count = in.Number();
  job.counts.input_row_count = in.Maybe();
  job.counts.bad_row_count = in.Maybe();
  job.counts.output_bytes = in.Number();
  job.counts.cpu_ms = in.Number();
  job.cancel_requested_ms = in.Maybe();
  job.cancel_reason = in.Text();
  return job;
}

}  // namespace sluice
