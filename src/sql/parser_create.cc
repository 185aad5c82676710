#include "base/ascii.h"
#include "sql/parser.h"

namespace sluice::sql {

/// CREATE …: which object it is about shows behind OR REPLACE, GLOBAL, TEMPORARY and EXTERNAL.
Parsed<StatementNode> Parser::ParseCreate() {
  if (At(T::kReplace)) return ParseCreateTable();
  Index at = 1;
  if (Peek(1).kind == T::kOr && Peek(2).kind == T::kReplace) at = 3;
  if (AtNamespaceWord(1)) return ParseCreateDatabase();
  if (AtWord("ROLE", 1)) return ParseRole();
  if (Peek(1).kind == T::kIndex) return ParseCreateIndex();
  if (Peek(at).kind == T::kGlobal) ++at;
  const bool temporary = Peek(at).kind == T::kTemporary;
  if (temporary) ++at;
  if (Peek(at).kind == T::kView) return ParseCreateView();
  if (Peek(at).kind == T::kFunction) return ParseCreateFunction();
  if (temporary && AtWord("MACRO", at)) {
    Complain("", "Operation not allowed: CREATE TEMPORARY MACRO.", Peek().span);
    SkipRest();
    return UnsupportedStatement{.name = "CREATE TEMPORARY MACRO", .tables = {}, .query = nullptr};
  }
  return ParseCreateTable();
}

Parsed<IfNotExists> Parser::ParseIfNotExists() {
  // IF is also a name: what follows tells.
  if (!At(T::kIf, T::kNot)) return IfNotExists::kNotSaid;
  Advance();
  Advance();
  REQUIRE(Accept(T::kExists));
  return IfNotExists::kSaid;
}

IfExists Parser::ParseIfExists() {
  return AcceptPair(T::kIf, T::kExists) ? IfExists::kSaid : IfExists::kNotSaid;
}

void Parser::CheckOnce(std::string_view clause, std::unordered_set<std::string>& seen,
                       const Span& span) {
  if (seen.insert(std::string(clause)).second) return;
  Complain("DUPLICATE_CLAUSES",
           fmt::format("Found duplicate clauses: {}. Please, remove one of them.", clause), span);
}

Parsed<StatementNode> Parser::ParseCreateDatabase() {
  const Span start = Peek().span;
  REQUIRE(Accept(T::kCreate) && AcceptNamespaceWord());
  CreateDatabase create;
  create.if_not_exists = PARSED(ParseIfNotExists());
  create.name = PARSED(ParseReference());
  std::unordered_set<std::string> seen;
  while (true) {
    if (At(T::kComment)) {
      CheckOnce("COMMENT", seen, start);
      Advance();
      create.comment = PARSED(ParseString());
    } else if (At(T::kLocation)) {
      CheckOnce("LOCATION", seen, start);
      Advance();
      create.location = PARSED(ParseString());
    } else if (Accept(T::kWith)) {
      REQUIRE(AtAny(T::kDbproperties, T::kProperties) || Reject());
      CheckOnce("WITH PROPERTIES", seen, start);
      Advance();
      const Span list = Peek().span;
      REQUIRE(ParseProperties(create.properties));
      CheckPropertyValues(create.properties, list);
    } else {
      return create;
    }
  }
}

// ---- CREATE TABLE ------------------------------------------------------------------------------

/// CREATE [TEMPORARY] [EXTERNAL] TABLE [IF NOT EXISTS] t, [CREATE OR] REPLACE TABLE t.
bool Parser::ParseTableHeader(CreateTable& table) {
  const Span span = Peek().span;
  if (Accept(T::kCreate)) {
    if (AcceptPair(T::kOr, T::kReplace)) {
      table.mode = CreateMode::kCreateOrReplace;
    } else {
      table.temporary = Accept(T::kTemporary);
      table.external = Accept(T::kExternal);
    }
  } else {
    REQUIRE(Accept(T::kReplace));
    table.mode = CreateMode::kReplace;
  }
  REQUIRE(Accept(T::kTable));
  if (table.mode == CreateMode::kCreate) table.if_not_exists = PARSED(ParseIfNotExists());
  if (table.temporary && table.if_not_exists == IfNotExists::kSaid) {
    Complain("", "Operation not allowed: CREATE TEMPORARY TABLE ... IF NOT EXISTS.", span);
  }
  table.name = PARSED(ParseReference());
  return true;
}

Parsed<StatementNode> Parser::ParseCreateTable() {
  const Span span = Peek().span;
  CreateTable table;
  REQUIRE(ParseTableHeader(table));
  if (At(T::kLike) && table.mode == CreateMode::kCreate)
    return ParseCreateTableLike(std::move(table));
  const T first_word = Peek(1).kind;
  const bool column = first_word == T::kFrom && IsIdentifier(Peek(2).kind) &&
                      (Peek(3).kind == T::kRightParen || Peek(3).kind == T::kComma);
  if (At(T::kLeftParen) && first_word != T::kLeftParen && (column || !AtQueryInParens(index_))) {
    Advance();
    REQUIRE(ParseColumnDefinitions(table.columns) && Accept(T::kRightParen));
  }
  if (At(T::kUsing)) table.provider = PARSED(ParseProvider());
  REQUIRE(ParseCreateClauses(table));
  const bool said = Accept(T::kAs);
  if (said || AtAny(T::kSelect, T::kWith, T::kValues, T::kTable, T::kFrom, T::kMap, T::kReduce,
                    T::kLeftParen)) {
    table.as_query = PARSED(ParseQuery());
  }
  CheckCreateTable(table, span);
  return table;
}

std::string Parser::PartitionMixText(const std::vector<PartitionField>& fields) const {
  std::string expressions;
  std::string columns;
  for (const PartitionField& field : fields) {
    std::string& list = field.column ? columns : expressions;
    if (!list.empty()) list += ", ";
    list += TextBetween(field.span.begin, field.span.end);
  }
  return fmt::format(
      "Operation not allowed: PARTITION BY: Cannot mix partition expressions and partition "
      "columns: Expressions: {} Columns: {}.",
      expressions, columns);
}

/// Spark's rules on what may stand together.
void Parser::CheckCreateTable(const CreateTable& table, const Span& span) {
  const bool hive = table.storage.delimited || table.storage.row_format_serde.has_value() ||
                    !table.storage.stored_as.empty() || table.storage.input_format.has_value();
  if (!table.provider.empty() && hive) {
    Complain(
        "",
        fmt::format("Operation not allowed: CREATE TABLE ... USING ... {}.",
                    table.storage.stored_as.empty() && !table.storage.input_format ? "ROW FORMAT"
                                                                                   : "STORED AS"),
        span);
  }
  if (table.temporary && table.as_query != nullptr) {
    Complain("",
             "Operation not allowed: CREATE TEMPORARY TABLE ... AS ..., use CREATE TEMPORARY VIEW "
             "instead.",
             span);
  } else if (table.temporary && table.provider.empty()) {
    Complain("", "CREATE TEMPORARY TABLE without a provider is not allowed.", span);
  }
  bool typed = false;
  bool plain = false;
  for (const PartitionField& field : table.partitioned_by) {
    (field.column ? typed : plain) = true;
  }
  if (typed && plain) {
    Complain("", PartitionMixText(table.partitioned_by), span);
  }
  if (table.as_query != nullptr && !table.columns.empty()) {
    Complain("",
             "Operation not allowed: Schema may not be specified in a Create Table As Select "
             "(CTAS) statement.",
             span);
  }
  if (table.as_query != nullptr && typed) {
    Complain("",
             "Operation not allowed: Partition column types may not be specified in Create Table "
             "As Select (CTAS).",
             span);
  }
}

Parsed<StatementNode> Parser::ParseCreateTableLike(CreateTable header) {
  CreateTableLike like;
  const Span start = tokens_[0].span;
  REQUIRE(!header.temporary && !header.external);
  like.name = std::move(header.name);
  like.if_not_exists = header.if_not_exists;
  REQUIRE(Accept(T::kLike));
  like.source = PARSED(ParseTableIdentifier());
  std::unordered_set<std::string> seen;
  while (true) {
    if (At(T::kUsing)) {
      CheckOnce("PROVIDER", seen, start);
      like.provider = PARSED(ParseProvider());
    } else if (At(T::kRow)) {
      CheckOnce("ROW FORMAT", seen, start);
      REQUIRE(ParseRowFormat(like.storage));
    } else if (At(T::kStored)) {
      CheckOnce("STORED AS/BY", seen, start);
      REQUIRE(ParseFileFormat(like.storage));
    } else if (At(T::kLocation)) {
      CheckOnce("LOCATION", seen, start);
      Advance();
      like.location = PARSED(ParseString());
    } else if (At(T::kTblproperties)) {
      CheckOnce("TBLPROPERTIES", seen, start);
      Advance();
      REQUIRE(ParseProperties(like.properties));
    } else {
      Reject();
      return like;
    }
  }
}

bool Parser::ParseColumnDefinitions(std::vector<ColumnDefinition>& out) {
  return ParseCommaList([&]() -> bool {
    out.push_back(PARSED(ParseColumnDefinition()));
    return true;
  });
}

Parsed<ColumnDefinition> Parser::ParseColumnDefinition() {
  const Index first = index_;
  ColumnDefinition column;
  column.name.parts.push_back(PARSED(ParseNameChecked()));
  column.name.span = SpanFrom(first);
  column.type = PARSED(ParseType());
  std::unordered_set<std::string> seen;
  while (AtAny(T::kNot, T::kDefault, T::kGenerated, T::kComment)) {
    const Span span = Peek().span;
    const std::string option = At(T::kNot)         ? "NOT NULL"
                               : At(T::kGenerated) ? "GENERATED ALWAYS AS"
                                                   : ToUpper(TextAt());
    REQUIRE(ParseColumnOption(column));
    if (!seen.insert(option).second) {
      Complain("CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE",
               fmt::format("CREATE TABLE column {} specifies descriptor \"{}\" more than once, "
                           "which is invalid.",
                           column.name.parts.front().text, option),
               span);
    }
  }
  Reject();
  column.span = SpanFrom(first);
  return column;
}

bool Parser::ParseColumnOption(ColumnDefinition& column) {
  if (Accept(T::kNot)) {
    column.not_null = true;
    return Accept(T::kNull);
  }
  if (Accept(T::kDefault)) {
    column.default_value = PARSED(ParseExpression());
    return true;
  }
  if (Accept(T::kComment)) {
    column.comment = PARSED(ParseString());
    return true;
  }
  REQUIRE(AcceptAll(T::kGenerated, T::kAlways, T::kAs, T::kLeftParen));
  column.generated_as = PARSED(ParseExpression());
  return Accept(T::kRightParen);
}

bool Parser::ParseCreateClauses(CreateTable& table) {
  std::unordered_set<std::string> seen;
  const Span span = Peek().span;
  while (true) {
    switch (Peek().kind) {
      case T::kOptions:
      case T::kPartitioned:
      case T::kSkewed:
      case T::kClustered:
      case T::kRow:
      case T::kStored:
      case T::kLocation:
      case T::kComment:
      case T::kTblproperties:
        REQUIRE(ParseCreateClause(table, seen, span));
        break;
      default:
        Reject();
        return true;
    }
  }
}

bool Parser::ParseCreateClause(CreateTable& table, std::unordered_set<std::string>& seen,
                               const Span& span) {
  switch (Peek().kind) {
    case T::kOptions:
      CheckOnce("OPTIONS", seen, span);
      Advance();
      return ParseOptions(table.options);
    case T::kPartitioned:
      CheckOnce("PARTITIONED BY", seen, span);
      REQUIRE(AcceptAll(T::kPartitioned, T::kBy, T::kLeftParen));
      REQUIRE(ParseCommaList([&]() -> bool {
        table.partitioned_by.push_back(PARSED(ParsePartitionField()));
        return true;
      }));
      return Accept(T::kRightParen);
    case T::kSkewed:
      CheckOnce("SKEWED BY", seen, span);
      table.skewed = true;
      return ParseSkewSpec();
    case T::kClustered:
      CheckOnce("CLUSTERED BY", seen, span);
      table.bucket = PARSED(ParseBucketSpec());
      return true;
    case T::kRow:
      CheckOnce("ROW FORMAT", seen, span);
      return ParseRowFormat(table.storage);
    case T::kStored:
      CheckOnce("STORED AS/BY", seen, span);
      return ParseFileFormat(table.storage);
    case T::kLocation:
      CheckOnce("LOCATION", seen, span);
      Advance();
      table.location = PARSED(ParseString());
      return true;
    case T::kComment:
      CheckOnce("COMMENT", seen, span);
      Advance();
      table.comment = PARSED(ParseString());
      return true;
    default:
      CheckOnce("TBLPROPERTIES", seen, span);
      Advance();
      return ParseValuedProperties(table.properties);
  }
}

/// A column name, a typed column, or a transform such as bucket(16, id).
Parsed<PartitionField> Parser::ParsePartitionField() {
  const Index first = index_;
  PartitionField field;
  if (AtIdentifier() && Peek(1).kind == T::kLeftParen) {
    field.transform = ToLower(TakeIdentifier().text);
    Advance();
    REQUIRE(ParseCommaList([&]() -> bool {
      if (AtConstant()) {
        field.arguments.push_back(PARSED(ParseConstant()));
      } else {
        const Index from = index_;
        QualifiedName name = PARSED(ParseQualifiedName());
        field.arguments.push_back(Make(from, ColumnRef{std::move(name)}));
      }
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  } else if (AtIdentifier() && (IsIdentifier(Peek(1).kind) || Peek(1).kind == T::kMinus)) {
    field.column = PARSED(ParseColumnType());
  } else {
    field.reference = PARSED(ParseQualifiedName());
  }
  field.span = SpanFrom(first);
  return field;
}

Parsed<BucketSpec> Parser::ParseBucketSpec() {
  BucketSpec bucket;
  const Span start = Peek().span;
  REQUIRE(AcceptAll(T::kClustered, T::kBy));
  bucket.columns = PARSED(ParseIdentifierList());
  if (AcceptPair(T::kSorted, T::kBy)) {
    REQUIRE(Accept(T::kLeftParen));
    REQUIRE(ParseCommaList([&]() -> bool {
      const Index first = index_;
      SortItem item;
      Identifier name = PARSED(ParseNameChecked());
      item.expr = Make(first, ColumnRef{QualifiedName{{std::move(name)}, SpanFrom(first)}});
      if (Accept(T::kDesc)) {
        item.direction = SortDirection::kDescending;
        Complain("", "Operation not allowed: Column ordering must be ASC, was 'DESC'.", start);
      } else {
        Accept(T::kAsc);
      }
      bucket.sorted_by.push_back(std::move(item));
      return true;
    }));
    REQUIRE(Accept(T::kRightParen));
  }
  REQUIRE(Accept(T::kInto) && (At(T::kIntegerValue) || Reject()));
  bucket.buckets = std::string(TextAt());
  Advance();
  REQUIRE(Accept(T::kBuckets));
  return bucket;
}

/// SKEWED BY (a) ON (1, 2) | ((1, 2), (3, 4)) [STORED AS DIRECTORIES]: parsed, never offered.
bool Parser::ParseSkewSpec() {
  const Span span = Peek().span;
  REQUIRE(AcceptAll(T::kSkewed, T::kBy));
  PARSED(ParseIdentifierList());
  REQUIRE(AcceptAll(T::kOn, T::kLeftParen));
  const auto constants = [&]() -> bool {
    return ParseCommaList([&]() -> bool {
      REQUIRE(AtConstant() || Reject());
      PARSED(ParseConstant());
      return true;
    });
  };
  if (At(T::kLeftParen)) {
    REQUIRE(ParseCommaList(
        [&]() -> bool { return Accept(T::kLeftParen) && constants() && Accept(T::kRightParen); }));
  } else {
    REQUIRE(constants());
  }
  REQUIRE(Accept(T::kRightParen));
  if (At(T::kStored, T::kAs, T::kDirectories)) {
    for (int i = 0; i < 3; ++i) Advance();
  }
  Complain("", "Operation not allowed: CREATE TABLE ... SKEWED BY.", span);
  return true;
}

// ---- storage -----------------------------------------------------------------------------------

/// ROW FORMAT SERDE '..' [WITH SERDEPROPERTIES (..)] | ROW FORMAT DELIMITED ..
bool Parser::ParseRowFormat(StorageFormat& storage) {
  REQUIRE(AcceptAll(T::kRow, T::kFormat));
  if (Accept(T::kDelimited)) return ParseDelimited(storage);
  REQUIRE(Accept(T::kSerde));
  storage.row_format_serde = PARSED(ParseString());
  if (AcceptPair(T::kWith, T::kSerdeproperties)) {
    REQUIRE(ParseProperties(storage.serde_properties));
  }
  return true;
}

bool Parser::ParseDelimited(StorageFormat& storage) {
  const Span span = Peek().span;
  storage.delimited = true;
  const auto take = [&](std::string_view key) -> bool {
    std::string value = PARSED(ParseString());
    storage.serde_properties.push_back(Property{std::string(key), std::move(value), span});
    return true;
  };
  if (Accept(T::kFields)) {
    REQUIRE(AcceptAll(T::kTerminated, T::kBy) && take("field.delim"));
    if (Accept(T::kEscaped)) REQUIRE(Accept(T::kBy) && take("escape.delim"));
  }
  if (Accept(T::kCollection)) {
    REQUIRE(AcceptAll(T::kItems, T::kTerminated, T::kBy) && take("colelction.delim"));
  }
  if (AcceptPair(T::kMap, T::kKeys)) {
    REQUIRE(AcceptAll(T::kTerminated, T::kBy) && take("mapkey.delim"));
  }
  if (Accept(T::kLines)) {
    REQUIRE(AcceptAll(T::kTerminated, T::kBy) && take("line.delim"));
    if (storage.serde_properties.back().value != "\n") {
      Complain("",
               fmt::format("LINES TERMINATED BY only supports newline '\\n' right now: {}.",
                           storage.serde_properties.back().value.value_or("")),
               span);
    }
  }
  if (Accept(T::kNull)) {
    REQUIRE(AcceptAll(T::kDefined, T::kAs) && take("serialization.null.format"));
  }
  return true;
}

/// STORED AS format | STORED AS INPUTFORMAT '..' OUTPUTFORMAT '..' | STORED BY '..'
bool Parser::ParseFileFormat(StorageFormat& storage) {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kStored));
  if (Accept(T::kBy)) {
    storage.stored_by = PARSED(ParseString());
    if (AcceptPair(T::kWith, T::kSerdeproperties)) {
      REQUIRE(ParseProperties(storage.serde_properties));
    }
    Complain("", "Operation not allowed: STORED BY.", span);
    return true;
  }
  REQUIRE(Accept(T::kAs));
  if (At(T::kInputformat) && Peek(1).kind >= T::kStringLiteral &&
      Peek(1).kind <= T::kDoubleQuoted) {
    Advance();
    storage.input_format = PARSED(ParseString());
    REQUIRE(Accept(T::kOutputformat));
    storage.output_format = PARSED(ParseString());
    return true;
  }
  const Identifier format = PARSED(ParseIdentifier());
  storage.stored_as = ToLower(format.text);
  return true;
}

Parsed<std::string> Parser::ParseProvider() {
  REQUIRE(Accept(T::kUsing));
  const QualifiedName name = PARSED(ParseMultipartName());
  std::string provider;
  for (const Identifier& part : name.parts) {
    if (!provider.empty()) provider += ".";
    provider += part.text;
  }
  return ToLower(provider);
}

// ---- properties --------------------------------------------------------------------------------

/// ('a' = 'b', c.d = 1, e).
bool Parser::ParseProperties(std::vector<Property>& out) {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kLeftParen));
  REQUIRE(ParseCommaList([&]() -> bool {
    out.push_back(PARSED(ParseProperty()));
    return true;
  }));
  REQUIRE(Accept(T::kRightParen));
  CheckPropertyKeys(out, span);
  return true;
}

