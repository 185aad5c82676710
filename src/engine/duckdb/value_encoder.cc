#include "engine/duckdb/value_encoder.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/json.h"
#include "engine/duckdb/duckdb_value.h"
#include "engine/duckdb/value_text.h"
#include "spark/time_text.h"

namespace sluice {

namespace {

/// The element of a vector of fixed-size values.
template <class T>
const T& At(const DuckDbApi& api, duckdb_vector vector, idx_t row) {
  return static_cast<const T*>(api.vector_get_data(vector))[row];
}

std::string_view TextAt(const DuckDbApi& api, duckdb_vector vector, idx_t row) {
  return BytesOf(At<duckdb_string_t>(api, vector, row));
}

class VoidEncoder final : public ValueEncoder {
 public:
  explicit VoidEncoder(const DuckDbApi& api) : ValueEncoder(api) {}
  void AppendValueJson(duckdb_vector, idx_t, std::string* out) const override {
    out->append("null");
  }
};

class BooleanEncoder final : public ValueEncoder {
 public:
  explicit BooleanEncoder(const DuckDbApi& api) : ValueEncoder(api) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    out->append(At<bool>(api_, vector, row) ? "true" : "false");
  }
};

template <class Integer>
class IntegerEncoder final : public ValueEncoder {
 public:
  explicit IntegerEncoder(const DuckDbApi& api) : ValueEncoder(api) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    fmt::format_to(std::back_inserter(*out), "{}", At<Integer>(api_, vector, row));
  }
};

template <class Float>
class FloatEncoder final : public ValueEncoder {
 public:
  explicit FloatEncoder(const DuckDbApi& api) : ValueEncoder(api) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    AppendJsonFloat(At<Float>(api_, vector, row), out);
  }
  void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const override {
    AppendFloatText(At<Float>(api_, vector, row), out);
  }
};

/// Decimals, and integers wider than 64 bits as decimals of scale 0.
class DecimalEncoder final : public ValueEncoder {
 public:
  DecimalEncoder(const DuckDbApi& api, duckdb_type storage, int scale)
      : ValueEncoder(api), storage_(storage), scale_(scale) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    AppendDecimal(Unscaled(vector, row), scale_, out);
  }
  void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const override {
    AppendDecimalText(Unscaled(vector, row), scale_, out);
  }

 private:
  Int128 Unscaled(duckdb_vector vector, idx_t row) const {
    switch (storage_) {
      case DUCKDB_TYPE_SMALLINT:
        return At<std::int16_t>(api_, vector, row);
      case DUCKDB_TYPE_INTEGER:
        return At<std::int32_t>(api_, vector, row);
      case DUCKDB_TYPE_BIGINT:
        return At<std::int64_t>(api_, vector, row);
      default:
        return IntegerOf(At<duckdb_hugeint>(api_, vector, row));
    }
  }

  duckdb_type storage_;
  int scale_;
};

/// Values whose JSON is their text in quotes.
class QuotedEncoder : public ValueEncoder {
 public:
  using ValueEncoder::ValueEncoder;
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    out->push_back('"');
    AppendValueText(vector, row, out);
    out->push_back('"');
  }
};

class StringEncoder final : public ValueEncoder {
 public:
  explicit StringEncoder(const DuckDbApi& api) : ValueEncoder(api) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    AppendJsonString(TextAt(api_, vector, row), out);
  }
  void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const override {
    out->append(TextAt(api_, vector, row));
  }
};

class BinaryEncoder final : public ValueEncoder {
 public:
  explicit BinaryEncoder(const DuckDbApi& api) : ValueEncoder(api) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    out->push_back('"');
    out->append(Base64Encode(TextAt(api_, vector, row)));
    out->push_back('"');
  }
  /// Spark reads the bytes as UTF-8; what is none cannot stand in JSON and shows as base64.
  void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const override {
    std::string_view bytes = TextAt(api_, vector, row);
    out->append(IsValidUtf8(bytes) ? std::string(bytes) : Base64Encode(bytes));
  }
};

class DateEncoder final : public QuotedEncoder {
 public:
  explicit DateEncoder(const DuckDbApi& api) : QuotedEncoder(api) {}
  void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const override {
    spark::AppendDate(At<std::int32_t>(api_, vector, row), out);
  }
};

/// Timestamps of any precision; an instant goes through the session's zone.
class TimestampEncoder final : public QuotedEncoder {
 public:
  TimestampEncoder(const DuckDbApi& api, std::int64_t micros_per_unit, const ZoneShift* shift)
      : QuotedEncoder(api), micros_per_unit_(micros_per_unit), shift_(shift) {}
  void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const override {
    std::int64_t micros = At<std::int64_t>(api_, vector, row) * micros_per_unit_;
    spark::AppendTimestamp(shift_ == nullptr ? micros : (*shift_)(micros), out);
  }

 private:
  std::int64_t micros_per_unit_;
  const ZoneShift* shift_;
};

