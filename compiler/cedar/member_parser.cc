// The upper levels of ExpressionParser: literals, names, brackets, and what
// follows them with `.`, `[` and `(`.
//
// Tested by parser_test.cc and round_trip_test.cc.
#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/expression_parser.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

struct Method {
  absl::string_view name;
  size_t arguments;
};

constexpr Method kMethods[] = {
    {"contains", 1}, {"containsAll", 1}, {"containsAny", 1},
    {"isEmpty", 0},  {"getTag", 1},      {"hasTag", 1},
};

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

}  // namespace

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
  ExprParts expr = Of(ExprKind::kGet);
  if (tokens_.Accept(TokenKind::kDot)) {
    if (tokens_.At(TokenKind::kString)) {
      tokens_.diagnostics()
          ->Error(tokens_.Peek().span,
                  "a name in quotes cannot stand after `.`")
          .Help(absl::StrCat("write `[", tokens_.Text(tokens_.Peek()),
                             "]` without the dot"));
      return {};
    }
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
    expr.name = std::string(tokens_.Text(name));
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
  const FunctionSignature* extension = FindFunction(name);
  if (known == nullptr && (extension == nullptr || !extension->is_method)) {
    ReportMethod(method);
    return {};
  }
  ExprParts expr = Of(ExprKind::kCall);
  expr.name = std::string(name);
  expr.name_span = method.span;
  const Span begin = target.span;
  Operands operands = ListOf(std::move(target));
  if (!ParseArguments(&operands)) return {};
  if (known != nullptr && operands.exprs.size() - 1 != known->arguments) {
    tokens_.diagnostics()->Error(
        Join(method.span, tokens_.last().span),
        absl::StrCat("`", name, "` takes ",
                     known->arguments == 0 ? "no argument" : "one argument",
                     ", found ", operands.exprs.size() - 1));
    return {};
  }
  expr.span = Join(begin, tokens_.last().span);
  return Build(std::move(expr), std::move(operands));
}

ExpressionParser::Node ExpressionParser::ParseFunction() {
  const Token function = tokens_.Take();
  const absl::string_view name = tokens_.Text(function);
  const FunctionSignature* known = FindFunction(name);
  if (known == nullptr || known->is_method) {
    ReportFunction(function);
    return {};
  }
  ExprParts expr = Of(ExprKind::kFunction);
  expr.name = std::string(name);
  expr.name_span = function.span;
  Operands operands;
  if (!ParseArguments(&operands)) return {};
  expr.span = tokens_.From(function);
  return Build(std::move(expr), std::move(operands));
}

bool ExpressionParser::ParseArguments(Operands* operands) {
  tokens_.Take();
  while (!tokens_.At(TokenKind::kRightParen)) {
    Node argument = ParseExpression();
    if (!argument) return false;
    operands->Add(std::move(argument));
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  return ExpectClosing(TokenKind::kRightParen);
}

void ExpressionParser::ReportMethod(const Token& word) {
  const absl::string_view name = tokens_.Text(word);
  Diagnostics::Detail error = tokens_.diagnostics()->Error(
      word.span, absl::StrCat("`", name, "` is not a method"));
  if (FindFunction(name) != nullptr) {
    error.Help(absl::StrCat("it is a function, called as `", name, "(...)`"));
    return;
  }
  std::vector<std::string> names;
  for (const Method& method : kMethods) names.emplace_back(method.name);
  const std::string of_sets_and_tags = Alternatives(names);
  for (const FunctionSignature& method : Functions()) {
    if (method.is_method) names.emplace_back(method.name);
  }
  const std::string nearest = Nearest(name, names);
  error.Help(nearest.empty() ? absl::StrCat("use ", of_sets_and_tags)
                             : absl::StrCat("did you mean `", nearest, "`?"));
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
          "a template slot can only stand in the head of a policy");
      return {};
    default:
      tokens_.Unexpected("an expression", {"!"});
      return {};
  }
}

ExpressionParser::Node ExpressionParser::ParseWord() {
  const Token word = tokens_.Peek();
  const absl::string_view text = tokens_.Text(word);
  ExprParts expr;
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
    return ParseFunction();
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
    tokens_.Unexpected("an expression", {"!"});
    return;
  }
  const std::string nearest = Nearest(text, {"principal", "action", "resource",
                                             "context", "true", "false", "if"});
  Diagnostics::Detail error = tokens_.diagnostics()->Error(
      word.span, absl::StrCat("`", text, "` is not a variable"));
  if (!nearest.empty()) {
    error.Help(absl::StrCat("did you mean `", nearest, "`?"));
  } else if (absl::ascii_isupper(text[0])) {
    error.Help(absl::StrCat("an entity is written `", text, "::\"id\"`"));
  } else {
    error.Help(absl::StrCat("an attribute is written `context.", text,
                            "`, a string `\"", text, "\"`"));
  }
}

void ExpressionParser::ReportFunction(const Token& word) {
  const absl::string_view text = tokens_.Text(word);
  Diagnostics::Detail error = tokens_.diagnostics()->Error(
      word.span, absl::StrCat("`", text, "` is not a function"));
  if (FindMethod(text) != nullptr || FindFunction(text) != nullptr) {
    error.Help(absl::StrCat("it is a method, called as `x.", text, "(...)`"));
    return;
  }
  std::vector<std::string> names;
  for (const FunctionSignature& function : Functions()) {
    if (!function.is_method) names.emplace_back(function.name);
  }
  const std::string nearest = Nearest(text, names);
  if (!nearest.empty()) {
    error.Help(absl::StrCat("did you mean `", nearest, "`?"));
  }
}

ExpressionParser::Node ExpressionParser::ParseNumber(bool negative,
                                                     Span begin) {
  const Token number = tokens_.Take();
  ExprParts expr;
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
  ExprParts expr;
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
  Operands elements;
  while (!tokens_.At(TokenKind::kRightBracket)) {
    Node element = ParseExpression();
    if (!element) return {};
    elements.Add(std::move(element));
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  if (!ExpectClosing(TokenKind::kRightBracket)) return {};
  ExprParts expr = Of(ExprKind::kSet);
  expr.span = tokens_.From(first);
  return Build(std::move(expr), std::move(elements));
}

ExpressionParser::Node ExpressionParser::ParseRecord() {
  const Token first = tokens_.Take();
  ExprParts expr = Of(ExprKind::kRecord);
  Operands values;
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
      name = std::string(tokens_.Text(key));
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
    Node value = ParseExpression();
    if (!value) return {};
    values.Add(std::move(value));
    if (!tokens_.Accept(TokenKind::kComma)) break;
  }
  if (!ExpectClosing(TokenKind::kRightBrace)) return {};
  expr.span = tokens_.From(first);
  return Build(std::move(expr), std::move(values));
}

}  // namespace sekisho
