#include "compiler/conformance/run_test.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/schema_parser.h"
#include "compiler/check/checker.h"
#include "compiler/folder.h"
#include "compiler/reference/reference.h"
#include "engine/base/status_macros.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/graph/program.h"
#include "engine/model/json.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

constexpr char kSchemaName[] = "test.cedarschema";

std::string FirstLine(absl::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::string FirstError(const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Diagnostic::Severity::kError) {
      return FirstLine(diagnostics.ToString(diagnostic));
    }
  }
  return "no error";
}

// A set of policies, compiled one way and ready to decide.
class Compiled {
 public:
  // A status only for what stopped the compiler.
  static absl::StatusOr<std::unique_ptr<Compiled>> Make(
      const ConformanceTest& test, const std::vector<std::string>& policies,
      bool validate) {
    // Sources are numbered by name.
    std::vector<std::pair<std::string, std::string>> files = {
        {kSchemaName, test.schema}};
    for (size_t i = 0; i < policies.size(); ++i) {
      files.emplace_back(absl::StrCat("policies", 1000 + i, ".cedar"),
                         policies[i]);
    }
    ASSIGN_OR_RETURN(PolicyFolder folder, MakePolicyFolder(std::move(files)));
    auto compiled = std::make_unique<Compiled>(std::move(folder));
    CompileOptions options;
    options.validate = validate;
    options.fail_closed = false;
    options.number_policies = true;
    RETURN_IF_ERROR(
        Compile(compiled->folder_, options, &compiled->compilation_));
    if (compiled->ok()) {
      ASSIGN_OR_RETURN(compiled->artifact_,
                       Artifact::FromBytes(compiled->compilation_.artifact));
    }
    return compiled;
  }

  explicit Compiled(PolicyFolder folder)
      : folder_(std::move(folder)), compilation_(&folder_.sources) {}

  bool ok() const { return !compilation_.diagnostics.has_errors(); }
  const Compilation& compilation() const { return compilation_; }
  const DecisionGraph& graph() const { return compilation_.graph; }
  const DecisionGraph& loaded_graph() const { return artifact_->graph(); }

 private:
  PolicyFolder folder_;
  Compilation compilation_;
  std::shared_ptr<const Artifact> artifact_;
};

// A decision as a test sees it.
ExpectedDecision Outcome(const Decision& decision,
                         const std::vector<Policy>& policies) {
  ExpectedDecision outcome;
  outcome.allow = decision.permitted();
  for (PolicyIndex i : decision.determining) {
    outcome.reason.insert(policies[i].id);
  }
  for (PolicyIndex i : decision.errors) outcome.errors.insert(policies[i].id);
  return outcome;
}

std::string SetText(const absl::btree_set<std::string>& ids) {
  return absl::StrCat("{", absl::StrJoin(ids, ", "), "}");
}

std::string Verdict(bool good, absl::string_view why) {
  return good ? "valid" : absl::StrCat("not valid: ", why);
}

// One test, or one test with policies of others.
class Runner {
 public:
  Runner(const ConformanceTest& test, std::vector<std::string> policies,
         const RunOptions& options, TestResult* result)
      : test_(test),
        policies_(std::move(policies)),
        options_(options),
        result_(*result) {}

  // False if there is nothing to decide with; the reason is in the result.
  bool Compile() {
    if (!test_.defect.empty()) return Fail("test", "a test", test_.defect);
    if (!Make(/*validate=*/true, &validated_)) return false;
    if (!validated_->compilation().schema) return Unreadable(*validated_);
    result_.validates = validated_->ok();
    result_.policies = validated_->compilation().policies.size();
    if (validated_->ok()) {
      result_.residuals = Residuals(validated_->compilation());
      main_ = validated_.get();
    } else {
      // What does not compile without validation either is no matter of it.
      main_ = Unvalidated();
      if (main_ == nullptr) return false;
    }
    return ReadEntities();
  }

  void CheckVerdict() {
    if (result_.validates == test_.should_validate) return;
    Fail("validation", Verdict(test_.should_validate, "as the test says"),
         Verdict(result_.validates,
                 FirstError(validated_->compilation().diagnostics)));
  }

  void CheckRequests() {
    for (size_t i = 0; i < test_.requests.size(); ++i) {
      CheckRequest(absl::StrCat("request ", i), test_.requests[i],
                   test_.requests[i].expected);
    }
  }

  void CheckRequestsAgainstReference() {
    for (size_t i = 0; i < test_.requests.size(); ++i) {
      CheckRequest(absl::StrCat("request ", i), test_.requests[i],
                   std::nullopt);
    }
  }

 private:
  bool Fail(absl::string_view what, absl::string_view expected,
            absl::string_view got) {
    result_.differences.push_back(
        {std::string(what), std::string(expected), std::string(got)});
    return false;
  }

  bool Unreadable(const Compiled& compiled) {
    return Fail("policies and schema", "to be read",
                FirstError(compiled.compilation().diagnostics));
  }

