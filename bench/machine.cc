#include "bench/machine.h"

#include <cstdlib>
#include <fstream>
#include <thread>

#include "absl/strings/str_format.h"

namespace sekisho {
namespace {

std::string CpuModel() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

}  // namespace

MeasuredOn ThisMachine() {
  MeasuredOn machine;
  machine.cpu = CpuModel();
  machine.cores = std::thread::hardware_concurrency();
#ifdef __clang__
  machine.compiler = __VERSION__;
#else
  machine.compiler = "gcc " __VERSION__;
#endif
#ifdef NDEBUG
  machine.release = true;
#endif
  double load = 0;
  if (getloadavg(&load, 1) == 1) machine.load = load;
  return machine;
}

std::string ToString(const MeasuredOn& machine) {
  return absl::StrFormat("%s, %u cores, load %.1f; %s, %s", machine.cpu,
                         machine.cores, machine.load, machine.compiler,
                         machine.release
                             ? "release build"
                             : "NOT a release build: its figures mean nothing");
}

}  // namespace sekisho
