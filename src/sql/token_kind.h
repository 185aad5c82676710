#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::sql {

/// What a token is: a symbol, a literal, or a word. Every word of Spark 3.5's grammar has a kind of
/// its own; outside ANSI mode all of them are also identifiers (IsIdentifier). MINUS the word is
/// kMinusWord, X before a hex string kHexWord, IDENTIFIER kIdentifierWord, PERCENT kPercentWord.
enum class TokenKind : std::uint16_t {
  kEndOfText,     ///< behind the last character
  kUnrecognized,  ///< a character that starts no token
  // Symbols.
  kSemicolon,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kComma,
  kDot,
  kColon,
  kQuestion,
  kArrow,          ///< ->
  kFatArrow,       ///< =>
  kHintStart,      ///< the slash-star-plus that opens a hint
  kHintEnd,        ///< star-slash
  kEqual,          ///< = and ==
  kNullSafeEqual,  ///< <=>
  kNotEqual,       ///< <>
  kBangEqual,      ///< !=
  kLess,
  kLessOrEqual,  ///< <= and !>
  kGreater,
  kGreaterOrEqual,  ///< >= and !<
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kTilde,
  kAmpersand,
  kPipe,
  kConcatPipe,  ///< ||
  kCaret,
  // Literals.
  kStringLiteral,  ///< '..' or r'..' or r".."
  kDoubleQuoted,   ///< "..": a string outside ANSI mode
  kIntegerValue,
  kBigIntLiteral,
  kSmallIntLiteral,
  kTinyIntLiteral,
  kDecimalValue,
  kExponentValue,
  kFloatLiteral,
  kDoubleLiteral,
  kBigDecimalLiteral,
  // Names.
  kBackquoted,
  kIdentifier,
  // Words, in alphabetical order of their spelling in the grammar.
  // clang-format off
  kAdd, kAfter, kAll, kAlter, kAlways, kAnalyze, kAnd, kAnti, kAny, kAnyValue, kArchive, kArray,
  kAs, kAsc, kAt, kAuthorization, kBetween, kBigint, kBinary, kHexWord, kBoolean, kBoth, kBucket,
  kBuckets, kBy, kByte, kCache, kCascade, kCase, kCast, kCatalog, kCatalogs, kChange, kChar,
  kCharacter, kCheck, kClear, kCluster, kClustered, kCodegen, kCollate, kCollection, kColumn,
  kColumns, kComment, kCommit, kCompact, kCompactions, kCompute, kConcatenate, kConstraint, kCost,
  kCreate, kCross, kCube, kCurrent, kCurrentDate, kCurrentTime, kCurrentTimestamp, kCurrentUser,
  kData, kDatabase, kDatabases, kDate, kDateadd, kDatediff, kDateAdd, kDateDiff, kDay, kDayofyear,
  kDays, kDbproperties, kDec, kDecimal, kDefault, kDefined, kDelete, kDelimited, kDesc, kDescribe,
  kDfs, kDirectories, kDirectory, kDistinct, kDistribute, kDiv, kDouble, kDrop, kElse, kEnd,
  kEscape, kEscaped, kExcept, kExchange, kExclude, kExists, kExplain, kExport, kExtended,
  kExternal, kExtract, kFalse, kFetch, kFields, kFileformat, kFilter, kFirst, kFloat, kFollowing,
  kFor, kForeign, kFormat, kFormatted, kFrom, kFull, kFunction, kFunctions, kGenerated, kGlobal,
  kGrant, kGroup, kGrouping, kHaving, kHour, kHours, kIdentifierWord, kIf, kIgnore, kIlike,
  kImport, kIn, kInclude, kIndex, kIndexes, kInner, kInpath, kInputformat, kInsert, kInt,
  kInteger, kIntersect, kInterval, kInto, kIs, kItems, kJoin, kKeys, kLast, kLateral, kLazy,
  kLeading, kLeft, kLike, kLimit, kLines, kList, kLoad, kLocal, kLocation, kLock, kLocks,
  kLogical, kLong, kMacro, kMap, kMatched, kMerge, kMicrosecond, kMicroseconds, kMillisecond,
  kMilliseconds, kMinute, kMinutes, kMonth, kMonths, kMsck, kName, kNamespace, kNamespaces,
  kNanosecond, kNanoseconds, kNatural, kNo, kNot, kNull, kNulls, kNumeric, kOf, kOffset, kOn,
  kOnly, kOption, kOptions, kOr, kOrder, kOut, kOuter, kOutputformat, kOver, kOverlaps, kOverlay,
  kOverwrite, kPartition, kPartitioned, kPartitions, kPercentileCont, kPercentileDisc,
  kPercentWord, kPivot, kPlacing, kPosition, kPreceding, kPrimary, kPrincipals, kProperties,
  kPurge, kQuarter, kQuery, kRange, kReal, kRecordreader, kRecordwriter, kRecover, kReduce,
  kReferences, kRefresh, kRename, kRepair, kRepeatable, kReplace, kReset, kRespect, kRestrict,
  kRevoke, kRight, kRlike, kRole, kRoles, kRollback, kRollup, kRow, kRows, kSchema, kSchemas,
  kSecond, kSeconds, kSelect, kSemi, kSeparated, kSerde, kSerdeproperties, kSessionUser, kSet,
  kMinusWord, kSets, kShort, kShow, kSkewed, kSmallint, kSome, kSort, kSorted, kSource, kStart,
  kStatistics, kStored, kStratify, kString, kStruct, kSubstr, kSubstring, kSync, kSystemTime,
  kSystemVersion, kTable, kTables, kTablesample, kTarget, kTblproperties, kTemporary, kTerminated,
  kThen, kTime, kTimestamp, kTimestampadd, kTimestampdiff, kTimestampLtz, kTimestampNtz, kTinyint,
  kTo, kTouch, kTrailing, kTransaction, kTransactions, kTransform, kTrim, kTrue, kTruncate,
  kTryCast, kType, kUnarchive, kUnbounded, kUncache, kUnion, kUnique, kUnknown, kUnlock, kUnpivot,
  kUnset, kUpdate, kUse, kUser, kUsing, kValues, kVarchar, kVersion, kView, kViews, kVoid, kWeek,
  kWeeks, kWhen, kWhere, kWindow, kWith, kWithin, kYear, kYears, kZone
  // clang-format on
};

