// GenerateCase.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/schema_parser.h"
#include "compiler/check/checker.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "tests/differential/generated_policies.h"
#include "tests/differential/generated_set.h"
#include "tests/differential/generated_world.h"
#include "tests/differential/random.h"

namespace sekisho {
namespace {

// Strict validation, where the case asks for it. What cannot be parsed is kept,
// and shows when it is compiled.
class Validation {
 public:
  Validation(const Schema& schema, bool validate)
      : schema_(schema),
        validate_(validate),
        environments_(RequestEnvironments(schema)) {}

  bool Accepts(const std::string& text) {
    SourceSet sources;
    Diagnostics diagnostics(&sources);
    const std::vector<Policy> parsed =
        ParsePolicies(sources, sources.Add("p", text), &diagnostics);
    if (parsed.size() != 1 || !validate_) return true;
    CheckPolicy(schema_, environments_, parsed[0], &diagnostics);
    return !diagnostics.has_errors();
  }

 private:
  const Schema& schema_;
  const bool validate_;
  const std::vector<RequestEnvironment> environments_;
};

std::optional<Schema> ReadSchema(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  return ParseSchema(sources, sources.Add("s", text), &diagnostics);
}

}  // namespace

GeneratedCase GenerateCase(uint64_t seed, int requests, size_t* rejected) {
  Random random(seed);
  GeneratedCase made;
  made.options.fail_closed = random.Chance(50);
  made.options.validate = random.Chance(70);
  // Room for most sets; the few that would fill more take seconds.
  made.options.plan.node_budget = random.Chance(25) ? 10 : 5'000;
  if (random.Chance(15)) made.options.plan.policy_budget = 16;
  made.schema = GenerateSchema(&random);
  const std::optional<Schema> schema = ReadSchema(made.schema);
  // Compiling says what is wrong.
  if (!schema) return made;

  const bool typed = made.options.validate || random.Chance(50);
  Worlds worlds(&*schema, typed, &random);
  PolicyWriter writer(&*schema, typed, &worlds, &random);
  Validation validation(*schema, made.options.validate);
  const int percent_forbid = random.Chance(45)   ? 0
                             : random.Chance(60) ? 10
                                                 : 30;
  const int percent_template = random.Chance(50) ? 0 : 25;
  const uint64_t count = 1 + random.Below(24);
  for (uint64_t i = 0; i < count; ++i) {
    const bool is_template = random.Chance(percent_template);
    std::string text;
    while (true) {
      text = is_template
                 ? writer.WriteTemplate(absl::StrCat("t", i), percent_forbid)
                 : writer.WritePolicy(absl::StrCat("p", i), percent_forbid);
      if (validation.Accepts(text)) break;
      ++*rejected;
    }
    made.policies.push_back(std::move(text));
  }
  const uint64_t links = !writer.has_templates() ? 0
                         : random.Chance(95)     ? random.Below(12)
                                                 : 200;
  for (uint64_t i = 0; i < links; ++i) {
    (random.Chance(50) ? made.links : made.run_time_links)
        .push_back(writer.MakeLink(absl::StrCat("link", i)));
  }
  made.entities = worlds.Entities();
  for (int i = 0; i < requests; ++i) {
    made.requests.push_back(worlds.MakeRequest());
  }
  return made;
}

}  // namespace sekisho
