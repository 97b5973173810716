// What benchmarks decide: policies, entities and requests, each made with a
// stated seed for a stated reason.
//
//   ASSIGN_OR_RETURN(Workload workload, MakeWorkload("matrix-10000", {}));
//
// Names
//   healthcare      the ministry's matrix with the requests of its cases
//   matrix-N        N rows of eleven cells, each drawn on its own: a fifth are
//                   wildcards, a fifth have two values of 24; no two rows
//                   overlap, but for one row in twenty that overlaps three
//   matrix-N-apart  the same without any that overlap
//   wildcards-N     as matrix-N with three wildcards in five, overlapping as
//                   they come
//   ranges-N        N rules over ranges of six numbers
//   groups-N        N rules over groups eight deep, of persons and of records
//   sets-N          N rules over sets of 200 patients
//   likes-N         N rules over patterns of paths
//   adversary-N     N rules over pairs of 60 conditions, as no order of tests
//                   suits: a diagram would explode
//
// Entities are asked for with Zipf's frequencies (exponent 0.99). Requests are
// distinct, and half are permitted, where there are as many; a denial of a
// matrix, of ranges and of patterns is a near miss.
#ifndef SEKISHO_BENCH_WORKLOAD_H_
#define SEKISHO_BENCH_WORKLOAD_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/request_file.h"
#include "engine/model/entity.h"

namespace sekisho {

struct WorkloadOptions {
  uint64_t seed = 20261122;
  size_t requests = 65'536;
  // At most; healthcare has its own, and other workloads without any attribute
  // of an entity have none.
  size_t entities = 100'000;
  // The folder of `healthcare`.
  std::string healthcare = "policies/healthcare";
};

struct Workload {
  std::string name;
  // Names and texts of a policy folder's files.
  std::vector<std::pair<std::string, std::string>> sources;
  std::vector<Entity> entities;
  std::vector<RequestToMeasure> requests;
};

// InvalidArgument if there is no workload of that name.
absl::StatusOr<Workload> MakeWorkload(absl::string_view name,
                                      const WorkloadOptions& options);

// Writes it as `sekisho bench` reads it: DIRECTORY/policies,
// DIRECTORY/entities.json and DIRECTORY/requests.json. Makes the directory.
absl::Status WriteWorkload(const Workload& workload,
                           const std::string& directory);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_WORKLOAD_H_
