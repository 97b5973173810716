// Operators end lines and never begin them. Operands of `&&` and `||` stand
// below each other, what is right of another operator stands deeper.
//
// Recursion is as deep as the parser's.
//
// Tested by format_test.cc.
#include "compiler/format/expression_layout.h"

namespace sekisho {
namespace {

bool IsComparison(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual:
      return true;
    default:
      return false;
  }
}

}  // namespace

void ExpressionLayout::WriteAnnotation() {
  layout_.Take();
  layout_.Take();
  if (!layout_.At(TokenKind::kLeftParen)) return;
  layout_.Take();
  layout_.Take();
  layout_.Take();
}

void ExpressionLayout::WriteScope() {
  layout_.Take();
  if (layout_.AtWord("is")) {
    layout_.TakeSpaced();
    WritePath(/*space=*/true);
  }
  if (!layout_.AtWord("in") && !layout_.At(TokenKind::kEqual)) return;
  layout_.TakeSpaced();
  if (layout_.At(TokenKind::kQuestion)) {
    layout_.TakeSpaced();
    layout_.Take();
  } else if (layout_.At(TokenKind::kLeftBracket)) {
    WriteList(/*space=*/true);
  } else {
    WritePath(/*space=*/true);
  }
}

void ExpressionLayout::WritePath(bool space) {
  space ? layout_.TakeSpaced() : layout_.Take();
  while (layout_.At(TokenKind::kColonColon)) {
    layout_.Take();
    layout_.Take();
  }
}

void ExpressionLayout::WriteAfter(bool space) {
  layout_.AtWord("if") ? WriteIf(space) : WriteOr(space);
}

void ExpressionLayout::WriteIf(bool space) {
  const size_t begin = layout_.Begin();
  space ? layout_.TakeSpaced() : layout_.Take();
  for (int part = 0; part < 3; ++part) {
    if (part > 0) {
      layout_.Line(/*space=*/true);
      layout_.Take();
    }
    layout_.Indent();
    WriteAfter(/*space=*/true);
    layout_.Dedent();
  }
  layout_.Group(begin);
}

void ExpressionLayout::WriteOr(bool space) {
  const bool is_or = layout_.Precedes(TokenKind::kOr);
  const size_t begin = layout_.Begin();
  WriteAnd(space, is_or);
  while (layout_.At(TokenKind::kOr)) {
    layout_.TakeBehind(/*space=*/true);
    layout_.Line(/*space=*/true);
    WriteAnd(/*space=*/false, is_or);
  }
  if (is_or) layout_.Group(begin);
}

void ExpressionLayout::WriteAnd(bool space, bool is_operand) {
  const size_t begin = layout_.Begin();
  WriteRelation(space);
  if (!layout_.At(TokenKind::kAnd)) return;
  if (is_operand) layout_.Indent();
  while (layout_.At(TokenKind::kAnd)) {
    layout_.TakeBehind(/*space=*/true);
    layout_.Line(/*space=*/true);
    WriteRelation(/*space=*/false);
  }
  if (is_operand) layout_.Dedent();
  layout_.Group(begin);
}

void ExpressionLayout::WriteRight(
    void (ExpressionLayout::*operand)(bool space)) {
  layout_.TakeBehind(/*space=*/true);
  // What is in brackets has lines of its own.
  if (layout_.At(TokenKind::kLeftBracket) ||
      layout_.At(TokenKind::kLeftBrace)) {
    (this->*operand)(/*space=*/true);
    return;
  }
  layout_.Indent();
  layout_.Line(/*space=*/true);
  (this->*operand)(/*space=*/false);
  layout_.Dedent();
}

void ExpressionLayout::WriteRelation(bool space) {
  const size_t begin = layout_.Begin();
  WriteSum(space);
  if (IsComparison(layout_.Peek().kind) || layout_.AtWord("in")) {
    WriteRight(&ExpressionLayout::WriteSum);
    layout_.Group(begin);
  } else if (layout_.AtWord("has")) {
    layout_.TakeSpaced();
    layout_.TakeSpaced();
    while (layout_.At(TokenKind::kDot)) {
      layout_.Take();
      layout_.Take();
    }
  } else if (layout_.AtWord("like")) {
    layout_.TakeSpaced();
    layout_.TakeSpaced();
  } else if (layout_.AtWord("is")) {
    layout_.TakeSpaced();
    WritePath(/*space=*/true);
    if (layout_.AtWord("in")) WriteRight(&ExpressionLayout::WriteSum);
    layout_.Group(begin);
  }
}

void ExpressionLayout::WriteSum(bool space) {
  const size_t begin = layout_.Begin();
  WriteProduct(space);
  if (!layout_.At(TokenKind::kPlus) && !layout_.At(TokenKind::kMinus)) return;
  while (layout_.At(TokenKind::kPlus) || layout_.At(TokenKind::kMinus)) {
    WriteRight(&ExpressionLayout::WriteProduct);
  }
  layout_.Group(begin);
}

void ExpressionLayout::WriteProduct(bool space) {
  const size_t begin = layout_.Begin();
  WriteUnary(space);
  if (!layout_.At(TokenKind::kStar)) return;
  while (layout_.At(TokenKind::kStar)) {
    WriteRight(&ExpressionLayout::WriteUnary);
  }
  layout_.Group(begin);
}

void ExpressionLayout::WriteUnary(bool space) {
  while (layout_.At(TokenKind::kNot) || layout_.At(TokenKind::kMinus)) {
    space ? layout_.TakeSpaced() : layout_.Take();
    space = false;
  }
  WriteMember(space);
}

void ExpressionLayout::WriteMember(bool space) {
  WritePrimary(space);
  while (true) {
    if (layout_.At(TokenKind::kDot)) {
      layout_.Take();
      layout_.Take();
    } else if (layout_.At(TokenKind::kLeftParen)) {
      WriteArguments();
    } else if (layout_.At(TokenKind::kLeftBracket)) {
      layout_.Take();
      layout_.Take();
      layout_.Take();
    } else {
      return;
    }
  }
}

void ExpressionLayout::WritePrimary(bool space) {
  switch (layout_.Peek().kind) {
    case TokenKind::kLeftParen:
      return layout_.TakeBrackets(space, TokenLayout::Items::kEachOnALine,
                                  [this] { Write(); });
    case TokenKind::kLeftBracket:
      return WriteList(space);
    case TokenKind::kLeftBrace:
      return WriteRecord(space);
    default:
      return WritePath(space);
  }
}

void ExpressionLayout::WriteArguments() {
  // A list or record alone needs no lines of the parentheses.
  if (layout_.AtBracketsInBrackets()) {
    layout_.Take();
    Write();
    layout_.Take();
    return;
  }
  layout_.TakeBrackets(/*space=*/false, TokenLayout::Items::kEachOnALine,
                       [this] { Write(); });
}

void ExpressionLayout::WriteList(bool space) {
  const TokenKind first = layout_.PeekSecond().kind;
  const bool is_of_brackets =
      first == TokenKind::kLeftBracket || first == TokenKind::kLeftBrace;
  layout_.TakeBrackets(space,
                       is_of_brackets ? TokenLayout::Items::kEachOnALine
                                      : TokenLayout::Items::kFilled,
                       [this] { Write(); });
}

void ExpressionLayout::WriteRecord(bool space) {
  layout_.TakeBrackets(space, TokenLayout::Items::kEachOnALine, [this] {
    layout_.Take();
    layout_.TakeBehind(/*space=*/false);
    WriteAfter(/*space=*/true);
  });
}

}  // namespace sekisho
