#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/catalog_store.h"
#include "store/sqlite/connection.h"

namespace sluice {

/// Makes one change of the catalog inside a transaction of the writer. `served_ms`, of the
/// store's ServedClock, stamps drops.
/// Errors as CatalogStore::Apply's.
Result<void> ApplyCatalogChange(Connection& connection, const CatalogChange& change,
                                std::int64_t served_ms);

}  // namespace sluice
