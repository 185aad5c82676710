#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {

Parsed<Statement> Parser::ParseStatement() {
  const Nested nested(*this);
  REQUIRE(nested);
  const Index first = index_;
  Statement statement;
  statement.node = PARSED(ParseStatementNode());
  statement.span = SpanFrom(first);
  return statement;
}

/// The first word decides, and where it is not enough the function it leads to.
Parsed<StatementNode> Parser::ParseStatementNode() {
  switch (Peek().kind) {
    case T::kSelect:
    case T::kWith:
    case T::kFrom:
    case T::kValues:
    case T::kTable:
    case T::kMap:
    case T::kReduce:
    case T::kLeftParen:
      return ParseQueryOrDml();
    case T::kInsert:
      return ParseInsert({});
    case T::kDelete:
      return ParseDelete();
    case T::kUpdate:
      return ParseUpdate();
    case T::kMerge:
      return ParseMerge();
    case T::kLoad:
      return ParseLoad();
    case T::kCreate:
    case T::kReplace:
      return ParseCreate();
    case T::kDrop:
      return ParseDrop();
    case T::kAlter:
      return ParseAlter();
    case T::kTruncate:
      return ParseTruncate();
    case T::kDesc:
    case T::kDescribe:
      return ParseDescribe();
    case T::kShow:
      return ParseShow();
    case T::kGrant:
      return ParseGrant();
    case T::kRevoke:
      return ParseRevoke();
    default:
      return ParseSessionStatement();
  }
}

Parsed<StatementNode> Parser::ParseSessionStatement() {
  switch (Peek().kind) {
    case T::kExplain:
      return ParseExplain();
    case T::kUse:
      return ParseUse();
    case T::kSet:
      return ParseSet();
    case T::kReset:
      return ParseReset();
    case T::kComment:
      return ParseCommentOn();
    case T::kAnalyze:
      return ParseAnalyze();
    case T::kRefresh:
      return ParseRefresh();
    case T::kCache:
    case T::kUncache:
      return ParseCache();
    case T::kClear:
      return At(T::kClear, T::kCache) ? ParseCache() : ParseTableHistory();
    case T::kMsck:
    case T::kRepair:
      return ParseRepair();
    case T::kAdd:
    case T::kList:
      return ParseResource();
    default:
      return AtWord("RESTORE") ? ParseTableHistory() : ParseRefusedByName();
  }
}

/// Behind a WITH list stands a query or a statement that changes rows.
Parsed<StatementNode> Parser::ParseQueryOrDml() {
  const Index body = At(T::kWith) ? BehindCtes() : index_;
  head_ = body;
  const T kind = KindAt(body);
  const bool from = kind == T::kFrom && AtMultiInsert(body);
  const bool dml = body != index_ && (kind == T::kInsert || kind == T::kDelete ||
                                      kind == T::kUpdate || kind == T::kMerge);
  if (!from && !dml) return QueryStatement{PARSED(ParseQuery())};
  std::vector<Cte> ctes;
  if (At(T::kWith)) REQUIRE(ParseCtes(ctes));
  if (from) return ParseMultiInsert(std::move(ctes));
  if (At(T::kInsert)) return ParseInsert(std::move(ctes));
  Parsed<StatementNode> node = At(T::kDelete)   ? ParseDelete()
                               : At(T::kUpdate) ? ParseUpdate()
                                                : ParseMerge();
  REQUIRE(node.has_value());
  if (auto* statement = std::get_if<Delete>(&*node)) {
    statement->ctes = std::move(ctes);
  } else if (auto* update = std::get_if<Update>(&*node)) {
    update->ctes = std::move(ctes);
  } else if (auto* merge = std::get_if<Merge>(&*node)) {
    merge->ctes = std::move(ctes);
  }
  return node;
}

/// The token behind a WITH list, by its parentheses alone.
Parser::Index Parser::BehindCtes() const {
  Index i = index_ + 1;
  while (IsIdentifier(KindAt(i))) {
    ++i;
    if (KindAt(i) == T::kLeftParen) i = BehindParens(i);
    if (KindAt(i) == T::kAs) ++i;
    if (KindAt(i) == T::kLeftParen) i = BehindParens(i);
    if (KindAt(i) != T::kComma) return i;
    ++i;
  }
  return i;
}

/// The token behind the parenthesis that closes the one at `open`.
Parser::Index Parser::BehindParens(Index open) const {
  int depth = 0;
  for (Index i = open; i < tokens_.size(); ++i) {
    if (KindAt(i) == T::kLeftParen) ++depth;
    if (KindAt(i) == T::kRightParen && --depth == 0) return i + 1;
  }
  return tokens_.size() - 1;
}

