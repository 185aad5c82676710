#include "sql/lexer.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

std::vector<TokenKind> KindsOf(std::string_view text) {
  const Result<TokenList> list = Tokenize(text);
  EXPECT_TRUE(list);
  std::vector<TokenKind> kinds;
  for (const Token& token : list->tokens) kinds.push_back(token.kind);
  return kinds;
}

using K = TokenKind;
using Kinds = std::vector<TokenKind>;

TEST(Lexer, NumbersCarryTheirSuffixes) {
  EXPECT_EQ(KindsOf("1 2L 3S 4Y 5.5 6e3 7F 8D 9BD"),
            (Kinds{K::kIntegerValue, K::kBigIntLiteral, K::kSmallIntLiteral, K::kTinyIntLiteral,
                   K::kDecimalValue, K::kExponentValue, K::kFloatLiteral, K::kDoubleLiteral,
                   K::kBigDecimalLiteral, K::kEndOfText}));
}

TEST(Lexer, ANumberThatRunsIntoANameFallsApart) {
  EXPECT_EQ(KindsOf("2.3e_"), (Kinds{K::kIntegerValue, K::kDot, K::kIdentifier, K::kEndOfText}));
  EXPECT_EQ(KindsOf("1_source.t"), (Kinds{K::kIdentifier, K::kDot, K::kIdentifier, K::kEndOfText}));
}

TEST(Lexer, CommentsNestAndHintsDoNotHide) {
  EXPECT_EQ(KindsOf("a /* x /* y */ z */ b -- c\nd"),
            (Kinds{K::kIdentifier, K::kIdentifier, K::kIdentifier, K::kEndOfText}));
  EXPECT_EQ(KindsOf("/*+ a */"),
            (Kinds{K::kHintStart, K::kIdentifier, K::kHintEnd, K::kEndOfText}));
}

TEST(Lexer, ACommentWithoutEndIsNoticed) {
  const Result<TokenList> list = Tokenize("SELECT /* a");
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->unclosed_comment);
}

TEST(Lexer, ALoneQuoteIsOneUnrecognizedCharacter) {
  EXPECT_EQ(KindsOf("'a"), (Kinds{K::kUnrecognized, K::kIdentifier, K::kEndOfText}));
  EXPECT_EQ(KindsOf("é"), (Kinds{K::kUnrecognized, K::kEndOfText}));
}

TEST(Lexer, PositionsCountCodePointsOfTheLine) {
  const Result<TokenList> list = Tokenize("'😀'\n 'é' x");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->tokens[1].span.line, 2U);
  EXPECT_EQ(list->tokens[1].span.position, 1U);
  EXPECT_EQ(list->tokens[2].span.position, 5U);
}

TEST(Lexer, EscapesResolveAsSparks) {
  EXPECT_EQ(StringValue(R"('a\tb\n\\\'\%\_\x')"), "a\tb\n\\'\\%\\_x");
  EXPECT_EQ(StringValue(R"('\u0041\101')"), "AA");
  EXPECT_EQ(StringValue(R"('\uD83D\uDE00')"), "😀");
  EXPECT_EQ(StringValue(R"(r'a\tb')"), R"(a\tb)");
  EXPECT_EQ(BackquotedValue("`a``b`"), "a`b");
}

TEST(Lexer, TooManyTokensAreALimit) {
  std::string text;
  for (int i = 0; i < 250'001; ++i) text += "a ";
  const Result<TokenList> list = Tokenize(text);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace sluice::sql
