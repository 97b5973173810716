// A matrix reading as texts for people to check, kept beside the policies as
// golden files.
#ifndef SEKISHO_COMPILER_MATRIX_USECASES_H_
#define SEKISHO_COMPILER_MATRIX_USECASES_H_

#include <string>
#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/matrix.h"
#include "compiler/matrix/read.h"
#include "compiler/source/source.h"

namespace sekisho {

// Every cell of every row as printed, one a line: use case, column, header,
// line and column in the source, text. Numbers and services are such lines.
std::string UseCaseTable(const SourceSet& sources, const Matrix& matrix);

// One finding a line: `file:line:column: kind: use case column: message`.
std::string FindingList(const SourceSet& sources, const Matrix& matrix,
                        const std::vector<Finding>& findings);

// The rule of each row as Cedar, with the text and place of the cell above
// each of its conditions.
std::string RuleText(const SourceSet& sources, const MatrixReading& reading,
                     const std::vector<Policy>& policies);

// The rule of one row, without what stands in the file around it.
std::string RuleText(const SourceSet& sources, const MatrixReading& reading,
                     const Policy& policy);

// `file:line:column`.
std::string PlaceText(const SourceSet& sources, const Span& span);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_USECASES_H_