Parsed<StatementNode> Parser::ParseExplain() {
  REQUIRE(Accept(T::kExplain));
  Explain explain;
  struct Mode {
    T word;
    ExplainMode mode;
  };
  for (const Mode mode :
       {Mode{T::kLogical, ExplainMode::kLogical}, Mode{T::kFormatted, ExplainMode::kFormatted},
        Mode{T::kExtended, ExplainMode::kExtended}, Mode{T::kCodegen, ExplainMode::kCodegen},
        Mode{T::kCost, ExplainMode::kCost}}) {
    if (!At(mode.word)) continue;
    explain.mode = mode.mode;
    if (mode.mode == ExplainMode::kLogical) {
      Complain("", "Operation not allowed: EXPLAIN LOGICAL.", tokens_[index_ - 1].span);
    }
    Advance();
    break;
  }
  Statement statement = PARSED(ParseStatement());
  explain.statement = std::make_unique<Statement>(std::move(statement));
  return explain;
}

bool Parser::AtNamespaceWord(Index ahead) const {
  const T kind = Peek(ahead).kind;
  return kind == T::kDatabase || kind == T::kSchema || kind == T::kNamespace;
}

bool Parser::AcceptNamespaceWord() {
  if (!AtNamespaceWord()) return Reject();
  Advance();
  return true;
}

Parsed<StatementNode> Parser::ParseUse() {
  REQUIRE(Accept(T::kUse));
  if (AtNamespaceWord() && IsIdentifier(Peek(1).kind)) Advance();
  return UseDatabase{PARSED(ParseReference())};
}

Parsed<StatementNode> Parser::ParseCommentOn() {
  REQUIRE(AcceptAll(T::kComment, T::kOn));
  CommentOn comment;
  if (AtNamespaceWord()) {
    comment.target = CommentTarget::kDatabase;
    Advance();
  } else {
    REQUIRE(Accept(T::kTable));
  }
  comment.name = PARSED(ParseReference());
  REQUIRE(Accept(T::kIs));
  if (!Accept(T::kNull)) comment.comment = PARSED(ParseString());
  return comment;
}

/// ANALYZE TABLE t [PARTITION ..] COMPUTE STATISTICS [NOSCAN | FOR COLUMNS a | FOR ALL COLUMNS].
Parsed<StatementNode> Parser::ParseAnalyze() {
  REQUIRE(Accept(T::kAnalyze));
  AnalyzeTable analyze;
  if (Accept(T::kTables)) {
    if (AtAny(T::kFrom, T::kIn)) {
      Advance();
      analyze.name = PARSED(ParseReference());
    }
    REQUIRE(AcceptAll(T::kCompute, T::kStatistics));
    return ParseAnalyzeScan(std::move(analyze));
  }
  REQUIRE(Accept(T::kTable));
  analyze.name = PARSED(ParseReference());
  REQUIRE(ParseOptionalPartition(analyze.partition));
  REQUIRE(AcceptAll(T::kCompute, T::kStatistics));
  if (At(T::kFor, T::kColumns)) {
    Advance();
    Advance();
    analyze.columns = PARSED(ParseIdentifierSequence());
    return analyze;
  }
  if (At(T::kFor, T::kAll)) {
    Advance();
    Advance();
    REQUIRE(Accept(T::kColumns));
    analyze.all_columns = true;
    return analyze;
  }
  return ParseAnalyzeScan(std::move(analyze));
}

Parsed<StatementNode> Parser::ParseAnalyzeScan(AnalyzeTable analyze) {
  if (AtIdentifier()) {
    const Identifier word = TakeIdentifier();
    analyze.no_scan = EqualsIgnoreCase(word.text, "noscan");
    if (!analyze.no_scan) {
      Complain(
          "INVALID_SQL_SYNTAX.ANALYZE_TABLE_UNEXPECTED_NOSCAN",
          fmt::format("Invalid SQL syntax: ANALYZE TABLE(S) ... COMPUTE STATISTICS ... {} must "
                      "be either NOSCAN or empty.",
                      word.text),
          word.span);
    }
  } else {
    Reject();
  }
  return StatementNode(std::move(analyze));
}

