// Policies as they are measured: the artifact that decides, and what the
// reference evaluator needs to say whether it decides right.
#ifndef SEKISHO_BENCH_COMPILED_POLICIES_H_
#define SEKISHO_BENCH_COMPILED_POLICIES_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/graph/artifact.h"
#include "engine/graph/graph.h"

namespace sekisho {

struct CompiledPolicies {
  explicit CompiledPolicies(PolicyFolder f)
      : folder(std::move(f)), compilation(&folder.sources) {}
  // The compilation refers to the folder.
  CompiledPolicies(const CompiledPolicies&) = delete;
  CompiledPolicies& operator=(const CompiledPolicies&) = delete;

  PolicyFolder folder;
  // Of an artifact that was given: the policies alone.
  Compilation compilation;

  std::string bytes;
  std::shared_ptr<const Artifact> artifact;
  GraphSize size;
  // How many of the graph's tests are programs that evaluate `&&`, `||` or
  // `if`.
  size_t residual_tests = 0;
  // How long they took; nothing for what was given compiled.
  std::optional<double> compile_seconds;
  // The median of several, from the disk's cache.
  double load_seconds = 0;
};

// InvalidArgument, with everything that is wrong as text, if the sources have
// errors.
absl::StatusOr<std::unique_ptr<CompiledPolicies>> CompileToMeasure(
    PolicyFolder folder, bool fail_closed);

// Measures an artifact that was compiled before. `folder`: the sources that it
// should have been compiled from; without, its own. InvalidArgument if the
// policies there are not those of the artifact.
absl::StatusOr<std::unique_ptr<CompiledPolicies>> LoadToMeasure(
    const std::string& path, std::optional<PolicyFolder> folder);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_COMPILED_POLICIES_H_
