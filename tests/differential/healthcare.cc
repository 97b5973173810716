#include "tests/differential/healthcare.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "compiler/cedar/parser.h"
#include "compiler/source/source.h"
#include "engine/decide/decide.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kFolder[] = "policies/healthcare";

// For what no test can go on without.
template <typename T>
T OrDie(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::cerr << result.status() << "\n";
    std::abort();
  }
  return *std::move(result);
}

}  // namespace

const CompiledCases& Healthcare() {
  static const CompiledCases* const kAll =
      OrDie(CompileWithCases(kFolder)).release();
  return *kAll;
}

SourceFiles HealthcareSources() {
  const SourceSet& sources = Healthcare().folder.sources;
  SourceFiles files;
  for (SourceId id = 0; id < sources.size(); ++id) {
    files.emplace_back(sources.name(id), sources.text(id));
  }
  return files;
}

std::vector<std::string> PrintedRules() {
  std::stringstream text;
  text
      << std::ifstream(std::string(kFolder) + "/golden/policies.cedar").rdbuf();
  SourceSet sources;
  const SourceId id = sources.Add("policies.cedar", text.str());
  Diagnostics diagnostics(&sources);
  std::vector<std::string> rules;
  for (const Policy& policy : ParsePolicies(sources, id, &diagnostics)) {
    rules.emplace_back(sources.text(policy.span));
  }
  EXPECT_EQ(diagnostics.ToString(), "");
  return rules;
}

PolicySet::PolicySet(SourceFiles files, const CompileOptions& options)
    : folder(OrDie(MakePolicyFolder(std::move(files)))),
      compilation(&folder.sources) {
  const absl::Status status = Compile(folder, options, &compilation);
  if (!status.ok() || compilation.diagnostics.has_errors()) {
    std::cerr << status << "\n" << compilation.diagnostics.ToString();
    std::abort();
  }
  artifact = OrDie(Artifact::FromBytes(compilation.artifact));
  ids = IdsOf(compilation.policies);
}

Answer PolicySet::Decide(const Request& request, EntityReader& entities) const {
  return AnswerOf(sekisho::Decide(*artifact, request, entities), ids);
}

Answer PolicySet::Reference(const Request& request,
                            const EntityMap& entities) const {
  if (!Fits(*compilation.schema, request)) {
    Answer answer;
    answer.code = absl::StatusCode::kInvalidArgument;
    return answer;
  }
  return AnswerOf(ReferenceDecide(compilation.policies,
                                  {request, entities, *compilation.schema},
                                  /*fail_closed=*/true),
                  ids);
}

Service::Service() : data_(testing::TempDir() + "/service-XXXXXX") {
  EXPECT_NE(mkdtemp(data_.data()), nullptr);
  ServerOptions options;
  options.data = data_;
  options.listen = {"127.0.0.1:0"};
  server_ = OrDie(Server::Start(options));
  client_ = std::make_unique<Client>(address());
}

Service::~Service() {
  client_.reset();
  server_.reset();
  std::filesystem::remove_all(data_);
}

void Service::Activate(const std::string& artifact) {
  const auto activated = client_->Activate(artifact);
  EXPECT_TRUE(activated.ok()) << activated.status();
}

uint64_t Service::Meet(const EntityMap& entities) {
  std::vector<Entity> put;
  std::vector<EntityUid> deleted;
  for (const auto& [uid, entity] : entities) put.push_back(entity);
  for (const auto& [uid, entity] : entities_) {
    if (!entities.contains(uid)) deleted.push_back(uid);
  }
  const auto revision = client_->Write(put, deleted);
  EXPECT_TRUE(revision.ok()) << revision.status();
  entities_ = entities;
  return revision.value_or(0);
}

MemoryEntities InMemory(const EntityMap& entities) {
  MemoryEntities memory;
  for (const auto& [uid, entity] : entities) memory.Put(entity);
  return memory;
}

}  // namespace sekisho
