#include "sql/bind_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "sql/bind_insert.h"
#include "sql/coerce.h"
#include "types/object_name.h"

namespace sluice::sql {
namespace {

/// Formats of USING and STORED AS under which a table without a location is a managed one.
constexpr std::string_view kManagedFormats[] = {"",     "parquet", "orc",  "iceberg",  "csv",
                                                "json", "avro",    "text", "textfile", "hive"};

std::vector<std::string> FoldedParts(const QualifiedName& name) {
  std::vector<std::string> parts;
  for (const Identifier& part : name.parts) parts.push_back(ToLower(part.text));
  const bool ours = parts.size() > 1 && (parts[0] == "dli" || parts[0] == "spark_catalog");
  if (ours) parts.erase(parts.begin());
  return parts;
}

/// Whether tables can hold the type at all.
bool IsStorable(const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      return false;
    case TypeId::kArray:
      return IsStorable(type.element());
    case TypeId::kMap:
      return IsStorable(type.key()) && IsStorable(type.value());
    case TypeId::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return IsStorable(field.type); });
    default:
      return true;
  }
}

class CreateTableBinder {
 public:
  CreateTableBinder(BindState& state, const CreateTable& create) : state_(state), create_(create) {}

  Result<BoundCreateTable> Run() {
    TRY_VOID(RefuseWhatIsNotOffered());
    TableDefinition& table = bound_.table;
    table.name = TRY(NewTableName(state_, create_.name));
    TRY_VOID(RequireDatabase(state_, table.name.database));
    TRY_VOID(CheckTableName(table.name.table));
    table.format = create_.provider.empty() ? create_.storage.stored_as : create_.provider;
    table.comment = create_.comment.value_or("");
    table.if_not_exists = create_.if_not_exists == IfNotExists::kSaid;
    for (const Property& property : create_.properties) {
      table.properties.emplace_back(property.key, property.value.value_or(""));
    }
    for (const Property& option : create_.options) {
      table.options.emplace_back(option.key, option.value.value_or(""));
    }
    TRY_VOID(AddColumns());
    if (create_.as_query != nullptr) {
      TRY_VOID(BindAsSelect());
    } else if (table.columns.empty()) {
      return FailUnsupported("CREATE TABLE without columns");
    }
    TRY_VOID(CheckColumnNames(table.columns));
    TRY_VOID(AddPartitions());
    TRY_VOID(CheckColumnNames(table.columns));
    TRY_VOID(CheckColumns());
    return std::move(bound_);
  }

 private:
  Result<void> RefuseWhatIsNotOffered() const {
    if (create_.mode != CreateMode::kCreate) return FailUnsupported("REPLACE TABLE");
    if (create_.temporary) return FailUnsupported("TEMPORARY TABLE");
    if (create_.external || create_.location) return FailUnsupported("external table");
    for (const Property& option : create_.options) {
      if (EqualsIgnoreCase(option.key, "path")) return FailUnsupported("external table");
    }
    if (create_.bucket) return FailUnsupported("CLUSTERED BY");
    if (create_.skewed) return FailUnsupported("SKEWED BY");
    if (create_.storage.stored_by) return FailUnsupported("STORED BY");
    const std::string& format =
        create_.provider.empty() ? create_.storage.stored_as : create_.provider;
    const bool known = std::find(std::begin(kManagedFormats), std::end(kManagedFormats), format) !=
                       std::end(kManagedFormats);
    if (!known) return FailUnsupported(fmt::format("data source {}", format));
    return {};
  }

  Result<void> AddColumns() {
    for (const ColumnDefinition& definition : create_.columns) {
      if (definition.default_value != nullptr) return FailUnsupported("DEFAULT of a column");
      if (definition.generated_as != nullptr) return FailUnsupported("generated column");
      bound_.table.columns.push_back(FieldOf(definition));
    }
    return {};
  }

  static StructField FieldOf(const ColumnDefinition& definition) {
    return {definition.name.parts.back().text, definition.type.type, !definition.not_null,
            definition.comment.value_or("")};
  }

