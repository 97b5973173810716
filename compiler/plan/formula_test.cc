// Every small formula over three tests is held to the truth table that
// McCarthy's connectives give it.
#include "compiler/plan/formula.h"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

enum Truth : uint8_t { kFalse, kTrue, kError };

// Tests 0 (boolean, total), 1 (boolean) and 2 (of three symbols and others).
const std::vector<bool> kTotal = {true, false, false};
const std::vector<uint32_t> kOutcomes = {2, 2, 4};

using Assignment = std::array<Outcome, 3>;

// Every outcome of every test, errors included.
const std::vector<Assignment>& Assignments() {
  static const auto* const all = new std::vector<Assignment>([] {
    std::vector<Assignment> out;
    for (Outcome a : {0u, 1u}) {
      for (Outcome b : {0u, 1u, kErrorOutcome}) {
        for (Outcome c : {0u, 1u, 2u, 3u, kErrorOutcome}) {
          out.push_back({a, b, c});
        }
      }
    }
    return out;
  }());
  return *all;
}

// A truth for each of Assignments().
using Table = std::vector<Truth>;

struct Entry {
  FormulaId formula;
  Table table;
};

class FormulaTest : public testing::Test {
 protected:
  Entry Constant(FormulaId formula, Truth truth) {
    return {formula, Table(Assignments().size(), truth)};
  }
  Entry Literal(TestIndex test, const std::vector<Outcome>& wanted) {
    OutcomeRuns runs;
    for (Outcome outcome : wanted) runs.emplace_back(outcome, outcome + 1);
    Table table;
    for (const Assignment& assignment : Assignments()) {
      const Outcome outcome = assignment[test];
      table.push_back(outcome == kErrorOutcome ? kError
                      : std::count(wanted.begin(), wanted.end(), outcome)
                          ? kTrue
                          : kFalse);
    }
    return {pool_.Literal(test, runs), table};
  }
  template <typename F>
  static Table Combine(const Entry& a, F f) {
    Table table;
    for (size_t i = 0; i < a.table.size(); ++i) table.push_back(f(i));
    return table;
  }
  Entry Not(const Entry& a) {
    return {pool_.Not(a.formula), Combine(a, [&](size_t i) {
              return a.table[i] == kError  ? kError
                     : a.table[i] == kTrue ? kFalse
                                           : kTrue;
            })};
  }
  Entry And(const Entry& a, const Entry& b) {
    return {pool_.And(a.formula, b.formula), Combine(a, [&](size_t i) {
              return a.table[i] == kTrue ? b.table[i] : a.table[i];
            })};
  }
  Entry Or(const Entry& a, const Entry& b) {
    return {pool_.Or(a.formula, b.formula), Combine(a, [&](size_t i) {
              return a.table[i] == kFalse ? b.table[i] : a.table[i];
            })};
  }
  Entry If(const Entry& a, const Entry& b, const Entry& c) {
    return {pool_.If(a.formula, b.formula, c.formula),
            Combine(a, [&](size_t i) {
              return a.table[i] == kTrue    ? b.table[i]
                     : a.table[i] == kFalse ? c.table[i]
                                            : kError;
            })};
  }

  // Constants, and literals of every kind.
  std::vector<Entry> Leaves() {
    return {Constant(kFalseFormula, kFalse),
            Constant(kTrueFormula, kTrue),
            Constant(kErrorFormula, kError),
            Literal(0, {1}),
            Literal(0, {0}),
            Literal(1, {1}),
            Literal(1, {0}),
            Literal(2, {0}),
            Literal(2, {1, 2}),
            Literal(2, {0, 3}),
            Literal(2, {}),
            Literal(2, {0, 1, 2, 3}),
            Literal(0, {}),
            Literal(0, {0, 1})};
  }

  void Check(const Entry& entry) {
    const FormulaId formula = entry.formula;
    auto [seen, added] = tables_.emplace(formula, entry.table);
    ASSERT_EQ(seen->second, entry.table) << "two functions with one number";
    if (!added) return;
    const bool errs =
        std::count(entry.table.begin(), entry.table.end(), kError) > 0;
    if (pool_.IsTotal(formula)) {
      ASSERT_FALSE(errs);
    }
    const absl::Span<const TestIndex> tests = pool_.Tests(formula);
    ASSERT_TRUE(std::is_sorted(tests.begin(), tests.end()));
    // In an order that is not always the same.
    std::array<TestIndex, 3> order = {0, 1, 2};
    for (FormulaId n = formula % 6; n > 0; --n) {
      std::next_permutation(order.begin(), order.end());
    }
    for (size_t i = 0; i < Assignments().size(); ++i) {
      const Assignment& assignment = Assignments()[i];
      FormulaId rest = formula;
      for (TestIndex test : order) {
        rest = pool_.Restrict(rest, test, assignment[test]);
        const absl::Span<const TestIndex> left = pool_.Tests(rest);
        ASSERT_EQ(std::count(left.begin(), left.end(), test), 0);
      }
      ASSERT_EQ(rest, entry.table[i] == kTrue    ? kTrueFormula
                      : entry.table[i] == kFalse ? kFalseFormula
                                                 : kErrorFormula);
      // What decides first is in the formula, and if it fails, all does.
      if (!tests.empty() &&
          assignment[pool_.FirstTest(formula)] == kErrorOutcome) {
        ASSERT_EQ(entry.table[i], kError);
      }
    }
    CheckBoundaries(entry);
  }

