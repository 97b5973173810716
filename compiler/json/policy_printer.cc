// Recursion is as deep as the tree; output is compact until the end.
// Tested by policy_printer_test.cc and round_trip_test.cc.
#include "compiler/json/policy_printer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "compiler/cedar/printer.h"
#include "compiler/json/layout.h"
#include "engine/model/functions.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

// Longer chains become balanced trees, so that other readers, which limit the
// nesting of JSON, can read them.
constexpr size_t kMaxNestedChain = 16;

absl::string_view BinaryName(ExprKind kind) {
  switch (kind) {
    case ExprKind::kEqual:
      return "==";
    case ExprKind::kNotEqual:
      return "!=";
    case ExprKind::kLess:
      return "<";
    case ExprKind::kLessEqual:
      return "<=";
    case ExprKind::kGreater:
      return ">";
    case ExprKind::kGreaterEqual:
      return ">=";
    case ExprKind::kIn:
      return "in";
    case ExprKind::kAdd:
      return "+";
    case ExprKind::kSubtract:
      return "-";
    case ExprKind::kMultiply:
      return "*";
    default:
      return "";
  }
}

void Print(const Expr& expr, std::string* out);

// {"name": {"left": a, "right": b}}
void PrintBinary(absl::string_view name, const Expr& left, const Expr& right,
                 std::string* out) {
  absl::StrAppend(out, "{\"", name, "\":{\"left\":");
  Print(left, out);
  *out += ",\"right\":";
  Print(right, out);
  *out += "}}";
}

// {"name": {"arg": a}}
void PrintUnary(absl::string_view name, const Expr& arg, std::string* out) {
  absl::StrAppend(out, "{\"", name, "\":{\"arg\":");
  Print(arg, out);
  *out += "}}";
}

// The operands [begin, end) of a chain.
void PrintChain(absl::string_view name, absl::Span<const ExprPtr> args,
                size_t begin, size_t end, std::string* out) {
  if (end - begin > kMaxNestedChain) {
    const size_t middle = begin + (end - begin) / 2;
    absl::StrAppend(out, "{\"", name, "\":{\"left\":");
    PrintChain(name, args, begin, middle, out);
    *out += ",\"right\":";
    PrintChain(name, args, middle, end, out);
    *out += "}}";
    return;
  }
  for (size_t i = begin + 1; i < end; ++i) {
    absl::StrAppend(out, "{\"", name, "\":{\"left\":");
  }
  Print(*args[begin], out);
  for (size_t i = begin + 1; i < end; ++i) {
    *out += ",\"right\":";
    Print(*args[i], out);
    *out += "}}";
  }
}

void PrintPattern(const Pattern& pattern, std::string* out) {
  std::vector<std::string> elements;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (i > 0) elements.push_back("\"Wildcard\"");
    if (pattern[i].empty()) continue;
    elements.push_back(
        absl::StrCat("{\"Literal\":", QuoteJson(pattern[i]), "}"));
  }
  absl::StrAppend(out, "[", absl::StrJoin(elements, ","), "]");
}

// a.name, a has name
void PrintAttribute(absl::string_view name, const Expr& expr,
                    std::string* out) {
  absl::StrAppend(out, "{\"", name, "\":{\"left\":");
  Print(*expr.args()[0], out);
  absl::StrAppend(out, ",\"attr\":", QuoteJson(expr.name()), "}}");
}

void PrintIf(const Expr& expr, std::string* out) {
  *out += "{\"if-then-else\":{\"if\":";
  Print(*expr.args()[0], out);
  *out += ",\"then\":";
  Print(*expr.args()[1], out);
  *out += ",\"else\":";
  Print(*expr.args()[2], out);
  *out += "}}";
}

void PrintIs(const Expr& expr, std::string* out) {
  *out += "{\"is\":{\"left\":";
  Print(*expr.args()[0], out);
  absl::StrAppend(out, ",\"entity_type\":", QuoteJson(expr.name()));
  if (expr.args().size() > 1) {
    *out += ",\"in\":";
    Print(*expr.args()[1], out);
  }
  *out += "}}";
}

// Of an extension type: {"isInRange": [a, b]}
void PrintFunction(const Expr& expr, std::string* out) {
  absl::StrAppend(out, "{\"", expr.name(), "\":[");
  for (size_t i = 0; i < expr.args().size(); ++i) {
    if (i > 0) *out += ',';
    Print(*expr.args()[i], out);
  }
  *out += "]}";
}

