// Property: the JSON form of policies and of a schema means what their text
// means, and so does the text that comes of it.
//
// Random policy sets are decided by the reference evaluator as text, as JSON,
// and as text made from that JSON. SEKISHO_SEED repeats a run, SEKISHO_SETS
// makes it longer.
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/cedar_source.h"
#include "compiler/reference/reference.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/json.h"
#include "gtest/gtest.h"
#include "tests/differential/random_policies.h"
#include "tests/environment.h"

namespace sekisho {
namespace {

using Converter = bool (*)(const SourceSet&, SourceId, CedarForm,
                           const TextSink&, Diagnostics*);

std::string Converted(Converter convert, const std::string& text,
                      CedarForm to) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId source =
      sources.Add(to == CedarForm::kText ? "x.json" : "x", text);
  std::string out;
  const auto append = [&](absl::string_view piece) {
    out.append(piece.data(), piece.size());
  };
  EXPECT_TRUE(convert(sources, source, to, append, &diagnostics))
      << diagnostics.ToString() << text;
  return out;
}

std::vector<Policy> Read(const std::string& name, const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  std::vector<Policy> policies =
      ReadPolicySource(sources, sources.Add(name, text), &diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.ToString();
  return policies;
}

Schema ReadSchema(const std::string& name, const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  auto schema =
      ReadSchemaSource(sources, sources.Add(name, text), &diagnostics);
  EXPECT_TRUE(schema.has_value()) << diagnostics.ToString();
  return schema.value_or(Schema());
}

TEST(JsonFormsTest, PoliciesMeanTheSame) {
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  const uint64_t sets = EnvironmentNumber("SEKISHO_SETS", 300);
  constexpr int kRequestsPerSet = 20;
  std::cout << "SEKISHO_SEED=" << seed << " SEKISHO_SETS=" << sets << "\n";
  const Schema schema = ReadSchema("s.cedarschema", kRandomSchema);
  RandomPolicies generate(seed);
  size_t permits = 0;
  size_t with_errors = 0;
  for (uint64_t set = 0; set < sets; ++set) {
    const std::string text =
        generate.Policies(1 + static_cast<int>(generate.Below(12)));
    const std::string json = Converted(ConvertPolicies, text, CedarForm::kJson);
    const std::string back = Converted(ConvertPolicies, json, CedarForm::kText);
    const std::vector<Policy> policies = Read("p.cedar", text);
    const std::vector<Policy> from_json = Read("p.json", json);
    const std::vector<Policy> from_back = Read("p.cedar", back);
    ASSERT_EQ(from_json.size(), policies.size());
    EntityMap entities;
    for (const Entity& entity : generate.Entities()) {
      entities[entity.uid] = entity;
    }
    for (int i = 0; i < kRequestsPerSet; ++i) {
      const Request request = generate.MakeRequest();
      const ReferenceInput input = {request, entities, schema};
      const Decision expected = ReferenceDecide(policies, input, true);
      ASSERT_EQ(ReferenceDecide(from_json, input, true), expected)
          << "seed " << seed << " set " << set << "\n"
          << text << json << RequestToJson(request);
      ASSERT_EQ(ReferenceDecide(from_back, input, true), expected)
          << "seed " << seed << " set " << set << "\n"
          << text << json << back << RequestToJson(request);
      permits += expected.permitted();
      with_errors += !expected.errors.empty();
    }
  }
  // What is not met is not tested.
  EXPECT_GT(permits * 10, sets * kRequestsPerSet);
  EXPECT_GT(with_errors * 10, sets * kRequestsPerSet);
}

}  // namespace
}  // namespace sekisho
