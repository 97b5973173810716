#include "compiler/plan/formula.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sekisho {
namespace {

// Restrict forgets what it found when it has found more: that saves time where
// policies share what is left of them, and must not take memory for each.
constexpr size_t kMaxRestricted = size_t{1} << 18;

using Runs = absl::Span<const OutcomeRun>;

std::vector<TestIndex> Union(absl::Span<const TestIndex> a,
                             absl::Span<const TestIndex> b) {
  std::vector<TestIndex> out;
  out.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(),
                 std::back_inserter(out));
  return out;
}

// Sorted, with touching runs joined.
OutcomeRuns Normalize(OutcomeRuns runs) {
  std::sort(runs.begin(), runs.end());
  OutcomeRuns out;
  for (const auto& [begin, end] : runs) {
    if (begin >= end) continue;
    if (!out.empty() && begin <= out.back().second) {
      out.back().second = std::max(out.back().second, end);
    } else {
      out.emplace_back(begin, end);
    }
  }
  return out;
}

OutcomeRuns Complement(Runs runs, uint32_t count) {
  OutcomeRuns out;
  Outcome at = 0;
  for (const auto& [begin, end] : runs) {
    if (at < begin) out.emplace_back(at, begin);
    at = end;
  }
  if (at < count) out.emplace_back(at, count);
  return out;
}

OutcomeRuns Intersect(Runs a, Runs b) {
  OutcomeRuns out;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Outcome begin = std::max(a[i].first, b[j].first);
    const Outcome end = std::min(a[i].second, b[j].second);
    if (begin < end) out.emplace_back(begin, end);
    if (a[i].second < b[j].second) {
      ++i;
    } else {
      ++j;
    }
  }
  return out;
}

bool Has(Runs runs, Outcome outcome) {
  auto it = std::upper_bound(
      runs.begin(), runs.end(), outcome,
      [](Outcome wanted, const auto& run) { return wanted < run.second; });
  return it != runs.end() && it->first <= outcome;
}

}  // namespace

FormulaPool::FormulaPool(std::vector<bool> total,
                         std::vector<uint32_t> outcomes)
    : test_total_(std::move(total)), test_outcomes_(std::move(outcomes)) {
  Formula constant;
  constant.tests = tests_.Intern({});
  constant.requirements = requirements_.Intern({});
  // In the order of their numbers.
  formulas_.assign(3, constant);
  formulas_[kErrorFormula].total = false;
}

FormulaId FormulaPool::Make(Formula formula) {
  if (const auto found = index_.Find(formula)) return *found;
  Derive(&formula);
  const auto id = static_cast<FormulaId>(formulas_.size());
  formulas_.push_back(formula);
  index_.Add(id);
  return id;
}

void FormulaPool::Derive(Formula* formula) {
  const Formula& f = *formula;
  std::vector<TestIndex> tests;
  std::vector<Requirement> requirements;
  if (f.kind == Kind::kLiteral) {
    formula->total = test_total_[f.test()];
    uint32_t wanted = 0;
    for (const auto& [begin, end] : RunsOf(f)) wanted += end - begin;
    tests = {f.test()};
    requirements = {
        {f.test(), 1.0f - static_cast<float>(wanted) /
                              static_cast<float>(test_outcomes_[f.test()])}};
  } else {
    formula->total = IsTotal(f.a) && IsTotal(f.b) && IsTotal(f.c);
    tests = Union(Tests(f.a), Union(Tests(f.b), Tests(f.c)));
  }
  if (f.kind == Kind::kAnd) {
    for (FormulaId operand : {f.a, f.b}) {
      const absl::Span<const Requirement> of = Requirements(operand);
      requirements.insert(requirements.end(), of.begin(), of.end());
    }
  }
  formula->tests = tests_.Intern(tests);
  formula->requirements = requirements_.Intern(requirements);
}

FormulaId FormulaPool::Literal(TestIndex test, OutcomeRuns runs) {
  runs = Normalize(std::move(runs));
  if (test_total_[test]) {
    if (runs.empty()) return kFalseFormula;
    if (runs.front() == std::pair<Outcome, Outcome>(0, test_outcomes_[test])) {
      return kTrueFormula;
    }
  }
  Formula formula;
  formula.kind = Kind::kLiteral;
  formula.a = test;
  formula.b = runs_.Intern(runs);
  return Make(formula);
}

bool FormulaPool::IsGuard(FormulaId formula) const {
  return formulas_[formula].kind == Kind::kIf &&
         formulas_[formula].c == kErrorFormula;
}

FormulaId FormulaPool::Not(FormulaId a) {
  if (a == kTrueFormula) return kFalseFormula;
  if (a == kFalseFormula) return kTrueFormula;
  if (a == kErrorFormula) return kErrorFormula;
  const Formula operand = formulas_[a];
  if (operand.kind == Kind::kNot) return operand.a;
  if (operand.kind == Kind::kLiteral) {
    return Literal(operand.test(),
                   Complement(RunsOf(operand), test_outcomes_[operand.test()]));
  }
  if (IsGuard(a)) return If(operand.a, Not(operand.b), kErrorFormula);
  Formula formula;
  formula.kind = Kind::kNot;
  formula.a = a;
  return Make(formula);
}

