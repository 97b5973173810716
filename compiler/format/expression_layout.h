// Lays out expressions, and what is written like them in heads and schemas.
#ifndef SEKISHO_COMPILER_FORMAT_EXPRESSION_LAYOUT_H_
#define SEKISHO_COMPILER_FORMAT_EXPRESSION_LAYOUT_H_

#include "compiler/format/token_layout.h"

namespace sekisho {

// Each function writes the longest thing of its kind that stands at the
// layout's next token.
// REQUIRES: it is one, as the parser has found.
class ExpressionLayout {
 public:
  // `layout` must outlive this object.
  explicit ExpressionLayout(TokenLayout* layout) : layout_(*layout) {}

  void Write() { WriteAfter(/*space=*/false); }
  // `@id("x")`
  void WriteAnnotation();
  // `principal is A in ?principal`
  void WriteScope();
  // `A::B::"c"`
  void WritePath(bool space);
  // `[a, b]`
  void WriteList(bool space);

 private:
  // `space` says whether there is one before the first token.
  void WriteAfter(bool space);
  void WriteIf(bool space);
  void WriteOr(bool space);
  // Deeper from its second line on if it is an operand of `||`.
  void WriteAnd(bool space, bool is_operand);
  void WriteRelation(bool space);
  void WriteSum(bool space);
  void WriteProduct(bool space);
  void WriteUnary(bool space);
  void WriteMember(bool space);
  void WritePrimary(bool space);
  void WriteRecord(bool space);
  void WriteArguments();
  // An operator and what stands right of it, deeper if it begins a line.
  void WriteRight(void (ExpressionLayout::*operand)(bool space));

  TokenLayout& layout_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_FORMAT_EXPRESSION_LAYOUT_H_
