// Matrices of generated rows: see workload.h.
#ifndef SEKISHO_BENCH_MATRIX_WORKLOAD_H_
#define SEKISHO_BENCH_MATRIX_WORKLOAD_H_

#include <cstddef>

#include "bench/workload.h"

namespace sekisho {

struct MatrixOptions {
  size_t rows = 0;
  // Of the cells, in percent; another fifth of the cells has two values.
  unsigned wildcards = 20;
  // Rows that overlap others: as they come, or else none but so many in a
  // hundred that overlap three.
  bool any_overlap = false;
  unsigned overlapping = 5;
};

Workload MakeMatrixWorkload(const MatrixOptions& matrix,
                            const WorkloadOptions& options);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_MATRIX_WORKLOAD_H_
