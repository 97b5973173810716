// Each shape of expression is a struct of its own; the kind says which one an
// expression is.
#include "compiler/cedar/ast.h"

#include <iterator>
#include <utility>

#include "absl/container/inlined_vector.h"

namespace sekisho {
namespace {

enum class Shape : uint8_t {
  kLiteral,
  kVariable,
  kOperation,
  kNamedOperation,
  kTextOperation,
};

Shape ShapeOf(ExprKind kind) {
  switch (kind) {
    case ExprKind::kLiteral:
      return Shape::kLiteral;
    case ExprKind::kVariable:
      return Shape::kVariable;
    case ExprKind::kHas:
    case ExprKind::kGet:
    case ExprKind::kIs:
    case ExprKind::kCall:
    case ExprKind::kFunction:
      return Shape::kNamedOperation;
    case ExprKind::kLike:
    case ExprKind::kRecord:
      return Shape::kTextOperation;
    default:
      return Shape::kOperation;
  }
}

// A bool or a long.
struct NumberLiteral : Expr {
  NumberLiteral(const ExprParts& parts, int64_t n) : Expr(parts), number(n) {}

  const int64_t number;
};

struct StringLiteral : Expr {
  explicit StringLiteral(const ExprParts& parts)
      : Expr(parts), text(parts.value.AsString()) {}

  const std::string text;
};

struct EntityLiteral : Expr {
  explicit EntityLiteral(const ExprParts& parts)
      : Expr(parts), uid(parts.value.AsEntity()) {}

  const EntityUid uid;
};

struct VariableExpr : Expr {
  explicit VariableExpr(const ExprParts& parts) : Expr(parts) {}
};

struct Operation : Expr {
  explicit Operation(ExprParts* parts)
      : Expr(*parts),
        operands(std::make_move_iterator(parts->args.begin()),
                 std::make_move_iterator(parts->args.end())) {}

  const absl::InlinedVector<ExprPtr, 2> operands;
};

struct NamedOperation : Operation {
  explicit NamedOperation(ExprParts* parts)
      : Operation(parts),
        called(std::move(parts->name)),
        called_span(parts->name_span) {}

  const std::string called;
  const Span called_span;
};

// A record with its names, `like` with its pattern.
struct TextOperation : Operation {
  explicit TextOperation(ExprParts* parts)
      : Operation(parts),
        texts(std::move(parts->kind == ExprKind::kRecord ? parts->names
                                                         : parts->pattern)) {}

  const std::vector<std::string> texts;
};

// The expression as the shape that its kind has.
template <typename T>
const T& As(const Expr& expr) {
  return static_cast<const T&>(expr);
}

const std::vector<std::string>& TextsOf(const Expr& expr, ExprKind kind) {
  static const auto* const kNone = new std::vector<std::string>();
  return expr.kind == kind ? As<TextOperation>(expr).texts : *kNone;
}

ExprPtr MakeLiteralOf(const ExprParts& parts) {
  if (parts.value.is_string()) {
    return std::make_shared<const StringLiteral>(parts);
  }
  if (parts.value.is_entity()) {
    return std::make_shared<const EntityLiteral>(parts);
  }
  return std::make_shared<const NumberLiteral>(
      parts, parts.value.is_bool() ? int64_t{parts.value.AsBool()}
                                   : parts.value.AsLong());
}

}  // namespace

ExprPtr MakeExpr(ExprParts parts) {
  switch (ShapeOf(parts.kind)) {
    case Shape::kLiteral:
      return MakeLiteralOf(parts);
    case Shape::kVariable:
      return std::make_shared<const VariableExpr>(parts);
    case Shape::kOperation:
      return std::make_shared<const Operation>(&parts);
    case Shape::kNamedOperation:
      return std::make_shared<const NamedOperation>(&parts);
    case Shape::kTextOperation:
      return std::make_shared<const TextOperation>(&parts);
  }
  return nullptr;
}

ExprPtr MakeLiteral(Value value) {
  ExprParts parts;
  parts.value = std::move(value);
  return MakeExpr(std::move(parts));
}

ExprPtr MakeVariable(Variable variable) {
  ExprParts parts;
  parts.kind = ExprKind::kVariable;
  parts.variable = variable;
  return MakeExpr(std::move(parts));
}

ExprPtr MakeOperation(ExprKind kind, std::vector<ExprPtr> args,
                      std::string name) {
  ExprParts parts;
  parts.kind = kind;
  parts.name = std::move(name);
  parts.args = std::move(args);
  return MakeExpr(std::move(parts));
}

Expr::Expr(const ExprParts& parts)
    : kind(parts.kind),
      variable(parts.variable),
      value_kind(parts.value.kind()),
      span(parts.span) {}

bool Expr::AsBool() const { return As<NumberLiteral>(*this).number != 0; }

int64_t Expr::AsLong() const { return As<NumberLiteral>(*this).number; }

const std::string& Expr::AsString() const {
  return As<StringLiteral>(*this).text;
}

const EntityUid& Expr::AsEntity() const { return As<EntityLiteral>(*this).uid; }

Value Expr::value() const {
  if (is_bool()) return Value::Bool(AsBool());
  if (is_string()) return Value::String(AsString());
  if (is_entity()) return Value::Entity(AsEntity());
  return Value::Long(AsLong());
}

const std::string& Expr::name() const {
  static const auto* const kNone = new std::string();
  return ShapeOf(kind) == Shape::kNamedOperation
             ? As<NamedOperation>(*this).called
             : *kNone;
}

Span Expr::name_span() const {
  return ShapeOf(kind) == Shape::kNamedOperation
             ? As<NamedOperation>(*this).called_span
             : Span();
}

const std::vector<std::string>& Expr::names() const {
  return TextsOf(*this, ExprKind::kRecord);
}

const Pattern& Expr::pattern() const { return TextsOf(*this, ExprKind::kLike); }

absl::Span<const ExprPtr> Expr::args() const {
  if (kind == ExprKind::kLiteral || kind == ExprKind::kVariable) return {};
  return As<Operation>(*this).operands;
}

ExprParts Expr::parts() const {
  ExprParts parts;
  parts.kind = kind;
  parts.span = span;
  if (kind == ExprKind::kLiteral) parts.value = value();
  parts.variable = variable;
  parts.name = name();
  parts.name_span = name_span();
  parts.names = names();
  parts.pattern = pattern();
  parts.args.assign(args().begin(), args().end());
  return parts;
}

}  // namespace sekisho
