// Goldens: files in the source tree that tests compare their output with.
//
//   ExpectGolden("policies/healthcare/golden/findings.txt", text);
//
// They are written anew by
//   SEKISHO_UPDATE_GOLDEN=1 bazel run //compiler/matrix:healthcare_test
// and then read, as a diff, by a person.
#ifndef SEKISHO_COMPILER_MATRIX_GOLDEN_H_
#define SEKISHO_COMPILER_MATRIX_GOLDEN_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sekisho {

// The text of a file in the test's data; the test fails if there is none.
std::string ReadTestFile(const std::string& path);

// Fails, naming the first line that differs, unless the file has that text.
void ExpectGolden(const std::string& path, const std::string& text);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_GOLDEN_H_
