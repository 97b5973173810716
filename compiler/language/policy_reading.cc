#include "compiler/language/policy_reading.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "compiler/cedar_source.h"
#include "compiler/language/policy_symbols.h"
#include "compiler/language/symbol.h"
#include "compiler/lint/allow.h"

namespace sekisho {

bool IsSameSchema(const Schema& a, const Schema& b) {
  const auto same_entity = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.attributes == y.second.attributes &&
           x.second.tags == y.second.tags &&
           x.second.member_of == y.second.member_of &&
           x.second.enum_ids == y.second.enum_ids;
  };
  const auto same_action = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.member_of == y.second.member_of &&
           x.second.principal_types == y.second.principal_types &&
           x.second.resource_types == y.second.resource_types &&
           x.second.context == y.second.context;
  };
  return std::equal(a.entity_types.begin(), a.entity_types.end(),
                    b.entity_types.begin(), b.entity_types.end(),
                    same_entity) &&
         std::equal(a.actions.begin(), a.actions.end(), b.actions.begin(),
                    b.actions.end(), same_action);
}

PolicyReading ReadPolicyText(absl::string_view name, absl::string_view text,
                             const PolicyContext* context) {
  PolicyReading reading;
  Occurrences occurrences;
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId source =
      sources.Add(name, std::string(text.data(), text.size()));
  const lint::AllowedRules allowed(sources, source);
  static const std::vector<RequestEnvironment> kNoEnvironments;
  const std::vector<RequestEnvironment>& environments =
      context == nullptr ? kNoEnvironments : context->environments;
  for (Policy& policy : ReadPolicySource(sources, source, &diagnostics)) {
    const size_t errors_before = diagnostics.error_count();
    std::vector<TypedPolicy> typed;
    if (context != nullptr) {
      typed = CheckPolicy(context->schema, context->environments, policy,
                          &diagnostics);
      FindAttributes(*context->index, context->environments, typed, policy,
                     &occurrences);
      Obligations obligations = context->obligations;
      obligations.Check(context->schema,
                        obligations.IndicesOf(policy, &diagnostics),
                        context->environments, typed, &diagnostics);
    }
    if (diagnostics.error_count() == errors_before) {
      LintPolicy(sources, policy, typed, &reading.lint);
    }
    reading.linted.push_back({Summarize(policy, environments, typed),
                              allowed.On(sources.LineOf(policy.span))});
    policy.clauses.clear();
    reading.heads.push_back(std::move(policy));
  }
  if (FormOf(name) == CedarForm::kText) {
    FindNames(sources, {source, 0, static_cast<uint32_t>(text.size())},
              &occurrences);
  }
  DropAllowed(sources, &reading.lint);
  reading.occurrences = OccurrenceList(std::move(occurrences));
  diagnostics.Sort();
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    (diagnostic.span.source == source ? reading.diagnostics
                                      : reading.of_obligations)
        .push_back(diagnostic);
  }
  return reading;
}

}  // namespace sekisho