class IntervalEncoder final : public QuotedEncoder {
 public:
  IntervalEncoder(const DuckDbApi& api, DataType type)
      : QuotedEncoder(api), type_(std::move(type)) {}
  void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const override {
    const auto& interval = At<duckdb_interval>(api_, vector, row);
    AppendInterval({interval.months, interval.days, interval.micros}, type_, out);
  }

 private:
  DataType type_;
};

using Child = std::unique_ptr<ValueEncoder>;

class ArrayEncoder final : public ValueEncoder {
 public:
  ArrayEncoder(const DuckDbApi& api, Child element)
      : ValueEncoder(api), element_(std::move(element)) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    auto entry = At<duckdb_list_entry>(api_, vector, row);
    duckdb_vector child = api_.list_vector_get_child(vector);
    out->push_back('[');
    for (idx_t i = 0; i < entry.length; ++i) {
      if (i > 0) out->push_back(',');
      element_->AppendJson(child, entry.offset + i, out);
    }
    out->push_back(']');
  }

 private:
  Child element_;
};

class MapEncoder final : public ValueEncoder {
 public:
  MapEncoder(const DuckDbApi& api, Child key, Child value)
      : ValueEncoder(api), key_(std::move(key)), value_(std::move(value)) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    auto entry = At<duckdb_list_entry>(api_, vector, row);
    duckdb_vector entries = api_.list_vector_get_child(vector);
    duckdb_vector keys = api_.struct_vector_get_child(entries, 0);
    duckdb_vector values = api_.struct_vector_get_child(entries, 1);
    out->push_back('{');
    std::string key;
    for (idx_t i = 0; i < entry.length; ++i) {
      if (i > 0) out->push_back(',');
      key.clear();
      key_->AppendText(keys, entry.offset + i, &key);
      AppendJsonString(key, out);
      out->push_back(':');
      value_->AppendJson(values, entry.offset + i, out);
    }
    out->push_back('}');
  }

 private:
  Child key_;
  Child value_;
};

class StructEncoder final : public ValueEncoder {
 public:
  struct Field {
    std::string name;
    Child value;
  };
  StructEncoder(const DuckDbApi& api, std::vector<Field> fields)
      : ValueEncoder(api), fields_(std::move(fields)) {}
  void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const override {
    out->push_back('{');
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (i > 0) out->push_back(',');
      AppendJsonString(fields_[i].name, out);
      out->push_back(':');
      fields_[i].value->AppendJson(api_.struct_vector_get_child(vector, i), row, out);
    }
    out->push_back('}');
  }

 private:
  std::vector<Field> fields_;
};

tl::unexpected<Error> FailMismatch(duckdb_type engine_type, const DataType& spark_type) {
  return FailWithDetail(ErrorCode::kInternal, fmt::format("engine type {}", int{engine_type}),
                        "[INTERNAL_ERROR] The engine's result does not have the type {}",
                        spark_type.UpperName());
}

/// Encoders of numbers and texts that have no parameters; null for all other types.
Child MakePlain(const DuckDbApi& api, duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return std::make_unique<BooleanEncoder>(api);
    case DUCKDB_TYPE_TINYINT:
      return std::make_unique<IntegerEncoder<std::int8_t>>(api);
    case DUCKDB_TYPE_SMALLINT:
      return std::make_unique<IntegerEncoder<std::int16_t>>(api);
    case DUCKDB_TYPE_INTEGER:
      return std::make_unique<IntegerEncoder<std::int32_t>>(api);
    case DUCKDB_TYPE_BIGINT:
      return std::make_unique<IntegerEncoder<std::int64_t>>(api);
    case DUCKDB_TYPE_UTINYINT:
      return std::make_unique<IntegerEncoder<std::uint8_t>>(api);
    case DUCKDB_TYPE_USMALLINT:
      return std::make_unique<IntegerEncoder<std::uint16_t>>(api);
    case DUCKDB_TYPE_UINTEGER:
      return std::make_unique<IntegerEncoder<std::uint32_t>>(api);
    case DUCKDB_TYPE_UBIGINT:
      return std::make_unique<IntegerEncoder<std::uint64_t>>(api);
    case DUCKDB_TYPE_HUGEINT:
      return std::make_unique<DecimalEncoder>(api, type, 0);
    case DUCKDB_TYPE_FLOAT:
      return std::make_unique<FloatEncoder<float>>(api);
    case DUCKDB_TYPE_DOUBLE:
      return std::make_unique<FloatEncoder<double>>(api);
    case DUCKDB_TYPE_VARCHAR:
      return std::make_unique<StringEncoder>(api);
    case DUCKDB_TYPE_BLOB:
      return std::make_unique<BinaryEncoder>(api);
    case DUCKDB_TYPE_DATE:
      return std::make_unique<DateEncoder>(api);
    default:
      return nullptr;
  }
}

/// Which engine types may carry a Spark type without parameters.
bool Carries(duckdb_type type, const DataType& spark_type) {
  switch (spark_type.id()) {
    case TypeId::kBoolean:
      return type == DUCKDB_TYPE_BOOLEAN;
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt:
      return (type >= DUCKDB_TYPE_TINYINT && type <= DUCKDB_TYPE_UBIGINT) ||
             type == DUCKDB_TYPE_HUGEINT;
    case TypeId::kFloat:
      return type == DUCKDB_TYPE_FLOAT;
    case TypeId::kDouble:
      return type == DUCKDB_TYPE_DOUBLE;
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return type == DUCKDB_TYPE_VARCHAR;
    case TypeId::kBinary:
      return type == DUCKDB_TYPE_BLOB;
    case TypeId::kDate:
      return type == DUCKDB_TYPE_DATE;
    default:
      return false;
  }
}

