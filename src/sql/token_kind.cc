#include "sql/token_kind.h"

#include <algorithm>

namespace sluice::sql {

TokenKind WordKind(std::string_view upper) {
  const auto* found = std::lower_bound(
      kWords.begin(), kWords.end(), upper,
      [](const WordSpelling& word, std::string_view text) { return word.text < text; });
  if (found == kWords.end() || found->text != upper) return TokenKind::kIdentifier;
  return found->kind;
}

bool IsStrictNonReserved(TokenKind kind) {
  switch (kind) {
    case TokenKind::kAnti:
    case TokenKind::kCross:
    case TokenKind::kExcept:
    case TokenKind::kFull:
    case TokenKind::kInner:
    case TokenKind::kIntersect:
    case TokenKind::kJoin:
    case TokenKind::kLateral:
    case TokenKind::kLeft:
    case TokenKind::kNatural:
    case TokenKind::kOn:
    case TokenKind::kRight:
    case TokenKind::kSemi:
    case TokenKind::kMinusWord:
    case TokenKind::kUnion:
    case TokenKind::kUsing:
      return true;
    default:
      return false;
  }
}

}  // namespace sluice::sql
