#include <gtest/gtest.h>

#include <string>

#include "sql/ast.h"
#include "sql/front_end.h"

namespace sluice::sql {
namespace {

ParsedStatement MustParse(const std::string& sql) {
  Result<ParsedStatement> parsed = Parse(sql);
  EXPECT_TRUE(parsed) << sql << "\n" << (parsed ? "" : parsed.error().message);
  return std::move(*parsed);
}

const Select& SelectOf(const ParsedStatement& parsed) {
  const auto& query = *std::get<QueryStatement>(parsed.root().node).query;
  return std::get<Select>(query.body->node);
}

const Expr& FirstItem(const ParsedStatement& parsed) { return *SelectOf(parsed).items[0].expr; }

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

ErrorCode CodeOf(const std::string& sql) {
  const Result<ParsedStatement> parsed = Parse(sql);
  EXPECT_FALSE(parsed);
  return parsed ? ErrorCode::kInternal : parsed.error().code;
}

// ---- structure ---------------------------------------------------------------------------------

TEST(Parse, MessagesAreOneLineWithLineAndPosition) {
  const auto parsed = Parse("CREATE TABLE t (a INT,\n b STRING c)");
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(
      parsed.error().message.starts_with("[PARSE_SYNTAX_ERROR] Syntax error at or near 'c'"))
      << parsed.error().message;
  EXPECT_TRUE(parsed.error().message.ends_with(".(line 2, pos 10)")) << parsed.error().message;
}

TEST(Parse, ArithmeticBindsAsInSpark) {
  const ParsedStatement parsed = MustParse("SELECT a + b * c");
  const auto& sum = std::get<Binary>(FirstItem(parsed).node);
  EXPECT_EQ(sum.op, BinaryOperator::kAdd);
  EXPECT_EQ(std::get<Binary>(sum.right->node).op, BinaryOperator::kMultiply);
}

TEST(Parse, ALogicalChainIsFlatAndParenthesesKeepItApart) {
  const ParsedStatement parsed = MustParse("SELECT a OR b OR (c OR d)");
  const auto& chain = std::get<Logical>(FirstItem(parsed).node);
  ASSERT_EQ(chain.operands.size(), 3U);
  EXPECT_TRUE(chain.operands[2]->parenthesized);
}

TEST(Parse, ASignBelongsToTheNumberBehindIt) {
  const ParsedStatement parsed = MustParse("SELECT -2147483648");
  const auto& literal = std::get<Literal>(FirstItem(parsed).node);
  EXPECT_EQ(literal.kind, LiteralKind::kInt);
  EXPECT_EQ(literal.text, "-2147483648");
}

TEST(Parse, PlainDigitsGrowWithTheirValue) {
  EXPECT_EQ(std::get<Literal>(FirstItem(MustParse("SELECT 2147483648")).node).kind,
            LiteralKind::kBigInt);
  EXPECT_EQ(std::get<Literal>(FirstItem(MustParse("SELECT 9223372036854775808")).node).kind,
            LiteralKind::kDecimal);
}

TEST(Parse, AdjacentStringsAreOne) {
  const ParsedStatement parsed = MustParse("SELECT 'it''s' \"!\"");
  EXPECT_EQ(std::get<Literal>(FirstItem(parsed).node).text, "its!");
}

TEST(Parse, WordsAreNamesWhereNothingElseFits) {
  EXPECT_TRUE(Parse("SELECT select, from.where FROM order AS by"));
  EXPECT_TRUE(Parse("SELECT a FROM t WHERE"));
  EXPECT_FALSE(Parse("SELECT a FROM t AS left"));
}

TEST(Parse, WhereWithANameInParenthesesIsAnAliasAsInSpark) {
  const ParsedStatement parsed = MustParse("SELECT * FROM t WHERE (a)");
  const Select& select = SelectOf(parsed);
  EXPECT_EQ(select.where, nullptr);
  EXPECT_EQ(select.from[0].first.alias.name->text, "WHERE");
}

TEST(Parse, JoinsAreAListInOrder) {
  const ParsedStatement parsed =
      MustParse("SELECT * FROM a LEFT JOIN b ON a.x = b.x CROSS JOIN c NATURAL JOIN d");
  const auto& extensions = SelectOf(parsed).from[0].extensions;
  ASSERT_EQ(extensions.size(), 3U);
  EXPECT_EQ(std::get<Join>(extensions[0]).kind, JoinKind::kLeft);
  EXPECT_EQ(std::get<Join>(extensions[1]).kind, JoinKind::kCross);
  EXPECT_TRUE(std::get<Join>(extensions[2]).natural);
}

TEST(Parse, IntersectBindsTighterThanUnion) {
  const ParsedStatement parsed = MustParse("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3");
  const auto& query = *std::get<QueryStatement>(parsed.root().node).query;
  const auto& operation = std::get<SetOperation>(query.body->node);
  ASSERT_EQ(operation.arms.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<SetOperation>(operation.arms[0].body->node));
}

TEST(Parse, FromFirstWithOneSelectIsAnOrdinarySelect) {
  const ParsedStatement parsed = MustParse("FROM t SELECT a ORDER BY a");
  const auto& query = *std::get<QueryStatement>(parsed.root().node).query;
  const auto& inner = *std::get<ParenthesizedQuery>(query.body->node).query;
  EXPECT_EQ(std::get<Select>(inner.body->node).from.size(), 1U);
  EXPECT_EQ(inner.order_by.size(), 1U);
}

TEST(Parse, SpansPointIntoTheText) {
  const ParsedStatement parsed = MustParse("SELECT  a + b FROM t");
  const Span& span = FirstItem(parsed).span;
  EXPECT_EQ(parsed.text().substr(span.begin, span.end - span.begin), "a + b");
  EXPECT_EQ(span.position, 8U);
}

TEST(Parse, CreateTableKeepsWhatItDeclares) {
  const ParsedStatement parsed = MustParse(
      "CREATE TABLE IF NOT EXISTS d.t (a INT NOT NULL COMMENT 'x', b DECIMAL(10,2)) USING Parquet "
      "PARTITIONED BY (a) OPTIONS (es.nodes = 10.0.0.1:9200) TBLPROPERTIES ('k' = 'v')");
  const auto& table = std::get<CreateTable>(parsed.root().node);
  EXPECT_EQ(table.if_not_exists, IfNotExists::kSaid);
  EXPECT_EQ(table.provider, "parquet");
  ASSERT_EQ(table.columns.size(), 2U);
  EXPECT_TRUE(table.columns[0].not_null);
  EXPECT_EQ(table.columns[1].type.type, DataType::Decimal(10, 2));
  EXPECT_EQ(table.options[0].key, "es.nodes");
  EXPECT_EQ(table.options[0].value, "10.0.0.1:9200");
  EXPECT_EQ(table.properties[0].value, "v");
}

TEST(Parse, SetTakesTheRawText) {
  const ParsedStatement parsed = MustParse("SET spark.sql.x = a  b ;");
  const auto& set = std::get<SetStatement>(parsed.root().node);
  EXPECT_EQ(set.key, "spark.sql.x");
  EXPECT_EQ(set.value, "a  b");
}

// ---- hostile text ------------------------------------------------------------------------------

TEST(Parse, DeepParenthesesAreALimit) {
  EXPECT_EQ(CodeOf("SELECT " + Repeat("(", 10'000) + "1" + Repeat(")", 10'000)),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT " + Repeat("(", 200'000)), ErrorCode::kLimitExceeded);
}

TEST(Parse, DeepNestingOfEveryKindIsALimit) {
  EXPECT_EQ(CodeOf("SELECT " + Repeat("CASE WHEN a THEN ", 400) + "1" + Repeat(" END", 400)),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT " + Repeat("(SELECT ", 5'000) + "1" + Repeat(")", 5'000)),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT * FROM " + Repeat("(SELECT * FROM ", 5'000) + "t" + Repeat(")", 5'000)),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(
      CodeOf("SELECT CAST(a AS " + Repeat("ARRAY<", 5'000) + "INT" + Repeat(">", 5'000) + ")"),
      ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT " + Repeat("NOT ", 50'000) + "a"), ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT " + Repeat("- ", 50'000) + "a"), ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT " + Repeat("abs(", 5'000) + "a" + Repeat(")", 5'000)),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf(Repeat("EXPLAIN ", 5'000) + "SELECT 1"), ErrorCode::kLimitExceeded);
}

TEST(Parse, BrokenDeepNestingEndsInLinearTime) {
  EXPECT_EQ(CodeOf("SELECT " + Repeat("CASE WHEN a THEN ", 150) + ")"), ErrorCode::kSyntax);
  EXPECT_EQ(CodeOf("SELECT " + Repeat("((SELECT ", 60) + "1" + Repeat(") + 1)", 60) + " +)"),
            ErrorCode::kSyntax);
  EXPECT_EQ(CodeOf("SELECT " + Repeat("/*", 100'000)), ErrorCode::kSyntax);
}

TEST(Parse, NinetyThousandTermsOfOrAreAccepted) {
  EXPECT_TRUE(Parse("SELECT a" + Repeat(" OR a", 90'000)));
  EXPECT_TRUE(Parse("SELECT * FROM t WHERE a = 1" + Repeat(" OR a = 1", 20'000)));
}

TEST(Parse, ThreeThousandArmsOfUnionAllAreAccepted) {
  EXPECT_TRUE(Parse("SELECT 1" + Repeat(" UNION ALL SELECT 1", 3'000)));
}

TEST(Parse, LongListsAreAccepted) {
  EXPECT_TRUE(Parse("SELECT 1" + Repeat(", 1", 100'000)));
  EXPECT_TRUE(Parse("INSERT INTO t VALUES (1)" + Repeat(", (1)", 50'000)));
  EXPECT_TRUE(Parse("SELECT * FROM t" + Repeat(" JOIN t", 10'000)));
}

TEST(Parse, AnOperatorChainIsBoundedByItsHeight) {
  EXPECT_TRUE(Parse("SELECT a" + Repeat(" + a", 900)));
  EXPECT_EQ(CodeOf("SELECT a" + Repeat(" + a", 20'000)), ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT a" + Repeat("[0]", 20'000)), ErrorCode::kLimitExceeded);
}

TEST(Parse, ATooLongTextIsALimit) {
  EXPECT_EQ(CodeOf("SELECT '" + Repeat("a", 600'000) + "'"), ErrorCode::kLimitExceeded);
  EXPECT_EQ(CodeOf("SELECT '" + Repeat("a", 1'100'000) + "'"), ErrorCode::kLimitExceeded);
}

TEST(Parse, BytesThatAreNoTextAreASyntaxError) {
  EXPECT_EQ(CodeOf("SELECT \xFF"), ErrorCode::kSyntax);
  EXPECT_EQ(CodeOf(std::string("SELECT \0 1", 10)), ErrorCode::kSyntax);
}

// ---- classification ----------------------------------------------------------------------------

Classification ClassifyText(const std::string& sql) { return Classify(MustParse(sql)); }

TEST(Classify, TargetsAndSourcesAreFoldedAndWithoutCtes) {
  const Classification result = ClassifyText(
      "WITH c AS (SELECT * FROM D.Src) INSERT INTO Tgt SELECT * FROM c JOIN other ON c.a = other.a "
      "WHERE c.b IN (SELECT x FROM third)");
  EXPECT_EQ(result.kind, StatementKind::kInsert);
  EXPECT_EQ(result.targets, (std::vector<TableName>{{"", "tgt"}}));
  EXPECT_EQ(result.sources, (std::vector<TableName>{{"d", "src"}, {"", "other"}, {"", "third"}}));
}

TEST(Classify, ACteHidesATableOnlyWhereItIsInScope) {
  const Classification result =
      ClassifyText("SELECT * FROM (WITH c AS (SELECT 1) SELECT * FROM c) x JOIN c ON true");
  EXPECT_EQ(result.sources, (std::vector<TableName>{{"", "c"}}));
}

TEST(Classify, ACatalogNameIsDropped) {
  EXPECT_EQ(ClassifyText("SELECT * FROM spark_catalog.d.t").sources,
            (std::vector<TableName>{{"d", "t"}}));
}

TEST(Classify, ExplainIsAQueryThatWritesNothing) {
  const Classification result = ClassifyText("EXPLAIN INSERT INTO t SELECT * FROM s");
  EXPECT_EQ(result.kind, StatementKind::kQuery);
  EXPECT_TRUE(result.targets.empty());
  EXPECT_EQ(result.sources, (std::vector<TableName>{{"", "s"}}));
}

TEST(Classify, HeadsHaveTheirJobTypes) {
  EXPECT_EQ(ClassifyText("GRANT role1 TO user1").kind, StatementKind::kDcl);
  EXPECT_EQ(ClassifyText("SHOW TABLES").kind, StatementKind::kDdl);
  EXPECT_EQ(ClassifyText("DELETE FROM t").kind, StatementKind::kDelete);
  EXPECT_EQ(ClassifyText("UPDATE t SET a = 1").kind, StatementKind::kUpdate);
  EXPECT_EQ(ClassifyText("LOAD DATA INPATH 'x' INTO TABLE t").kind, StatementKind::kImport);
  EXPECT_EQ(ClassifyText("INSERT OVERWRITE DIRECTORY 'x' USING csv SELECT 1").kind,
            StatementKind::kExport);
}

}  // namespace
}  // namespace sluice::sql
