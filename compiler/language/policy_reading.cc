#include "compiler/language/policy_reading.h"

#include <utility>

#include "compiler/cedar_source.h"

namespace sekisho {

PolicyReading ReadPolicyText(absl::string_view name, absl::string_view text,
                             const PolicyContext* context) {
  PolicyReading reading;
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId source =
      sources.Add(name, std::string(text.data(), text.size()));
  for (Policy& policy : ReadPolicySource(sources, source, &diagnostics)) {
    if (context != nullptr) {
      CheckPolicy(context->schema, context->environments, policy, &diagnostics);
    }
    policy.clauses.clear();
    reading.heads.push_back(std::move(policy));
  }
  diagnostics.Sort();
  reading.diagnostics = diagnostics.all();
  return reading;
}

}  // namespace sekisho
