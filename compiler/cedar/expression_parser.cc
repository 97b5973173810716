// Recursive descent, one function a level of Cedar's grammar. Recursion is
// bounded by kMaxDepth in ParseExpression, through which every bracket goes;
// the depth of the tree, which also grows by loops (`a.b.c`, `1 + 1 + 1`), in
// Build. `has` with a path repeats its target, so sizes are counted with
// repetition.
//
// Tested by parser_test.cc and round_trip_test.cc.
#include "compiler/cedar/expression_parser.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"

namespace sekisho {
namespace {

// As many as Cedar allows in a row.
constexpr int kMaxUnary = 4;

struct Method {
  absl::string_view name;
  size_t arguments;
};

constexpr Method kMethods[] = {
    {"contains", 1}, {"containsAll", 1}, {"containsAny", 1},
    {"isEmpty", 0},  {"getTag", 1},      {"hasTag", 1},
};

// Methods and functions of Cedar's extension types.
constexpr absl::string_view kExtensionMethods[] = {
    "isIpv4",          "isIpv6",         "isLoopback",
    "isMulticast",     "isInRange",      "lessThan",
    "lessThanOrEqual", "greaterThan",    "greaterThanOrEqual",
    "offset",          "durationSince",  "toDate",
    "toTime",          "toMilliseconds", "toSeconds",
    "toMinutes",       "toHours",        "toDays",
};
constexpr absl::string_view kExtensionFunctions[] = {"ip", "decimal",
                                                     "datetime", "duration"};

template <typename Names>
bool Contains(const Names& names, absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

const Method* FindMethod(absl::string_view name) {
  for (const Method& method : kMethods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

std::optional<Variable> FindVariable(absl::string_view name) {
  if (name == "principal") return Variable::kPrincipal;
  if (name == "action") return Variable::kAction;
  if (name == "resource") return Variable::kResource;
  if (name == "context") return Variable::kContext;
  return std::nullopt;
}

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

std::string ToStdString(absl::string_view text) {
  return std::string(text.data(), text.size());
}

Expr Of(ExprKind kind) {
  Expr expr;
  expr.kind = kind;
  return expr;
}

template <typename... Nodes>
auto ListOf(Nodes... nodes) {
  std::vector<std::common_type_t<Nodes...>> list;
  (list.push_back(std::move(nodes)), ...);
  return list;
}

}  // namespace

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
  tokens_.Unexpected(absl::StrCat("an operator or `", Spelling(kind), "`"),
                     {"in", "has", "like", "is"});
  return false;
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

ExpressionParser::Node ExpressionParser::Build(Expr expr,
                                               std::vector<Node> operands) {
  Node node;
  node.span = expr.span;
  expr.args.reserve(operands.size());
  for (Node& operand : operands) {
    node.depth = std::max(node.depth, operand.depth + 1);
    node.size += operand.size;
    expr.args.push_back(std::move(operand.expr));
  }
  if (node.depth > kMaxDepth) {
    tokens_.diagnostics()->Error(
        tokens_.last().span,
        absl::StrCat("more than ", kMaxDepth, " levels of nesting"));
    return {};
  }
  if (node.size > kMaxNodes - size_) {
    tokens_.diagnostics()
        ->Error(tokens_.last().span,
                absl::StrCat("more than ", kMaxNodes, " expressions"))
        .Help(
            "split the file; `has` with a path counts what stands before it "
            "once for each name");
    return {};
  }
  node.expr = std::make_shared<const Expr>(std::move(expr));
  return node;
}

ExpressionParser::Node ExpressionParser::Leaf(Expr expr) {
  return Build(std::move(expr), {});
}

ExpressionParser::Node ExpressionParser::Chain(ExprKind kind,
                                               std::vector<Node> operands) {
  Expr expr = Of(kind);
  expr.span = Join(operands.front().span, operands.back().span);
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
  Expr expr = Of(ExprKind::kIf);
  expr.span = tokens_.From(first);
  return Build(std::move(expr), ListOf(std::move(condition), std::move(then),
                                       std::move(otherwise)));
}

ExpressionParser::Node ExpressionParser::ParseOr() {
  Node first = ParseAnd();
  if (!first || !tokens_.At(TokenKind::kOr)) return first;
  std::vector<Node> operands = ListOf(std::move(first));
  while (tokens_.Accept(TokenKind::kOr)) {
    operands.push_back(ParseAnd());
    if (!operands.back()) return {};
  }
  return Chain(ExprKind::kOr, std::move(operands));
}

ExpressionParser::Node ExpressionParser::ParseAnd() {
  Node first = ParseRelation();
  if (!first || !tokens_.At(TokenKind::kAnd)) return first;
  std::vector<Node> operands;
  // `a has b.c` is a chain itself, and part of this one.
  const auto add = [&](Node node) {
    if (!node.is_has_path) {
      operands.push_back(std::move(node));
      return;
    }
    const size_t count = node.expr->args.size();
    for (const ExprPtr& arg : node.expr->args) {
      Node part;
      part.expr = arg;
      part.span = node.span;
      part.depth = node.depth - 1;
      part.size = node.size / count;
      operands.push_back(std::move(part));
    }
    operands.back().size += node.size % count;
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
    Expr has = Of(ExprKind::kHas);
    const Token name = tokens_.Peek();
    has.name_span = name.span;
    if (tests.empty() && tokens_.Accept(TokenKind::kString)) {
      if (!Unescape(tokens_.sources(), name, &has.name,
                    tokens_.diagnostics())) {
        return {};
      }
    } else if (tokens_.Accept(TokenKind::kWord)) {
      if (!CheckIdentifier(tokens_, name)) return {};
      has.name = ToStdString(tokens_.Text(name));
    } else {
      tokens_.Unexpected("the name of an attribute");
      return {};
    }
    has.span = Join(target.span, name.span);
    const bool is_path =
        tokens_.At(TokenKind::kDot) && name.kind == TokenKind::kWord;
    Expr get = Of(ExprKind::kGet);
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
  Node node = Chain(ExprKind::kAnd, std::move(tests));
  node.is_has_path = true;
  return node;
}

ExpressionParser::Node ExpressionParser::ParseLike(Node target) {
  if (!tokens_.At(TokenKind::kString)) {
    tokens_.Unexpected("a pattern such as `\"a*\"`");
    return {};
  }
  const Token pattern = tokens_.Take();
  Expr expr = Of(ExprKind::kLike);
  expr.span = Join(target.span, pattern.span);
  if (!UnescapePattern(tokens_.sources(), pattern, &expr.pattern,
                       tokens_.diagnostics())) {
    return {};
  }
  return Build(std::move(expr), ListOf(std::move(target)));
}

ExpressionParser::Node ExpressionParser::ParseIs(Node target) {
  Expr expr = Of(ExprKind::kIs);
  if (!ParsePath(&expr.name, &expr.name_span)) return {};
  std::vector<Node> operands;
  const Span begin = target.span;
  operands.push_back(std::move(target));
  if (tokens_.AcceptWord("in")) {
    operands.push_back(ParseSum());
    if (!operands.back()) return {};
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
    Expr expr =
        Of(kind == TokenKind::kNot ? ExprKind::kNot : ExprKind::kNegate);
    expr.span = Join(operators.back().span, node.span);
    operators.pop_back();
    node = Build(std::move(expr), ListOf(std::move(node)));
  }
  return node;
}

// ---- Members ---------------------------------------------------------------

ExpressionParser::Node ExpressionParser::ParseMember() {
  Node node = ParsePrimary();
  while (node) {
    if (tokens_.At(TokenKind::kDot) || tokens_.At(TokenKind::kLeftBracket)) {
      node = ParseAttribute(std::move(node));
    } else if (tokens_.At(TokenKind::kLeftParen)) {
      tokens_.diagnostics()->Error(tokens_.Peek().span,
                                   "only a method or a function can be called");
      return {};
    } else {
      break;
    }
  }
  return node;
}

// `.name`, `["name"]` or `.name(...)`.
ExpressionParser::Node ExpressionParser::ParseAttribute(Node target) {
  Expr expr = Of(ExprKind::kGet);
  if (tokens_.Accept(TokenKind::kDot)) {
    if (!tokens_.At(TokenKind::kWord)) {
      tokens_.Unexpected("the name of an attribute or a method after `.`");
      return {};
    }
    const Token name = tokens_.Take();
    if (tokens_.At(TokenKind::kLeftParen)) {
      return ParseCall(std::move(target), name);
    }
    if (IsReserved(tokens_.Text(name))) {
      tokens_.diagnostics()
          ->Error(name.span,
                  absl::StrCat("`", tokens_.Text(name), "` is a reserved word"))
          .Help(absl::StrCat("write `[\"", tokens_.Text(name), "\"]`"));
      return {};
    }
    expr.name = ToStdString(tokens_.Text(name));
    expr.name_span = name.span;
  } else {
    tokens_.Take();
    if (!tokens_.At(TokenKind::kString)) {
      tokens_.Unexpected("the name of an attribute in quotes");
      return {};
    }
    const Token name = tokens_.Take();
    expr.name_span = name.span;
    if (!Unescape(tokens_.sources(), name, &expr.name, tokens_.diagnostics()) ||
        !tokens_.Expect(TokenKind::kRightBracket)) {
      return {};
    }
  }
  expr.span = Join(target.span, tokens_.last().span);
  return Build(std::move(expr), ListOf(std::move(target)));
}

ExpressionParser::Node ExpressionParser::ParseCall(Node target,
                                                   const Token& method) {
  const absl::string_view name = tokens_.Text(method);
  const Method* known = FindMethod(name);
  if (known == nullptr) {
    if (Contains(kExtensionMethods, name)) {
      tokens_.diagnostics()->Error(
          method.span, absl::StrCat("extension types, to which `", name,
                                    "` belongs, are not supported yet"));
      return {};
    }
    std::vector<std::string> names;
    for (const Method& m : kMethods) names.push_back(ToStdString(m.name));
    const std::string nearest = Nearest(name, names);
    tokens_.diagnostics()
        ->Error(method.span, absl::StrCat("`", name, "` is not a method"))
        .Help(nearest.empty()
                  ? absl::StrCat("the methods are ", Alternatives(names))
                  : absl::StrCat("did you mean `", nearest, "`?"));
    return {};
  }
  Expr expr = Of(ExprKind::kCall);
  expr.name = ToStdString(name);
  expr.name_span = method.span;
  const Span begin = target.span;
  std::vector<Node> operands = ListOf(std::move(target));
  tokens_.Take();
  while (!tokens_.At(TokenKind::kRightParen)) {
    operands.push_back(ParseExpression());
    if (!operands.back()) return {};
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  if (!ExpectClosing(TokenKind::kRightParen)) return {};
  if (operands.size() - 1 != known->arguments) {
    tokens_.diagnostics()->Error(
        Join(method.span, tokens_.last().span),
        absl::StrCat("`", name, "` takes ",
                     known->arguments == 0 ? "no argument" : "one argument",
                     ", found ", operands.size() - 1));
    return {};
  }
  expr.span = Join(begin, tokens_.last().span);
  return Build(std::move(expr), std::move(operands));
}

// ---- Primaries -------------------------------------------------------------

ExpressionParser::Node ExpressionParser::ParsePrimary() {
  switch (tokens_.Peek().kind) {
    case TokenKind::kWord:
      return ParseWord();
    case TokenKind::kNumber:
      return ParseNumber(/*negative=*/false, tokens_.Peek().span);
    case TokenKind::kString:
      return ParseString();
    case TokenKind::kLeftParen:
      return ParseParenthesized();
    case TokenKind::kLeftBracket:
      return ParseSet();
    case TokenKind::kLeftBrace:
      return ParseRecord();
    case TokenKind::kQuestion:
      tokens_.diagnostics()->Error(
          Join(tokens_.Peek().span, tokens_.PeekSecond().span),
          "a template slot can only stand in the head of a policy, and "
          "templates are not supported yet");
      return {};
    default:
      tokens_.Unexpected("an expression");
      return {};
  }
}

ExpressionParser::Node ExpressionParser::ParseWord() {
  const Token word = tokens_.Peek();
  const absl::string_view text = tokens_.Text(word);
  Expr expr;
  expr.span = word.span;
  if (tokens_.PeekSecond().kind == TokenKind::kColonColon) {
    EntityUid uid;
    if (!ParseEntity(&uid, &expr.span)) return {};
    expr.value = Value::Entity(std::move(uid));
    return Leaf(std::move(expr));
  }
  if (text == "true" || text == "false") {
    tokens_.Take();
    expr.value = Value::Bool(text == "true");
    return Leaf(std::move(expr));
  }
  if (tokens_.PeekSecond().kind == TokenKind::kLeftParen) {
    ReportFunction(word);
    return {};
  }
  if (const std::optional<Variable> variable = FindVariable(text)) {
    tokens_.Take();
    expr.kind = ExprKind::kVariable;
    expr.variable = *variable;
    return Leaf(std::move(expr));
  }
  ReportWord(word);
  return {};
}

void ExpressionParser::ReportWord(const Token& word) {
  const absl::string_view text = tokens_.Text(word);
  if (text == "if") {
    tokens_.diagnostics()
        ->Error(word.span, "an `if` cannot be part of another expression here")
        .Help("put it into parentheses");
    return;
  }
  if (IsReserved(text) || text == "not") {
    tokens_.Unexpected("an expression");
    return;
  }
  const std::string nearest = Nearest(text, {"principal", "action", "resource",
                                             "context", "true", "false", "if"});
  tokens_.diagnostics()
      ->Error(word.span, absl::StrCat("`", text, "` is not a variable"))
      .Help(nearest.empty() ? absl::StrCat("an attribute is written `context.",
                                           text, "`, a string `\"", text, "\"`")
                            : absl::StrCat("did you mean `", nearest, "`?"));
}

void ExpressionParser::ReportFunction(const Token& word) {
  const absl::string_view text = tokens_.Text(word);
  if (Contains(kExtensionFunctions, text)) {
    tokens_.diagnostics()->Error(
        word.span, absl::StrCat("extension types, which `", text,
                                "` makes, are not supported yet"));
    return;
  }
  Diagnostics::Detail error = tokens_.diagnostics()->Error(
      word.span, absl::StrCat("`", text, "` is not a function"));
  if (FindMethod(text) != nullptr || Contains(kExtensionMethods, text)) {
    error.Help(absl::StrCat("it is a method, called as `x.", text, "(...)`"));
  }
}

ExpressionParser::Node ExpressionParser::ParseNumber(bool negative,
                                                     const Span& begin) {
  const Token number = tokens_.Take();
  Expr expr;
  expr.span = Join(begin, number.span);
  const std::string digits =
      absl::StrCat(negative ? "-" : "", tokens_.Text(number));
  int64_t value;
  if (!absl::SimpleAtoi(digits, &value)) {
    tokens_.diagnostics()
        ->Error(expr.span,
                absl::StrCat(digits.size() > 40 ? "the number" : digits,
                             " is not a 64-bit integer"))
        .Help(absl::StrCat("integers go from ",
                           std::numeric_limits<int64_t>::min(), " to ",
                           std::numeric_limits<int64_t>::max()));
    return {};
  }
  expr.value = Value::Long(value);
  return Leaf(std::move(expr));
}

ExpressionParser::Node ExpressionParser::ParseString() {
  const Token token = tokens_.Take();
  std::string text;
  if (!Unescape(tokens_.sources(), token, &text, tokens_.diagnostics())) {
    return {};
  }
  Expr expr;
  expr.span = token.span;
  expr.value = Value::String(text);
  return Leaf(std::move(expr));
}

ExpressionParser::Node ExpressionParser::ParseParenthesized() {
  const Token first = tokens_.Take();
  Node node = ParseExpression();
  if (!node || !ExpectClosing(TokenKind::kRightParen)) return {};
  node.span = tokens_.From(first);
  node.is_has_path = false;
  return node;
}

ExpressionParser::Node ExpressionParser::ParseSet() {
  const Token first = tokens_.Take();
  std::vector<Node> elements;
  while (!tokens_.At(TokenKind::kRightBracket)) {
    elements.push_back(ParseExpression());
    if (!elements.back()) return {};
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  if (!ExpectClosing(TokenKind::kRightBracket)) return {};
  Expr expr = Of(ExprKind::kSet);
  expr.span = tokens_.From(first);
  return Build(std::move(expr), std::move(elements));
}

ExpressionParser::Node ExpressionParser::ParseRecord() {
  const Token first = tokens_.Take();
  Expr expr = Of(ExprKind::kRecord);
  std::vector<Node> values;
  absl::flat_hash_map<std::string, Span> places;
  while (!tokens_.At(TokenKind::kRightBrace)) {
    const Token key = tokens_.Peek();
    std::string name;
    if (tokens_.Accept(TokenKind::kString)) {
      if (!Unescape(tokens_.sources(), key, &name, tokens_.diagnostics())) {
        return {};
      }
    } else if (tokens_.Accept(TokenKind::kWord)) {
      if (!CheckIdentifier(tokens_, key)) return {};
      name = ToStdString(tokens_.Text(key));
    } else {
      tokens_.Unexpected("the name of an attribute or `}`");
      return {};
    }
    const auto [place, is_new] = places.emplace(name, key.span);
    if (!is_new) {
      tokens_.diagnostics()
          ->Error(key.span, absl::StrCat("the record has `", name, "` already"))
          .Note(place->second, "it is here");
      return {};
    }
    if (!tokens_.Expect(TokenKind::kColon,
                        absl::StrCat("the name `", name, "`"))) {
      return {};
    }
    expr.names.push_back(std::move(name));
    values.push_back(ParseExpression());
    if (!values.back()) return {};
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  if (!ExpectClosing(TokenKind::kRightBrace)) return {};
  expr.span = tokens_.From(first);
  return Build(std::move(expr), std::move(values));
}

}  // namespace sekisho
