// The government's matrix, whole: what is read of it, what is found in it, and
// the rules that it becomes, each beside its golden.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/printer.h"
#include "compiler/matrix/golden.h"
#include "compiler/matrix/lower_rows.h"
#include "compiler/matrix/read.h"
#include "compiler/matrix/show.h"
#include "compiler/matrix/usecases.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kFolder[] = "policies/healthcare/";
constexpr size_t kUseCases = 39;
constexpr size_t kCellsPerRow = 19;

class HealthcareTest : public testing::Test {
 protected:
  HealthcareTest() : diagnostics_(&sources_) {
    files_.matrix = Add("usecase-matrix.txt");
    files_.columns = Add("columns.tsv");
    files_.vocabulary = Add("vocabulary.tsv");
    files_.corrections = Add("corrections.tsv");
    files_.checks = Add("checks.tsv");
    reading_ = ReadMatrix(sources_, files_, &diagnostics_);
    policies_ = LowerRows(reading_, &diagnostics_);
  }

  SourceId Add(const std::string& name) {
    return sources_.Add(name, ReadTestFile(kFolder + name));
  }

  static std::string Golden(const std::string& name) {
    return absl::StrCat(kFolder, "golden/", name);
  }

  SourceSet sources_;
  MatrixSources files_;
  Diagnostics diagnostics_;
  MatrixReading reading_;
  std::vector<Policy> policies_;
};

TEST_F(HealthcareTest, IsReadWithoutErrors) {
  EXPECT_EQ(diagnostics_.ToString(), "");
  ASSERT_EQ(reading_.matrix.rows.size(), kUseCases);
  ASSERT_EQ(reading_.rows.size(), kUseCases);
  EXPECT_EQ(policies_.size(), kUseCases);
  for (size_t i = 0; i < kUseCases; ++i) {
    EXPECT_EQ(reading_.matrix.rows[i].cells.size(), kCellsPerRow);
    EXPECT_TRUE(reading_.rows[i].understood);
  }
}

TEST_F(HealthcareTest, UseCases) {
  ExpectGolden(Golden("usecases.tsv"), UseCaseTable(sources_, reading_.matrix));
}

TEST_F(HealthcareTest, Findings) {
  ExpectGolden(Golden("findings.txt"),
               FindingList(sources_, reading_.matrix, reading_.findings));
}

TEST_F(HealthcareTest, Rules) {
  ExpectGolden(Golden("policies.cedar"),
               RuleText(sources_, reading_, policies_));
}

// What people read is what is compiled.
TEST_F(HealthcareTest, RulesParseToWhatTheyWerePrintedFrom) {
  const SourceId text =
      sources_.Add("policies.cedar", RuleText(sources_, reading_, policies_));
  Diagnostics diagnostics(&sources_);
  const std::vector<Policy> parsed =
      ParsePolicies(sources_, text, &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "");
  ASSERT_EQ(parsed.size(), policies_.size());
  for (size_t i = 0; i < parsed.size(); ++i) {
    EXPECT_EQ(PrintPolicy(parsed[i]), PrintPolicy(policies_[i]));
  }
}

// Every text of the source is a header, a service, a number, a cell or a
// remark outside the tables.
TEST_F(HealthcareTest, NothingIsDropped) {
  std::set<uint32_t> known;
  const auto add = [&](const TableCell& cell) {
    known.insert(Trimmed(cell).span.begin);
  };
  const Matrix& matrix = reading_.matrix;
  for (const MatrixTable& table : matrix.tables) {
    for (const TableCell& cell : table.top_headers.cells) add(cell);
    for (const TableCell& cell : table.headers.cells) add(cell);
  }
  for (const MatrixRow& row : matrix.rows) {
    if (row.prints_service) add(row.service);
    add(row.old_number);
    add(row.number);
    for (const TableCell& cell : row.cells) add(cell);
  }
  for (const TableCell& cell : matrix.unread) add(cell);

  size_t texts = 0;
  for (const TableLine& line :
       SplitTable(sources_, files_.matrix, &diagnostics_)) {
    for (const TableCell& cell : line.cells) {
      const TableCell text = Trimmed(cell);
      if (text.text.empty()) continue;
      ++texts;
      EXPECT_TRUE(known.contains(text.span.begin))
          << "line " << line.line << ": " << text.text;
    }
  }
  // 39 rows of 21, 7 services, 29 + 28 headers, 2 remarks.
  EXPECT_EQ(texts, kUseCases * (kCellsPerRow + 2) + 7 + 57 + 2);
}

// Old numbers mislead: ten of them are the new numbers of other rows.
TEST_F(HealthcareTest, TenOldNumbersAreOtherRows) {
  EXPECT_EQ(std::count_if(reading_.findings.begin(), reading_.findings.end(),
                          [](const Finding& finding) {
                            return finding.message.find(
                                       "is the new number of another row") !=
                                   std::string::npos;
                          }),
            10);
}

// What has no condition in any row must be so on purpose.
TEST_F(HealthcareTest, EveryConditionColumnConstrainsEveryRow) {
  std::string missing;
  for (size_t row = 0; row < kUseCases; ++row) {
    for (size_t i = 0; i < kCellsPerRow; ++i) {
      if (reading_.matrix.columns[i].becomes != Becomes::kCondition) continue;
      const CellReading& cell = reading_.rows[row].cells[i];
      if (cell.meaning.condition != nullptr) continue;
      absl::StrAppend(&missing, reading_.matrix.rows[row].number.text, " ",
                      reading_.matrix.columns[i].key, "\n");
    }
  }
  ExpectGolden(Golden("unconstrained.txt"), missing);
}

TEST_F(HealthcareTest, ShowsACorrectedUseCase) {
  const auto row = reading_.matrix.FindRow("②-3");
  ASSERT_TRUE(row.has_value());
  ExpectGolden("compiler/matrix/testdata/show.golden",
               ShowUseCase(sources_, reading_, *row, &policies_[*row]));
  ExpectGolden(
      "compiler/matrix/testdata/show.json",
      UseCaseJson(sources_, reading_, *row, &policies_[*row]).dump(2) + "\n");
}

}  // namespace
}  // namespace sekisho
