#include "scheduler/statement_runner.h"

#include <utility>

#include "base/ascii.h"
#include "base/json.h"
#include "sql/ast.h"

namespace sluice {

namespace {

using sql::Overloaded;
using Row = std::vector<std::optional<std::string>>;

Schema TextColumns(std::initializer_list<const char*> names) {
  Schema schema;
  for (const char* name : names) schema.push_back(StructField{name, TypeId::kString, true, {}});
  return schema;
}

// Linear in name times stars: on a mismatch the newest star takes one character more.
bool MatchesAlternative(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, star_end = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = n;
    } else if (p < pattern.size() && ToLower(pattern[p]) == ToLower(name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<TableDescription> RequireTable(const LakeCatalog& catalog, const ProjectId& project,
                                      const sql::TableName& name) {
  auto table = TRY(catalog.FindTable(project, name.database, name.table));
  if (!table) {
    return Fail(ErrorCode::kAnalysis,
                "[TABLE_OR_VIEW_NOT_FOUND] The table or view `{}`.`{}` cannot be found",
                name.database, name.table);
  }
  return std::move(*table);
}

Row ColumnRow(const StructField& column) {
  return {column.name, column.type.SqlName(),
          column.comment.empty() ? std::nullopt : std::optional(column.comment)};
}

// The rows Spark's DESCRIBE TABLE shows: columns, partition columns again, then details if
// extended.
TextRows DescribeTable(const TableDescription& table, bool extended) {
  TextRows out{TextColumns({"col_name", "data_type", "comment"}), {}};
  for (const StructField& column : table.columns) out.rows.push_back(ColumnRow(column));
  if (!table.partition_columns.empty()) {
    out.rows.push_back({"# Partition Information", "", ""});
    out.rows.push_back({"# col_name", "data_type", "comment"});
    for (const StructField& column : table.columns) {
      for (const std::string& name : table.partition_columns) {
        if (EqualsIgnoreCase(name, column.name)) out.rows.push_back(ColumnRow(column));
      }
    }
  }
  if (extended) {
    out.rows.push_back({"", "", ""});
    out.rows.push_back({"# Detailed Table Information", "", ""});
    out.rows.push_back({"Database", table.record.database, ""});
    out.rows.push_back({"Table", table.record.name, ""});
    out.rows.push_back({"Owner", table.record.owner, ""});
    out.rows.push_back({"Type", "MANAGED", ""});
    out.rows.push_back({"Provider", table.record.format, ""});
    out.rows.push_back({"Comment", table.record.comment, ""});
    out.rows.push_back(
        {"Statistics", fmt::format("{} bytes, {} rows", table.total_bytes, table.total_rows), ""});
  }
  return out;
}

Result<TextRows> DescribeColumn(const TableDescription& table, const std::string& name) {
  for (const StructField& column : table.columns) {
    if (!EqualsIgnoreCase(column.name, name)) continue;
    TextRows out{TextColumns({"info_name", "info_value"}), {}};
    out.rows.push_back({"col_name", name});
    out.rows.push_back({"data_type", column.type.SqlName()});
    out.rows.push_back({"comment", column.comment.empty() ? "NULL" : column.comment});
    return out;
  }
  return Fail(ErrorCode::kAnalysis, "[COLUMN_NOT_FOUND] The column `{}` cannot be found", name);
}

/// SET k=v, SET k and SET: the session is the job's own, so what it knows is the job's conf.
Result<TextRows> RunSet(const Job& job, const sql::BoundSet& set) {
  TextRows out{TextColumns({"key", "value"}), {}};
  if (!set.key) {
    for (const ConfEntry& entry : job.conf) out.rows.push_back({entry.first, entry.second});
    return out;
  }
  std::string value = "<undefined>";
  if (set.value) {
    value = TRY(ParseConfEntry(*set.key + "=" + *set.value)).second;
  } else {
    for (const ConfEntry& entry : job.conf) {
      if (entry.first == *set.key) value = entry.second;
    }
  }
  out.rows.push_back({*set.key, std::move(value)});
  return out;
}

}  // namespace

bool MatchesPattern(std::string_view name, std::string_view pattern) {
  for (std::string_view alternative : Split(pattern, '|')) {
    if (MatchesAlternative(name, Trim(alternative))) return true;
  }
  return false;
}

ResultSet ToResultSet(const TextRows& rows) {
  ResultSet result;
  result.schema = rows.schema;
  result.row_count = static_cast<std::int64_t>(rows.rows.size());
  for (const Row& row : rows.rows) {
    std::string text;
    JsonWriter json(&text);
    json.BeginArray();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!row[i]) {
        json.Null();
      } else if (rows.schema[i].type == TypeId::kBoolean) {
        json.Bool(*row[i] == "true");
      } else {
        json.String(*row[i]);
      }
    }
    json.EndArray();
    result.rows.push_back(std::move(text));
  }
  return result;
}

Result<std::vector<Row>> ToTextRows(const ResultSet& result) {
  std::vector<Row> rows;
  for (const std::string& text : result.rows) {
    json::value parsed = TRY(ParseJson(text));
    if (!parsed.is_array()) return Fail(ErrorCode::kInternal, "A stored row is no array");
    Row row;
    for (const json::value& value : parsed.get_array()) {
      if (value.is_null()) {
        row.emplace_back();
      } else if (const json::string* string = value.if_string()) {
        row.emplace_back(std::string(*string));
      } else {
        row.emplace_back(json::serialize(value));
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

bool RunsInServer(const sql::BoundStatement& statement) {
  if (std::holds_alternative<sql::BoundQuery>(statement)) return false;
  if (std::holds_alternative<sql::BoundInsert>(statement)) return false;
  const auto* create = std::get_if<sql::BoundCreateTable>(&statement);
  return create == nullptr || !create->as_select;
}

NewTable ToNewTable(const sql::TableDefinition& definition, const std::string& owner) {
  NewTable table;
  table.database = definition.name.database;
  table.name = definition.name.table;
  table.owner = owner;
  table.columns = definition.columns;
  table.partition_columns = definition.partition_columns;
  table.comment = definition.comment;
  table.format = definition.format;
  table.properties = definition.properties;
  return table;
}

StatementRunner::StatementRunner(LakeCatalog* catalog, JobStore* jobs)
    : catalog_(catalog), jobs_(jobs) {}

Result<std::optional<TextRows>> StatementRunner::Read(const Job& job,
                                                      const sql::BoundStatement& statement) const {
  using Rows = std::optional<TextRows>;
  const ProjectId& project = job.project;
  return std::visit(
      Overloaded{
          [&](const sql::BoundShowDatabases& show) -> Result<Rows> {
            TextRows out{TextColumns({"namespace"}), {}};
            for (const DatabaseRecord& database : TRY(catalog_->ListDatabases(project))) {
              if (!show.pattern || MatchesPattern(database.name, *show.pattern)) {
                out.rows.push_back({database.name});
              }
            }
            return Rows(std::move(out));
          },
          [&](const sql::BoundShowTables& show) -> Result<Rows> {
            TextRows out{TextColumns({"namespace", "tableName", "isTemporary"}), {}};
            out.schema[2].type = TypeId::kBoolean;
            for (const TableRecord& table : TRY(catalog_->ListTables(project, show.database))) {
              if (!show.pattern || MatchesPattern(table.name, *show.pattern)) {
                out.rows.push_back({show.database, table.name, "false"});
              }
            }
            return Rows(std::move(out));
          },
          [&](const sql::BoundShowColumns& show) -> Result<Rows> {
            TableDescription table = TRY(RequireTable(*catalog_, project, show.table));
            TextRows out{TextColumns({"col_name"}), {}};
            for (const StructField& column : table.columns) out.rows.push_back({column.name});
            return Rows(std::move(out));
          },
          [&](const sql::BoundDescribeTable& describe) -> Result<Rows> {
            TableDescription table = TRY(RequireTable(*catalog_, project, describe.table));
            if (describe.column) return Rows(TRY(DescribeColumn(table, *describe.column)));
            return Rows(DescribeTable(table, describe.extended));
          },
          [&](const sql::BoundDescribeDatabase& describe) -> Result<Rows> {
            TextRows out{TextColumns({"info_name", "info_value"}), {}};
            for (const DatabaseRecord& database : TRY(catalog_->ListDatabases(project))) {
              if (database.name != describe.name) continue;
              out.rows.push_back({"Catalog Name", "spark_catalog"});
              out.rows.push_back({"Namespace Name", database.name});
              out.rows.push_back({"Comment", database.description});
              out.rows.push_back({"Owner", database.owner});
              if (describe.extended) out.rows.push_back({"Properties", ""});
            }
            return Rows(std::move(out));
          },
          [&](const sql::BoundSet& set) -> Result<Rows> { return Rows(TRY(RunSet(job, set))); },
          [&](const sql::BoundExplain& explain) -> Result<Rows> {
            TextRows out{TextColumns({"plan"}), {}};
            out.rows.push_back({explain.plan_text});
            return Rows(std::move(out));
          },
          [](const auto&) -> Result<Rows> { return Rows(); },
      },
      statement);
}

Result<void> StatementRunner::Change(const Job& job, const sql::BoundStatement& statement,
                                     const ChangeContext& context) {
  const ProjectId& project = job.project;
  return std::visit(
      Overloaded{
          [&](const sql::BoundCreateDatabase& create) {
            DatabaseRecord database;
            database.project = project;
            database.name = create.name;
            database.owner = job.owner;
            database.description = create.comment;
            return catalog_->CreateDatabase(
                database, create.if_not_exists ? IfExists::kSkip : IfExists::kFail, context);
          },
          [&](const sql::BoundDropDatabase& drop) {
            return catalog_->DropDatabase(project, drop.name, drop.cascade,
                                          drop.if_exists ? IfMissing::kSkip : IfMissing::kFail,
                                          context);
          },
          [&](const sql::BoundCreateTable& create) {
            return catalog_->CreateTable(
                project, ToNewTable(create.table, job.owner),
                create.table.if_not_exists ? IfExists::kSkip : IfExists::kFail, context);
          },
          [&](const sql::BoundDropTable& drop) {
            return catalog_->DropTable(project, drop.name.database, drop.name.table,
                                       drop.if_exists ? IfMissing::kSkip : IfMissing::kFail,
                                       context);
          },
          [&](const sql::BoundTruncateTable& truncate) {
            return catalog_->TruncateTable(project, truncate.name.database, truncate.name.table,
                                           context);
          },
          // Reads change nothing but the job.
          [&](const auto&) { return jobs_->Finish(*context.fence, *context.finish); },
      },
      statement);
}

Result<JobFinish> StatementRunner::Run(const Job& job, const sql::BoundStatement& statement,
                                       std::int64_t duration_ms) {
  std::optional<TextRows> rows = TRY(Read(job, statement));
  JobFinish finish;
  finish.state = JobState::kFinished;
  finish.duration_ms = duration_ms;
  finish.schema_json = SchemaJson(rows ? rows->schema : Schema());
  if (rows) {
    finish.counts.result_count = static_cast<std::int64_t>(rows->rows.size());
    finish.result = StoredResult{EncodeManifest(ToResultSet(*rows))};
  }
  ChangeContext context;
  context.fence = AttemptFence{job.id, job.attempt};
  context.finish = finish;
  TRY_VOID(Change(job, statement, context));
  return finish;
}

}  // namespace sluice
