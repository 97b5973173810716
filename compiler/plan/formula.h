// Policies as three-valued formulas over tests, the form between syntax trees
// and nodes.
//
// A formula is true, false or an error, depending on the outcomes of its
// tests; the connectives are McCarthy's: the left operand decides first, so
// false && error = false and error && false = error. As a function of all
// outcomes it may be evaluated in any order of tests, which is what the
// planner does by restricting it, one outcome at a time.
//
// Formulas are hash-consed: equal ones have equal numbers.
#ifndef SEKISHO_COMPILER_PLAN_FORMULA_H_
#define SEKISHO_COMPILER_PLAN_FORMULA_H_

#include <cstdint>
#include <deque>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "engine/base/interner.h"
#include "engine/graph/graph.h"

namespace sekisho {

using FormulaId = uint32_t;
inline constexpr FormulaId kFalseFormula = 0;
inline constexpr FormulaId kTrueFormula = 1;
inline constexpr FormulaId kErrorFormula = 2;

// Which outcomes of a test make a literal true: ascending, disjoint, half-open
// runs of outcomes.
using OutcomeRun = std::pair<Outcome, Outcome>;
using OutcomeRuns = std::vector<OutcomeRun>;

// The policies that can matter in one environment, each with its formula or
// what is left of it, ascending by policy.
using PolicyFormulas = std::vector<std::pair<PolicyIndex, FormulaId>>;

class FormulaPool {
 public:
  // `total[t]`: test t cannot fail. `outcomes[t]`: how many outcomes it has,
  // the error apart.
  FormulaPool(std::vector<bool> total, std::vector<uint32_t> outcomes);
  FormulaPool(const FormulaPool&) = delete;
  FormulaPool& operator=(const FormulaPool&) = delete;

  // True for the outcomes in `runs`, an error if the test fails, else false.
  FormulaId Literal(TestIndex test, OutcomeRuns runs);
  FormulaId Not(FormulaId a);
  FormulaId And(FormulaId a, FormulaId b);
  FormulaId Or(FormulaId a, FormulaId b);
  FormulaId If(FormulaId condition, FormulaId then, FormulaId otherwise);

  // The formula once the test is known to have that outcome.
  FormulaId Restrict(FormulaId formula, TestIndex test, Outcome outcome);

  // What must be true of the outcomes of tests that cannot fail, all of it.
  // False if the formula says more than that, or less.
  struct Conjunct {
    TestIndex test;
    absl::Span<const OutcomeRun> runs;
  };
  bool IsConjunction(FormulaId formula, std::vector<Conjunct>* conjuncts) const;

  // The tests it depends on, ascending.
  absl::Span<const TestIndex> Tests(FormulaId formula) const {
    return tests_[formulas_[formula].tests];
  }
  // True if no outcome makes it an error.
  bool IsTotal(FormulaId formula) const { return formulas_[formula].total; }

  // A test whose other outcomes make the formula false, and the share of its
  // outcomes that do. Tests behind a condition are left out: a test of an
  // entity's attribute may be asked only once the entity is known to be there.
  struct Requirement {
    TestIndex test;
    float share;

    bool operator==(const Requirement&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Requirement& r) {
      return H::combine(std::move(h), r.test, r.share);
    }
  };
  absl::Span<const Requirement> Requirements(FormulaId formula) const {
    return requirements_[formulas_[formula].requirements];
  }
  // The test that decides first in source order. REQUIRES: it has tests.
  TestIndex FirstTest(FormulaId formula) const;
  // The outcomes at which a literal of `test` in `formula` changes its value,
  // added to *starts, unsorted.
  void AddBoundaries(FormulaId formula, TestIndex test,
                     std::vector<Outcome>* starts) const;

 private:
  enum class Kind : uint8_t { kConstant, kLiteral, kNot, kAnd, kOr, kIf };
  struct Formula {
    Kind kind = Kind::kConstant;
    bool total = true;
    // The operands; of a literal its test, and the number of its runs.
    FormulaId a = 0;
    FormulaId b = 0;
    FormulaId c = 0;
    // What the planner asks of a formula, derived when it is made: numbers of
    // `tests_` and `requirements_`.
    uint32_t tests = 0;
    uint32_t requirements = 0;

    TestIndex test() const { return a; }
    // Not the derived.
    bool operator==(const Formula& other) const {
      return kind == other.kind && a == other.a && b == other.b && c == other.c;
    }
    template <typename H>
    friend H AbslHashValue(H h, const Formula& f) {
      return H::combine(std::move(h), f.kind, f.a, f.b, f.c);
    }
  };

  FormulaId Make(Formula formula);
  void Derive(Formula* formula);
  absl::Span<const OutcomeRun> RunsOf(const Formula& literal) const {
    return runs_[literal.b];
  }
  // Restrict, of a formula with operands.
  FormulaId RestrictOperands(const Formula& f, TestIndex test, Outcome outcome);
  bool MentionsTest(FormulaId formula, TestIndex test) const;
  // If(guard, inner, error): what a test of an entity that may be absent
  // becomes.
  bool IsGuard(FormulaId formula) const;

  std::vector<bool> test_total_;
  std::vector<uint32_t> test_outcomes_;
  SequenceInterner<OutcomeRun> runs_;
  SequenceInterner<TestIndex> tests_;
  SequenceInterner<Requirement> requirements_;
  std::deque<Formula> formulas_;
  NumberIndex<Formula, std::deque<Formula>> index_{&formulas_};
  // What Restrict has found of late, of formulas with operands.
  absl::flat_hash_map<std::tuple<FormulaId, TestIndex, Outcome>, FormulaId>
      restricted_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_PLAN_FORMULA_H_