void Print(const Expr& expr, std::string* out) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      absl::StrAppend(out, "{\"Value\":", ValueToJson(expr.value()), "}");
      return;
    case ExprKind::kVariable:
      absl::StrAppend(out, "{\"Var\":\"", VariableName(expr.variable), "\"}");
      return;
    case ExprKind::kNot:
      return PrintUnary("!", *expr.args()[0], out);
    case ExprKind::kNegate:
      return PrintUnary("neg", *expr.args()[0], out);
    case ExprKind::kAnd:
      return PrintChain("&&", expr.args(), 0, expr.args().size(), out);
    case ExprKind::kOr:
      return PrintChain("||", expr.args(), 0, expr.args().size(), out);
    case ExprKind::kIf:
      return PrintIf(expr, out);
    case ExprKind::kEqual:
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual:
    case ExprKind::kIn:
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
      return PrintBinary(BinaryName(expr.kind), *expr.args()[0],
                         *expr.args()[1], out);
    case ExprKind::kHas:
      return PrintAttribute("has", expr, out);
    case ExprKind::kGet:
      return PrintAttribute(".", expr, out);
    case ExprKind::kLike:
      *out += "{\"like\":{\"left\":";
      Print(*expr.args()[0], out);
      *out += ",\"pattern\":";
      PrintPattern(expr.pattern(), out);
      *out += "}}";
      return;
    case ExprKind::kIs:
      return PrintIs(expr, out);
    case ExprKind::kSet:
      *out += "{\"Set\":[";
      for (size_t i = 0; i < expr.args().size(); ++i) {
        if (i > 0) *out += ',';
        Print(*expr.args()[i], out);
      }
      *out += "]}";
      return;
    case ExprKind::kRecord:
      *out += "{\"Record\":{";
      for (size_t i = 0; i < expr.args().size(); ++i) {
        absl::StrAppend(out, i > 0 ? "," : "", QuoteJson(expr.names()[i]), ":");
        Print(*expr.args()[i], out);
      }
      *out += "}}";
      return;
    case ExprKind::kCall:
    case ExprKind::kFunction:
      if (FindFunction(expr.name()) != nullptr) return PrintFunction(expr, out);
      if (expr.args().size() == 1) {
        return PrintUnary(expr.name(), *expr.args()[0], out);
      }
      return PrintBinary(expr.name(), *expr.args()[0], *expr.args()[1], out);
  }
}

// ---- Policies --------------------------------------------------------------

std::string UidJson(const EntityUid& uid) {
  return absl::StrCat("{\"type\":", QuoteJson(uid.type),
                      ",\"id\":", QuoteJson(uid.id), "}");
}

// "entity":{..} or "slot":"?principal"
std::string TargetJson(absl::string_view variable, const Scope& scope) {
  if (scope.has_slot) return absl::StrCat("\"slot\":\"?", variable, "\"");
  return absl::StrCat("\"entity\":", UidJson(scope.uids[0]));
}

std::string ScopeJson(absl::string_view variable, const Scope& scope) {
  switch (scope.kind) {
    case Scope::Kind::kAny:
      return "{\"op\":\"All\"}";
    case Scope::Kind::kEqual:
      return absl::StrCat("{\"op\":\"==\",", TargetJson(variable, scope), "}");
    case Scope::Kind::kIn:
      if (scope.has_slot || (!scope.is_list && scope.uids.size() == 1)) {
        return absl::StrCat("{\"op\":\"in\",", TargetJson(variable, scope),
                            "}");
      }
      return absl::StrCat(
          "{\"op\":\"in\",\"entities\":[",
          absl::StrJoin(scope.uids, ",",
                        [](std::string* out, const EntityUid& uid) {
                          *out += UidJson(uid);
                        }),
          "]}");
    case Scope::Kind::kIs:
    case Scope::Kind::kIsIn:
      return absl::StrCat(
          "{\"op\":\"is\",\"entity_type\":", QuoteJson(scope.type),
          scope.kind == Scope::Kind::kIs
              ? ""
              : absl::StrCat(",\"in\":{", TargetJson(variable, scope), "}"),
          "}");
  }
  return "";
}

void Print(const Policy& policy, std::string* out) {
  absl::StrAppend(out, "{\"effect\":\"",
                  policy.effect == Effect::kPermit ? "permit" : "forbid",
                  "\",\"principal\":", ScopeJson("principal", policy.principal),
                  ",\"action\":", ScopeJson("action", policy.action),
                  ",\"resource\":", ScopeJson("resource", policy.resource),
                  ",\"conditions\":[");
  for (size_t i = 0; i < policy.clauses.size(); ++i) {
    const Clause& clause = policy.clauses[i];
    absl::StrAppend(out, i > 0 ? "," : "", "{\"kind\":\"",
                    clause.unless ? "unless" : "when", "\",\"body\":");
    Print(*clause.body, out);
    *out += '}';
  }
  *out += ']';
  if (!policy.annotations.empty()) {
    absl::StrAppend(out,
                    ",\"annotations\":", AnnotationsToJson(policy.annotations));
  }
  *out += '}';
}

}  // namespace

// No policy fits into a line, so what they stand in has an item a line, too.
void PrintJsonPolicies(const std::vector<Policy>& policies,
                       const TextSink& write) {
  if (policies.empty()) {
    write(LayOutJson(
        "{\"staticPolicies\":{},\"templates\":{},\"templateLinks\":[]}"));
    return;
  }
  const auto print_all = [&](absl::string_view name, bool templates) {
    write(absl::StrCat("  \"", name, "\": {"));
    bool first = true;
    for (const Policy& policy : policies) {
      if (policy.is_template() != templates) continue;
      const std::string key = absl::StrCat("    ", QuoteJson(policy.id), ": ");
      write(absl::StrCat(first ? "\n" : ",\n", key));
      std::string compact;
      Print(policy, &compact);
      LayOutJson(compact, /*depth=*/2, key.size(), write);
      first = false;
    }
    write(first ? "},\n" : "\n  },\n");
  };
  write("{\n");
  print_all("staticPolicies", /*templates=*/false);
  print_all("templates", /*templates=*/true);
  write("  \"templateLinks\": []\n}\n");
}

}  // namespace sekisho
