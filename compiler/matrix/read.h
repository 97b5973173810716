// A use-case matrix with what its cells mean.
//
//   MatrixSources files = ...;  // each added to `sources`
//   MatrixReading reading = ReadMatrix(sources, files, &diagnostics);
//   if (diagnostics.has_errors()) ...
//   ReportFindings(reading.findings, &diagnostics);
//   std::vector<Policy> policies = LowerRows(reading, &diagnostics);
//
// Errors of all five files are reported in one go. Nothing is guessed: a
// phrase without a meaning is an error, and what looks wrong in the matrix is
// a finding, which changes nothing; corrections alone do.
#ifndef SEKISHO_COMPILER_MATRIX_READ_H_
#define SEKISHO_COMPILER_MATRIX_READ_H_

#include <string>
#include <vector>

#include "compiler/matrix/cell_reader.h"
#include "compiler/matrix/corrections.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/matrix.h"
#include "compiler/matrix/vocabulary.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

struct MatrixSources {
  SourceId matrix = kNoSource;       // usecase-matrix.txt
  SourceId columns = kNoSource;      // columns.tsv
  SourceId vocabulary = kNoSource;   // vocabulary.tsv
  SourceId corrections = kNoSource;  // corrections.tsv
  SourceId checks = kNoSource;       // checks.tsv
};

struct CellReading {
  // What was read: the printed cell, or the adopted text and its place in
  // corrections.tsv. White space around it is left out.
  TableCell text;
  // The correction, or null.
  const Correction* correction = nullptr;
  CellMeaning meaning;
  // The phrases of the printed cell, as far as it has any.
  std::vector<PhraseUse> printed_uses;
};

struct RowReading {
  // One for each column.
  std::vector<CellReading> cells;
  // False if a cell was not understood; such a row must not become a rule.
  bool understood = false;
};

// Movable; not copyable, since readings point to corrections.
struct MatrixReading {
  MatrixReading() = default;
  MatrixReading(MatrixReading&&) = default;
  MatrixReading& operator=(MatrixReading&&) = default;

  Matrix matrix;
  Vocabulary vocabulary;
  Corrections corrections;
  // In the order of matrix.rows.
  std::vector<RowReading> rows;
  // In the order of the source.
  std::vector<Finding> findings;
};

// The English of the cell's phrases with the connectives between them; a phrase
// without one is left in Japanese.
std::string EnglishOf(const MatrixReading& reading, const CellReading& cell);

MatrixReading ReadMatrix(const SourceSet& sources, const MatrixSources& files,
                         Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_READ_H_