FormulaId FormulaPool::And(FormulaId a, FormulaId b) {
  if (a == kFalseFormula || a == kErrorFormula) return a;
  if (a == kTrueFormula || a == b) return b;
  if (b == kTrueFormula) return a;
  if (b == kFalseFormula && IsTotal(a)) return kFalseFormula;
  const Formula left = formulas_[a];
  const Formula right = formulas_[b];
  if (IsGuard(a)) return If(left.a, And(left.b, b), kErrorFormula);
  if (left.kind == Kind::kLiteral && right.kind == Kind::kLiteral &&
      left.test() == right.test()) {
    return Literal(left.test(), Intersect(RunsOf(left), RunsOf(right)));
  }
  Formula formula;
  formula.kind = Kind::kAnd;
  formula.a = a;
  formula.b = b;
  return Make(formula);
}

FormulaId FormulaPool::Or(FormulaId a, FormulaId b) {
  if (a == kTrueFormula || a == kErrorFormula) return a;
  if (a == kFalseFormula || a == b) return b;
  if (b == kFalseFormula) return a;
  if (b == kTrueFormula && IsTotal(a)) return kTrueFormula;
  const Formula left = formulas_[a];
  const Formula right = formulas_[b];
  if (IsGuard(a)) return If(left.a, Or(left.b, b), kErrorFormula);
  if (left.kind == Kind::kLiteral && right.kind == Kind::kLiteral &&
      left.test() == right.test()) {
    OutcomeRuns runs(RunsOf(left).begin(), RunsOf(left).end());
    runs.insert(runs.end(), RunsOf(right).begin(), RunsOf(right).end());
    return Literal(left.test(), std::move(runs));
  }
  Formula formula;
  formula.kind = Kind::kOr;
  formula.a = a;
  formula.b = b;
  return Make(formula);
}

FormulaId FormulaPool::If(FormulaId condition, FormulaId then,
                          FormulaId otherwise) {
  if (condition == kTrueFormula) return then;
  if (condition == kFalseFormula) return otherwise;
  if (condition == kErrorFormula) return kErrorFormula;
  const Formula test = formulas_[condition];
  if (test.kind == Kind::kLiteral && test.total &&
      test_outcomes_[test.test()] == 2) {
    // Under the condition its outcome is known.
    const Outcome holds = RunsOf(test).front().first;
    then = Restrict(then, test.test(), holds);
    otherwise = Restrict(otherwise, test.test(), 1 - holds);
  }
  if (then == otherwise && test.total) return then;
  if (then == kTrueFormula && otherwise == kFalseFormula) return condition;
  if (IsGuard(condition)) {
    return If(test.a, If(test.b, then, otherwise), kErrorFormula);
  }
  Formula formula;
  formula.kind = Kind::kIf;
  formula.a = condition;
  formula.b = then;
  formula.c = otherwise;
  return Make(formula);
}

bool FormulaPool::MentionsTest(FormulaId formula, TestIndex test) const {
  const absl::Span<const TestIndex> tests = Tests(formula);
  return std::binary_search(tests.begin(), tests.end(), test);
}

FormulaId FormulaPool::Restrict(FormulaId formula, TestIndex test,
                                Outcome outcome) {
  if (!MentionsTest(formula, test)) return formula;
  const Formula f = formulas_[formula];
  if (f.kind == Kind::kLiteral) {
    return outcome == kErrorOutcome  ? kErrorFormula
           : Has(RunsOf(f), outcome) ? kTrueFormula
                                     : kFalseFormula;
  }
  const std::tuple<FormulaId, TestIndex, Outcome> key(formula, test, outcome);
  const auto it = restricted_.find(key);
  if (it != restricted_.end()) return it->second;
  const FormulaId result = RestrictOperands(f, test, outcome);
  if (restricted_.size() >= kMaxRestricted) restricted_.clear();
  restricted_.emplace(key, result);
  return result;
}

FormulaId FormulaPool::RestrictOperands(const Formula& f, TestIndex test,
                                        Outcome outcome) {
  const FormulaId a = Restrict(f.a, test, outcome);
  if (f.kind == Kind::kNot) return Not(a);
  const FormulaId b = Restrict(f.b, test, outcome);
  if (f.kind == Kind::kAnd) return And(a, b);
  if (f.kind == Kind::kOr) return Or(a, b);
  return If(a, b, Restrict(f.c, test, outcome));
}

TestIndex FormulaPool::FirstTest(FormulaId formula) const {
  while (formulas_[formula].kind != Kind::kLiteral) {
    formula = formulas_[formula].a;
  }
  return formulas_[formula].test();
}

bool FormulaPool::IsConjunction(FormulaId formula,
                                std::vector<Conjunct>* conjuncts) const {
  std::vector<FormulaId> open = {formula};
  while (!open.empty()) {
    const Formula& f = formulas_[open.back()];
    open.pop_back();
    if (!f.total) return false;
    if (f.kind == Kind::kLiteral) {
      conjuncts->push_back({f.test(), RunsOf(f)});
    } else if (f.kind == Kind::kAnd) {
      open.push_back(f.a);
      open.push_back(f.b);
    } else {
      return false;
    }
  }
  return true;
}

void FormulaPool::AddBoundaries(FormulaId formula, TestIndex test,
                                std::vector<Outcome>* starts) const {
  std::vector<FormulaId> open = {formula};
  while (!open.empty()) {
    const FormulaId next = open.back();
    open.pop_back();
    if (!MentionsTest(next, test)) continue;
    const Formula& f = formulas_[next];
    if (f.kind == Kind::kLiteral) {
      for (const auto& [begin, end] : RunsOf(f)) {
        starts->push_back(begin);
        starts->push_back(end);
      }
      continue;
    }
    open.push_back(f.a);
    if (f.kind != Kind::kNot) open.push_back(f.b);
    if (f.kind == Kind::kIf) open.push_back(f.c);
  }
}

}  // namespace sekisho
