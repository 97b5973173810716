#include "compiler/plan/program_builder.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "engine/graph/program.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

// Smaller ones are made again as fast as found.
constexpr size_t kMinCachedSet = 64;

Op BinaryOp(ExprKind kind) {
  switch (kind) {
    case ExprKind::kLess:
    case ExprKind::kGreaterEqual:
      return Op::kLess;
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
      return Op::kLessEqual;
    case ExprKind::kAdd:
      return Op::kAdd;
    case ExprKind::kSubtract:
      return Op::kSubtract;
    case ExprKind::kMultiply:
      return Op::kMultiply;
    case ExprKind::kIn:
      return Op::kIn;
    default:
      return Op::kEqual;
  }
}

// a > b is !(a <= b), and so on.
bool IsNegated(ExprKind kind) {
  return kind == ExprKind::kNotEqual || kind == ExprKind::kGreater ||
         kind == ExprKind::kGreaterEqual;
}

Op MethodOp(const std::string& name) {
  if (name == "contains") return Op::kContains;
  if (name == "containsAll") return Op::kContainsAll;
  if (name == "containsAny") return Op::kContainsAny;
  if (name == "isEmpty") return Op::kIsEmpty;
  if (name == "getTag") return Op::kGetTag;
  return Op::kHasTag;
}

Op VariableOp(Variable variable) {
  switch (variable) {
    case Variable::kPrincipal:
      return Op::kPrincipal;
    case Variable::kAction:
      return Op::kAction;
    case Variable::kResource:
      return Op::kResource;
    case Variable::kContext:
      return Op::kContext;
  }
  return Op::kContext;
}

// True if ConstantOf has a value, which it takes long to make of a large set.
bool IsConstant(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return true;
    case ExprKind::kSet:
    case ExprKind::kRecord:
      return std::all_of(expr.args().begin(), expr.args().end(),
                         [](const ExprPtr& arg) { return IsConstant(*arg); });
    default:
      return ConstantOf(expr).has_value();
  }
}

void Add(Op op, Program* code, uint32_t operand = 0) {
  code->push_back(EncodeInstruction(op, operand));
}

// Points the jump at `at` to the end of the code.
void Land(size_t at, Program* code) {
  (*code)[at] = EncodeInstruction(OpOf((*code)[at]),
                                  static_cast<uint32_t>(code->size() - at));
}

}  // namespace

std::optional<Value> ConstantOf(const Expr& expr) {
  if (expr.kind == ExprKind::kLiteral) return expr.value();
  if (expr.kind != ExprKind::kSet && expr.kind != ExprKind::kRecord &&
      expr.kind != ExprKind::kFunction) {
    return std::nullopt;
  }
  Value::Elements values;
  values.reserve(expr.args().size());
  for (const ExprPtr& arg : expr.args()) {
    std::optional<Value> value = ConstantOf(*arg);
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
  }
  if (expr.kind == ExprKind::kFunction) {
    return CallFunction(FindFunction(expr.name())->function, values);
  }
  if (expr.kind == ExprKind::kSet) return Value::Set(std::move(values));
  Value::Attributes attributes;
  for (size_t i = 0; i < values.size(); ++i) {
    attributes.emplace_back(expr.names()[i], std::move(values[i]));
  }
  return Value::Record(std::move(attributes));
}

size_t StackOf(const Expr& expr) {
  if (IsConstant(expr)) return 1;
  const bool one_by_one = expr.kind == ExprKind::kAnd ||
                          expr.kind == ExprKind::kOr ||
                          expr.kind == ExprKind::kIf;
  size_t most = 2;
  for (size_t i = 0; i < expr.args().size(); ++i) {
    most = std::max(most, StackOf(*expr.args()[i]) + (one_by_one ? 0 : i));
  }
  return most;
}

const Value& ConstantCache::Of(const ExprPtr& set) {
  auto it = values_.find(set);
  if (it == values_.end()) it = values_.emplace(set, *ConstantOf(*set)).first;
  return it->second;
}

Program ProgramBuilder::Compile(const Expr& expr) {
  Program code;
  Emit(expr, &code);
  return code;
}

Program ProgramBuilder::CompileExists(const Expr& expr) {
  Program code = Compile(expr);
  Add(Op::kExists, &code);
  return code;
}

void ProgramBuilder::CopyTables(DecisionGraph* graph) const {
  auto copy = [](const auto& from, auto* to) {
    to->assign(from.begin(), from.end());
  };
  copy(constants(), &graph->constants);
  copy(names(), &graph->names);
  copy(patterns(), &graph->patterns);
  copy(shapes(), &graph->shapes);
}

