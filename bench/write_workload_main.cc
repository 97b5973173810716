// Writes a workload of workload.h as files that `sekisho bench` and
// `sekisho load` read.
//
//   bazel run //bench:write_workload -- matrix-1000 $PWD/matrix
//   cd matrix
//   sekisho bench -p policies -e entities.json -r requests.json
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/workload.h"

namespace sekisho {
namespace {

int Main(int argc, char** argv) {
  std::string name;
  std::string directory;
  WorkloadOptions options;
  CLI::App app("Writes a workload as files.", "write_workload");
  app.add_option("name", name,
                 "healthcare, matrix-N, matrix-N-apart, wildcards-N, ranges-N, "
                 "groups-N, sets-N, likes-N or adversary-N")
      ->required();
  app.add_option("directory", directory, "Where to")->required();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--requests", options.requests)->capture_default_str();
  app.add_option("--entities", options.entities)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::StatusOr<Workload> workload = MakeWorkload(name, options);
  const absl::Status status =
      workload.ok() ? WriteWorkload(*workload, directory) : workload.status();
  if (!status.ok()) {
    std::cerr << "error: " << status.message() << "\n";
    return 1;
  }
  std::cout << workload->requests.size() << " requests over "
            << workload->entities.size() << " entities, seed " << options.seed
            << "\n";
  return 0;
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) { return sekisho::Main(argc, argv); }
