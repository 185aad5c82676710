#pragma once

#include "sql/bind_state.h"
#include "sql/front_end.h"

namespace sluice::sql {

/// CREATE TABLE with its column list or its query.
Result<BoundCreateTable> BindCreateTable(BindState& state, const CreateTable& create);

/// The database of a name of one or two parts (after our catalog's name), which must exist.
Result<std::string> ExistingDatabase(const BindState& state, const QualifiedName& name);
/// A table's full name; an unqualified one is of the current database.
Result<TableName> NewTableName(const BindState& state, const QualifiedName& name);
/// kNotFound unless the database exists.
Result<void> RequireDatabase(const BindState& state, const std::string& database);

}  // namespace sluice::sql
