#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "http/message.h"
#include "job/job.h"
#include "lake/catalog.h"

namespace sluice::api {

/// A request to the REST catalog whose sender is known. Valid during the operation only.
struct CatalogCall {
  const http::Request& request;
  const Principal& caller;
  LakeCatalog& catalog;

  const ProjectId& project() const { return caller.project; }
  const std::string& user_name() const { return caller.user_name; }
  /// {namespace} and {table} of the path, folded.
  std::string database() const;
  std::string table() const;
  /// The body as an object; kInvalidArgument when it is none.
  Result<json::object> Body() const;
};

/// One operation of the REST catalog: decodes, acts, encodes. May block.
using CatalogOperation = Result<http::Response> (*)(const CatalogCall& call);

// namespaces.cc
Result<http::Response> GetConfig(const CatalogCall& call);
Result<http::Response> ListNamespaces(const CatalogCall& call);
Result<http::Response> CreateNamespace(const CatalogCall& call);
Result<http::Response> GetNamespace(const CatalogCall& call);
Result<http::Response> DropNamespace(const CatalogCall& call);
Result<http::Response> UpdateNamespaceProperties(const CatalogCall& call);

// tables.cc
Result<http::Response> ListIcebergTables(const CatalogCall& call);
Result<http::Response> CreateIcebergTable(const CatalogCall& call);
Result<http::Response> LoadIcebergTable(const CatalogCall& call);
Result<http::Response> CommitIcebergTable(const CatalogCall& call);
Result<http::Response> DropIcebergTable(const CatalogCall& call);
Result<http::Response> RenameIcebergTable(const CatalogCall& call);
Result<http::Response> CommitIcebergTransaction(const CatalogCall& call);
Result<http::Response> TakeMetrics(const CatalogCall& call);
Result<http::Response> ListViews(const CatalogCall& call);
Result<http::Response> LoadView(const CatalogCall& call);

/// The levels of an Iceberg namespace as one folded name; a nested one keeps U+001F between its
/// levels and names no database. kInvalidArgument when the member is no list of texts.
Result<std::string> NamespaceName(const json::object& object, std::string_view member);

/// 200 with a JSON body, and 204 without one.
http::Response CatalogAnswer(std::string body);
http::Response NoContent();

}  // namespace sluice::api
