// The cases of a policy folder (compiler/cases), read beside it.
#ifndef SEKISHO_COMPILER_LANGUAGE_CASE_READING_H_
#define SEKISHO_COMPILER_LANGUAGE_CASE_READING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "compiler/cases/cases.h"
#include "compiler/language/occurrence_list.h"
#include "compiler/language/policy_reading.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// True for the names of what belongs to the cases: the tables in `cases/`, and
// `requests.json` and `entities.json` there.
bool IsCaseFile(absl::string_view name);

struct CaseReading {
  // `files` are those, by name; the words are of the context.
  CaseReading(std::vector<std::pair<std::string, std::string>> files,
              const CaseWords& words, const PolicyContext& context);
  CaseReading(const CaseReading&) = delete;
  CaseReading& operator=(const CaseReading&) = delete;

  SourceSet sources;
  Diagnostics diagnostics;
  // By file.
  absl::btree_map<std::string, OccurrenceList> occurrences;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_CASE_READING_H_
