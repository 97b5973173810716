// Conditions are made once for each expression and once for each content, so a
// vocabulary entry that a hundred rows use is one condition. Recursion is
// bounded by the parser's kMaxDepth. Tested by tests/explain, by what comes of
// it.
#include "compiler/explain/condition_builder.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "compiler/cedar/printer.h"
#include "engine/model/operations.h"

namespace sekisho {
namespace {

// Of one atom; what goes beyond would not be shown anyway.
constexpr size_t kMaxReads = 64;
constexpr size_t kMaxEdits = 16;

// More elements of containsAll are not asked for one by one.
constexpr size_t kMaxConjuncts = 1000;

PathRoot RootOf(Variable variable) {
  switch (variable) {
    case Variable::kPrincipal:
      return PathRoot::kPrincipal;
    case Variable::kAction:
      return PathRoot::kAction;
    case Variable::kResource:
      return PathRoot::kResource;
    case Variable::kContext:
      return PathRoot::kContext;
  }
  return PathRoot::kContext;
}

// Who asks and for what cannot be changed, what is done with it can.
bool IsEditable(const AttributePath& path) {
  return !path.names.empty() || path.root == PathRoot::kAction;
}

// `expr` + `n`, added up where it is written out.
ExprPtr Plus(const ExprPtr& expr, int64_t n) {
  if (n == 0) return expr;
  if (expr->is_long()) {
    if (auto sum = CheckedAdd(expr->AsLong(), n)) {
      return MakeLiteral(Value::Long(*sum));
    }
  }
  return MakeOperation(n < 0 ? ExprKind::kSubtract : ExprKind::kAdd,
                       {expr, MakeLiteral(Value::Long(n < 0 ? -n : n))});
}

}  // namespace

std::optional<AttributePath> PathOf(const Expr& expr) {
  AttributePath path;
  const Expr* at = &expr;
  for (; at->kind == ExprKind::kGet; at = at->args()[0].get()) {
    path.names.push_back(at->name());
  }
  if (at->kind != ExprKind::kVariable) return std::nullopt;
  path.root = RootOf(at->variable);
  std::reverse(path.names.begin(), path.names.end());
  return path;
}

uint32_t ConditionBuilder::Build(const ExprPtr& expr) {
  auto it = built_.find(expr);
  if (it != built_.end()) return it->second;
  const uint32_t condition = BuildNew(expr);
  built_.emplace(expr, condition);
  return condition;
}

uint32_t ConditionBuilder::BuildNew(const ExprPtr& expr) {
  switch (expr->kind) {
    case ExprKind::kAnd:
    case ExprKind::kOr:
    case ExprKind::kNot: {
      std::vector<uint32_t> operands;
      for (const ExprPtr& arg : expr->args()) operands.push_back(Build(arg));
      return Combine(expr->kind == ExprKind::kAnd  ? ConditionKind::kAnd
                     : expr->kind == ExprKind::kOr ? ConditionKind::kOr
                                                   : ConditionKind::kNot,
                     std::move(operands));
    }
    default:
      break;
  }
  if (std::optional<uint32_t> all = BuildContainsAll(*expr)) return *all;
  return BuildAtom(*expr);
}

uint32_t ConditionBuilder::Combine(ConditionKind kind,
                                   std::vector<uint32_t> operands) {
  std::vector<uint32_t> key = {static_cast<uint32_t>(kind)};
  key.insert(key.end(), operands.begin(), operands.end());
  const uint32_t count = conditions_.size();
  const uint32_t index = conditions_.Intern(key);
  if (index == count) {
    Condition condition;
    condition.kind = kind;
    condition.operands = std::move(operands);
    out_.conditions.push_back(std::move(condition));
  }
  return index;
}

std::optional<uint32_t> ConditionBuilder::BuildContainsAll(const Expr& expr) {
  if (expr.kind != ExprKind::kCall || expr.name() != "containsAll" ||
      expr.args()[1]->kind != ExprKind::kSet ||
      expr.args()[1]->args().empty() ||
      expr.args()[1]->args().size() > kMaxConjuncts ||
      !PathOf(*expr.args()[0])) {
    return std::nullopt;
  }
  std::vector<uint32_t> operands;
  for (const ExprPtr& element : expr.args()[1]->args()) {
    // Another expression might err where it is not asked for.
    if (element->kind != ExprKind::kLiteral) return std::nullopt;
    operands.push_back(BuildAtom(*MakeOperation(
        ExprKind::kCall, {expr.args()[0], element}, "contains")));
  }
  if (operands.size() == 1) return operands[0];
  return Combine(ConditionKind::kAnd, std::move(operands));
}

uint32_t ConditionBuilder::BuildAtom(const Expr& expr) {
  const TestIndex test = AddProgram(expr);
  const uint32_t count = conditions_.size();
  const uint32_t index =
      conditions_.Intern({static_cast<uint32_t>(ConditionKind::kAtom), test});
  if (index < count) return index;
  Condition atom;
  atom.test = test;
  AddReads(expr, &atom.reads);
  AddEdits(expr, &atom);
  out_.conditions.push_back(std::move(atom));
  return index;
}

TestIndex ConditionBuilder::AddProgram(const Expr& expr) {
  const Program program = programs_.Compile(expr);
  const uint32_t count = tests_.size();
  const TestIndex index = tests_.Intern(program);
  if (index < count) return index;
  Test test;
  test.text = PrintExpression(expr);
  test.code_begin = static_cast<uint32_t>(before_.code + out_.code.size());
  test.code_end = test.code_begin + static_cast<uint32_t>(program.size());
  out_.code.insert(out_.code.end(), program.begin(), program.end());
  out_.programs.tests.push_back(std::move(test));
  return index;
}

uint32_t ConditionBuilder::AddPath(const AttributePath& path) {
  auto [it, added] = paths_.emplace(path, static_cast<uint32_t>(paths_.size()));
  if (added) out_.paths.push_back(path);
  return it->second;
}

void ConditionBuilder::AddReads(const Expr& expr,
                                std::vector<uint32_t>* reads) {
  std::optional<AttributePath> path = PathOf(expr);
  if (expr.kind == ExprKind::kHas && (path = PathOf(*expr.args()[0]))) {
    path->names.push_back(expr.name());
  }
  if (!path) {
    for (const ExprPtr& arg : expr.args()) AddReads(*arg, reads);
    return;
  }
  // The context as a whole tells nobody anything.
  if (path->root == PathRoot::kContext && path->names.empty()) return;
  if (reads->size() == kMaxReads) return;
  const uint32_t index = AddPath(*path);
  if (std::find(reads->begin(), reads->end(), index) == reads->end()) {
    reads->push_back(index);
  }
}

void ConditionBuilder::AddEdit(EditKind kind, const Expr& path,
                               const Expr& value,
                               std::vector<EditPlan>* edits) {
  if (edits->size() == kMaxEdits) return;
  const std::optional<AttributePath> to = PathOf(path);
  if (!to || !IsEditable(*to)) return;
  edits->push_back({kind, AddPath(*to), AddProgram(value)});
}

void ConditionBuilder::AddEqual(const Expr& a, const Expr& b,
                                std::vector<EditPlan>* edits) {
  AddEdit(EditKind::kAssign, a, b, edits);
  AddEdit(EditKind::kAssign, b, a, edits);
}

void ConditionBuilder::AddLess(const ExprPtr& a, const ExprPtr& b,
                               bool or_equal, std::vector<EditPlan>* edits) {
  const int64_t gap = or_equal ? 0 : 1;
  AddEdit(EditKind::kAssign, *a, *Plus(b, -gap), edits);
  AddEdit(EditKind::kAssign, *b, *Plus(a, gap), edits);
}

void ConditionBuilder::AddEdits(const Expr& expr, Condition* atom) {
  switch (expr.kind) {
    case ExprKind::kVariable:
    case ExprKind::kGet:
      AddEdit(EditKind::kAssign, expr, *MakeLiteral(Value::Bool(true)),
              &atom->to_hold);
      AddEdit(EditKind::kAssign, expr, *MakeLiteral(Value::Bool(false)),
              &atom->to_fail);
      break;
    case ExprKind::kEqual:
      AddEqual(*expr.args()[0], *expr.args()[1], &atom->to_hold);
      break;
    case ExprKind::kNotEqual:
      AddEqual(*expr.args()[0], *expr.args()[1], &atom->to_fail);
      break;
    case ExprKind::kLess:
    case ExprKind::kLessEqual: {
      const bool or_equal = expr.kind == ExprKind::kLessEqual;
      AddLess(expr.args()[0], expr.args()[1], or_equal, &atom->to_hold);
      AddLess(expr.args()[1], expr.args()[0], !or_equal, &atom->to_fail);
      break;
    }
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual: {
      const bool or_equal = expr.kind == ExprKind::kGreaterEqual;
      AddLess(expr.args()[1], expr.args()[0], or_equal, &atom->to_hold);
      AddLess(expr.args()[0], expr.args()[1], !or_equal, &atom->to_fail);
      break;
    }
    case ExprKind::kHas: {
      // What it should be, other atoms say.
      const ExprPtr attribute =
          MakeOperation(ExprKind::kGet, {expr.args()[0]}, expr.name());
      const std::optional<AttributePath> path = PathOf(*attribute);
      if (path) atom->to_fail.push_back({EditKind::kDelete, AddPath(*path), 0});
      break;
    }
    case ExprKind::kIn:
      if (const auto path = PathOf(*expr.args()[0]);
          path && path->root == PathRoot::kAction) {
        AddActions(*expr.args()[1], &atom->to_hold);
      }
      break;
    case ExprKind::kCall:
      AddCall(expr, atom);
      break;
    default:
      break;
  }
}

void ConditionBuilder::AddCall(const Expr& expr, Condition* atom) {
  if (expr.name() == "isEmpty") {
    AddEdit(EditKind::kAssign, *expr.args()[0],
            *MakeOperation(ExprKind::kSet, {}), &atom->to_hold);
  }
  if (expr.args().size() != 2) return;
  const Expr& set = *expr.args()[0];
  const Expr& other = *expr.args()[1];
  if (expr.name() == "contains") {
    if (set.kind == ExprKind::kSet) {
      for (const ExprPtr& element : set.args()) {
        AddEqual(other, *element, &atom->to_hold);
      }
    } else {
      AddEdit(EditKind::kInsert, set, other, &atom->to_hold);
      AddEdit(EditKind::kRemove, set, other, &atom->to_fail);
    }
  } else if (expr.name() == "containsAny") {
    for (const auto& [to, elements] :
         {std::pair(&set, &other), std::pair(&other, &set)}) {
      if (elements->kind != ExprKind::kSet) continue;
      for (const ExprPtr& element : elements->args()) {
        AddEdit(EditKind::kInsert, *to, *element, &atom->to_hold);
      }
    }
  }
}

void ConditionBuilder::AddActions(const Expr& ancestors,
                                  std::vector<EditPlan>* edits) {
  std::vector<const Expr*> open = {&ancestors};
  if (ancestors.kind == ExprKind::kSet) {
    open.clear();
    for (const ExprPtr& element : ancestors.args())
      open.push_back(element.get());
  }
  const ExprPtr action = MakeVariable(Variable::kAction);
  for (const auto& [uid, type] : schema_.actions) {
    if (type.principal_types.empty()) continue;
    const bool below =
        std::any_of(open.begin(), open.end(), [&, &name = uid](const Expr* e) {
          return e->is_entity() && schema_.ActionIn(name, e->AsEntity());
        });
    if (!below) continue;
    AddEdit(EditKind::kAssign, *action, *MakeLiteral(Value::Entity(uid)),
            edits);
  }
}

void ConditionBuilder::EndPart() {
  auto take = [](const auto& entries, size_t* before, auto* to) {
    to->assign(entries.begin() + static_cast<std::ptrdiff_t>(*before),
               entries.end());
    *before = entries.size();
  };
  DecisionGraph& programs = out_.programs;
  programs.code = out_.code;
  before_.code += out_.code.size();
  take(programs_.constants(), &before_.constants, &programs.constants);
  take(programs_.names(), &before_.names, &programs.names);
  take(programs_.patterns(), &before_.patterns, &programs.patterns);
  take(programs_.shapes(), &before_.shapes, &programs.shapes);
  built_.clear();
}

}  // namespace sekisho
