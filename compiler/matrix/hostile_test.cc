// Whatever bytes the five files hold, reading them ends, with clear errors or
// without, and every place that it gives is a place in its file.
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/matrix/show.h"
#include "compiler/matrix/small_matrix.h"
#include "compiler/matrix/usecases.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr std::string MatrixTexts::*kFiles[] = {
    &MatrixTexts::matrix, &MatrixTexts::columns, &MatrixTexts::vocabulary,
    &MatrixTexts::corrections, &MatrixTexts::checks};

void CheckSpan(const SmallReading& result, const Span& span) {
  ASSERT_LT(span.source, result.sources.size());
  ASSERT_LE(span.begin, span.end);
  ASSERT_LE(span.end, result.sources.text(span.source).size());
}

// Reads, lowers, shows and prints everything.
void ReadAll(const MatrixTexts& texts) {
  const SmallReading result(texts);
  for (const Diagnostic& diagnostic : result.diagnostics.all()) {
    CheckSpan(result, diagnostic.span);
  }
  for (const Finding& finding : result.reading.findings) {
    CheckSpan(result, finding.span);
  }
  (void)result.diagnostics.ToString();
  (void)UseCaseTable(result.sources, result.reading.matrix);
  (void)FindingList(result.sources, result.reading.matrix,
                    result.reading.findings);
  (void)RuleText(result.sources, result.reading, result.policies);
  for (size_t i = 0; i < result.reading.rows.size(); ++i) {
    (void)ShowUseCase(result.sources, result.reading, i, nullptr);
    (void)UseCaseJson(result.sources, result.reading, i, nullptr).dump();
  }
}

// The pieces that files are made of, and some that they are not.
constexpr absl::string_view kPieces[] = {"\t",
                                         "\n",
                                         "\r\n",
                                         "#",
                                         "①-1",
                                         "①-2",
                                         "医師",
                                         "又は",
                                         "及び",
                                         "、",
                                         "職種",
                                         "*",
                                         " | ",
                                         " & ",
                                         "=",
                                         "~",
                                         "!~",
                                         "-",
                                         "or",
                                         "role",
                                         "restates ",
                                         "restates role ",
                                         "restates role 医師",
                                         "&&",
                                         "(",
                                         "principal is X",
                                         "context.a",
                                         "odd",
                                         "\"",
                                         "\xE3\x80\x80",
                                         "",
                                         "\xEF\xBB\xBF",
                                         "service",
                                         "condition"};

TEST(HostileMatrixTest, ChangedFiles) {
  std::minstd_rand random(39);
  for (int round = 0; round < 1500; ++round) {
    MatrixTexts texts = SmallMatrix();
    for (int change = static_cast<int>(random() % 4); change >= 0; --change) {
      std::string& file = texts.*kFiles[random() % 5];
      // Between characters, so that the text stays UTF-8.
      size_t at = random() % (file.size() + 1);
      while (at < file.size() && (file[at] & 0xC0) == 0x80) ++at;
      size_t end = std::min(file.size(), at + random() % 30);
      while (end < file.size() && (file[end] & 0xC0) == 0x80) ++end;
      const absl::string_view piece = kPieces[random() % std::size(kPieces)];
      file.replace(at, random() % 2 == 0 ? 0 : end - at, piece.data(),
                   piece.size());
    }
    ReadAll(texts);
  }
}

TEST(HostileMatrixTest, FilesOfPieces) {
  std::minstd_rand random(19);
  for (int round = 0; round < 1000; ++round) {
    MatrixTexts texts = SmallMatrix();
    std::string& file = texts.*kFiles[random() % 5];
    file.clear();
    for (int i = static_cast<int>(random() % 200); i > 0; --i) {
      absl::StrAppend(&file, kPieces[random() % std::size(kPieces)]);
    }
    ReadAll(texts);
  }
}

TEST(HostileMatrixTest, EmptyFiles) {
  for (auto file : kFiles) {
    MatrixTexts texts = SmallMatrix();
    (texts.*file).clear();
    ReadAll(texts);
  }
  ReadAll(MatrixTexts());
}

TEST(HostileMatrixTest, LongCells) {
  const std::string cell(100'000, 'x');
  for (auto file : kFiles) {
    MatrixTexts texts = SmallMatrix();
    absl::StrAppend(&(texts.*file), cell, "\t", cell, "\t", cell, "\n");
    ReadAll(texts);
  }
  MatrixTexts texts = SmallMatrix();
  Spoil(&texts.matrix, "診療記録、", cell);
  Spoil(&texts.matrix, "医師", cell);
  ReadAll(texts);
}

TEST(HostileMatrixTest, ThousandsOfColumns) {
  MatrixTexts texts = SmallMatrix();
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&texts.columns, "c", i, "\t\tC\tcondition\tlist\t-\n");
  }
  ReadAll(texts);
  texts = SmallMatrix();
  Spoil(&texts.matrix, "急ぎ", "急ぎ" + std::string(100'000, '\t') + "x");
  Spoil(&texts.vocabulary, "meaning", "meaning" + std::string(100'000, '\t'));
  ReadAll(texts);
}

TEST(HostileMatrixTest, DeepConditions) {
  MatrixTexts texts = SmallMatrix();
  Spoil(&texts.vocabulary, "context.card",
        std::string(50'000, '(') + "true" + std::string(50'000, ')'));
  ReadAll(texts);
}

TEST(HostileMatrixTest, TenThousandRows) {
  MatrixTexts texts = SmallMatrix();
  for (int i = 3; i < 10'010; ++i) {
    absl::StrAppend(&texts.matrix, "\t①-", i % 10000, "\t②-", i % 10000,
                    "\t医師\t処方箋\t職員証\tなし\n");
  }
  const SmallReading result(texts);
  EXPECT_TRUE(result.diagnostics.has_errors());
  EXPECT_LE(result.reading.matrix.rows.size(), kMaxMatrixRows);
}

}  // namespace
}  // namespace sekisho
