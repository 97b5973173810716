// A matrix of two rows and four columns for tests, whole and without errors,
// to be spoilt in one place.
//
//   MatrixTexts texts = SmallMatrix();
//   Spoil(&texts.vocabulary, "nurse", "nourse");
//   SmallReading result(texts);
//   EXPECT_EQ(result.diagnostics.ToString(), "...");
#ifndef SEKISHO_COMPILER_MATRIX_SMALL_MATRIX_H_
#define SEKISHO_COMPILER_MATRIX_SMALL_MATRIX_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/matrix/read.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

struct MatrixTexts {
  std::string matrix;
  std::string columns;
  std::string vocabulary;
  std::string corrections;
  std::string checks;
};

MatrixTexts SmallMatrix();

// Puts `to` in the place of the first `from`; the test fails if there is none.
void Spoil(std::string* text, absl::string_view from, absl::string_view to);

struct SmallReading {
  explicit SmallReading(const MatrixTexts& texts);

  SourceSet sources;
  Diagnostics diagnostics;
  MatrixReading reading;
  std::vector<Policy> policies;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_SMALL_MATRIX_H_
