// The compiler from end to end: sources to syntax trees, types, formulas, nodes
// and the artifact.
//
//   ASSIGN_OR_RETURN(PolicyFolder folder, LoadPolicyFolder("policies/x"));
//   Compilation compilation(&folder.sources);
//   RETURN_IF_ERROR(Compile(folder, {}, &compilation));
//   std::cerr << compilation.diagnostics.ToString();
//   if (!compilation.diagnostics.has_errors()) Write(compilation.artifact);
#ifndef SEKISHO_COMPILER_COMPILE_H_
#define SEKISHO_COMPILER_COMPILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "compiler/cedar/ast.h"
#include "compiler/folder.h"
#include "compiler/matrix/read.h"
#include "compiler/obligations/obligations.h"
#include "compiler/plan/plan.h"
#include "compiler/source/diagnostic.h"
#include "engine/graph/graph.h"
#include "engine/model/link.h"
#include "engine/model/schema.h"

namespace sekisho {

struct CompileOptions {
  // Look for what is wrong and do no more: there is no graph and no artifact,
  // and no memory needed for them.
  bool check_only = false;
  // Leave the syntax trees behind. Without, each is gone as soon as it has been
  // used, so that the memory needed is a small multiple of the sources.
  bool keep_policies = true;
  // Check policies against the schema, strictly. Without, they are compiled
  // with all checks of types left to run time, for every request there may be.
  bool validate = true;
  // A forbid that cannot be evaluated denies. False is Cedar's own rule, which
  // skips it.
  bool fail_closed = true;
  // Name the policies of rule files `policyN` by position and take `@id` for an
  // and those of obligations for annotations like any other, as the public
  // conformance cases do.
  bool number_policies = false;
  PlanOptions plan;
};

// What the passes leave behind, as far as they came.
struct Compilation {
  // `sources` must outlive this object.
  explicit Compilation(const SourceSet* sources) : diagnostics(sources) {}
  // The graph refers to the schema.
  Compilation(const Compilation&) = delete;
  Compilation& operator=(const Compilation&) = delete;

  Diagnostics diagnostics;
  std::optional<Schema> schema;
  // Where the folder has a matrix.
  std::optional<MatrixReading> matrix;
  // By PolicyIndex: matrix rows first, then rule files by name, with their
  // templates, then the policies that links make. Of no use if they are not
  // kept.
  std::vector<Policy> policies;
  // What policies may name, and by PolicyIndex what they name.
  Obligations obligations;
  std::vector<std::vector<uint32_t>> policy_obligations;
  std::vector<LinkPtr> links;
  // Empty if there were errors, or all was only checked.
  std::string artifact;
  // What the artifact holds, as it was before it was written; the two arrays
  // are its nodes and code.
  DecisionGraph graph;
  std::vector<uint32_t> nodes;
  std::vector<uint32_t> code;
  GraphSize size;
  // How often the node budget kept policies from being combined.
  uint32_t splits_by_budget = 0;
  // How many policies are one test each, as their tests would take more nodes
  // than the budget of a policy.
  uint32_t whole_policies = 0;
};

// Sources to syntax trees: schema, matrix and policies.
void ReadPolicies(const PolicyFolder& folder, const CompileOptions& options,
                  Compilation* compilation);

// From there to the end, with whatever has been made of the policies since.
// REQUIRES: the compilation has a schema, and obligations for each policy.
absl::Status CompilePolicies(const PolicyFolder& folder,
                             const CompileOptions& options,
                             Compilation* compilation);

// The whole way. An author's mistakes are in the diagnostics; the status is for
// what stopped the compiler itself.
absl::Status Compile(const PolicyFolder& folder, const CompileOptions& options,
                     Compilation* compilation);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_COMPILE_H_
