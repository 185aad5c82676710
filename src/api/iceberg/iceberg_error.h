#pragma once

#include <string>

#include "base/error.h"
#include "http/message.h"

namespace sluice::api {

/// What an operation of the REST catalog is about; decides how "not found" is called.
enum class IcebergObject { kNamespace, kTable, kView };

/// {"error":{"message","type","code"}} with the exception names that Iceberg clients know. Logs
/// the server's own faults.
http::Response RenderIcebergError(const Error& error, IcebergObject object,
                                  const std::string& request_id);

}  // namespace sluice::api