  bool Make(bool validate, std::unique_ptr<Compiled>* compiled) {
    absl::StatusOr<std::unique_ptr<Compiled>> made =
        Compiled::Make(test_, policies_, validate);
    if (!made.ok()) {
      return Fail("compilation", "an artifact", made.status().message());
    }
    *compiled = *std::move(made);
    return true;
  }

  // The policies compiled without validation; null if that failed.
  const Compiled* Unvalidated() {
    if (unvalidated_ == nullptr) {
      if (!Make(/*validate=*/false, &unvalidated_)) return nullptr;
      if (!unvalidated_->ok()) Unreadable(*unvalidated_);
    }
    return unvalidated_->ok() ? unvalidated_.get() : nullptr;
  }

  // True for entities that a file may have, though they are not stored.
  bool IsFromSchema(const Entity& entity) const {
    const Schema& schema = *main_->compilation().schema;
    if (schema.actions.contains(entity.uid)) return true;
    auto type = schema.entity_types.find(entity.uid.type);
    return type != schema.entity_types.end() &&
           type->second.enum_ids.contains(entity.uid.id) &&
           entity.attributes.AsRecord().empty() &&
           entity.tags.AsRecord().empty() && entity.parents.empty();
  }

  bool ReadEntities() {
    const Schema& schema = *main_->compilation().schema;
    absl::StatusOr<std::vector<Entity>> read =
        EntitiesFromJson(test_.entities, &schema);
    if (!read.ok()) {
      return Fail("entities", "to be read", read.status().message());
    }
    for (Entity& entity : *read) {
      if (!IsFromSchema(entity)) {
        stored_entities_[entity.uid] = entity;
        const std::vector<FieldError> errors = ValidateEntity(schema, entity);
        if (!errors.empty()) {
          Fail(absl::StrCat("entity ", entity.uid.ToString()), "valid",
               absl::StrCat(errors[0].field, ": ", errors[0].message));
        }
      }
      entity_map_[entity.uid] = entity;
      entities_.Put(std::move(entity));
    }
    return true;
  }

  // Without `expected`, the reference evaluator says what is expected.
  void CheckRequest(const std::string& name, const ConformanceRequest& request,
                    std::optional<ExpectedDecision> expected) {
    const Schema& schema = *main_->compilation().schema;
    absl::StatusOr<Request> read = ReadRequest(request, &schema);
    if (!read.ok()) {
      Fail(name, "to be read", read.status().message());
      return;
    }
    const Compiled* compiled = main_;
    const std::vector<FieldError> errors = ValidateRequest(schema, *read);
    if (!errors.empty()) {
      if (request.valid) {
        Fail(name, "valid",
             absl::StrCat(errors[0].field, ": ", errors[0].message));
      }
      compiled = Unvalidated();
      if (compiled == nullptr) return;
    }
    if (options_.elsewhere) {
      CheckElsewhere(name, compiled->compilation().artifact, *read,
                     errors.empty(), *expected);
      return;
    }
    const std::vector<Policy>& policies = compiled->compilation().policies;
    if (options_.use_reference || !expected) {
      const ExpectedDecision outcome =
          Outcome(ReferenceDecide(policies, {*read, entity_map_, schema},
                                  /*fail_closed=*/false),
                  policies);
      if (!expected) {
        expected = outcome;
      } else {
        Compare(name, *expected, outcome);
        return;
      }
    }
    const size_t before = result_.differences.size();
    Decide(name, compiled->graph(), policies, *read, *expected);
    // Not twice what is wrong in memory already.
    if (result_.differences.size() == before) {
      Decide(absl::StrCat(name, ", reloaded"), compiled->loaded_graph(),
             policies, *read, *expected);
    }
  }

  void Decide(const std::string& name, const DecisionGraph& graph,
              const std::vector<Policy>& policies, const Request& request,
              const ExpectedDecision& expected) {
    absl::StatusOr<Decision> decision = Evaluate(graph, request, entities_);
    if (!decision.ok()) {
      Fail(name, "a decision", decision.status().message());
      return;
    }
    Compare(name, expected, Outcome(*decision, policies));
  }

  void CheckElsewhere(const std::string& name, const std::string& artifact,
                      const Request& request, bool valid,
                      const ExpectedDecision& expected) {
    const absl::StatusOr<ExpectedDecision> outcome =
        options_.elsewhere(artifact, request, stored_entities_);
    if (!valid && absl::IsInvalidArgument(outcome.status())) return;
    if (!outcome.ok()) {
      Fail(name, "a decision", outcome.status().ToString());
    } else if (!valid) {
      Fail(name, "refused", "a decision");
    } else {
      Compare(name, expected, *outcome);
    }
  }

