// How often this thread has asked for heap memory, in whatever way: a program
// that links this counts calls of malloc and its relatives, which operator new
// and all libraries go through.
//
//   const uint64_t before = AllocationsOfThisThread();
//   Decide(..);
//   AllocationsOfThisThread() - before;
#ifndef SEKISHO_BENCH_ALLOCATIONS_H_
#define SEKISHO_BENCH_ALLOCATIONS_H_

#include <cstdint>

namespace sekisho {

uint64_t AllocationsOfThisThread();

}  // namespace sekisho

#endif  // SEKISHO_BENCH_ALLOCATIONS_H_
