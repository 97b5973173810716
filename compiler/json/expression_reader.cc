// An expression is an object with one member, `{"==": {"left": .., "right":
// ..}}`. Recursion is as deep as the tree becomes, at most kMaxDepth; `&&` and
// `||`, which are associative, become chains however they are nested.
//
// Tested by policy_reader_test.cc.
#include "compiler/json/expression_reader.h"

#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

struct Operator {
  absl::string_view name;
  ExprKind kind;
};

// With the members `left` and `right`.
constexpr Operator kBinary[] = {
    {"==", ExprKind::kEqual},
    {"!=", ExprKind::kNotEqual},
    {"<", ExprKind::kLess},
    {"<=", ExprKind::kLessEqual},
    {">", ExprKind::kGreater},
    {">=", ExprKind::kGreaterEqual},
    {"in", ExprKind::kIn},
    {"+", ExprKind::kAdd},
    {"-", ExprKind::kSubtract},
    {"*", ExprKind::kMultiply},
    {"contains", ExprKind::kCall},
    {"containsAll", ExprKind::kCall},
    {"containsAny", ExprKind::kCall},
    {"getTag", ExprKind::kCall},
    {"hasTag", ExprKind::kCall},
};
// With the member `arg`.
constexpr Operator kUnary[] = {
    {"!", ExprKind::kNot},
    {"neg", ExprKind::kNegate},
    {"isEmpty", ExprKind::kCall},
};
constexpr absl::string_view kOthers[] = {
    "&&",           "||",  ".",      "has",   "like", "is",
    "if-then-else", "Set", "Record", "Value", "Var",
};

const std::vector<std::string>& OperatorNames() {
  static const auto* const kNames = [] {
    auto* names = new std::vector<std::string>;
    for (const Operator& o : kBinary) names->emplace_back(o.name);
    for (const Operator& o : kUnary) names->emplace_back(o.name);
    for (const absl::string_view name : kOthers) names->emplace_back(name);
    for (const FunctionSignature& function : Functions()) {
      names->emplace_back(function.name);
    }
    return names;
  }();
  return *kNames;
}

ExprParts Of(ExprKind kind, const Span& span) {
  ExprParts expr;
  expr.kind = kind;
  expr.span = span;
  return expr;
}

// The only member of `value`, if it is an object with one.
std::optional<JsonMember> OnlyMember(JsonValue value) {
  if (!value.is_object()) return std::nullopt;
  std::optional<JsonMember> only;
  for (const JsonMember member : value.members()) {
    if (only) return std::nullopt;
    only = member;
  }
  return only;
}

}  // namespace

// ---- Limits ----------------------------------------------------------------

bool JsonExpressionReader::CheckDepth(JsonValue value, int depth) {
  if (depth <= kMaxDepth) return true;
  reader_.Error(value.span(),
                absl::StrCat("more than ", kMaxDepth, " levels of nesting"));
  return false;
}

ExprPtr JsonExpressionReader::Make(ExprParts expr) {
  if (++size_ > max_size_) {
    if (!is_too_large_) {
      reader_
          .Error(expr.span,
                 absl::StrCat("more than ", max_size_, " expressions"))
          .Help("split the file");
    }
    is_too_large_ = true;
    return nullptr;
  }
  for (const ExprPtr& arg : expr.args) {
    if (arg == nullptr) return nullptr;
  }
  return MakeExpr(std::move(expr));
}

// ---- Expressions -----------------------------------------------------------

ExprPtr JsonExpressionReader::ReadExpr(JsonValue value, int depth) {
  if (is_too_large_ || !CheckDepth(value, depth)) return nullptr;
  const std::optional<JsonMember> member = OnlyMember(value);
  if (!member) {
    reader_.Error(value.span(), "expected an expression")
        .Help(
            "an expression is an object with one member, such as "
            "`{\"Var\": \"principal\"}` or `{\"Value\": 1}`");
    return nullptr;
  }
  return ReadOperator(member->name.AsString(), value, *member, depth);
}

