#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_call.h"
#include "sql/coerce.h"
#include "sql/document_text.h"
#include "sql/generate.h"
#include "sql/json_schema.h"
#include "sql/parse_detail.h"

namespace sluice::sql {
namespace {

struct DocumentFunction {
  std::string_view name;
  std::size_t arguments_min;
  std::size_t arguments_max;
};
constexpr DocumentFunction kDocumentFunctions[] = {
    {"from_json", 2, 3},
    {"schema_of_json", 1, 2},
    {"to_json", 1, 2},
};

/// Options of Spark that change results and are not offered; what Spark does not know it ignores.
constexpr std::string_view kOptionsNotOffered[] = {
    "timezone",       "enabledatetimeparsingfallback",     "pretty",
    "infertimestamp", "writenonasciicharacterascodepoint",
};

const Literal* TextLiteral(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr && literal->kind == LiteralKind::kString ? literal : nullptr;
}

bool IsCallOf(const FunctionCall* call, std::string_view name) {
  return call != nullptr && call->name.parts.size() == 1 &&
         EqualsIgnoreCase(call->name.parts[0].text, name);
}

Result<void> CheckOptions(const DocumentOptions& options) {
  for (const auto& [name, value] : options) {
    for (std::string_view refused : kOptionsNotOffered) {
      const bool off = EqualsIgnoreCase(value, "false") && refused != "timezone";
      if (EqualsIgnoreCase(name, refused) && !off) return FailUnsupported("option " + name);
    }
    if (name == "locale" && !EqualsIgnoreCase(value, "en-US")) {
      return FailUnsupported("option locale of " + value);
    }
    if (name == "mode" && EqualsIgnoreCase(value, "DROPMALFORMED")) {
      return FailUnsupported("mode DROPMALFORMED");
    }
  }
  return {};
}

bool HasLength(const DataType& type) { return WithoutLengths(type) != type; }

/// The engine's structs know no case.
bool HasTwins(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return HasTwins(type.element());
    case TypeId::kMap:
      return HasTwins(type.value());
    case TypeId::kStruct: {
      std::set<std::string> names;
      return std::any_of(type.fields().begin(), type.fields().end(), [&](const StructField& field) {
        return !names.insert(ToLower(field.name)).second || HasTwins(field.type);
      });
    }
    default:
      return false;
  }
}

/// Whether every map's keys are strings.
bool HasTextKeys(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return HasTextKeys(type.element());
    case TypeId::kMap:
      return type.key().id() == TypeId::kString && HasTextKeys(type.value());
    case TypeId::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return HasTextKeys(field.type); });
    default:
      return true;
  }
}

}  // namespace

bool CallBinder::IsDocumentFunction() const {
  return std::any_of(std::begin(kDocumentFunctions), std::end(kDocumentFunctions),
                     [&](const DocumentFunction& function) { return function.name == name_; });
}

Result<void> CallBinder::CheckDocumentCall() const {
  for (const DocumentFunction& function : kDocumentFunctions) {
    if (function.name != name_) continue;
    return CheckArgumentCount(expr_.span, name_, call_.arguments.size(), function.arguments_min,
                              function.arguments_max);
  }
  return {};
}

Result<Typed> CallBinder::BindDocument() {
  TRY_VOID(CheckDocumentCall());
  DocumentOptions options;
  const std::size_t options_at = name_.starts_with("from_") ? 2 : 1;
  if (call_.arguments.size() > options_at) options = TRY(Options(call_.arguments[options_at]));
  TRY_VOID(CheckOptions(options));
  if (name_ == "from_json") return FromJson(options);
  if (name_ == "schema_of_json") return SchemaOfJson(options);
  return ToJson(options);
}

Result<DocumentOptions> CallBinder::Options(const Argument& argument) {
  const auto* map = std::get_if<FunctionCall>(&argument.value->node);
  if (!IsCallOf(map, "map")) {
    return FailAnalysis(expr_.span, "INVALID_OPTIONS.NON_MAP_FUNCTION",
                        "Invalid options: Must use the `map()` function for options.");
  }
  const Typed bound = TRY(binder_.Bind(*argument.value));
  const bool texts = bound.type.id() == TypeId::kMap && bound.type.key().id() == TypeId::kString &&
                     bound.type.value().id() == TypeId::kString;
  if (!texts) {
    return FailAnalysis(expr_.span, "INVALID_OPTIONS.NON_STRING_TYPE",
                        "Invalid options: A type of keys and values in `map()` must be string, but "
                        "got \"{}\".",
                        bound.type.UpperName());
  }
  DocumentOptions options;
  for (std::size_t i = 0; i + 1 < map->arguments.size(); i += 2) {
    const auto name = TRY(ConstantText(*map->arguments[i].value));
    const auto value = TRY(ConstantText(*map->arguments[i + 1].value));
    if (!name || !value) return FailUnsupported("options that are no constants");
    options.emplace_back(ToLower(*name), *value);
  }
  return options;
}

Result<std::optional<std::string>> CallBinder::ConstantText(const Expr& expr) {
  if (const Literal* literal = TextLiteral(expr)) return literal->text;
  const auto* call = std::get_if<FunctionCall>(&expr.node);
  if (IsCallOf(call, "concat")) {
    std::string text;
    for (const Argument& argument : call->arguments) {
      const auto part = TRY(ConstantText(*argument.value));
      if (!part) return std::nullopt;
      text += *part;
    }
    return text;
  }
  if (IsCallOf(call, "schema_of_json")) {
    const Typed schema = TRY(binder_.Bind(expr));
    return schema.constant_text;
  }
  return std::nullopt;
}