  // Between two boundaries of a test its outcomes make no difference.
  void CheckBoundaries(const Entry& entry) {
    std::vector<Outcome> starts;
    pool_.AddBoundaries(entry.formula, 2, &starts);
    for (size_t i = 0; i < Assignments().size(); ++i) {
      Assignment before = Assignments()[i];
      const Outcome outcome = before[2];
      if (outcome == 0 || outcome == kErrorOutcome ||
          std::count(starts.begin(), starts.end(), outcome) > 0) {
        continue;
      }
      --before[2];
      const auto at = static_cast<size_t>(
          std::find(Assignments().begin(), Assignments().end(), before) -
          Assignments().begin());
      ASSERT_EQ(entry.table[i], entry.table[at]);
    }
  }

  FormulaPool pool_{kTotal, kOutcomes};
  std::map<FormulaId, Table> tables_;
};

TEST_F(FormulaTest, EverySmallFormulaIsItsTruthTable) {
  const std::vector<Entry> leaves = Leaves();
  std::vector<Entry> small = leaves;
  for (const Entry& a : leaves) {
    small.push_back(Not(a));
    for (const Entry& b : leaves) {
      small.push_back(And(a, b));
      small.push_back(Or(a, b));
      for (const Entry& c : leaves) small.push_back(If(a, b, c));
    }
  }
  for (const Entry& entry : small) ASSERT_NO_FATAL_FAILURE(Check(entry));
  for (const Entry& a : small) {
    ASSERT_NO_FATAL_FAILURE(Check(Not(a)));
    for (const Entry& b : leaves) {
      ASSERT_NO_FATAL_FAILURE(Check(And(a, b)));
      ASSERT_NO_FATAL_FAILURE(Check(And(b, a)));
      ASSERT_NO_FATAL_FAILURE(Check(Or(a, b)));
      ASSERT_NO_FATAL_FAILURE(Check(Or(b, a)));
      ASSERT_NO_FATAL_FAILURE(Check(If(a, b, leaves[2])));
      ASSERT_NO_FATAL_FAILURE(Check(If(b, a, leaves[2])));
      ASSERT_NO_FATAL_FAILURE(Check(If(b, leaves[0], a)));
    }
  }
  EXPECT_GT(tables_.size(), 10'000u);
}

TEST_F(FormulaTest, RandomLargerFormulas) {
  std::mt19937 random(11);
  std::vector<Entry> entries = Leaves();
  auto pick = [&]() -> const Entry& {
    return entries[random() % entries.size()];
  };
  for (int i = 0; i < 3000; ++i) {
    const Entry a = pick(), b = pick(), c = pick();
    switch (random() % 4) {
      case 0:
        entries.push_back(Not(a));
        break;
      case 1:
        entries.push_back(And(a, b));
        break;
      case 2:
        entries.push_back(Or(a, b));
        break;
      default:
        entries.push_back(If(a, b, c));
    }
    ASSERT_NO_FATAL_FAILURE(Check(entries.back()));
    if (entries.size() > 200) entries.erase(entries.begin() + 14);
  }
}

TEST_F(FormulaTest, EqualLiteralsAreOneFormula) {
  auto literal = [&](OutcomeRuns runs) { return pool_.Literal(2, runs); };
  EXPECT_EQ(literal({{0, 1}, {1, 2}}), literal({{0, 2}}));
  EXPECT_EQ(literal({{1, 3}, {0, 2}, {2, 2}}), literal({{0, 3}}));
  EXPECT_NE(literal({{0, 1}, {2, 3}}), literal({{0, 3}}));
  EXPECT_EQ(pool_.And(literal({{0, 2}}), literal({{1, 4}})), literal({{1, 2}}));
  EXPECT_EQ(pool_.Or(literal({{0, 1}}), literal({{1, 4}})), literal({{0, 4}}));
  EXPECT_EQ(pool_.Not(literal({{1, 2}})), literal({{0, 1}, {2, 4}}));
  // A literal that may fail is not a constant even if it has but one value.
  EXPECT_NE(literal({{0, 4}}), kTrueFormula);
  EXPECT_NE(literal({}), kFalseFormula);
  EXPECT_EQ(pool_.Literal(0, {{0, 2}}), kTrueFormula);
  EXPECT_EQ(pool_.Literal(0, {}), kFalseFormula);
}

TEST_F(FormulaTest, RequirementsAreTheTestsThatRuleOut) {
  const FormulaId a = pool_.Literal(0, {{1, 2}});
  const FormulaId b = pool_.Literal(2, {{0, 1}});
  auto text = [&](FormulaId formula) {
    std::string out;
    for (const FormulaPool::Requirement& r : pool_.Requirements(formula)) {
      out += "t" + std::to_string(r.test) + " " +
             std::to_string(static_cast<int>(r.share * 100)) + "% ";
    }
    return out;
  };
  EXPECT_EQ(text(pool_.And(a, b)), "t0 50% t2 75% ");
  EXPECT_EQ(text(pool_.Or(a, b)), "");
  EXPECT_EQ(text(pool_.Not(b)), "t2 25% ");
  // Under a guard, nothing.
  EXPECT_EQ(text(pool_.If(a, b, kErrorFormula)), "");
}

}  // namespace
}  // namespace sekisho