Result<Child> MakeDecimal(const DuckDbApi& api, duckdb_logical_type engine_type,
                          const DataType& spark_type) {
  duckdb_type type = api.get_type_id(engine_type);
  if (type != DUCKDB_TYPE_DECIMAL || api.decimal_scale(engine_type) != spark_type.scale()) {
    return FailMismatch(type, spark_type);
  }
  return Child(std::make_unique<DecimalEncoder>(api, api.decimal_internal_type(engine_type),
                                                spark_type.scale()));
}

Result<Child> MakeTimestamp(const DuckDbApi& api, duckdb_type type, const DataType& spark_type,
                            const ZoneShift* zone_shift) {
  switch (type) {
    // Without a zone the engine holds the wall clock already.
    case DUCKDB_TYPE_TIMESTAMP:
      return Child(std::make_unique<TimestampEncoder>(api, 1, nullptr));
    case DUCKDB_TYPE_TIMESTAMP_S:
      return Child(std::make_unique<TimestampEncoder>(api, 1'000'000, nullptr));
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return Child(std::make_unique<TimestampEncoder>(api, 1'000, nullptr));
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return Child(std::make_unique<TimestampEncoder>(api, 1, zone_shift));
    default:
      return FailMismatch(type, spark_type);
  }
}

using OwnedType = Owned<duckdb_logical_type>;

Result<Child> MakeNested(const DuckDbApi& api, duckdb_logical_type engine_type,
                         const DataType& spark_type, const ZoneShift* zone_shift) {
  duckdb_type type = api.get_type_id(engine_type);
  auto make = [&](duckdb_logical_type child, const DataType& child_type) {
    OwnedType owned(child, api.destroy_logical_type);
    return ValueEncoder::Create(api, owned.get(), child_type, zone_shift);
  };
  if (spark_type.id() == TypeId::kArray && type == DUCKDB_TYPE_LIST) {
    Child element = TRY(make(api.list_type_child_type(engine_type), spark_type.element()));
    return Child(std::make_unique<ArrayEncoder>(api, std::move(element)));
  }
  if (spark_type.id() == TypeId::kMap && type == DUCKDB_TYPE_MAP) {
    Child key = TRY(make(api.map_type_key_type(engine_type), spark_type.key()));
    Child value = TRY(make(api.map_type_value_type(engine_type), spark_type.value()));
    return Child(std::make_unique<MapEncoder>(api, std::move(key), std::move(value)));
  }
  const bool is_struct = spark_type.id() == TypeId::kStruct && type == DUCKDB_TYPE_STRUCT &&
                         api.struct_type_child_count(engine_type) == spark_type.fields().size();
  if (!is_struct) return FailMismatch(type, spark_type);
  std::vector<StructEncoder::Field> fields;
  for (const StructField& field : spark_type.fields()) {
    Child value = TRY(make(api.struct_type_child_type(engine_type, fields.size()), field.type));
    fields.push_back({field.name, std::move(value)});
  }
  return Child(std::make_unique<StructEncoder>(api, std::move(fields)));
}

}  // namespace

bool ValueEncoder::IsNull(duckdb_vector vector, idx_t row) const {
  return IsNullAt(api_.vector_get_validity(vector), row);
}

void ValueEncoder::AppendJson(duckdb_vector vector, idx_t row, std::string* out) const {
  if (IsNull(vector, row)) {
    out->append("null");
  } else {
    AppendValueJson(vector, row, out);
  }
}

void ValueEncoder::AppendText(duckdb_vector vector, idx_t row, std::string* out) const {
  if (IsNull(vector, row)) {
    out->append("null");
  } else {
    AppendValueText(vector, row, out);
  }
}

Result<std::unique_ptr<ValueEncoder>> ValueEncoder::Create(const DuckDbApi& api,
                                                           duckdb_logical_type engine_type,
                                                           const DataType& spark_type,
                                                           const ZoneShift* zone_shift) {
  duckdb_type type = api.get_type_id(engine_type);
  switch (spark_type.id()) {
    case TypeId::kVoid:
      return Child(std::make_unique<VoidEncoder>(api));
    case TypeId::kDecimal:
      return MakeDecimal(api, engine_type, spark_type);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return MakeTimestamp(api, type, spark_type, zone_shift);
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      if (type != DUCKDB_TYPE_INTERVAL) return FailMismatch(type, spark_type);
      return Child(std::make_unique<IntervalEncoder>(api, spark_type));
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return MakeNested(api, engine_type, spark_type, zone_shift);
    default:
      break;
  }
  if (!Carries(type, spark_type)) return FailMismatch(type, spark_type);
  return MakePlain(api, type);
}

}  // namespace sluice