/// REFRESH [TABLE] t; REFRESH FUNCTION f and REFRESH 'path' are not offered.
Parsed<StatementNode> Parser::ParseRefresh() {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kRefresh));
  if (At(T::kTable) && IsIdentifier(Peek(1).kind)) {
    Advance();
    return RefreshTable{PARSED(ParseReference())};
  }
  if (At(T::kFunction) && IsIdentifier(Peek(1).kind)) {
    Advance();
    PARSED(ParseReference());
    return UnsupportedStatement{.name = "REFRESH FUNCTION", .tables = {}, .query = nullptr};
  }
  const std::string path(Trim(RestOfText(index_)));
  if (path.empty()) {
    Complain("",
             "Resource paths cannot be empty in REFRESH statements. Use / to "
             "match everything.",
             span);
  }
  SkipRest();
  return UnsupportedStatement{.name = "REFRESH", .tables = {}, .query = nullptr};
}

/// CACHE [LAZY] TABLE t [OPTIONS (..)] [[AS] query], UNCACHE TABLE [IF EXISTS] t, CLEAR CACHE.
Parsed<StatementNode> Parser::ParseCache() {
  UnsupportedStatement cache;
  if (AcceptPair(T::kClear, T::kCache)) {
    cache.name = "CLEAR CACHE";
    return cache;
  }
  if (Accept(T::kUncache)) {
    cache.name = "UNCACHE TABLE";
    REQUIRE(Accept(T::kTable));
    ParseIfExists();
    cache.tables.push_back(PARSED(ParseReference()));
    return cache;
  }
  REQUIRE(Accept(T::kCache));
  cache.name = "CACHE TABLE";
  Accept(T::kLazy);
  REQUIRE(Accept(T::kTable));
  cache.tables.push_back(PARSED(ParseReference()));
  std::vector<Property> options;
  if (At(T::kOptions, T::kLeftParen)) REQUIRE(Accept(T::kOptions) && ParseProperties(options));
  const bool said = Accept(T::kAs);
  if (said || AtAny(T::kSelect, T::kWith, T::kValues, T::kTable, T::kFrom, T::kLeftParen)) {
    cache.query = PARSED(ParseQuery());
  }
  return cache;
}

Parsed<StatementNode> Parser::ParseRepair() {
  Accept(T::kMsck);
  REQUIRE(AcceptAll(T::kRepair, T::kTable));
  RepairTable repair{PARSED(ParseReference())};
  if (AtAny(T::kAdd, T::kDrop, T::kSync)) {
    Advance();
    REQUIRE(Accept(T::kPartitions));
  } else {
    Reject();
  }
  return repair;
}

// ---- statements that take any text -------------------------------------------------------------

/// All the text from a token on, blanks and comments included.
std::string_view Parser::RestOfText(Index from) const {
  const Index at = std::min(from, tokens_.size() - 1);
  return text_.substr(tokens_[at].span.begin);
}

void Parser::SkipRest() {
  while (!AtEnd() && !stopped_) Advance();
}

/// ADD JAR x, LIST FILES: known, never offered.
Parsed<StatementNode> Parser::ParseResource() {
  const Index first = index_;
  const std::string verb = ToUpper(TextAt());
  Advance();
  const Identifier kind = PARSED(ParseIdentifier());
  const std::string upper = ToUpper(kind.text);
  const bool known = upper == "JAR" || upper == "FILE" || upper == "ARCHIVE" || upper == "JARS" ||
                     upper == "FILES" || upper == "ARCHIVES";
  if (!known) {
    Complain(
        "",
        fmt::format("Operation not allowed: {} with resource type '{}'.", verb, ToLower(kind.text)),
        tokens_[first].span);
  }
  SkipRest();
  return UnsupportedStatement{.name = verb + " " + upper, .tables = {}, .query = nullptr};
}

/// Statements of Hive that Spark knows by name only to refuse them.
Parsed<StatementNode> Parser::ParseRefusedByName() {
  struct Words {
    T first;
    T second;
  };
  constexpr Words kRefused[] = {
      {T::kExport, T::kTable},      {T::kImport, T::kTable}, {T::kLock, T::kTable},
      {T::kLock, T::kDatabase},     {T::kUnlock, T::kTable}, {T::kUnlock, T::kDatabase},
      {T::kStart, T::kTransaction},
  };
  const Span span = Peek().span;
  std::string name;
  for (const Words& words : kRefused) {
    if (At(words.first, words.second)) name = ToUpper(TextAt()) + " " + ToUpper(TextAt(1));
  }
  if (AtAny(T::kCommit, T::kRollback, T::kDfs)) name = ToUpper(TextAt());
  if (name.empty()) {
    Reject();
    return {};
  }
  Complain("", fmt::format("Operation not allowed: {}.", name), span);
  SkipRest();
  return UnsupportedStatement{.name = name, .tables = {}, .query = nullptr};
}

}  // namespace sluice::sql
