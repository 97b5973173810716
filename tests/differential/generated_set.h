// A policy set that was made at random, with its entities, compiled every way
// and held to the reference evaluator.
//
//   const GeneratedCase made = GenerateCase(seed);
//   absl::StatusOr<std::unique_ptr<GeneratedSet>> set =
//   GeneratedSet::Make(made); Meeting meeting; std::string difference =
//   (*set)->Decide(request, &meeting);
#ifndef SEKISHO_TESTS_DIFFERENTIAL_GENERATED_SET_H_
#define SEKISHO_TESTS_DIFFERENTIAL_GENERATED_SET_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/reference/reference.h"
#include "engine/entities/memory.h"
#include "engine/eval/decision.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/graph/graph.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// All that decides, and the requests that are decided.
struct GeneratedCase {
  std::string schema;
  // One policy or template each.
  std::vector<std::string> policies;
  // Compiled, and made at run time.
  std::vector<Link> links;
  std::vector<Link> run_time_links;
  CompileOptions options;
  std::vector<Entity> entities;
  std::vector<Request> requests;

  // All of it but for the requests, for people and to keep as a test.
  std::string ToString() const;
};

// What follows from the seed. Its policies pass validation if that is among
// the options. `rejected` counts those that did not and were left out.
GeneratedCase GenerateCase(uint64_t seed, int requests, size_t* rejected);

// What a decision was made with.
struct Meeting {
  Decision decision;
  // An entity that was read was not there.
  bool absent_entity = false;
  // A predicate program with a connective was run.
  bool residual = false;
  // A link made at run time determined it, or failed.
  bool run_time_link = false;
};

class GeneratedSet {
 public:
  // An error for policies that do not compile.
  static absl::StatusOr<std::unique_ptr<GeneratedSet>> Make(
      const GeneratedCase& from);

  // Decides by the reference evaluator, by the graph in memory and by the graph
  // reloaded, and again from the evidence. Empty if all agree, otherwise what
  // each says.
  std::string Decide(const Request& request, Meeting* meeting);

  const Compilation& compilation() const { return compilation_; }
  const Schema& schema() const { return *compilation_.schema; }
  // As the reference evaluator sees them: those of the links too, and the
  // templates.
  const std::vector<Policy>& policies() const { return policies_; }
  ReferenceInput InputOf(const Request& request) const {
    return {request, entity_map_, schema()};
  }

  explicit GeneratedSet(PolicyFolder folder);

 private:
  std::string Compare(const char* what, const DecisionGraph& graph,
                      const Request& request, EntityReader& reader,
                      const LinkSet& links, const Decision& expected,
                      Evidence* evidence, Decision* actual) const;
  std::string Describe(const Decision& decision) const;
  std::string IdOf(const Decision& decision, PolicyIndex policy) const;
  bool AsksResidual(const Request& request);

  PolicyFolder folder_;
  Compilation compilation_;
  std::shared_ptr<const Artifact> artifact_;
  std::vector<Policy> policies_;
  bool fail_closed_ = true;
  LinkSet run_time_links_;
  EntityMap entity_map_;
  MemoryEntities entities_;
  // By TestIndex; empty if none is.
  std::vector<bool> residual_;
};

// The case without every policy, clause, operand, link and entity that `fails`
// does not need, and with the one request that it fails for.
// REQUIRES: fails(failing).
GeneratedCase Shrink(GeneratedCase failing,
                     const std::function<bool(const GeneratedCase&)>& fails);

// The requests that decide differently, described; empty if there are none or
// the policies do not compile.
std::string DescribeDifferences(const GeneratedCase& made);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_GENERATED_SET_H_
