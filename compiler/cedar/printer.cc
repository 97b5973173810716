// Parentheses go where the grammar asks for them: each kind of expression has
// a level, and each operand position the lowest level that may stand there.
// Recursion is as deep as the tree.
//
// Tested by printer_test.cc and round_trip_test.cc.
#include "compiler/cedar/printer.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "compiler/cedar/lexer.h"
#include "engine/base/text_width.h"

namespace sekisho {
namespace {

// Characters for which memory is taken at once.
constexpr uint32_t kLong = 1 << 16;

constexpr int kMaxLineWidth = 80;

// The grammar's levels, from those that bind least.
enum Level {
  kExpression,
  kOrLevel,
  kAndLevel,
  kRelation,
  kSum,
  kProduct,
  kUnary,
  kMember,
};

Level LevelOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kIf:
      return kExpression;
    case ExprKind::kOr:
      return kOrLevel;
    case ExprKind::kAnd:
      return kAndLevel;
    case ExprKind::kEqual:
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual:
    case ExprKind::kIn:
    case ExprKind::kHas:
    case ExprKind::kLike:
    case ExprKind::kIs:
      return kRelation;
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
      return kSum;
    case ExprKind::kMultiply:
      return kProduct;
    case ExprKind::kNot:
    case ExprKind::kNegate:
      return kUnary;
    case ExprKind::kLiteral:
      return expr.is_long() && expr.AsLong() < 0 ? kUnary : kMember;
    case ExprKind::kVariable:
    case ExprKind::kGet:
    case ExprKind::kSet:
    case ExprKind::kRecord:
    case ExprKind::kCall:
    case ExprKind::kFunction:
      return kMember;
  }
  return kExpression;
}

absl::string_view Operator(ExprKind kind) {
  switch (kind) {
    case ExprKind::kOr:
      return " || ";
    case ExprKind::kAnd:
      return " && ";
    case ExprKind::kEqual:
      return " == ";
    case ExprKind::kNotEqual:
      return " != ";
    case ExprKind::kLess:
      return " < ";
    case ExprKind::kLessEqual:
      return " <= ";
    case ExprKind::kGreater:
      return " > ";
    case ExprKind::kGreaterEqual:
      return " >= ";
    case ExprKind::kIn:
      return " in ";
    case ExprKind::kAdd:
      return " + ";
    case ExprKind::kSubtract:
      return " - ";
    case ExprKind::kMultiply:
      return " * ";
    default:
      return "";
  }
}

// The name of an attribute where it may stand with or without quotes.
std::string AttributeName(const std::string& name) {
  return IsPlainName(name) ? name : Quote(name);
}

std::string QuotePattern(const Pattern& pattern) {
  return absl::StrCat(
      "\"",
      absl::StrJoin(pattern, "*",
                    [](std::string* out, const std::string& piece) {
                      const std::string quoted = Quote(piece);
                      absl::StrAppend(out,
                                      absl::StrReplaceAll(
                                          quoted.substr(1, quoted.size() - 2),
                                          {{"*", "\\*"}}));
                    }),
      "\"");
}

void Print(const Expr& expr, Level lowest, std::string* out);

void PrintList(absl::Span<const ExprPtr> args, size_t first, std::string* out) {
  for (size_t i = first; i < args.size(); ++i) {
    if (i > first) *out += ", ";
    Print(*args[i], kExpression, out);
  }
}

void PrintRecord(const Expr& expr, std::string* out) {
  *out += '{';
  for (size_t i = 0; i < expr.args().size(); ++i) {
    absl::StrAppend(out, i > 0 ? ", " : "", AttributeName(expr.names()[i]),
                    ": ");
    Print(*expr.args()[i], kExpression, out);
  }
  *out += '}';
}

// `!!!x`, as many as may stand in a row. A number after `-` is put into
// parentheses, as it would become part of it.
void PrintUnary(const Expr& expr, std::string* out) {
  constexpr int kMaxInARow = 4;
  const Expr* operand = &expr;
  int count = 0;
  while (operand->kind == expr.kind && count < kMaxInARow) {
    *out += expr.kind == ExprKind::kNot ? '!' : '-';
    operand = operand->args()[0].get();
    ++count;
  }
  const bool is_number = operand->is_long();
  if (expr.kind == ExprKind::kNegate && is_number) {
    absl::StrAppend(out, "(", operand->AsLong(), ")");
  } else {
    Print(*operand, kMember, out);
  }
}

