// Every error and warning of the five files, as an author sees it: the small
// matrix with one thing spoilt, and what is then printed. A new case is a row
// here and, after an update (see golden.h), a section of the golden.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/matrix/golden.h"
#include "compiler/matrix/small_matrix.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

struct Case {
  const char* name;
  std::string MatrixTexts::*file;
  const char* from;
  const char* to;
};

constexpr auto kMatrix = &MatrixTexts::matrix;
constexpr auto kColumns = &MatrixTexts::columns;
constexpr auto kVocabulary = &MatrixTexts::vocabulary;
constexpr auto kCorrections = &MatrixTexts::corrections;
constexpr auto kChecks = &MatrixTexts::checks;

constexpr Case kCases[] = {
    {"nothing spoilt", kMatrix, "", ""},

    // Cells and the vocabulary.
    {"a phrase without an entry", kMatrix, "看護師", "看護婦"},
    {"an entry by its alias", kMatrix, "医師", "ドクター"},
    {"a phrase of a list without an entry", kMatrix, "、処方箋", "、処方せん"},
    {"text after a phrase of a list", kMatrix, "診療記録、", "診療記録簿、"},
    {"a phrase of a formula without an entry", kMatrix, "旅券", "旅行券"},
    {"an empty cell", kMatrix, "医師", ""},
    {"a cell of separators only", kMatrix, "診療記録、処方箋", "、"},
    {"phrases of a formula side by side", kMatrix, "旅券及び", "旅券"},
    {"no phrase before a connective", kMatrix, "職員証 又は", "又は"},
    {"no phrase after a connective", kMatrix, "及び指紋", "及び"},
    {"two connectives", kMatrix, "旅券及び", "旅券及び又は"},
    {"a connective in a list", kMatrix, "診療記録、", "診療記録及び"},
    {"an alternative without a condition", kVocabulary, "context.card", "-"},

    // The matrix.
    {"a number without its pair", kMatrix, "\t①-4", "\t"},
    {"a number used twice", kMatrix, "①-4\t①-2", "①-4\t①-1"},
    {"too few cells", kMatrix, "\t急ぎ", ""},
    {"text after the last cell", kMatrix, "\t急ぎ", "\t急ぎ\t\tもう一つ"},
    {"no service", kMatrix, "①診療サービス", ""},
    {"two texts left of the numbers", kMatrix, "①診療サービス",
     "分類\t①診療サービス"},
    {"no headers", kMatrix, "\t\t\t職種\t文書\t方法\t\n", ""},
    {"headers that no column has", kColumns, "職種", "役割"},
    {"a line that is no row", kMatrix, "①-4\t①-2\t看", "4\t2\t看"},
    {"a remark with a number", kMatrix, "凡例", "①-3"},
    {"an empty matrix", kMatrix, nullptr, ""},

    // columns.tsv.
    {"a misspelt header of a table", kColumns, "becomes", "become"},
    {"a header twice", kColumns, "english", "header"},
    {"too many cells", kColumns, "store\n", "store\tlog\tmore\n"},
    {"a line that ends too early", kColumns, "\tformula\trequest\tlog, warn",
     ""},
    {"a column without a header", kColumns, "\tobliges", ""},
    {"an annotation that obliges", kColumns, "\t-\n", "\t-\tlog\n"},
    {"two columns of one key", kColumns, "login", "role"},
    {"two columns of one header", kColumns, "方法", "文書"},
    {"a key that is no identifier", kColumns, "login", "log-in"},
    {"a key that is taken", kColumns, "login", "service"},
    {"an unknown grammar", kColumns, "formula", "formulas"},
    {"no columns.tsv", kColumns, nullptr, ""},

    // vocabulary.tsv.
    {"an unknown column", kVocabulary, "document\t診", "documents\t診"},
    {"two entries of one phrase", kVocabulary, "\t処方箋", "\t診療記録"},
    {"an alias that has an entry", kVocabulary, "医者", "看護師"},
    {"an empty alias", kVocabulary, "医者 | ", "医者 |  | "},
    {"an empty phrase", kVocabulary, "\t旅券", "\t"},
    {"no meaning", kVocabulary, "context.card", ""},
    {"a condition that does not parse", kVocabulary, "context.card",
     "context.card &&"},
    {"an unknown kind of finding", kVocabulary, "\todd\t", "\tstrange\t"},
    {"a finding without a note", kVocabulary, "Only on duty.", ""},
    {"a phrase that is a connective", kVocabulary, "旅券", "及び"},
    {"a connective without a meaning", kVocabulary, "\tor\n", "\txor\n"},
    {"an entry that is not used", kVocabulary, "login\t旅券",
     "login\t印鑑\tcontext.seal\nlogin\t旅券"},
    {"a restatement that holds", kVocabulary, "context.finger",
     "restates role 医師 | 看護師"},
    {"a restatement that does not hold", kVocabulary, "context.finger",
     "restates role 看護師"},
    {"a restatement of an unknown column", kVocabulary, "context.finger",
     "restates roles 看護師"},
    {"a restatement of an unknown phrase", kVocabulary, "context.finger",
     "restates role 看護婦"},
    {"help in one language", kVocabulary, "note\n",
     "note\thelp\nlogin\t印鑑\tcontext.seal\tseal\t\t\t\tBring it.\n"},
    {"help that names no column", kVocabulary, "note\n",
     "note\thelp\nlogin\t印鑑\tcontext.seal\tseal\t\t\t\tA {logn} | {login}\n"},
    {"help for what is no condition", kVocabulary, "note\n",
     "note\thelp\nremark\t後で\t-\tlater\t\t\t\tWait. | お待ちください\n"},

    // corrections.tsv.
    {"a correction of an unknown use case", kCorrections, "①-2", "①-9"},
    {"a correction by the old number", kCorrections, "①-2", "①-4"},
    {"a correction of an unknown column", kCorrections, "login", "logins"},
    {"a stale correction", kCorrections, "\t職員証", "\t旅券"},
    {"a correction of nothing", kCorrections, "指紋", "職員証"},
    {"a correction without a reason", kCorrections, "The card has no chip.",
     ""},
    {"an adopted text without an entry", kCorrections, "指紋", "親指の指紋"},
    {"a cell corrected twice", kCorrections, "The card has no chip.\n",
     "Once.\n①-2\tlogin\t職員証\t旅券\tTwice.\n"},

    // checks.tsv.
    {"a term that is no test", kChecks, "role=看護師", "role>看護師"},
    {"a test of an unknown column", kChecks, "role=", "rule="},
    {"a finding at an unknown column", kChecks, "\tdocument", "\tdocuments"},
    {"a finding of an unknown kind", kChecks, "incomplete", "incompleet"},
    {"a check without a message", kChecks, "A nurse without records.", ""},
    {"a check that finds nothing", kChecks, "role=看護師", "role=薬剤師"},

    // Rows to rules.
    {"two principals", kVocabulary, "context.prescription",
     "principal is Pharmacist"},
    {"two actions in one entry", kVocabulary, "context.record",
     "action == Action::\"print\""},
};

