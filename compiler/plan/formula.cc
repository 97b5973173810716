#include "compiler/plan/formula.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sekisho {
namespace {

std::vector<TestIndex> Union(const std::vector<TestIndex>& a,
                             const std::vector<TestIndex>& b) {
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

OutcomeRuns Complement(const OutcomeRuns& runs, uint32_t count) {
  OutcomeRuns out;
  Outcome at = 0;
  for (const auto& [begin, end] : runs) {
    if (at < begin) out.emplace_back(at, begin);
    at = end;
  }
  if (at < count) out.emplace_back(at, count);
  return out;
}

OutcomeRuns Intersect(const OutcomeRuns& a, const OutcomeRuns& b) {
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

bool Has(const OutcomeRuns& runs, Outcome outcome) {
  auto it = std::upper_bound(
      runs.begin(), runs.end(), outcome,
      [](Outcome wanted, const auto& run) { return wanted < run.second; });
  return it != runs.end() && it->first <= outcome;
}

}  // namespace

FormulaPool::FormulaPool(std::vector<bool> total,
                         std::vector<uint32_t> outcomes)
    : test_total_(std::move(total)), test_outcomes_(std::move(outcomes)) {
  // The constants, in the order of their numbers.
  formulas_.resize(3);
  facts_.resize(3);
  formulas_[kErrorFormula].total = false;
}

uint32_t FormulaPool::InternRuns(OutcomeRuns runs) {
  auto [it, added] =
      runs_index_.emplace(std::move(runs), static_cast<uint32_t>(runs_.size()));
  if (added) runs_.push_back(it->first);
  return it->second;
}

FormulaId FormulaPool::Make(Formula formula) {
  const bool literal = formula.kind == Kind::kLiteral;
  const Key key(formula.kind, literal ? formula.test : formula.a,
                literal ? formula.runs : formula.b, formula.c);
  auto [it, added] =
      index_.emplace(key, static_cast<FormulaId>(formulas_.size()));
  if (!added) return it->second;
  formula.total =
      literal ? test_total_[formula.test]
              : IsTotal(formula.a) && IsTotal(formula.b) && IsTotal(formula.c);
  facts_.push_back(Derive(formula));
  formulas_.push_back(formula);
  return it->second;
}

FormulaPool::Facts FormulaPool::Derive(const Formula& formula) const {
  Facts facts;
  switch (formula.kind) {
    case Kind::kConstant:
      break;
    case Kind::kLiteral: {
      uint32_t wanted = 0;
      for (const auto& [begin, end] : runs_[formula.runs])
        wanted += end - begin;
      facts.tests = {formula.test};
      facts.requirements = {
          {formula.test,
           1.0f - static_cast<float>(wanted) /
                      static_cast<float>(test_outcomes_[formula.test])}};
      break;
    }
    case Kind::kNot:
      facts.tests = Tests(formula.a);
      break;
    case Kind::kAnd:
      facts.requirements = Requirements(formula.a);
      facts.requirements.insert(facts.requirements.end(),
                                Requirements(formula.b).begin(),
                                Requirements(formula.b).end());
      facts.tests = Union(Tests(formula.a), Tests(formula.b));
      break;
    case Kind::kOr:
      facts.tests = Union(Tests(formula.a), Tests(formula.b));
      break;
    case Kind::kIf:
      facts.tests =
          Union(Tests(formula.a), Union(Tests(formula.b), Tests(formula.c)));
      break;
  }
  return facts;
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
  formula.test = test;
  formula.runs = InternRuns(std::move(runs));
  return Make(std::move(formula));
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
    return Literal(operand.test, Complement(runs_[operand.runs],
                                            test_outcomes_[operand.test]));
  }
  if (IsGuard(a)) return If(operand.a, Not(operand.b), kErrorFormula);
  Formula formula;
  formula.kind = Kind::kNot;
  formula.a = a;
  return Make(std::move(formula));
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
      left.test == right.test) {
    return Literal(left.test, Intersect(runs_[left.runs], runs_[right.runs]));
  }
  Formula formula;
  formula.kind = Kind::kAnd;
  formula.a = a;
  formula.b = b;
  return Make(std::move(formula));
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
      left.test == right.test) {
    OutcomeRuns runs = runs_[left.runs];
    runs.insert(runs.end(), runs_[right.runs].begin(), runs_[right.runs].end());
    return Literal(left.test, std::move(runs));
  }
  Formula formula;
  formula.kind = Kind::kOr;
  formula.a = a;
  formula.b = b;
  return Make(std::move(formula));
}

FormulaId FormulaPool::If(FormulaId condition, FormulaId then,
                          FormulaId otherwise) {
  if (condition == kTrueFormula) return then;
  if (condition == kFalseFormula) return otherwise;
  if (condition == kErrorFormula) return kErrorFormula;
  const Formula test = formulas_[condition];
  if (test.kind == Kind::kLiteral && test.total &&
      test_outcomes_[test.test] == 2) {
    // Under the condition its outcome is known.
    const Outcome holds = runs_[test.runs].front().first;
    then = Restrict(then, test.test, holds);
    otherwise = Restrict(otherwise, test.test, 1 - holds);
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
  return Make(std::move(formula));
}

bool FormulaPool::MentionsTest(FormulaId formula, TestIndex test) const {
  const std::vector<TestIndex>& tests = Tests(formula);
  return std::binary_search(tests.begin(), tests.end(), test);
}

FormulaId FormulaPool::Restrict(FormulaId formula, TestIndex test,
                                Outcome outcome) {
  if (!MentionsTest(formula, test)) return formula;
  const std::tuple<FormulaId, TestIndex, Outcome> key(formula, test, outcome);
  auto it = restricted_.find(key);
  if (it != restricted_.end()) return it->second;
  const Formula f = formulas_[formula];
  FormulaId result = formula;
  switch (f.kind) {
    case Kind::kConstant:
      break;
    case Kind::kLiteral:
      result = outcome == kErrorOutcome      ? kErrorFormula
               : Has(runs_[f.runs], outcome) ? kTrueFormula
                                             : kFalseFormula;
      break;
    case Kind::kNot:
      result = Not(Restrict(f.a, test, outcome));
      break;
    case Kind::kAnd:
      result = And(Restrict(f.a, test, outcome), Restrict(f.b, test, outcome));
      break;
    case Kind::kOr:
      result = Or(Restrict(f.a, test, outcome), Restrict(f.b, test, outcome));
      break;
    case Kind::kIf:
      result = If(Restrict(f.a, test, outcome), Restrict(f.b, test, outcome),
                  Restrict(f.c, test, outcome));
      break;
  }
  restricted_.emplace(key, result);
  return result;
}

TestIndex FormulaPool::FirstTest(FormulaId formula) const {
  while (formulas_[formula].kind != Kind::kLiteral) {
    formula = formulas_[formula].a;
  }
  return formulas_[formula].test;
}

bool FormulaPool::IsConjunction(FormulaId formula,
                                std::vector<Conjunct>* conjuncts) const {
  std::vector<FormulaId> open = {formula};
  while (!open.empty()) {
    const Formula& f = formulas_[open.back()];
    open.pop_back();
    if (!f.total) return false;
    if (f.kind == Kind::kLiteral) {
      conjuncts->push_back({f.test, &runs_[f.runs]});
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
      for (const auto& [begin, end] : runs_[f.runs]) {
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
