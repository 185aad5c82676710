#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "sql/front_end.h"
#include "sql/parse_detail.h"

// Replays what Spark 3.5 said to each statement of tests/sql/syntax
// (tools/oracle/record_syntax.py).

namespace sluice::sql {
namespace {

namespace json = boost::json;

std::string_view KindName(StatementKind kind) {
  constexpr std::string_view kNames[] = {"QUERY",  "DDL",    "DCL",    "INSERT",
                                         "IMPORT", "EXPORT", "UPDATE", "DELETE"};
  return kNames[static_cast<std::size_t>(kind)];
}

/// Statements that Spark refuses and DLI has: Sluice accepts them, as tests/sql/syntax/dli.jsonl
/// says.
bool IsDliStatement(const std::string& sql) {
  for (const std::string_view head :
       {"GRANT ", "REVOKE ", "CREATE ROLE", "DROP ROLE", "SHOW ROLES", "SHOW GRANT"}) {
    if (sql.starts_with(head)) return true;
  }
  return false;
}

struct Tally {
  int statements = 0;
  int refused = 0;
  int same_words = 0;
};

void CheckRefused(const json::object& expected, const std::string& sql, Tally& tally) {
  std::optional<SyntaxError> error;
  const Result<ParsedStatement> parsed = ParseInDetail(sql, &error);
  if (parsed && IsDliStatement(sql)) return;
  ASSERT_FALSE(parsed) << "accepted: " << sql;
  ASSERT_EQ(parsed.error().code, ErrorCode::kSyntax) << sql;
  ASSERT_TRUE(error) << sql;
  ++tally.refused;
  EXPECT_EQ(error->error_class, expected.at("error").as_string()) << sql;
  if (!expected.at("line").is_null()) {
    EXPECT_EQ(error->span.line, expected.at("line").to_number<std::uint32_t>()) << sql;
    EXPECT_EQ(error->span.position, expected.at("position").to_number<std::uint32_t>()) << sql;
  }
  if (error->text == expected.at("text").as_string()) ++tally.same_words;
}

void CheckAccepted(const json::object& expected, const std::string& sql) {
  const Result<ParsedStatement> parsed = Parse(sql);
  ASSERT_TRUE(parsed) << sql << "\n" << parsed.error().message;
  EXPECT_EQ(KindName(Classify(*parsed).kind), expected.at("job_type").as_string()) << sql;
}

void Replay(const std::filesystem::path& file, Tally& tally) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const json::value value = json::parse(line);
    const json::object& expected = value.as_object();
    const std::string sql(expected.at("sql").as_string());
    ++tally.statements;
    if (expected.contains("job_type")) {
      CheckAccepted(expected, sql);
    } else {
      CheckRefused(expected, sql, tally);
    }
  }
}

std::filesystem::path CorpusFolder() {
  return std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/sql/syntax";
}

TEST(SyntaxCorpus, EveryVerdictIsSparks) {
  constexpr int kStatementsAtLeast = 1500;
  Tally tally;
  for (const auto& entry : std::filesystem::directory_iterator(CorpusFolder())) {
    if (entry.path().extension() == ".jsonl") Replay(entry.path(), tally);
  }
  EXPECT_GE(tally.statements, kStatementsAtLeast);
  RecordProperty("statements", tally.statements);
  RecordProperty("refused", tally.refused);
  RecordProperty("same_words", tally.same_words);
}

}  // namespace
}  // namespace sluice::sql
