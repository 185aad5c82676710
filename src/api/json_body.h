#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/message.h"
#include "job/job.h"

namespace sluice::api {

// Decoding of JSON bodies. A member of another type is kInvalidArgument and named in the message;
// null counts as absent; numbers and booleans may be sent as strings; members nobody asks for are
// ignored.

/// The body's JSON object. kUnsupportedMedia when the Content-Type says something else than
/// application/json, kInvalidArgument when the body is no JSON object.
Result<json::object> DecodeBody(const http::Request& request);

Result<std::optional<std::string>> FindText(const json::object& object, std::string_view name);
Result<std::optional<bool>> FindBool(const json::object& object, std::string_view name);
/// Empty when the member is absent.
Result<std::string> GetTextOrEmpty(const json::object& object, std::string_view name);
/// kInvalidArgument when the member is absent.
Result<std::string> GetText(const json::object& object, std::string_view name);
Result<std::vector<std::string>> GetTexts(const json::object& object, std::string_view name);
/// Null when the member is absent.
Result<const json::array*> FindArray(const json::object& object, std::string_view name);
Result<const json::object*> FindObject(const json::object& object, std::string_view name);
/// `tags`: objects of key and value, also spelled Key and Value. Types only; ValidateTags has the
/// rules.
Result<std::vector<Tag>> GetTags(const json::object& object);

/// true for "true", false for "false", in any case.
std::optional<bool> ParseBool(std::string_view text);

}  // namespace sluice::api
