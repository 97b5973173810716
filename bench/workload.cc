#include "bench/workload.h"

#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/matrix_workload.h"
#include "bench/rule_workloads.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

absl::StatusOr<Workload> MakeHealthcareWorkload(const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledCases> compiled,
                   CompileWithCases(folder));
  Workload out;
  const SourceSet& sources = compiled->folder.sources;
  for (SourceId id = 0; id < sources.size(); ++id) {
    out.sources.emplace_back(std::string(sources.name(id)),
                             std::string(sources.text(id)));
  }
  out.entities = compiled->set.population;
  for (const Case& c : compiled->set.cases) {
    if (c.changes_entities() || c.expect == Expectation::kInvalid) continue;
    out.requests.push_back({c.request, c.expect == Expectation::kPermit});
  }
  return out;
}

absl::StatusOr<Workload> Make(absl::string_view name,
                              const WorkloadOptions& options) {
  if (name == "healthcare") return MakeHealthcareWorkload(options.healthcare);
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '-');
  // More rows than this take hours.
  constexpr uint64_t kMaxRules = 1'000'000;
  uint64_t rules = 0;
  if (parts.size() >= 2 && absl::SimpleAtoi(parts[1], &rules) && rules > 0 &&
      rules <= kMaxRules) {
    const absl::string_view kind = parts[0];
    if (kind == "matrix" && parts.size() <= 3) {
      MatrixOptions matrix;
      matrix.rows = rules;
      const bool apart = parts.size() == 3 && parts[2] == "apart";
      if (apart) matrix.overlapping = 0;
      if (apart || parts.size() == 2) {
        return MakeMatrixWorkload(matrix, options);
      }
    } else if (parts.size() == 2) {
      if (kind == "wildcards") {
        MatrixOptions matrix;
        matrix.rows = rules;
        matrix.wildcards = 60;
        matrix.any_overlap = true;
        return MakeMatrixWorkload(matrix, options);
      }
      if (kind == "ranges") return MakeRangesWorkload(rules, options);
      if (kind == "groups") return MakeGroupsWorkload(rules, options);
      if (kind == "sets") return MakeSetsWorkload(rules, options);
      if (kind == "likes") return MakeLikesWorkload(rules, options);
      if (kind == "adversary") return MakeAdversaryWorkload(rules, options);
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no workload ", name,
      "; there are healthcare, matrix-N, matrix-N-apart, wildcards-N, "
      "ranges-N, groups-N, sets-N, likes-N and adversary-N"));
}

}  // namespace

absl::StatusOr<Workload> MakeWorkload(absl::string_view name,
                                      const WorkloadOptions& options) {
  ASSIGN_OR_RETURN(Workload workload, Make(name, options));
  workload.name = std::string(name);
  return workload;
}

absl::Status WriteWorkload(const Workload& workload,
                           const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory + "/policies", error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot make ", directory, ": ", error.message()));
  }
  for (const auto& [name, text] : workload.sources) {
    RETURN_IF_ERROR(
        WriteFileAtomically(absl::StrCat(directory, "/policies/", name), text));
  }
  RETURN_IF_ERROR(WriteFileAtomically(directory + "/entities.json",
                                      EntitiesToJson(workload.entities)));
  return WriteFileAtomically(directory + "/requests.json",
                             RequestsToJson(workload.requests));
}

}  // namespace sekisho
