#include "compiler/language/case_reading.h"

#include <utility>

#include "absl/strings/match.h"
#include "compiler/cases/change.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/parser.h"
#include "compiler/check/checker.h"
#include "compiler/language/json_symbols.h"
#include "compiler/language/policy_symbols.h"
#include "compiler/language/table_symbols.h"
#include "compiler/matrix/table.h"

namespace sekisho {
namespace {

constexpr absl::string_view kRequests = "cases/requests.json";
constexpr absl::string_view kEntities = "cases/entities.json";

// The attributes that the case changes.
void FindChangeNames(const SourceSet& sources, const Case& c,
                     const PolicyContext& context, Occurrences* out) {
  if (c.change.empty()) return;
  const RequestEnvironment environment = {
      c.request.action, c.request.principal.type, c.request.resource.type};
  Diagnostics said(&sources);
  for (const TableCell& step :
       SplitSteps({sources.text(c.change_span), c.change_span})) {
    const StepParts parts = PartsOfStep(step);
    const ExprPtr target = ParseExpression(sources, parts.target.span, &said);
    if (target == nullptr) continue;
    ExprPtr value;
    if (parts.kind == StepParts::Kind::kAssign) {
      value = ParseExpression(sources, parts.value.span, &said);
    }
    FindAssignedAttributes(sources, *context.index, environment, *target,
                           value.get(), out);
  }
}

bool IsTable(absl::string_view name) { return absl::EndsWith(name, ".tsv"); }

}  // namespace

bool IsCaseFile(absl::string_view name) {
  return absl::StartsWith(name, "cases/") &&
         (IsTable(name) || name == kRequests || name == kEntities);
}

CaseReading::CaseReading(std::vector<std::pair<std::string, std::string>> files,
                         const CaseWords& words, const PolicyContext& context)
    : diagnostics(&sources) {
  CaseFiles sources_of;
  for (auto& [name, text] : files) {
    const SourceId id = sources.Add(name, std::move(text));
    if (IsTable(name)) sources_of.tables.push_back(id);
    if (name == kRequests) sources_of.requests = id;
    if (name == kEntities) sources_of.entities = id;
  }
  absl::btree_map<SourceId, Occurrences> names;
  for (const SourceId table : sources_of.tables) {
    names[table] = FindTableNames(sources, table, /*context=*/nullptr);
  }
  const auto add = [&](SourceId source, auto find) {
    if (source != kNoSource) names[source] = find(sources, source, context);
  };
  add(sources_of.requests, FindRequestNames);
  add(sources_of.entities, FindEntityNames);
  const CaseSet set = ReadCases(sources, sources_of, words, &diagnostics);
  for (const Case& c : set.cases) {
    FindChangeNames(sources, c, context, &names[c.span.source]);
  }
  for (auto& [source, of_source] : names) {
    occurrences.try_emplace(std::string(sources.name(source)),
                            std::move(of_source));
  }
  diagnostics.Sort();
}

}  // namespace sekisho