ExprPtr JsonExpressionReader::ReadOperator(absl::string_view name,
                                           JsonValue value,
                                           const JsonMember& member,
                                           int depth) {
  const JsonValue operands = member.value;
  const auto with = [&](ExprKind kind) {
    ExprParts expr = Of(kind, value.span());
    if (kind == ExprKind::kCall || kind == ExprKind::kFunction) {
      expr.name = std::string(name);
      expr.name_span = member.name.span();
    }
    return expr;
  };
  for (const Operator& o : kBinary) {
    if (o.name == name) {
      return ReadOperands(with(o.kind), operands, {"left", "right"}, depth);
    }
  }
  for (const Operator& o : kUnary) {
    if (o.name == name) {
      return ReadOperands(with(o.kind), operands, {"arg"}, depth);
    }
  }
  if (name == "&&") return ReadChain(with(ExprKind::kAnd), member, depth);
  if (name == "||") return ReadChain(with(ExprKind::kOr), member, depth);
  if (name == "if-then-else") {
    return ReadOperands(with(ExprKind::kIf), operands, {"if", "then", "else"},
                        depth);
  }
  if (name == ".") return ReadAttribute(with(ExprKind::kGet), operands, depth);
  if (name == "has") {
    return ReadAttribute(with(ExprKind::kHas), operands, depth);
  }
  if (name == "like") return ReadLike(with(ExprKind::kLike), operands, depth);
  if (name == "is") return ReadIs(with(ExprKind::kIs), operands, depth);
  if (name == "Set") {
    return ReadSet(with(ExprKind::kSet), operands, /*literal=*/false, depth);
  }
  if (name == "Record") {
    return ReadRecord(with(ExprKind::kRecord), operands, /*literal=*/false,
                      depth);
  }
  if (name == "Var") return ReadVariable(with(ExprKind::kVariable), operands);
  if (name == "Value") return ReadLiteral(operands, depth);
  if (const FunctionSignature* function = FindFunction(name)) {
    ExprParts call =
        with(function->is_method ? ExprKind::kCall : ExprKind::kFunction);
    return ReadFunction(std::move(call), operands, depth);
  }
  if (name == "Slot") {
    reader_.Error(value.span(),
                  "a template slot can only stand in the head of a policy");
    return nullptr;
  }
  reader_.ReportUnknown(member.name.span(), "an operator or a function", name,
                        OperatorNames());
  return nullptr;
}

// All operands are read, so that all of their errors are found.
ExprPtr JsonExpressionReader::ReadOperands(
    ExprParts expr, JsonValue operands, const std::vector<std::string>& names,
    int depth) {
  const auto fields =
      reader_.Fields(operands, "the operator", names, names.size());
  if (!fields) return nullptr;
  for (const JsonValue operand : *fields) {
    expr.args.push_back(ReadExpr(operand, depth + 1));
  }
  return Make(std::move(expr));
}

// Of an extension type: {"isInRange": [a, b]}
ExprPtr JsonExpressionReader::ReadFunction(ExprParts expr, JsonValue operands,
                                           int depth) {
  bool empty = true;
  if (operands.is_array()) {
    for (const JsonValue operand : operands.elements()) {
      empty = false;
      expr.args.push_back(ReadExpr(operand, depth + 1));
    }
  }
  if (!operands.is_array() || (empty && expr.kind == ExprKind::kCall)) {
    reader_.Error(
        operands.span(),
        absl::StrCat("`", expr.name, "` takes an array of its arguments"));
    return nullptr;
  }
  return Make(std::move(expr));
}

// {"fn": "ip", "arg": "10.0.0.1"}
ExprPtr JsonExpressionReader::ReadExtension(JsonValue value) {
  const auto fields =
      reader_.Fields(value, "an extension value", {"fn", "arg"}, 2);
  std::string name;
  ExprParts text = Of(ExprKind::kLiteral, value.span());
  std::string argument;
  if (!fields || !reader_.ReadString((*fields)[0], "a function", &name) ||
      !reader_.ReadString((*fields)[1], "a text", &argument)) {
    return nullptr;
  }
  const FunctionSignature* function = FindFunction(name);
  if (function == nullptr || function->is_method) {
    reader_.Error((*fields)[0].span(),
                  absl::StrCat("`", name, "` makes no extension value"));
    return nullptr;
  }
  text.span = (*fields)[1].span();
  text.value = Value::String(argument);
  ExprParts call = Of(ExprKind::kFunction, value.span());
  call.name = name;
  call.name_span = (*fields)[0].span();
  call.args = {Make(std::move(text))};
  return Make(std::move(call));
}

