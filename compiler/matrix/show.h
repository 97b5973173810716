// One use case, for a person at a terminal and for a script.
#ifndef SEKISHO_COMPILER_MATRIX_SHOW_H_
#define SEKISHO_COMPILER_MATRIX_SHOW_H_

#include <cstddef>
#include <string>

#include "compiler/cedar/ast.h"
#include "compiler/matrix/read.h"
#include "compiler/source/source.h"
#include "nlohmann/json.hpp"

namespace sekisho {

// The row as printed, with the English labels beside the Japanese, what each
// cell was read to mean, the corrections, the findings, the places, and the
// rule that the row became. `policy` may be null: the row became none.
// REQUIRES: row < reading.rows.size().
std::string ShowUseCase(const SourceSet& sources, const MatrixReading& reading,
                        size_t row, const Policy* policy);

// The same as an object:
//   usecase, formerly, service, place, understood,
//   cells: [{column, header, english, becomes, vouched, text, place,
//            adopted?: {text, place, reason},
//            phrases: [{phrase, english, meaning, note?}],
//            condition?, annotation?, findings: [{kind, message, place}]}],
//   findings: [...]   those that are about no one cell of a column
//   rule?             Cedar text
nlohmann::ordered_json UseCaseJson(const SourceSet& sources,
                                   const MatrixReading& reading, size_t row,
                                   const Policy* policy);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_SHOW_H_
