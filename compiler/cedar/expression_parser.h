// Expressions of Cedar: the part of the policy parser below `when { ... }`.
#ifndef SEKISHO_COMPILER_CEDAR_EXPRESSION_PARSER_H_
#define SEKISHO_COMPILER_CEDAR_EXPRESSION_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/token_stream.h"

namespace sekisho {

class ExpressionParser {
 public:
  // `tokens` must outlive this object.
  explicit ExpressionParser(TokenStream* tokens);

  // Takes the longest expression there is. Null after an error.
  ExprPtr Parse();

  // `A::B`, as far as the next token is not a part of it. False after an error.
  bool ParsePath(std::string* name, Span* span);
  // `A::B::"id"`. False after an error, as for the next.
  bool ParseEntity(EntityUid* uid, Span* span);

  // Takes the closing bracket after an expression.
  bool ExpectClosing(TokenKind kind);
  // Reports that something else than `expected` follows an expression.
  void ReportAfterExpression(absl::string_view expected);

 private:
  // An expression on its way up.
  struct Node {
    ExprPtr expr;
    // With parentheses around it, which the expression's own span leaves out.
    Span span;
    int depth = 1;
    size_t size = 1;
    // What `a has b.c` stands for, without parentheses around it.
    bool is_has_path = false;

    explicit operator bool() const { return expr != nullptr; }
  };
  // What an expression is built over. There may be millions, of which no more
  // is kept than is needed.
  struct Operands {
    std::vector<ExprPtr> exprs;
    // From the first to the last.
    Span span;
    // Of the deepest, and of all together.
    int depth = 0;
    size_t size = 0;

    // REQUIRES: the node is not empty.
    void Add(Node node);
  };

  // The grammar's levels. Each returns an empty Node after an error.
  Node ParseExpression();
  Node ParseIf();
  Node ParseOr();
  Node ParseAnd();
  Node ParseRelation();
  Node ParseHas(Node target);
  Node ParseLike(Node target);
  Node ParseIs(Node target);
  Node ParseSum();
  Node ParseProduct();
  Node ParseUnary();
  Node ParseMember();
  Node ParseAttribute(Node target);
  Node ParseCall(Node target, const Token& method);
  Node ParseFunction();
  // Adds what stands between the parentheses. False after an error.
  bool ParseArguments(Operands* operands);
  Node ParsePrimary();
  Node ParseWord();
  Node ParseNumber(bool negative, Span begin);
  Node ParseString();
  Node ParseParenthesized();
  Node ParseSet();
  Node ParseRecord();

  static ExprParts Of(ExprKind kind) {
    ExprParts expr;
    expr.kind = kind;
    return expr;
  }
  template <typename... Nodes>
  static Operands ListOf(Nodes... nodes) {
    Operands list;
    (list.Add(std::move(nodes)), ...);
    return list;
  }

  // `kind` over the operands, from the first to the last of them.
  Node Chain(ExprKind kind, Operands operands);
  // `expr` with the operands as arguments. Empty if that is too deep or large.
  Node Build(ExprParts expr, Operands operands);
  Node Leaf(ExprParts expr);
  bool AtRelation() const;
  // Reports what is wrong with a word that is no expression.
  void ReportWord(const Token& word);
  void ReportFunction(const Token& word);
  void ReportMethod(const Token& word);

  TokenStream& tokens_;
  const size_t max_size_;
  int depth_ = 0;
  // Of all expressions so far, counting a shared one each time.
  size_t size_ = 0;
  // Nodes made so far.
  size_t built_ = 0;
};

// False, and an error, if the word is a keyword that cannot be a name.
bool CheckIdentifier(const TokenStream& tokens, const Token& word);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_EXPRESSION_PARSER_H_