ExprPtr JsonExpressionReader::ReadChain(ExprParts expr,
                                        const JsonMember& member, int depth) {
  const std::string name = member.name.AsString();
  // Without recursion, as chains are long. The next one is the last.
  std::vector<JsonValue> open = {member.value};
  bool first = true;
  bool ok = true;
  while (!open.empty()) {
    const JsonValue value = open.back();
    open.pop_back();
    JsonValue operands = first ? value : JsonValue();
    first = false;
    if (!operands) {
      const std::optional<JsonMember> only = OnlyMember(value);
      if (!only || only->name.AsString() != name) {
        expr.args.push_back(ReadExpr(value, depth + 1));
        continue;
      }
      operands = only->value;
    }
    const auto fields =
        reader_.Fields(operands, "the operator", {"left", "right"}, 2);
    if (!fields) {
      ok = false;
      continue;
    }
    open.push_back((*fields)[1]);
    open.push_back((*fields)[0]);
  }
  return ok ? Make(std::move(expr)) : nullptr;
}

ExprPtr JsonExpressionReader::ReadAttribute(ExprParts expr, JsonValue operands,
                                            int depth) {
  const auto fields =
      reader_.Fields(operands, "the operator", {"left", "attr"}, 2);
  if (!fields) return nullptr;
  const JsonValue attribute = (*fields)[1];
  if (expr.kind == ExprKind::kHas && attribute.is_array()) {
    return ReadHasPath(std::move(expr), (*fields)[0], attribute, depth);
  }
  expr.args.push_back(ReadExpr((*fields)[0], depth + 1));
  expr.name_span = attribute.span();
  if (!reader_.ReadString(attribute, "an attribute", &expr.name)) {
    return nullptr;
  }
  return Make(std::move(expr));
}

// `a has b.c` is `a has b && a.b has c`.
ExprPtr JsonExpressionReader::ReadHasPath(ExprParts expr, JsonValue target,
                                          JsonValue path, int depth) {
  std::vector<std::pair<std::string, Span>> names;
  for (const JsonValue element : path.elements()) {
    names.emplace_back("", element.span());
    if (!reader_.ReadString(element, "an attribute", &names.back().first)) {
      return nullptr;
    }
    if (!CheckDepth(path, depth + static_cast<int>(names.size()))) {
      return nullptr;
    }
  }
  if (names.empty()) {
    reader_.Error(path.span(), "`has` needs an attribute");
    return nullptr;
  }
  const size_t size_before = size_;
  ExprPtr object = ReadExpr(target, depth + static_cast<int>(names.size()) + 1);
  const size_t object_size = size_ - size_before;
  if (object == nullptr) return nullptr;
  std::vector<ExprPtr> tests;
  for (size_t i = 0; i < names.size(); ++i) {
    ExprParts has = Of(ExprKind::kHas, expr.span);
    std::tie(has.name, has.name_span) = names[i];
    has.args = {object};
    // The object is in the test, with the names before.
    size_ += object_size + i;
    ExprParts get = has;
    get.kind = ExprKind::kGet;
    object = MakeExpr(std::move(get));
    tests.push_back(Make(std::move(has)));
  }
  if (tests.size() == 1) return tests.front();
  expr.kind = ExprKind::kAnd;
  expr.args = std::move(tests);
  return Make(std::move(expr));
}

ExprPtr JsonExpressionReader::ReadLike(ExprParts expr, JsonValue operands,
                                       int depth) {
  const auto fields =
      reader_.Fields(operands, "the operator", {"left", "pattern"}, 2);
  if (!fields) return nullptr;
  expr.args.push_back(ReadExpr((*fields)[0], depth + 1));
  if (!ReadPattern((*fields)[1], &expr.pattern)) return nullptr;
  return Make(std::move(expr));
}

// ["Wildcard", {"Literal": "a"}, ..]
bool JsonExpressionReader::ReadPattern(JsonValue value, Pattern* pattern) {
  if (!reader_.Expect(value, JsonKind::kArray, "a pattern")) return false;
  pattern->assign(1, "");
  for (const JsonValue element : value.elements()) {
    if (element.is_string() && element.AsString() == "Wildcard") {
      pattern->emplace_back();
      continue;
    }
    const std::optional<JsonMember> member = OnlyMember(element);
    if (!member || member->name.AsString() != "Literal" ||
        !member->value.is_string()) {
      reader_.Error(element.span(), "this is not an element of a pattern")
          .Help("write `\"Wildcard\"` or `{\"Literal\": \"text\"}`");
      return false;
    }
    pattern->back() += member->value.AsString();
  }
  return true;
}