// Without parentheses around it.
void PrintBare(const Expr& expr, std::string* out) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      *out += expr.value().ToString();
      return;
    case ExprKind::kVariable:
      absl::StrAppend(out, VariableName(expr.variable));
      return;
    case ExprKind::kNot:
    case ExprKind::kNegate:
      PrintUnary(expr, out);
      return;
    case ExprKind::kAnd:
    case ExprKind::kOr: {
      const Level operand = expr.kind == ExprKind::kAnd ? kRelation : kAndLevel;
      for (size_t i = 0; i < expr.args().size(); ++i) {
        if (i > 0) absl::StrAppend(out, Operator(expr.kind));
        Print(*expr.args()[i], operand, out);
      }
      return;
    }
    case ExprKind::kIf:
      *out += "if ";
      Print(*expr.args()[0], kExpression, out);
      *out += " then ";
      Print(*expr.args()[1], kExpression, out);
      *out += " else ";
      Print(*expr.args()[2], kExpression, out);
      return;
    case ExprKind::kEqual:
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual:
    case ExprKind::kIn:
      Print(*expr.args()[0], kSum, out);
      absl::StrAppend(out, Operator(expr.kind));
      Print(*expr.args()[1], kSum, out);
      return;
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
      Print(*expr.args()[0], kSum, out);
      absl::StrAppend(out, Operator(expr.kind));
      Print(*expr.args()[1], kProduct, out);
      return;
    case ExprKind::kMultiply:
      Print(*expr.args()[0], kProduct, out);
      absl::StrAppend(out, Operator(expr.kind));
      Print(*expr.args()[1], kUnary, out);
      return;
    case ExprKind::kHas:
      Print(*expr.args()[0], kSum, out);
      absl::StrAppend(out, " has ", AttributeName(expr.name()));
      return;
    case ExprKind::kLike:
      Print(*expr.args()[0], kSum, out);
      absl::StrAppend(out, " like ", QuotePattern(expr.pattern()));
      return;
    case ExprKind::kIs:
      Print(*expr.args()[0], kSum, out);
      absl::StrAppend(out, " is ", expr.name());
      if (expr.args().size() > 1) {
        *out += " in ";
        Print(*expr.args()[1], kSum, out);
      }
      return;
    case ExprKind::kGet:
      Print(*expr.args()[0], kMember, out);
      if (IsPlainName(expr.name())) {
        absl::StrAppend(out, ".", expr.name());
      } else {
        absl::StrAppend(out, "[", Quote(expr.name()), "]");
      }
      return;
    case ExprKind::kSet:
      *out += '[';
      PrintList(expr.args(), 0, out);
      *out += ']';
      return;
    case ExprKind::kRecord:
      PrintRecord(expr, out);
      return;
    case ExprKind::kCall:
      Print(*expr.args()[0], kMember, out);
      absl::StrAppend(out, ".", expr.name(), "(");
      PrintList(expr.args(), 1, out);
      *out += ')';
      return;
    case ExprKind::kFunction:
      absl::StrAppend(out, expr.name(), "(");
      PrintList(expr.args(), 0, out);
      *out += ')';
      return;
  }
}

void Print(const Expr& expr, Level lowest, std::string* out) {
  const bool parenthesize = LevelOf(expr) < lowest;
  if (parenthesize) *out += '(';
  PrintBare(expr, out);
  if (parenthesize) *out += ')';
}

// ---- Policies --------------------------------------------------------------

std::string PrintAnnotation(absl::string_view name, absl::string_view value) {
  return absl::StrCat("@", name,
                      value.empty() ? "" : absl::StrCat("(", Quote(value), ")"),
                      "\n");
}

// True for ids that the parser gives to policies without one.
bool IsPositionalId(absl::string_view id) {
  return absl::StartsWith(id, "policy") &&
         id.find_first_not_of("0123456789", 6) == absl::string_view::npos;
}

