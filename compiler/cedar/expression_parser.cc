// Recursive descent, one function a level of Cedar's grammar. Recursion is
// bounded by kMaxDepth in ParseExpression, through which every bracket goes;
// the depth of the tree, which also grows by loops (`a.b.c`, `1 + 1 + 1`), in
// Build. `has` with a path repeats its target, so sizes are counted with
// repetition.
//
// Names, building and operators are here, what operators stand between in
// member_parser.cc.
//
// Tested by parser_test.cc and round_trip_test.cc.
#include "compiler/cedar/expression_parser.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"

namespace sekisho {
namespace {

// As many as Cedar allows in a row.
constexpr int kMaxUnary = 4;

std::optional<ExprKind> ComparisonKind(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return ExprKind::kEqual;
    case TokenKind::kNotEqual:
      return ExprKind::kNotEqual;
    case TokenKind::kLess:
      return ExprKind::kLess;
    case TokenKind::kLessEqual:
      return ExprKind::kLessEqual;
    case TokenKind::kGreater:
      return ExprKind::kGreater;
    case TokenKind::kGreaterEqual:
      return ExprKind::kGreaterEqual;
    default:
      return std::nullopt;
  }
}

}  // namespace

ExpressionParser::ExpressionParser(TokenStream* tokens)
    : tokens_(*tokens),
      max_size_(MaxExpressions(
          tokens->sources().text(tokens->Peek().span.source).size())) {}

bool CheckIdentifier(const TokenStream& tokens, const Token& word) {
  const absl::string_view text = tokens.Text(word);
  if (!IsReserved(text)) return true;
  tokens.diagnostics()->Error(
      word.span,
      absl::StrCat("`", text, "` is a reserved word and cannot be a name"));
  return false;
}

ExprPtr ExpressionParser::Parse() {
  depth_ = 0;
  const Node node = ParseExpression();
  if (!node) return nullptr;
  size_ += node.size;
  return node.expr;
}

bool ExpressionParser::ExpectClosing(TokenKind kind) {
  if (tokens_.Accept(kind)) return true;
  ReportAfterExpression(absl::StrCat("`", Spelling(kind), "`"));
  return false;
}

void ExpressionParser::ReportAfterExpression(absl::string_view expected) {
  tokens_.Unexpected(absl::StrCat("an operator or ", expected),
                     {"==", "&&", "||", "!", "in", "has", "like", "is"});
}

// ---- Names -----------------------------------------------------------------

bool ExpressionParser::ParsePath(std::string* name, Span* span) {
  const Token first = tokens_.Peek();
  name->clear();
  do {
    if (!tokens_.At(TokenKind::kWord)) {
      tokens_.Unexpected("the name of a type");
      return false;
    }
    const Token word = tokens_.Take();
    if (!CheckIdentifier(tokens_, word)) return false;
    absl::StrAppend(name, name->empty() ? "" : "::", tokens_.Text(word));
    *span = tokens_.From(first);
  } while (tokens_.At(TokenKind::kColonColon) &&
           tokens_.PeekSecond().kind != TokenKind::kString &&
           tokens_.Accept(TokenKind::kColonColon));
  return true;
}

bool ExpressionParser::ParseEntity(EntityUid* uid, Span* span) {
  const Token first = tokens_.Peek();
  if (!tokens_.At(TokenKind::kWord)) {
    tokens_.Unexpected("an entity such as `Type::\"id\"`");
    return false;
  }
  if (!ParsePath(&uid->type, span)) return false;
  if (!tokens_.Accept(TokenKind::kColonColon)) {
    tokens_.Unexpected(absl::StrCat("`::` and an id after `", uid->type, "`"));
    return false;
  }
  const Token id = tokens_.Take();
  *span = tokens_.From(first);
  return Unescape(tokens_.sources(), id, &uid->id, tokens_.diagnostics());
}

// ---- Building --------------------------------------------------------------

void ExpressionParser::Operands::Add(Node node) {
  span = exprs.empty() ? node.span : Join(span, node.span);
  depth = std::max(depth, node.depth);
  size += node.size;
  exprs.push_back(std::move(node.expr));
}

ExpressionParser::Node ExpressionParser::Build(ExprParts expr,
                                               Operands operands) {
  Node node;
  node.span = expr.span;
  node.depth = operands.depth + 1;
  node.size = operands.size + 1;
  expr.args = std::move(operands.exprs);
  if (node.depth > kMaxDepth) {
    tokens_.diagnostics()->Error(
        tokens_.last().span,
        absl::StrCat("more than ", kMaxDepth, " levels of nesting"));
    return {};
  }
  // The first counts what is shared each time, the second what there is, as an
  // operand is made before what it belongs to.
  if (node.size > max_size_ - size_ || ++built_ > max_size_) {
    tokens_.diagnostics()
        ->Error(tokens_.last().span,
                absl::StrCat("more than ", max_size_, " expressions"))
        .Help(
            "split the file; `has` with a path counts what stands before it "
            "once for each name");
    return {};
  }
  node.expr = MakeExpr(std::move(expr));
  return node;
}

