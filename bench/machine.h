// What a figure was measured on, which stands beside it.
#ifndef SEKISHO_BENCH_MACHINE_H_
#define SEKISHO_BENCH_MACHINE_H_

#include <string>

namespace sekisho {

struct MeasuredOn {
  std::string cpu;
  unsigned cores = 0;
  std::string compiler;
  // Whether this program is one of --config=release; figures of others mean
  // nothing.
  bool release = false;
  // Runnable threads over the last minute: what else is going on. Negative if
  // the system does not say.
  double load = -1;
};

MeasuredOn ThisMachine();

// On one line.
std::string ToString(const MeasuredOn& machine);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_MACHINE_H_
