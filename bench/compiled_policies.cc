#include "bench/compiled_policies.h"

#include <algorithm>

#include "absl/status/status.h"
#include "bench/stopwatch.h"
#include "bench/temporary_directory.h"
#include "compiler/conformance/run_test.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

double SecondsSince(uint64_t start_ns) {
  return static_cast<double>(NowNs() - start_ns) / 1e9;
}

// Loads and measures the artifact at `path`.
absl::Status Measure(const std::string& path, CompiledPolicies* policies) {
  std::vector<double> seconds;
  for (int i = 0; i < 5; ++i) {
    const uint64_t start = NowNs();
    ASSIGN_OR_RETURN(policies->artifact, Artifact::Load(path));
    seconds.push_back(SecondsSince(start));
  }
  std::sort(seconds.begin(), seconds.end());
  policies->load_seconds = seconds[seconds.size() / 2];
  const DecisionGraph& graph = policies->artifact->graph();
  policies->size = sekisho::Measure(graph);
  policies->residual_tests = static_cast<size_t>(
      std::count_if(graph.tests.begin(), graph.tests.end(),
                    [&](const Test& test) { return IsResidual(graph, test); }));
  return absl::OkStatus();
}

absl::StatusOr<PolicyFolder> SourcesOf(const Artifact& artifact) {
  ASSIGN_OR_RETURN(std::vector<ArtifactSource> sources, artifact.Sources());
  std::vector<std::pair<std::string, std::string>> files;
  for (ArtifactSource& source : sources) {
    files.emplace_back(std::move(source.name), std::move(source.text));
  }
  return MakePolicyFolder(std::move(files));
}

bool AreThoseOf(const Compilation& compilation, const Artifact& artifact) {
  return std::equal(
      compilation.policies.begin(), compilation.policies.end(),
      artifact.policies().begin(), artifact.policies().end(),
      [](const Policy& a, const PolicyInfo& b) { return a.id == b.id; });
}

}  // namespace

absl::StatusOr<std::unique_ptr<CompiledPolicies>> CompileToMeasure(
    PolicyFolder folder, bool fail_closed) {
  auto policies = std::make_unique<CompiledPolicies>(std::move(folder));
  CompileOptions options;
  options.fail_closed = fail_closed;
  const uint64_t start = NowNs();
  RETURN_IF_ERROR(Compile(policies->folder, options, &policies->compilation));
  policies->compile_seconds = SecondsSince(start);
  if (policies->compilation.diagnostics.has_errors()) {
    policies->compilation.diagnostics.Sort();
    return absl::InvalidArgumentError(
        "the policies have errors\n" +
        policies->compilation.diagnostics.ToString());
  }
  policies->bytes = std::move(policies->compilation.artifact);
  ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryDirectory> directory,
                   TemporaryDirectory::Make());
  const std::string path = directory->path() + "/artifact";
  RETURN_IF_ERROR(WriteFileAtomically(path, policies->bytes));
  RETURN_IF_ERROR(Measure(path, policies.get()));
  return policies;
}

absl::StatusOr<std::unique_ptr<CompiledPolicies>> LoadToMeasure(
    const std::string& path, std::optional<PolicyFolder> folder) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Artifact> artifact,
                   Artifact::Load(path));
  if (!folder.has_value()) {
    ASSIGN_OR_RETURN(folder, SourcesOf(*artifact));
  }
  auto policies = std::make_unique<CompiledPolicies>(*std::move(folder));
  ReadPolicies(policies->folder, {}, &policies->compilation);
  if (policies->compilation.diagnostics.has_errors() ||
      !policies->compilation.schema.has_value() ||
      !AreThoseOf(policies->compilation, *artifact)) {
    return absl::InvalidArgumentError(
        path + ": it was not compiled from these policies");
  }
  policies->bytes = std::string(artifact->bytes());
  RETURN_IF_ERROR(Measure(path, policies.get()));
  return policies;
}

}  // namespace sekisho