/// Properties of which each must have a value.
bool Parser::ParseValuedProperties(std::vector<Property>& out) {
  const Span span = Peek().span;
  REQUIRE(ParseProperties(out));
  CheckPropertyValues(out, span);
  return true;
}

void Parser::CheckPropertyKeys(const std::vector<Property>& properties, const Span& span) {
  std::unordered_set<std::string> seen;
  for (const Property& property : properties) {
    if (seen.insert(property.key).second) continue;
    Complain("DUPLICATE_KEY", fmt::format("Found duplicate keys `{}`.", property.key), span);
    return;
  }
}

Parsed<std::string> Parser::ParsePropertyKey() {
  if (AtString()) return ParseString();
  const QualifiedName name = PARSED(ParseQualifiedName());
  return std::string(TextBetween(name.span.begin, name.span.end));
}

Parsed<Property> Parser::ParseProperty() {
  const Index first = index_;
  Property property;
  property.key = PARSED(ParsePropertyKey());
  const bool equal = Accept(T::kEqual);
  if (AtString()) {
    property.value = PARSED(ParseString());
  } else if (AtAny(T::kTrue, T::kFalse)) {
    property.value = ToLower(TextAt());
    Advance();
  } else if (AtAny(T::kIntegerValue, T::kDecimalValue)) {
    property.value = std::string(TextAt());
    Advance();
  } else if (equal) {
    Reject();
    return {};
  }
  property.span = SpanFrom(first);
  return property;
}

