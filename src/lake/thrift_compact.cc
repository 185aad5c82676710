#include "lake/thrift_compact.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using Kind = ThriftValue::Kind;

constexpr int kVarintBytesMax = 10;
constexpr std::size_t kDoubleBytes = 8;
constexpr unsigned kShortCountMax = 14;  ///< of a list whose size stands in its head
constexpr unsigned kShortStepMax = 15;   ///< between two field ids
/// Items that memory is taken for before they are read: lists in lists may all say that the rest of
/// the bytes are theirs.
constexpr std::uint64_t kReservedMax = 1'024;

tl::unexpected<Error> Broken() {
  return Fail(ErrorCode::kInvalidArgument, "The file's footer is broken");
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }

  Result<ThriftValue> Struct(int depth) {
    ThriftValue value;
    if (depth > kThriftDepthMax) return Broken();
    std::int64_t id = 0;
    while (true) {
      const unsigned head = TRY(Byte());
      if (head == 0) return value;
      const unsigned step = head >> 4U;
      id = step == 0 ? TRY(Zigzag()) : id + step;
      if (id < INT16_MIN || id > INT16_MAX) return Broken();
      ThriftValue field = TRY(Field(static_cast<Kind>(head & 0xFU), depth));
      value.fields.push_back({static_cast<std::int16_t>(id), std::move(field)});
    }
  }

 private:
  Result<unsigned> Byte() {
    if (rest_.empty()) return Broken();
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  Result<std::uint64_t> Varint() {
    std::uint64_t number = 0;
    for (int i = 0; i < kVarintBytesMax; ++i) {
      const unsigned byte = TRY(Byte());
      number |= std::uint64_t{byte & 0x7FU} << (7U * static_cast<unsigned>(i));
      if ((byte & 0x80U) == 0) return number;
    }
    return Broken();
  }

  Result<std::int64_t> Zigzag() {
    const std::uint64_t raw = TRY(Varint());
    return static_cast<std::int64_t>(raw >> 1U) ^ -static_cast<std::int64_t>(raw & 1U);
  }

  Result<std::string> Bytes(std::uint64_t size) {
    if (size > rest_.size()) return Broken();
    std::string bytes(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return bytes;
  }

  /// A field says whether it is true in its head.
  Result<ThriftValue> Field(Kind kind, int depth) {
    if (kind != Kind::kTrue && kind != Kind::kFalse) return Value(kind, depth);
    ThriftValue value;
    value.kind = kind;
    return value;
  }

  Result<ThriftValue> Value(Kind kind, int depth) {
    if (++values_ > kThriftValuesMax) return Broken();
    ThriftValue value;
    value.kind = kind;
    switch (kind) {
      case Kind::kTrue:
      case Kind::kFalse:  // of a list: a byte each
        value.kind = TRY(Byte()) == static_cast<unsigned>(Kind::kTrue) ? Kind::kTrue : Kind::kFalse;
        return value;
      case Kind::kByte:
        value.number = TRY(Byte());
        return value;
      case Kind::kI16:
      case Kind::kI32:
      case Kind::kI64:
        value.number = TRY(Zigzag());
        return value;
      case Kind::kDouble:
        value.bytes = TRY(Bytes(kDoubleBytes));
        return value;
      case Kind::kBinary: {
        const std::uint64_t size = TRY(Varint());
        value.bytes = TRY(Bytes(size));
        return value;
      }
      case Kind::kList:
      case Kind::kSet:
        return List(kind, depth + 1);
      case Kind::kStruct:
        return Struct(depth + 1);
    }
    return Broken();
  }

  Result<ThriftValue> List(Kind kind, int depth) {
    if (depth > kThriftDepthMax) return Broken();
    ThriftValue value;
    value.kind = kind;
    const unsigned head = TRY(Byte());
    std::uint64_t count = head >> 4U;
    if (count > kShortCountMax) count = TRY(Varint());
    if (count > rest_.size()) return Broken();  // every item takes a byte
    value.element = static_cast<Kind>(head & 0xFU);
    value.items.reserve(std::min(count, kReservedMax));
    for (; count > 0; --count) value.items.push_back(TRY(Value(value.element, depth)));
    return value;
  }

  std::string_view rest_;
  std::size_t values_ = 0;
};

class Writer {
 public:
  void Struct(const ThriftValue& value) {
    std::int64_t last = 0;
    for (const auto& [id, field] : value.fields) {
      const std::int64_t step = id - last;
      const auto kind = static_cast<unsigned>(field.kind);
      if (step > 0 && step <= kShortStepMax) {
        Byte((static_cast<unsigned>(step) << 4U) | kind);
      } else {
        Byte(kind);
        Zigzag(id);
      }
      last = id;
      if (field.kind != Kind::kTrue && field.kind != Kind::kFalse) Value(field);
    }
    Byte(0);
  }

  std::string Take() { return std::move(out_); }

 private:
  void Byte(unsigned byte) { out_.push_back(static_cast<char>(byte)); }

  void Varint(std::uint64_t number) {
    for (; number > 0x7FU; number >>= 7U) Byte(static_cast<unsigned>(number & 0x7FU) | 0x80U);
    Byte(static_cast<unsigned>(number));
  }

  void Zigzag(std::int64_t number) {
    Varint((static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63));
  }

  void Value(const ThriftValue& value) {
    switch (value.kind) {
      case Kind::kTrue:
      case Kind::kFalse:
        return Byte(static_cast<unsigned>(value.kind));
      case Kind::kByte:
        return Byte(static_cast<unsigned>(value.number));
      case Kind::kI16:
      case Kind::kI32:
      case Kind::kI64:
        return Zigzag(value.number);
      case Kind::kDouble:
        out_ += value.bytes;
        return;
      case Kind::kBinary:
        Varint(value.bytes.size());
        out_ += value.bytes;
        return;
      case Kind::kList:
      case Kind::kSet:
        return List(value);
      case Kind::kStruct:
        return Struct(value);
    }
  }

  void List(const ThriftValue& value) {
    const std::size_t count = value.items.size();
    const auto element = static_cast<unsigned>(value.element);
    if (count <= kShortCountMax) {
      Byte((static_cast<unsigned>(count) << 4U) | element);
    } else {
      Byte(0xF0U | element);
      Varint(count);
    }
    for (const ThriftValue& item : value.items) Value(item);
  }

  std::string out_;
};

}  // namespace

const ThriftValue* ThriftValue::Find(std::int16_t id) const {
  for (const auto& [known, value] : fields) {
    if (known == id) return &value;
  }
  return nullptr;
}

std::int64_t ThriftValue::Number(std::int16_t id, std::int64_t otherwise) const {
  const ThriftValue* value = Find(id);
  const bool is_number =
      value != nullptr && value->kind >= Kind::kByte && value->kind <= Kind::kI64;
  return is_number ? value->number : otherwise;
}

Result<ThriftValue> ReadThriftStruct(std::string_view bytes) {
  Reader reader(bytes);
  ThriftValue value = TRY(reader.Struct(0));
  if (!reader.empty()) return Broken();
  return value;
}

std::string WriteThriftStruct(const ThriftValue& value) {
  Writer writer;
  writer.Struct(value);
  return writer.Take();
}

}  // namespace sluice