  Result<void> BindAsSelect() {
    if (!bound_.table.columns.empty()) {
      return FailAnalysis(create_.name.span, "UNSUPPORTED_FEATURE",
                          "Schema may not be specified in a Create Table As Select (CTAS) "
                          "statement.");
    }
    const BoundRelation relation = TRY(BindQuery(state_, *create_.as_query, nullptr));
    for (const OutputColumn& column : relation.columns) {
      bound_.table.columns.push_back({column.name, column.type, true, {}});
    }
    BoundQuery query;
    query.duckdb_sql = relation.sql;
    query.schema = bound_.table.columns;
    query.sources = state_.sources;
    bound_.as_select = std::move(query);
    return {};
  }

  StructField* FindColumn(std::string_view name) {
    for (StructField& column : bound_.table.columns) {
      if (EqualsIgnoreCase(column.name, name)) return &column;
    }
    return nullptr;
  }

  Result<void> AddPartitions() {
    for (const PartitionField& field : create_.partitioned_by) {
      if (!field.transform.empty()) {
        return FailUnsupported(fmt::format("partition transform {}", field.transform));
      }
      if (field.column) {
        if (bound_.as_select) return FailUnsupported("typed partition column of a CTAS");
        bound_.table.columns.push_back(FieldOf(*field.column));
        bound_.table.partition_columns.push_back(bound_.table.columns.back().name);
        continue;
      }
      const std::string& name = field.reference.parts.back().text;
      const StructField* column = FindColumn(name);
      if (column == nullptr || column->type.IsNested()) {
        return FailAnalysis(field.span, "COLUMN_NOT_DEFINED_IN_TABLE",
                            "Partition column `{}` is not defined in table `{}`.", name,
                            bound_.table.name.table);
      }
      bound_.table.partition_columns.push_back(column->name);
    }
    if (!bound_.as_select) MovePartitionsLast();
    return {};
  }

  /// Spark keeps partition columns behind the others, in the order of PARTITIONED BY.
  void MovePartitionsLast() {
    std::vector<StructField>& columns = bound_.table.columns;
    for (const std::string& name : bound_.table.partition_columns) {
      const auto it = std::find_if(columns.begin(), columns.end(),
                                   [&](const StructField& column) { return column.name == name; });
      if (it != columns.end()) std::rotate(it, it + 1, columns.end());
    }
  }

  Result<void> CheckColumns() const {
    const std::vector<StructField>& columns = bound_.table.columns;
    std::set<std::string> names;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!IsStorable(columns[i].type)) {
        return FailAnalysis(create_.name.span, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                            "The column `{}` has the data type \"{}\", which tables cannot hold.",
                            columns[i].name, columns[i].type.UpperName());
      }
      if (!names.insert(ToLower(columns[i].name)).second) {
        return FailAnalysis(create_.name.span, "COLUMN_ALREADY_EXISTS",
                            "The column `{}` already exists. Consider to choose another name or "
                            "rename the existing column.",
                            ToLower(columns[i].name));
      }
    }
    return {};
  }

  BindState& state_;
  const CreateTable& create_;
  BoundCreateTable bound_;
};

}  // namespace

Result<void> RequireDatabase(const BindState& state, const std::string& database) {
  if (TRY(state.catalog.HasDatabase(database))) return {};
  return Fail(ErrorCode::kNotFound, "There is no database named {}", database);
}

Result<std::string> ExistingDatabase(const BindState& state, const QualifiedName& name) {
  const std::vector<std::string> parts = FoldedParts(name);
  if (parts.size() != 1) {
    return Fail(ErrorCode::kNotFound, "There is no database named {}", QuotedForMessage(name));
  }
  TRY_VOID(RequireDatabase(state, parts[0]));
  return parts[0];
}

Result<TableName> NewTableName(const BindState& state, const QualifiedName& name) {
  const std::vector<std::string> parts = FoldedParts(name);
  if (parts.size() == 1) return TableName{state.session.current_database, parts[0]};
  if (parts.size() == 2) return TableName{parts[0], parts[1]};
  return FailAnalysis(name.span, "REQUIRES_SINGLE_PART_NAMESPACE",
                      "spark_catalog requires a single-part namespace, but got {}.",
                      QuotedForMessage(name));
}

Result<BoundCreateTable> BindCreateTable(BindState& state, const CreateTable& create) {
  return CreateTableBinder(state, create).Run();
}

}  // namespace sluice::sql
