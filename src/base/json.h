#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

namespace json = boost::json;

/// Deepest nesting ParseJson follows.
inline constexpr std::size_t kJsonDepthMax = 64;

/// Parses one JSON text (RFC 8259, UTF-8). NaN, comments, trailing text and nesting past
/// kJsonDepthMax are kInvalidArgument.
Result<json::value> ParseJson(std::string_view text);

/// Values that the text of a request may hold: parsed, each takes many times its bytes.
inline constexpr std::size_t kRequestJsonValuesMax = 250'000;
/// The same for what a client has sent; kTooLarge when it holds more values.
Result<json::value> ParseRequestJson(std::string_view text);

/// The string member `name`, or null when it is absent or no string.
const json::string* FindString(const json::object& object, std::string_view name);

/// Writes JSON text piece by piece into a string, with the commas put in. Not thread-safe.
///
///     JsonWriter json(&out);
///     json.BeginObject();
///     json.Key("job_id").String(id);
///     json.EndObject();
class JsonWriter {
 public:
  /// Appends to *out, which must outlive the writer.
  explicit JsonWriter(std::string* out) : out_(out) {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name);
  JsonWriter& String(std::string_view value);
  JsonWriter& Int(std::int64_t value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  /// Text that is JSON already.
  JsonWriter& Raw(std::string_view json_text);

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Separate();

  std::string* out_;
  bool needs_comma_ = false;
};

/// Appends the text as a JSON string with its quotes; other than the must-escapes stays raw UTF-8.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace sluice