  void Compare(const std::string& name, const ExpectedDecision& expected,
               const ExpectedDecision& got) {
    if (expected.allow != got.allow) {
      Fail(name + ": decision", expected.allow ? "allow" : "deny",
           got.allow ? "allow" : "deny");
    }
    if (expected.reason != got.reason) {
      Fail(name + ": reason", SetText(expected.reason), SetText(got.reason));
    }
    if (expected.errors != got.errors) {
      Fail(name + ": errors", SetText(expected.errors), SetText(got.errors));
    }
  }

  const ConformanceTest& test_;
  const std::vector<std::string> policies_;
  const RunOptions options_;
  TestResult& result_;

  std::unique_ptr<Compiled> validated_;
  std::unique_ptr<Compiled> unvalidated_;
  // The one of the two that decides valid requests.
  const Compiled* main_ = nullptr;
  MemoryEntities entities_;
  EntityMap entity_map_;
  // Without those that come from the schema.
  EntityMap stored_entities_;
};

// Whether policies fit a test's schema.
class Candidates {
 public:
  explicit Candidates(const ConformanceTest& test) {
    const SourceId source = sources_.Add(kSchemaName, test.schema);
    Diagnostics diagnostics(&sources_);
    schema_ = ParseSchema(sources_, source, &diagnostics);
    if (schema_) environments_ = RequestEnvironments(*schema_);
  }

  bool Fit(const std::string& policies) {
    if (!schema_) return false;
    const SourceId source = sources_.Add("candidate.cedar", policies);
    Diagnostics diagnostics(&sources_);
    const std::vector<Policy> parsed =
        ParsePolicies(sources_, source, &diagnostics);
    for (const Policy& policy : parsed) {
      if (diagnostics.has_errors()) return false;
      CheckPolicy(*schema_, environments_, policy, &diagnostics);
    }
    return !parsed.empty() && !diagnostics.has_errors();
  }

 private:
  SourceSet sources_;
  std::optional<Schema> schema_;
  std::vector<RequestEnvironment> environments_;
};

}  // namespace

bool IsResidual(const DecisionGraph& graph, const Test& test) {
  const auto code =
      graph.code.subspan(test.code_begin, test.code_end - test.code_begin);
  return std::any_of(code.begin(), code.end(), [](uint32_t word) {
    const Op op = OpOf(word);
    return op == Op::kAndJump || op == Op::kOrJump || op == Op::kBranchFalse ||
           op == Op::kJump;
  });
}

std::vector<std::string> Residuals(const Compilation& compilation) {
  constexpr size_t kShown = 120;
  std::vector<std::string> residuals;
  if (compilation.splits_by_budget > 0) {
    residuals.push_back(
        absl::StrCat(compilation.splits_by_budget,
                     " states left to single policies by the node budget"));
  }
  for (const Test& test : compilation.graph.tests) {
    if (!IsResidual(compilation.graph, test)) continue;
    residuals.push_back(
        absl::StrCat("a program with a connective: ",
                     test.text.size() <= kShown
                         ? test.text
                         : absl::StrCat(test.text.substr(0, kShown), "..")));
  }
  return residuals;
}

TestResult RunTest(const ConformanceTest& test, const RunOptions& options) {
  TestResult result;
  result.name = test.name;
  Runner runner(test, {test.policies}, options, &result);
  if (runner.Compile()) {
    runner.CheckVerdict();
    runner.CheckRequests();
  }
  return result;
}

TestResult RunMerged(const std::vector<ConformanceTest>& tests, size_t index,
                     const MergeOptions& options) {
  const ConformanceTest& test = tests[index];
  std::vector<uint64_t> seeds(test.name.begin(), test.name.end());
  seeds.push_back(options.seed & 0xffffffff);
  seeds.push_back(options.seed >> 32);
  std::seed_seq seed(seeds.begin(), seeds.end());
  std::mt19937_64 random(seed);
  std::vector<const ConformanceTest*> same_schema;
  std::vector<const ConformanceTest*> others;
  for (const ConformanceTest& other : tests) {
    if (&other == &test || !other.defect.empty()) continue;
    (other.schema == test.schema ? same_schema : others).push_back(&other);
  }
  std::shuffle(same_schema.begin(), same_schema.end(), random);
  std::shuffle(others.begin(), others.end(), random);

  const size_t wanted = 1 + random() % static_cast<size_t>(options.most);
  // Most policies fit few schemas; some fit all.
  const size_t tries = 10 * wanted;
  std::vector<std::string> policies = {test.policies};
  Candidates candidates(test);
  size_t tried = 0;
  for (const auto* group : {&same_schema, &others}) {
    for (const ConformanceTest* other : *group) {
      if (policies.size() > wanted || tried == tries) break;
      ++tried;
      if (candidates.Fit(other->policies)) policies.push_back(other->policies);
    }
  }
  TestResult result;
  result.name = test.name;
  Runner runner(test, std::move(policies), {}, &result);
  if (runner.Compile()) runner.CheckRequestsAgainstReference();
  return result;
}

}  // namespace sekisho
