#include "compiler/language/case_reading.h"

#include "absl/strings/match.h"
#include "compiler/language/table_symbols.h"

namespace sekisho {
namespace {

constexpr absl::string_view kRequests = "cases/requests.json";
constexpr absl::string_view kEntities = "cases/entities.json";

bool IsTable(absl::string_view name) { return absl::EndsWith(name, ".tsv"); }

}  // namespace

bool IsCaseFile(absl::string_view name) {
  return absl::StartsWith(name, "cases/") &&
         (IsTable(name) || name == kRequests || name == kEntities);
}

CaseReading::CaseReading(std::vector<std::pair<std::string, std::string>> files,
                         const CaseWords& words)
    : diagnostics(&sources) {
  CaseFiles sources_of;
  for (auto& [name, text] : files) {
    const SourceId id = sources.Add(name, std::move(text));
    if (IsTable(name)) sources_of.tables.push_back(id);
    if (name == kRequests) sources_of.requests = id;
    if (name == kEntities) sources_of.entities = id;
  }
  for (const SourceId table : sources_of.tables) {
    occurrences.try_emplace(
        std::string(sources.name(table)),
        FindTableNames(sources, table, /*context=*/nullptr));
  }
  ReadCases(sources, sources_of, words, &diagnostics);
  diagnostics.Sort();
}

}  // namespace sekisho