ExpressionParser::Node ExpressionParser::Leaf(ExprParts expr) {
  return Build(std::move(expr), {});
}

ExpressionParser::Node ExpressionParser::Chain(ExprKind kind,
                                               Operands operands) {
  ExprParts expr = Of(kind);
  expr.span = operands.span;
  return Build(std::move(expr), std::move(operands));
}

// ---- Operators -------------------------------------------------------------

ExpressionParser::Node ExpressionParser::ParseExpression() {
  if (depth_ >= kMaxDepth) {
    tokens_.diagnostics()->Error(
        tokens_.Peek().span,
        absl::StrCat("more than ", kMaxDepth, " levels of nesting"));
    return {};
  }
  ++depth_;
  Node node = tokens_.AtWord("if") ? ParseIf() : ParseOr();
  --depth_;
  return node;
}

ExpressionParser::Node ExpressionParser::ParseIf() {
  const Token first = tokens_.Take();
  Node condition = ParseExpression();
  if (!condition || !tokens_.ExpectWord("then")) return {};
  Node then = ParseExpression();
  if (!then || !tokens_.ExpectWord("else")) return {};
  Node otherwise = ParseExpression();
  if (!otherwise) return {};
  ExprParts expr = Of(ExprKind::kIf);
  expr.span = tokens_.From(first);
  return Build(std::move(expr), ListOf(std::move(condition), std::move(then),
                                       std::move(otherwise)));
}

ExpressionParser::Node ExpressionParser::ParseOr() {
  Node first = ParseAnd();
  if (!first || !tokens_.At(TokenKind::kOr)) return first;
  Operands operands = ListOf(std::move(first));
  while (tokens_.Accept(TokenKind::kOr)) {
    Node next = ParseAnd();
    if (!next) return {};
    operands.Add(std::move(next));
  }
  return Chain(ExprKind::kOr, std::move(operands));
}

ExpressionParser::Node ExpressionParser::ParseAnd() {
  Node first = ParseRelation();
  if (!first || !tokens_.At(TokenKind::kAnd)) return first;
  Operands operands;
  // `a has b.c` is a chain itself, and part of this one.
  const auto add = [&](Node node) {
    if (!node.is_has_path) {
      operands.Add(std::move(node));
      return;
    }
    const size_t size = operands.size + node.size;
    for (const ExprPtr& arg : node.expr->args()) {
      Node part;
      part.expr = arg;
      part.span = node.span;
      part.depth = node.depth - 1;
      operands.Add(std::move(part));
    }
    operands.size = size;
  };
  add(std::move(first));
  while (tokens_.Accept(TokenKind::kAnd)) {
    Node next = ParseRelation();
    if (!next) return {};
    add(std::move(next));
  }
  return Chain(ExprKind::kAnd, std::move(operands));
}

bool ExpressionParser::AtRelation() const {
  return ComparisonKind(tokens_.Peek().kind) || tokens_.AtWord("in") ||
         tokens_.AtWord("has") || tokens_.AtWord("like") ||
         tokens_.AtWord("is");
}

ExpressionParser::Node ExpressionParser::ParseRelation() {
  Node left = ParseSum();
  if (!left || !AtRelation()) return left;
  const Token operation = tokens_.Take();
  Node node;
  if (operation.kind != TokenKind::kWord || tokens_.Text(operation) == "in") {
    Node right = ParseSum();
    if (!right) return {};
    node = Chain(ComparisonKind(operation.kind).value_or(ExprKind::kIn),
                 ListOf(std::move(left), std::move(right)));
  } else if (tokens_.Text(operation) == "has") {
    node = ParseHas(std::move(left));
  } else if (tokens_.Text(operation) == "like") {
    node = ParseLike(std::move(left));
  } else {
    node = ParseIs(std::move(left));
  }
  if (!node || !AtRelation()) return node;
  tokens_.diagnostics()
      ->Error(tokens_.Peek().span,
              absl::StrCat(tokens_.Describe(tokens_.Peek()),
                           " cannot follow another comparison"))
      .Note(operation.span, "the other one")
      .Help("join them with `&&`, or put one of them into parentheses");
  return {};
}