std::string PrintScope(absl::string_view variable, const Scope& scope) {
  const std::string uids =
      scope.has_slot
          ? absl::StrCat("?", variable)
          : absl::StrJoin(scope.uids, ", ",
                          [](std::string* out, const EntityUid& uid) {
                            absl::StrAppend(out, uid.ToString());
                          });
  switch (scope.kind) {
    case Scope::Kind::kAny:
      return std::string(variable.data(), variable.size());
    case Scope::Kind::kEqual:
      return absl::StrCat(variable, " == ", uids);
    case Scope::Kind::kIn:
      if (scope.is_list || scope.uids.size() > 1) {
        return absl::StrCat(variable, " in [", uids, "]");
      }
      return absl::StrCat(variable, " in ", uids);
    case Scope::Kind::kIs:
      return absl::StrCat(variable, " is ", scope.type);
    case Scope::Kind::kIsIn:
      return absl::StrCat(variable, " is ", scope.type, " in ", uids);
  }
  return "";
}

std::string PrintHead(const Policy& policy) {
  const std::vector<std::string> scopes = {
      PrintScope("principal", policy.principal),
      PrintScope("action", policy.action),
      PrintScope("resource", policy.resource),
  };
  const absl::string_view effect =
      policy.effect == Effect::kPermit ? "permit" : "forbid";
  const bool is_plain = policy.principal.kind == Scope::Kind::kAny &&
                        policy.action.kind == Scope::Kind::kAny &&
                        policy.resource.kind == Scope::Kind::kAny;
  if (is_plain) return absl::StrCat(effect, " (principal, action, resource)");
  return absl::StrCat(effect, " (\n  ", absl::StrJoin(scopes, ",\n  "), "\n)");
}

std::string PrintComment(absl::string_view comment) {
  std::string out;
  for (absl::string_view line :
       absl::StrSplit(comment, absl::ByAnyChar("\r\n"), absl::SkipEmpty())) {
    absl::StrAppend(&out, "// ", line, "\n");
  }
  return out;
}

std::string PrintClause(const Clause& clause) {
  const Expr& body = *clause.body;
  const absl::string_view keyword = clause.unless ? "unless" : "when";
  const std::string line =
      absl::StrCat(keyword, " { ", PrintExpression(body), " }");
  if (TerminalWidth(line) <= kMaxLineWidth) return line;
  std::string out = absl::StrCat(keyword, " {\n  ");
  if (body.kind == ExprKind::kAnd || body.kind == ExprKind::kOr) {
    const bool is_and = body.kind == ExprKind::kAnd;
    for (size_t i = 0; i < body.args().size(); ++i) {
      if (i > 0) out += is_and ? " &&\n  " : " ||\n  ";
      Print(*body.args()[i], is_and ? kRelation : kAndLevel, &out);
    }
  } else {
    Print(body, kExpression, &out);
  }
  out += "\n}";
  return out;
}

}  // namespace

absl::string_view VariableName(Variable variable) {
  switch (variable) {
    case Variable::kPrincipal:
      return "principal";
    case Variable::kAction:
      return "action";
    case Variable::kResource:
      return "resource";
    case Variable::kContext:
      return "context";
  }
  return "";
}

std::string PrintExpression(const Expr& expr) {
  std::string out;
  // What is long is about as long as it was written.
  const Span& span = expr.span;
  if (span.end > span.begin + kLong) out.reserve(span.end - span.begin);
  Print(expr, kExpression, &out);
  return out;
}

std::string PrintPolicy(
    const Policy& policy,
    const std::function<std::string(const Clause&)>& comment) {
  std::string out;
  bool has_id = false;
  for (const Annotation& annotation : policy.annotations) {
    has_id |= annotation.name == "id";
  }
  if (!has_id && !policy.id.empty() && !IsPositionalId(policy.id)) {
    out += PrintAnnotation("id", policy.id);
  }
  for (const Annotation& annotation : policy.annotations) {
    out += PrintAnnotation(annotation.name, annotation.value);
  }
  out += PrintHead(policy);
  for (const Clause& clause : policy.clauses) {
    out += '\n';
    if (comment) out += PrintComment(comment(clause));
    out += PrintClause(clause);
  }
  out += ";\n";
  return out;
}

}  // namespace sekisho