void ProgramBuilder::Emit(const Expr& expr, Program* code) {
  if (IsConstant(expr)) {
    Add(Op::kConstant, code, constants_.Intern(*ConstantOf(expr)));
    return;
  }
  switch (expr.kind) {
    case ExprKind::kVariable:
      Add(VariableOp(expr.variable), code);
      return;
    case ExprKind::kAnd:
    case ExprKind::kOr:
      EmitConnective(expr, code);
      return;
    case ExprKind::kIf:
      EmitIf(expr, code);
      return;
    case ExprKind::kIs:
      EmitIs(expr, code);
      return;
    case ExprKind::kRecord:
      EmitRecord(expr, code);
      return;
    case ExprKind::kCall:
    case ExprKind::kFunction:
      EmitCall(expr, code);
      return;
    default:
      break;
  }
  EmitOperands(expr, code);
  switch (expr.kind) {
    case ExprKind::kNot:
      Add(Op::kNot, code);
      break;
    case ExprKind::kNegate:
      Add(Op::kNegate, code);
      break;
    case ExprKind::kGet:
      Add(Op::kGet, code, names_.Intern(expr.name()));
      break;
    case ExprKind::kHas:
      Add(Op::kHas, code, names_.Intern(expr.name()));
      break;
    case ExprKind::kLike:
      Add(Op::kLike, code, patterns_.Intern(expr.pattern()));
      break;
    case ExprKind::kSet:
      Add(Op::kSet, code, static_cast<uint32_t>(expr.args().size()));
      break;
    default:
      Add(BinaryOp(expr.kind), code);
      if (IsNegated(expr.kind)) Add(Op::kNot, code);
      break;
  }
}

void ProgramBuilder::EmitOperands(const Expr& expr, Program* code) {
  for (const ExprPtr& arg : expr.args()) {
    if (cache_ != nullptr && arg->kind == ExprKind::kSet &&
        arg->args().size() >= kMinCachedSet && IsConstant(*arg)) {
      Add(Op::kConstant, code, constants_.Intern(cache_->Of(arg)));
    } else {
      Emit(*arg, code);
    }
  }
}

void ProgramBuilder::EmitConnective(const Expr& expr, Program* code) {
  const Op jump = expr.kind == ExprKind::kAnd ? Op::kAndJump : Op::kOrJump;
  std::vector<size_t> jumps;
  for (size_t i = 0; i < expr.args().size(); ++i) {
    Emit(*expr.args()[i], code);
    if (i + 1 < expr.args().size()) {
      jumps.push_back(code->size());
      Add(jump, code);
    }
  }
  Add(Op::kCheckBool, code);
  for (size_t at : jumps) Land(at, code);
}

void ProgramBuilder::EmitIf(const Expr& expr, Program* code) {
  Emit(*expr.args()[0], code);
  const size_t to_else = code->size();
  Add(Op::kBranchFalse, code);
  Emit(*expr.args()[1], code);
  const size_t to_end = code->size();
  Add(Op::kJump, code);
  Land(to_else, code);
  Emit(*expr.args()[2], code);
  Land(to_end, code);
}

void ProgramBuilder::EmitIs(const Expr& expr, Program* code) {
  const uint32_t type = names_.Intern(expr.name());
  Emit(*expr.args()[0], code);
  if (expr.args().size() == 1) {
    Add(Op::kIs, code, type);
    return;
  }
  // The entity is computed once: conditions nested in it would otherwise
  // double the code with every level.
  Add(Op::kDuplicate, code);
  Add(Op::kIs, code, type);
  const size_t to_other = code->size();
  Add(Op::kBranchFalse, code);
  Emit(*expr.args()[1], code);
  Add(Op::kIn, code);
  const size_t to_end = code->size();
  Add(Op::kJump, code);
  Land(to_other, code);
  // Of another type: false again.
  Add(Op::kIs, code, type);
  Land(to_end, code);
}

void ProgramBuilder::EmitRecord(const Expr& expr, Program* code) {
  // Shapes are ascending; which value is computed first makes no difference.
  std::vector<size_t> order(expr.names().size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return expr.names()[a] < expr.names()[b];
  });
  std::vector<std::string> shape;
  for (size_t i : order) {
    Emit(*expr.args()[i], code);
    shape.push_back(expr.names()[i]);
  }
  Add(Op::kRecord, code, shapes_.Intern(shape));
}

void ProgramBuilder::EmitCall(const Expr& expr, Program* code) {
  const FunctionSignature* extension = FindFunction(expr.name());
  if (extension != nullptr && expr.args().size() != extension->arity) {
    // An error whatever the arguments are, and this is one.
    Add(Op::kConstant, code, constants_.Intern(Value::Bool(false)));
    Add(Op::kNegate, code);
    return;
  }
  EmitOperands(expr, code);
  if (extension == nullptr) {
    Add(MethodOp(expr.name()), code);
  } else {
    Add(Op::kCall, code, static_cast<uint32_t>(extension->function));
  }
}

}  // namespace sekisho