ExpressionParser::Node ExpressionParser::ParseHas(Node target) {
  std::vector<Node> tests;
  while (true) {
    ExprParts has = Of(ExprKind::kHas);
    const Token name = tokens_.Peek();
    has.name_span = name.span;
    if (tests.empty() && tokens_.Accept(TokenKind::kString)) {
      if (!Unescape(tokens_.sources(), name, &has.name,
                    tokens_.diagnostics())) {
        return {};
      }
    } else if (tokens_.Accept(TokenKind::kWord)) {
      if (!CheckIdentifier(tokens_, name)) return {};
      has.name = std::string(tokens_.Text(name));
    } else {
      tokens_.Unexpected("the name of an attribute");
      return {};
    }
    has.span = Join(target.span, name.span);
    const bool is_path =
        tokens_.At(TokenKind::kDot) && name.kind == TokenKind::kWord;
    ExprParts get = Of(ExprKind::kGet);
    get.name = has.name;
    get.name_span = has.name_span;
    get.span = has.span;
    Node test = Build(std::move(has), ListOf(target));
    if (!test) return {};
    tests.push_back(std::move(test));
    if (!is_path) break;
    tokens_.Take();
    target = Build(std::move(get), ListOf(std::move(target)));
    if (!target) return {};
  }
  if (tests.size() == 1) return std::move(tests.front());
  Operands operands;
  for (Node& test : tests) operands.Add(std::move(test));
  Node node = Chain(ExprKind::kAnd, std::move(operands));
  node.is_has_path = true;
  return node;
}

ExpressionParser::Node ExpressionParser::ParseLike(Node target) {
  if (!tokens_.At(TokenKind::kString)) {
    tokens_.Unexpected("a pattern such as `\"a*\"`");
    return {};
  }
  const Token pattern = tokens_.Take();
  ExprParts expr = Of(ExprKind::kLike);
  expr.span = Join(target.span, pattern.span);
  if (!UnescapePattern(tokens_.sources(), pattern, &expr.pattern,
                       tokens_.diagnostics())) {
    return {};
  }
  return Build(std::move(expr), ListOf(std::move(target)));
}

ExpressionParser::Node ExpressionParser::ParseIs(Node target) {
  ExprParts expr = Of(ExprKind::kIs);
  if (!ParsePath(&expr.name, &expr.name_span)) return {};
  const Span begin = target.span;
  Operands operands = ListOf(std::move(target));
  if (tokens_.AcceptWord("in")) {
    Node ancestor = ParseSum();
    if (!ancestor) return {};
    operands.Add(std::move(ancestor));
  }
  expr.span = Join(begin, tokens_.last().span);
  return Build(std::move(expr), std::move(operands));
}

ExpressionParser::Node ExpressionParser::ParseSum() {
  Node node = ParseProduct();
  while (node &&
         (tokens_.At(TokenKind::kPlus) || tokens_.At(TokenKind::kMinus))) {
    const bool plus = tokens_.Take().kind == TokenKind::kPlus;
    Node right = ParseProduct();
    if (!right) return {};
    node = Chain(plus ? ExprKind::kAdd : ExprKind::kSubtract,
                 ListOf(std::move(node), std::move(right)));
  }
  return node;
}

ExpressionParser::Node ExpressionParser::ParseProduct() {
  Node node = ParseUnary();
  while (node && tokens_.Accept(TokenKind::kStar)) {
    Node right = ParseUnary();
    if (!right) return {};
    node =
        Chain(ExprKind::kMultiply, ListOf(std::move(node), std::move(right)));
  }
  if (node &&
      (tokens_.At(TokenKind::kSlash) || tokens_.At(TokenKind::kPercent))) {
    tokens_.diagnostics()
        ->Error(tokens_.Peek().span,
                absl::StrCat("Cedar has no ", tokens_.Describe(tokens_.Peek())))
        .Help("multiply the other side instead");
    return {};
  }
  return node;
}

ExpressionParser::Node ExpressionParser::ParseUnary() {
  const TokenKind kind = tokens_.Peek().kind;
  if (kind != TokenKind::kNot && kind != TokenKind::kMinus) {
    return ParseMember();
  }
  std::vector<Token> operators;
  while (tokens_.Accept(kind)) {
    operators.push_back(tokens_.last());
    if (operators.size() > kMaxUnary) {
      tokens_.diagnostics()->Error(tokens_.last().span,
                                   absl::StrCat("more than ", kMaxUnary, " `",
                                                Spelling(kind), "` in a row"));
      return {};
    }
  }
  if (tokens_.At(TokenKind::kNot) || tokens_.At(TokenKind::kMinus)) {
    const absl::string_view other = tokens_.Text(tokens_.Peek());
    tokens_.diagnostics()
        ->Error(
            tokens_.Peek().span,
            absl::StrCat("`", other, "` cannot follow `", Spelling(kind), "`"))
        .Help(absl::StrCat("write `", Spelling(kind), "(", other, "...)`"));
    return {};
  }
  Node node;
  const TokenKind after = tokens_.PeekSecond().kind;
  if (kind == TokenKind::kMinus && tokens_.At(TokenKind::kNumber) &&
      after != TokenKind::kDot && after != TokenKind::kLeftBracket) {
    node = ParseNumber(/*negative=*/true, operators.back().span);
    operators.pop_back();
  } else {
    node = ParseMember();
  }
  while (node && !operators.empty()) {
    ExprParts expr =
        Of(kind == TokenKind::kNot ? ExprKind::kNot : ExprKind::kNegate);
    expr.span = Join(operators.back().span, node.span);
    operators.pop_back();
    node = Build(std::move(expr), ListOf(std::move(node)));
  }
  return node;
}

}  // namespace sekisho
