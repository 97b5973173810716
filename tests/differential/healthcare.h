// The healthcare policies, compiled as they are or otherwise, and a service
// that decides by them, as the tests of this folder use them.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_HEALTHCARE_H_
#define SEKISHO_TESTS_DIFFERENTIAL_HEALTHCARE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/client.h"
#include "compiler/cases/compiled_cases.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/reference/reference.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/model/request.h"
#include "server/server.h"
#include "tests/differential/answer.h"

namespace sekisho {

// Compiled once; ends the test program if they have errors.
const CompiledCases& Healthcare();

// The sources of the healthcare policies by name, the matrix among them.
using SourceFiles = std::vector<std::pair<std::string, std::string>>;
SourceFiles HealthcareSources();

// The matrix's rules as they are printed for people, each with its annotations.
std::vector<std::string> PrintedRules();

// Compiled, and loaded from the artifact.
struct PolicySet {
  // Ends the test program if the sources have errors.
  explicit PolicySet(SourceFiles files, const CompileOptions& options = {});

  Answer Decide(const Request& request, EntityReader& entities) const;
  // By the reference evaluator.
  Answer Reference(const Request& request, const EntityMap& entities) const;

  PolicyFolder folder;
  Compilation compilation;
  std::shared_ptr<const Artifact> artifact;
  std::vector<std::string> ids;
};

// A server over a store of its own, and a client of it.
class Service {
 public:
  Service();
  ~Service();

  Client& client() { return *client_; }
  const std::string& address() const { return server_->addresses()[0]; }

  void Activate(const std::string& artifact);
  // Makes these all the entities there are; returns the revision.
  // REQUIRES: a policy is active.
  uint64_t Meet(const EntityMap& entities);

 private:
  std::string data_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  EntityMap entities_;
};

MemoryEntities InMemory(const EntityMap& entities);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_HEALTHCARE_H_