ExprPtr JsonExpressionReader::ReadIs(ExprParts expr, JsonValue operands,
                                     int depth) {
  const auto fields = reader_.Fields(operands, "the operator",
                                     {"left", "entity_type", "in"}, 2);
  if (!fields) return nullptr;
  expr.args.push_back(ReadExpr((*fields)[0], depth + 1));
  expr.name_span = (*fields)[1].span();
  if ((*fields)[2]) expr.args.push_back(ReadExpr((*fields)[2], depth + 1));
  if (!reader_.ReadPath((*fields)[1], "an entity type", &expr.name)) {
    return nullptr;
  }
  return Make(std::move(expr));
}

ExprPtr JsonExpressionReader::ReadSet(ExprParts expr, JsonValue elements,
                                      bool literal, int depth) {
  if (!reader_.Expect(elements, JsonKind::kArray, "a set")) return nullptr;
  for (const JsonValue element : elements.elements()) {
    expr.args.push_back(literal ? ReadLiteral(element, depth + 1)
                                : ReadExpr(element, depth + 1));
    if (is_too_large_) return nullptr;
  }
  return Make(std::move(expr));
}

ExprPtr JsonExpressionReader::ReadRecord(ExprParts expr, JsonValue members,
                                         bool literal, int depth) {
  if (!reader_.Expect(members, JsonKind::kObject, "a record")) return nullptr;
  for (const JsonMember member : members.members()) {
    expr.names.push_back(member.name.AsString());
    expr.args.push_back(literal ? ReadLiteral(member.value, depth + 1)
                                : ReadExpr(member.value, depth + 1));
    if (is_too_large_) return nullptr;
  }
  return Make(std::move(expr));
}

ExprPtr JsonExpressionReader::ReadVariable(ExprParts expr, JsonValue name) {
  const std::vector<std::string> kVariables = {"principal", "action",
                                               "resource", "context"};
  std::string text;
  if (!reader_.ReadString(name, "a variable", &text)) return nullptr;
  for (size_t i = 0; i < kVariables.size(); ++i) {
    if (kVariables[i] != text) continue;
    expr.variable = static_cast<Variable>(i);
    return Make(std::move(expr));
  }
  reader_.ReportUnknown(name.span(), "a variable", text, kVariables);
  return nullptr;
}

// ---- Literals --------------------------------------------------------------

ExprPtr JsonExpressionReader::ReadLiteral(JsonValue value, int depth) {
  if (is_too_large_ || !CheckDepth(value, depth)) return nullptr;
  ExprParts expr = Of(ExprKind::kLiteral, value.span());
  switch (value.kind()) {
    case JsonKind::kNull:
      reader_.Error(value.span(), "null is not a value");
      return nullptr;
    case JsonKind::kBool:
      expr.value = Value::Bool(value.AsBool());
      return Make(std::move(expr));
    case JsonKind::kNumber: {
      const std::optional<int64_t> number = value.AsLong();
      if (!number) {
        reader_.Error(value.span(), "this number is not a 64-bit integer");
        return nullptr;
      }
      expr.value = Value::Long(*number);
      return Make(std::move(expr));
    }
    case JsonKind::kString:
      expr.value = Value::String(value.AsString());
      return Make(std::move(expr));
    case JsonKind::kArray:
      expr.kind = ExprKind::kSet;
      return ReadSet(std::move(expr), value, /*literal=*/true, depth);
    case JsonKind::kObject:
      break;
  }
  if (value.Find("__entity")) {
    EntityUid uid;
    if (!ReadUid(value, &uid)) return nullptr;
    expr.value = Value::Entity(std::move(uid));
    return Make(std::move(expr));
  }
  if (const JsonValue call = value.Find("__extn")) {
    if (!reader_.Fields(value, "an extension value", {"__extn"}, 1)) {
      return nullptr;
    }
    return ReadExtension(call);
  }
  for (const JsonMember member : value.members()) {
    if (member.name.AsString() != "__expr") continue;
    reader_.Error(member.name.span(), "`__expr` is no longer part of Cedar");
    return nullptr;
  }
  expr.kind = ExprKind::kRecord;
  return ReadRecord(std::move(expr), value, /*literal=*/true, depth);
}

bool JsonExpressionReader::ReadUid(JsonValue value, EntityUid* uid) {
  if (const JsonValue inner = value.Find("__entity")) {
    if (!reader_.Fields(value, "an entity", {"__entity"}, 1)) return false;
    value = inner;
  }
  const auto fields = reader_.Fields(value, "an entity", {"type", "id"}, 2);
  return fields &&
         reader_.ReadPath((*fields)[0], "an entity type", &uid->type) &&
         reader_.ReadString((*fields)[1], "an id", &uid->id);
}

}  // namespace sekisho