struct WordSpelling {
  std::string_view text;  ///< upper case
  TokenKind kind;
};

/// Every word, sorted by text.
// clang-format off
inline constexpr std::array<WordSpelling, 331> kWords = {{
    {"ADD", TokenKind::kAdd}, {"AFTER", TokenKind::kAfter}, {"ALL", TokenKind::kAll},
    {"ALTER", TokenKind::kAlter}, {"ALWAYS", TokenKind::kAlways},
    {"ANALYZE", TokenKind::kAnalyze}, {"AND", TokenKind::kAnd}, {"ANTI", TokenKind::kAnti},
    {"ANY", TokenKind::kAny}, {"ANY_VALUE", TokenKind::kAnyValue},
    {"ARCHIVE", TokenKind::kArchive}, {"ARRAY", TokenKind::kArray}, {"AS", TokenKind::kAs},
    {"ASC", TokenKind::kAsc}, {"AT", TokenKind::kAt},
    {"AUTHORIZATION", TokenKind::kAuthorization}, {"BETWEEN", TokenKind::kBetween},
    {"BIGINT", TokenKind::kBigint}, {"BINARY", TokenKind::kBinary},
    {"BOOLEAN", TokenKind::kBoolean}, {"BOTH", TokenKind::kBoth}, {"BUCKET", TokenKind::kBucket},
    {"BUCKETS", TokenKind::kBuckets}, {"BY", TokenKind::kBy}, {"BYTE", TokenKind::kByte},
    {"CACHE", TokenKind::kCache}, {"CASCADE", TokenKind::kCascade}, {"CASE", TokenKind::kCase},
    {"CAST", TokenKind::kCast}, {"CATALOG", TokenKind::kCatalog},
    {"CATALOGS", TokenKind::kCatalogs}, {"CHANGE", TokenKind::kChange},
    {"CHAR", TokenKind::kChar}, {"CHARACTER", TokenKind::kCharacter},
    {"CHECK", TokenKind::kCheck}, {"CLEAR", TokenKind::kClear}, {"CLUSTER", TokenKind::kCluster},
    {"CLUSTERED", TokenKind::kClustered}, {"CODEGEN", TokenKind::kCodegen},
    {"COLLATE", TokenKind::kCollate}, {"COLLECTION", TokenKind::kCollection},
    {"COLUMN", TokenKind::kColumn}, {"COLUMNS", TokenKind::kColumns},
    {"COMMENT", TokenKind::kComment}, {"COMMIT", TokenKind::kCommit},
    {"COMPACT", TokenKind::kCompact}, {"COMPACTIONS", TokenKind::kCompactions},
    {"COMPUTE", TokenKind::kCompute}, {"CONCATENATE", TokenKind::kConcatenate},
    {"CONSTRAINT", TokenKind::kConstraint}, {"COST", TokenKind::kCost},
    {"CREATE", TokenKind::kCreate}, {"CROSS", TokenKind::kCross}, {"CUBE", TokenKind::kCube},
    {"CURRENT", TokenKind::kCurrent}, {"CURRENT_DATE", TokenKind::kCurrentDate},
    {"CURRENT_TIME", TokenKind::kCurrentTime},
    {"CURRENT_TIMESTAMP", TokenKind::kCurrentTimestamp},
    {"CURRENT_USER", TokenKind::kCurrentUser}, {"DATA", TokenKind::kData},
    {"DATABASE", TokenKind::kDatabase}, {"DATABASES", TokenKind::kDatabases},
    {"DATE", TokenKind::kDate}, {"DATEADD", TokenKind::kDateadd},
    {"DATEDIFF", TokenKind::kDatediff}, {"DATE_ADD", TokenKind::kDateAdd},
    {"DATE_DIFF", TokenKind::kDateDiff}, {"DAY", TokenKind::kDay},
    {"DAYOFYEAR", TokenKind::kDayofyear}, {"DAYS", TokenKind::kDays},
    {"DBPROPERTIES", TokenKind::kDbproperties}, {"DEC", TokenKind::kDec},
    {"DECIMAL", TokenKind::kDecimal}, {"DEFAULT", TokenKind::kDefault},
    {"DEFINED", TokenKind::kDefined}, {"DELETE", TokenKind::kDelete},
    {"DELIMITED", TokenKind::kDelimited}, {"DESC", TokenKind::kDesc},
    {"DESCRIBE", TokenKind::kDescribe}, {"DFS", TokenKind::kDfs},
    {"DIRECTORIES", TokenKind::kDirectories}, {"DIRECTORY", TokenKind::kDirectory},
    {"DISTINCT", TokenKind::kDistinct}, {"DISTRIBUTE", TokenKind::kDistribute},
    {"DIV", TokenKind::kDiv}, {"DOUBLE", TokenKind::kDouble}, {"DROP", TokenKind::kDrop},
    {"ELSE", TokenKind::kElse}, {"END", TokenKind::kEnd}, {"ESCAPE", TokenKind::kEscape},
    {"ESCAPED", TokenKind::kEscaped}, {"EXCEPT", TokenKind::kExcept},
    {"EXCHANGE", TokenKind::kExchange}, {"EXCLUDE", TokenKind::kExclude},
    {"EXISTS", TokenKind::kExists}, {"EXPLAIN", TokenKind::kExplain},
    {"EXPORT", TokenKind::kExport}, {"EXTENDED", TokenKind::kExtended},
    {"EXTERNAL", TokenKind::kExternal}, {"EXTRACT", TokenKind::kExtract},
    {"FALSE", TokenKind::kFalse}, {"FETCH", TokenKind::kFetch}, {"FIELDS", TokenKind::kFields},
    {"FILEFORMAT", TokenKind::kFileformat}, {"FILTER", TokenKind::kFilter},
    {"FIRST", TokenKind::kFirst}, {"FLOAT", TokenKind::kFloat},
    {"FOLLOWING", TokenKind::kFollowing}, {"FOR", TokenKind::kFor},
    {"FOREIGN", TokenKind::kForeign}, {"FORMAT", TokenKind::kFormat},
    {"FORMATTED", TokenKind::kFormatted}, {"FROM", TokenKind::kFrom}, {"FULL", TokenKind::kFull},
    {"FUNCTION", TokenKind::kFunction}, {"FUNCTIONS", TokenKind::kFunctions},
    {"GENERATED", TokenKind::kGenerated}, {"GLOBAL", TokenKind::kGlobal},
    {"GRANT", TokenKind::kGrant}, {"GROUP", TokenKind::kGroup},
    {"GROUPING", TokenKind::kGrouping}, {"HAVING", TokenKind::kHaving},
    {"HOUR", TokenKind::kHour}, {"HOURS", TokenKind::kHours},
    {"IDENTIFIER", TokenKind::kIdentifierWord}, {"IF", TokenKind::kIf},
    {"IGNORE", TokenKind::kIgnore}, {"ILIKE", TokenKind::kIlike}, {"IMPORT", TokenKind::kImport},
    {"IN", TokenKind::kIn}, {"INCLUDE", TokenKind::kInclude}, {"INDEX", TokenKind::kIndex},
    {"INDEXES", TokenKind::kIndexes}, {"INNER", TokenKind::kInner},
    {"INPATH", TokenKind::kInpath}, {"INPUTFORMAT", TokenKind::kInputformat},
    {"INSERT", TokenKind::kInsert}, {"INT", TokenKind::kInt}, {"INTEGER", TokenKind::kInteger},
    {"INTERSECT", TokenKind::kIntersect}, {"INTERVAL", TokenKind::kInterval},
    {"INTO", TokenKind::kInto}, {"IS", TokenKind::kIs}, {"ITEMS", TokenKind::kItems},
    {"JOIN", TokenKind::kJoin}, {"KEYS", TokenKind::kKeys}, {"LAST", TokenKind::kLast},
    {"LATERAL", TokenKind::kLateral}, {"LAZY", TokenKind::kLazy},
    {"LEADING", TokenKind::kLeading}, {"LEFT", TokenKind::kLeft}, {"LIKE", TokenKind::kLike},
    {"LIMIT", TokenKind::kLimit}, {"LINES", TokenKind::kLines}, {"LIST", TokenKind::kList},
    {"LOAD", TokenKind::kLoad}, {"LOCAL", TokenKind::kLocal}, {"LOCATION", TokenKind::kLocation},
    {"LOCK", TokenKind::kLock}, {"LOCKS", TokenKind::kLocks}, {"LOGICAL", TokenKind::kLogical},
    {"LONG", TokenKind::kLong}, {"MACRO", TokenKind::kMacro}, {"MAP", TokenKind::kMap},
    {"MATCHED", TokenKind::kMatched}, {"MERGE", TokenKind::kMerge},
    {"MICROSECOND", TokenKind::kMicrosecond}, {"MICROSECONDS", TokenKind::kMicroseconds},
    {"MILLISECOND", TokenKind::kMillisecond}, {"MILLISECONDS", TokenKind::kMilliseconds},
    {"MINUS", TokenKind::kMinusWord}, {"MINUTE", TokenKind::kMinute},
    {"MINUTES", TokenKind::kMinutes}, {"MONTH", TokenKind::kMonth},
    {"MONTHS", TokenKind::kMonths}, {"MSCK", TokenKind::kMsck}, {"NAME", TokenKind::kName},
    {"NAMESPACE", TokenKind::kNamespace}, {"NAMESPACES", TokenKind::kNamespaces},
    {"NANOSECOND", TokenKind::kNanosecond}, {"NANOSECONDS", TokenKind::kNanoseconds},
    {"NATURAL", TokenKind::kNatural}, {"NO", TokenKind::kNo}, {"NOT", TokenKind::kNot},
    {"NULL", TokenKind::kNull}, {"NULLS", TokenKind::kNulls}, {"NUMERIC", TokenKind::kNumeric},
    {"OF", TokenKind::kOf}, {"OFFSET", TokenKind::kOffset}, {"ON", TokenKind::kOn},
    {"ONLY", TokenKind::kOnly}, {"OPTION", TokenKind::kOption}, {"OPTIONS", TokenKind::kOptions},
    {"OR", TokenKind::kOr}, {"ORDER", TokenKind::kOrder}, {"OUT", TokenKind::kOut},
    {"OUTER", TokenKind::kOuter}, {"OUTPUTFORMAT", TokenKind::kOutputformat},
    {"OVER", TokenKind::kOver}, {"OVERLAPS", TokenKind::kOverlaps},
    {"OVERLAY", TokenKind::kOverlay}, {"OVERWRITE", TokenKind::kOverwrite},
    {"PARTITION", TokenKind::kPartition}, {"PARTITIONED", TokenKind::kPartitioned},
    {"PARTITIONS", TokenKind::kPartitions}, {"PERCENT", TokenKind::kPercentWord},
    {"PERCENTILE_CONT", TokenKind::kPercentileCont},
    {"PERCENTILE_DISC", TokenKind::kPercentileDisc}, {"PIVOT", TokenKind::kPivot},
    {"PLACING", TokenKind::kPlacing}, {"POSITION", TokenKind::kPosition},
    {"PRECEDING", TokenKind::kPreceding}, {"PRIMARY", TokenKind::kPrimary},
    {"PRINCIPALS", TokenKind::kPrincipals}, {"PROPERTIES", TokenKind::kProperties},
    {"PURGE", TokenKind::kPurge}, {"QUARTER", TokenKind::kQuarter}, {"QUERY", TokenKind::kQuery},
    {"RANGE", TokenKind::kRange}, {"REAL", TokenKind::kReal},
    {"RECORDREADER", TokenKind::kRecordreader}, {"RECORDWRITER", TokenKind::kRecordwriter},
    {"RECOVER", TokenKind::kRecover}, {"REDUCE", TokenKind::kReduce},
    {"REFERENCES", TokenKind::kReferences}, {"REFRESH", TokenKind::kRefresh},
    {"REGEXP", TokenKind::kRlike}, {"RENAME", TokenKind::kRename}, {"REPAIR", TokenKind::kRepair},
    {"REPEATABLE", TokenKind::kRepeatable}, {"REPLACE", TokenKind::kReplace},
    {"RESET", TokenKind::kReset}, {"RESPECT", TokenKind::kRespect},
    {"RESTRICT", TokenKind::kRestrict}, {"REVOKE", TokenKind::kRevoke},
    {"RIGHT", TokenKind::kRight}, {"RLIKE", TokenKind::kRlike}, {"ROLE", TokenKind::kRole},
    {"ROLES", TokenKind::kRoles}, {"ROLLBACK", TokenKind::kRollback},
    {"ROLLUP", TokenKind::kRollup}, {"ROW", TokenKind::kRow}, {"ROWS", TokenKind::kRows},
    {"SCHEMA", TokenKind::kSchema}, {"SCHEMAS", TokenKind::kSchemas},
    {"SECOND", TokenKind::kSecond}, {"SECONDS", TokenKind::kSeconds},
    {"SELECT", TokenKind::kSelect}, {"SEMI", TokenKind::kSemi},
    {"SEPARATED", TokenKind::kSeparated}, {"SERDE", TokenKind::kSerde},
    {"SERDEPROPERTIES", TokenKind::kSerdeproperties}, {"SESSION_USER", TokenKind::kSessionUser},
    {"SET", TokenKind::kSet}, {"SETS", TokenKind::kSets}, {"SHORT", TokenKind::kShort},
    {"SHOW", TokenKind::kShow}, {"SKEWED", TokenKind::kSkewed},
    {"SMALLINT", TokenKind::kSmallint}, {"SOME", TokenKind::kSome}, {"SORT", TokenKind::kSort},
    {"SORTED", TokenKind::kSorted}, {"SOURCE", TokenKind::kSource}, {"START", TokenKind::kStart},
    {"STATISTICS", TokenKind::kStatistics}, {"STORED", TokenKind::kStored},
    {"STRATIFY", TokenKind::kStratify}, {"STRING", TokenKind::kString},
    {"STRUCT", TokenKind::kStruct}, {"SUBSTR", TokenKind::kSubstr},
    {"SUBSTRING", TokenKind::kSubstring}, {"SYNC", TokenKind::kSync},
    {"SYSTEM_TIME", TokenKind::kSystemTime}, {"SYSTEM_VERSION", TokenKind::kSystemVersion},
    {"TABLE", TokenKind::kTable}, {"TABLES", TokenKind::kTables},
    {"TABLESAMPLE", TokenKind::kTablesample}, {"TARGET", TokenKind::kTarget},
    {"TBLPROPERTIES", TokenKind::kTblproperties}, {"TEMP", TokenKind::kTemporary},
    {"TEMPORARY", TokenKind::kTemporary}, {"TERMINATED", TokenKind::kTerminated},
    {"THEN", TokenKind::kThen}, {"TIME", TokenKind::kTime}, {"TIMESTAMP", TokenKind::kTimestamp},
    {"TIMESTAMPADD", TokenKind::kTimestampadd}, {"TIMESTAMPDIFF", TokenKind::kTimestampdiff},
    {"TIMESTAMP_LTZ", TokenKind::kTimestampLtz}, {"TIMESTAMP_NTZ", TokenKind::kTimestampNtz},
    {"TINYINT", TokenKind::kTinyint}, {"TO", TokenKind::kTo}, {"TOUCH", TokenKind::kTouch},
    {"TRAILING", TokenKind::kTrailing}, {"TRANSACTION", TokenKind::kTransaction},
    {"TRANSACTIONS", TokenKind::kTransactions}, {"TRANSFORM", TokenKind::kTransform},
    {"TRIM", TokenKind::kTrim}, {"TRUE", TokenKind::kTrue}, {"TRUNCATE", TokenKind::kTruncate},
    {"TRY_CAST", TokenKind::kTryCast}, {"TYPE", TokenKind::kType},
    {"UNARCHIVE", TokenKind::kUnarchive}, {"UNBOUNDED", TokenKind::kUnbounded},
    {"UNCACHE", TokenKind::kUncache}, {"UNION", TokenKind::kUnion},
    {"UNIQUE", TokenKind::kUnique}, {"UNKNOWN", TokenKind::kUnknown},
    {"UNLOCK", TokenKind::kUnlock}, {"UNPIVOT", TokenKind::kUnpivot},
    {"UNSET", TokenKind::kUnset}, {"UPDATE", TokenKind::kUpdate}, {"USE", TokenKind::kUse},
    {"USER", TokenKind::kUser}, {"USING", TokenKind::kUsing}, {"VALUES", TokenKind::kValues},
    {"VARCHAR", TokenKind::kVarchar}, {"VERSION", TokenKind::kVersion},
    {"VIEW", TokenKind::kView}, {"VIEWS", TokenKind::kViews}, {"VOID", TokenKind::kVoid},
    {"WEEK", TokenKind::kWeek}, {"WEEKS", TokenKind::kWeeks}, {"WHEN", TokenKind::kWhen},
    {"WHERE", TokenKind::kWhere}, {"WINDOW", TokenKind::kWindow}, {"WITH", TokenKind::kWith},
    {"WITHIN", TokenKind::kWithin}, {"X", TokenKind::kHexWord}, {"YEAR", TokenKind::kYear},
    {"YEARS", TokenKind::kYears}, {"ZONE", TokenKind::kZone}
}};
// clang-format on

/// Whether the grammar has the word; kIdentifier when not. `upper` is in upper case.
TokenKind WordKind(std::string_view upper);

/// Whether a token of this kind can be a name anywhere: words, identifiers, backquoted names.
inline bool IsIdentifier(TokenKind kind) { return kind >= TokenKind::kBackquoted; }

/// Words that join and combine relations (JOIN, LEFT, ON, UNION, …): names, but never table
/// aliases.
bool IsStrictNonReserved(TokenKind kind);

/// Whether a token of this kind can be a table alias.
inline bool IsStrictIdentifier(TokenKind kind) {
  return IsIdentifier(kind) && !IsStrictNonReserved(kind);
}

}  // namespace sluice::sql