/// OPTIONS (..): values are constants, or, as DLI writes them, text without quotes.
bool Parser::ParseOptions(std::vector<Property>& out) {
  const Span span = Peek().span;
  REQUIRE(Accept(T::kLeftParen));
  REQUIRE(ParseCommaList([&]() -> bool {
    out.push_back(PARSED(ParseOption()));
    return true;
  }));
  REQUIRE(Accept(T::kRightParen));
  CheckPropertyKeys(out, span);
  return true;
}

Parsed<Property> Parser::ParseOption() {
  const Index first = index_;
  Property option;
  option.key = PARSED(ParsePropertyKey());
  const bool equal = Accept(T::kEqual);
  if (!equal && AtAny(T::kComma, T::kRightParen)) {
    option.span = SpanFrom(first);
    return option;
  }
  const Mark mark = Here();
  ExprPtr value = ParseExpression();
  const auto* literal = value == nullptr ? nullptr : std::get_if<Literal>(&value->node);
  if (value != nullptr && AtAny(T::kComma, T::kRightParen)) {
    option.value = literal != nullptr
                       ? literal->text
                       : std::string(TextBetween(value->span.begin, value->span.end));
  } else {
    Return(mark);
    option.value = PARSED(ParseUnquotedValue());
  }
  option.span = SpanFrom(first);
  return option;
}

/// The text up to the next comma or closing parenthesis.
Parsed<std::string> Parser::ParseUnquotedValue() {
  const Index first = index_;
  int depth = 0;
  while (!AtEnd() && !AtAny(T::kSemicolon, T::kUnrecognized)) {
    if (depth == 0 && AtAny(T::kComma, T::kRightParen)) break;
    if (At(T::kLeftParen)) ++depth;
    if (At(T::kRightParen)) --depth;
    Advance();
  }
  if (index_ == first || AtEnd()) {
    Reject();
    return {};
  }
  const Span span = SpanFrom(first);
  return std::string(TextBetween(span.begin, span.end));
}

}  // namespace sluice::sql