TEST(MatrixErrorsTest, AreReportedAtTheirPlace) {
  std::string text =
      "What is printed when one thing of the small matrix is spoilt. Written "
      "by\n//compiler/matrix:errors_test; see golden.h.\n";
  for (const Case& spoilt : kCases) {
    MatrixTexts texts = SmallMatrix();
    std::string& file = texts.*spoilt.file;
    if (spoilt.from == nullptr) {
      file = spoilt.to;
    } else {
      Spoil(&file, spoilt.from, spoilt.to);
    }
    const SmallReading result(texts);
    absl::StrAppend(&text, "\n=== ", spoilt.name, "\n",
                    result.diagnostics.ToString());
    // A row that was not understood must not become a rule.
    if (result.policies.size() != 2) {
      absl::StrAppend(&text, "rules: ", result.policies.size(), "\n");
    }
  }
  ExpectGolden("compiler/matrix/testdata/errors.golden", text);
}

TEST(MatrixErrorsTest, AreReportedInOneGo) {
  MatrixTexts texts = SmallMatrix();
  Spoil(&texts.matrix, "医師", "医");
  Spoil(&texts.matrix, "処方箋", "処方");
  Spoil(&texts.vocabulary, "context.finger", "context.");
  Spoil(&texts.vocabulary, "\todd\t", "\tstrange\t");
  Spoil(&texts.corrections, "login", "logins");
  Spoil(&texts.checks, "incomplete", "incompleet");
  const SmallReading result(texts);
  EXPECT_EQ(result.diagnostics.error_count(), 6u)
      << result.diagnostics.ToString();
}

TEST(MatrixErrorsTest, StopAtAnEnd) {
  MatrixTexts texts = SmallMatrix();
  for (int i = 0; i < 5000; ++i) texts.vocabulary += "nothing\tx\t-\n";
  const SmallReading result(texts);
  EXPECT_EQ(result.diagnostics.error_count(), 1001u);
  EXPECT_EQ(result.diagnostics.all().back().message,
            "too many errors; reading stops here");
  EXPECT_TRUE(result.policies.empty());
}

}  // namespace
}  // namespace sekisho