Result<DataType> CallBinder::SchemaOf(const Argument& argument) {
  const auto text = TRY(ConstantText(*argument.value));
  if (!text) {
    const Typed bound = TRY(binder_.Bind(*argument.value));
    if (bound.foldable && bound.IsText() && bound.literal == nullptr) {
      return FailUnsupported("a schema made by a function");
    }
    return FailAnalysis(expr_.span, "INVALID_SCHEMA.NON_STRING_LITERAL",
                        "The input schema \"{}\" is not a valid schema string. The input "
                        "expression must be string literal and not null.",
                        bound.name);
  }
  std::optional<SyntaxError> error;
  Result<DataType> schema = ParseSchemaInDetail(*text, &error);
  if (!schema) {
    if (!error) return Fail(schema.error());
    const bool named = !error->error_class.empty();
    return FailAnalysis(expr_.span, named ? error->error_class : "PARSE_SYNTAX_ERROR", "{}",
                        error->text);
  }
  if (HasLength(*schema)) {
    return FailAnalysis(expr_.span, "UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING",
                        "The char/varchar type can't be used in the table schema. If you want "
                        "Spark treat them as string type as same as Spark 3.0 and earlier, please "
                        "set \"spark.sql.legacy.charVarcharAsString\" to \"true\".");
  }
  return schema;
}

Result<Typed> CallBinder::FromJson(const DocumentOptions& options) {
  const DataType schema = TRY(SchemaOf(call_.arguments[1]));
  const Typed text = TRY(binder_.Bind(*call_.arguments[0].value));
  Typed result;
  result.name = schema.id() == TypeId::kMap ? "entries" : CallName(shown_, {text});
  if (!text.IsText() && text.type.id() != TypeId::kVoid) {
    return FailArgumentType(expr_.span, result.name, 1, "\"STRING\"", text);
  }
  if (!schema.IsNested()) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                        "Cannot resolve \"{}\" due to data type mismatch: Input schema \"{}\" must "
                        "be a struct, an array or a map.",
                        result.name, schema.UpperName());
  }
  if (!HasTextKeys(schema)) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE",
                        "Cannot resolve \"{}\" due to data type mismatch: Input schema \"{}\" can "
                        "only contain STRING as a key type for a MAP.",
                        result.name, schema.UpperName());
  }
  if (!CanBeRead(schema)) return FailUnsupported("from_json to " + schema.SqlName());
  if (HasTwins(schema)) return FailUnsupported("fields whose names differ in case only");
  if (schema.id() == TypeId::kStruct) {
    const std::string_view corrupt =
        FindOption(options, "columnnameofcorruptrecord", "_corrupt_record");
    for (const StructField& field : schema.fields()) {
      if (field.name == corrupt && field.type.id() != TypeId::kString) {
        return FailUnsupported("a field for corrupt records that is not STRING");
      }
    }
  }
  Inherit(text, &result);
  result.foldable = text.foldable;
  result.type = schema;
  result.sql =
      FromCarrier(fmt::format("CAST(CAST(system.main.sluice_from_json({}, {}, {}) AS JSON) AS {})",
                              Coerced(text, TypeId::kString).sql, QuoteText(schema.UpperName()),
                              QuoteText(WriteOptions(options)), CarrierType(schema)),
                  schema);
  return result;
}

Result<Typed> CallBinder::SchemaOfJson(const DocumentOptions& options) {
  const Typed text = TRY(binder_.Bind(*call_.arguments[0].value));
  Typed result;
  result.name = CallName(shown_, {text});
  if (!text.IsText() && text.type.id() != TypeId::kVoid) {
    return FailArgumentType(expr_.span, result.name, 1, "\"STRING\"", text);
  }
  if (!text.foldable) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                        "Cannot resolve \"{}\" due to data type mismatch: the input json should be "
                        "a foldable \"STRING\" expression; however, got \"{}\".",
                        result.name, text.name);
  }
  if (text.type.id() == TypeId::kVoid) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.UNEXPECTED_NULL",
                        "Cannot resolve \"{}\" due to data type mismatch: The json must not be "
                        "null.",
                        result.name);
  }
  const auto constant = TRY(ConstantText(*call_.arguments[0].value));
  if (!constant) return FailUnsupported("schema_of_json of a text made by a function");
  JsonDocument document;
  const JsonVerdict verdict = ReadJson(*constant, JsonReadingOf(options), &document);
  if (verdict == JsonVerdict::kMalformed) {
    return FailUnsupported("schema_of_json of a malformed document");
  }
  result.type = TypeId::kString;
  result.constant_text = ::sluice::sql::SchemaOfJson(document, options).UpperName();
  result.sql = QuoteText(*result.constant_text);
  result.physical = Physical::kExact;
  result.foldable = true;
  return result;
}

Result<Typed> CallBinder::ToJson(const DocumentOptions& options) {
  const Typed value = TRY(binder_.Bind(*call_.arguments[0].value));
  Typed result;
  result.name = CallName(shown_, {value});
  result.type = TypeId::kString;
  Inherit(value, &result);
  result.foldable = value.foldable;
  if (value.type.id() == TypeId::kVoid) {
    result.sql = "CAST(NULL AS VARCHAR)";
    return result;
  }
  if (!value.type.IsNested()) {
    return FailAnalysis(expr_.span, "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                        "Cannot resolve \"{}\" due to data type mismatch: Input schema \"{}\" must "
                        "be a struct, an array or a map.",
                        result.name, value.type.UpperName());
  }
  result.sql =
      TRY(JsonTextOf(ExactText(value), value.type, options, binder_.state_.session.time_zone));
  return result;
}

}  // namespace sluice::sql
