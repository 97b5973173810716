// Promise 6 on all near misses of the healthcare policies: the explanation
// names the one cell that stood in the way, and what it suggests helps.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/explain.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cases/healthcare.h"
#include "tests/explain/edited_case.h"

namespace sekisho {
namespace {

const Artifact& HealthcareArtifact() {
  static const auto* const kArtifact = new std::shared_ptr<const Artifact>(
      *Artifact::FromBytes(Healthcare().compilation.artifact));
  return **kArtifact;
}

Explanation ExplainCase(const Case& c) {
  MemoryEntities entities(EntitiesOf(Healthcare().set, c));
  auto explanation = Explain(HealthcareArtifact(), c.request, entities);
  if (!explanation.ok()) {
    ADD_FAILURE() << explanation.status();
    return {};
  }
  return *std::move(explanation);
}

// What the explanation says of that use case, or nullptr.
const PolicyReport* Find(const Explanation& explanation,
                         const std::string& use_case) {
  for (const PolicyReport& report : explanation.nearest) {
    if (report.info.id == use_case) return &report;
  }
  return nullptr;
}

// Applies the edits and decides again.
void ExpectPermit(const Case& c, const EditSet& edits) {
  EditedCase edited = ApplyEdits(Healthcare().set, c, edits);
  ASSERT_EQ(edited.errors, "");
  MemoryEntities entities(std::move(edited.entities));
  const auto decision = Decide(HealthcareArtifact(), edited.request, entities);
  ASSERT_TRUE(decision.ok()) << decision.status();
  EXPECT_TRUE(decision->permitted()) << edits[0].path;
  EXPECT_THAT(PolicyIds(decision->determining),
              testing::Contains(c.request_name))
      << edits[0].path;
}

template <typename F>
void ForEachNearMiss(F f) {
  size_t count = 0;
  for (const Case& c : Healthcare().set.cases) {
    if (!c.is_near_miss() || c.expect != Expectation::kDeny) continue;
    SCOPED_TRACE(Describe(c));
    f(c);
    ++count;
  }
  EXPECT_GT(count, 500u);
}

TEST(ExplainNearMissTest, ExactlyTheFailingCellIsNamed) {
  std::map<size_t, int> ranks;
  ForEachNearMiss([&](const Case& c) {
    const Explanation explanation = ExplainCase(c);
    EXPECT_EQ(explanation.decision.cause, Cause::kNotCovered);
    const PolicyReport* report = Find(explanation, c.request_name);
    ASSERT_NE(report, nullptr);
    ++ranks[static_cast<size_t>(report - explanation.nearest.data())];
    ASSERT_EQ(report->cells.size(), 1u);
    EXPECT_EQ(report->cells[0].column, c.column);
    EXPECT_FALSE(report->cells[0].found.empty());
    EXPECT_FALSE(report->cells[0].wanted.english.empty());
    EXPECT_FALSE(report->cells[0].wanted.japanese.empty());
  });
  for (const auto& [rank, count] : ranks) {
    RecordProperty(absl::StrCat("rank_", rank), count);
  }
  EXPECT_GT(ranks[0], 500);
}

TEST(ExplainNearMissTest, AppliedSuggestionsPermit) {
  size_t near_misses = 0;
  size_t with_edits = 0;
  size_t options = 0;
  std::map<std::string, int> without;
  ForEachNearMiss([&](const Case& c) {
    const Explanation explanation = ExplainCase(c);
    const PolicyReport* report = Find(explanation, c.request_name);
    ASSERT_NE(report, nullptr);
    ASSERT_EQ(report->cells.size(), 1u);
    ++near_misses;
    const CellReport& cell = report->cells[0];
    for (const EditSet& edits : cell.options) {
      ++options;
      ExpectPermit(c, edits);
    }
    EXPECT_EQ(report->plan.empty(), cell.options.empty());
    if (cell.options.empty()) {
      ++without[c.column];
    } else {
      ++with_edits;
      ExpectPermit(c, report->plan);
    }
  });
  RecordProperty("near_misses", static_cast<int>(near_misses));
  RecordProperty("with_edits", static_cast<int>(with_edits));
  std::string missing;
  for (const auto& [column, count] : without) {
    absl::StrAppend(&missing, " ", column, ": ", count);
  }
  std::cout << with_edits << " of " << near_misses << " near misses have "
            << options << " suggestions; without:" << missing << "\n";
  EXPECT_GE(with_edits * 100, near_misses * 70);
}

}  // namespace
}  // namespace sekisho
