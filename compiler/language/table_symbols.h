// The names in the tables of a policy folder.
#ifndef SEKISHO_COMPILER_LANGUAGE_TABLE_SYMBOLS_H_
#define SEKISHO_COMPILER_LANGUAGE_TABLE_SYMBOLS_H_

#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "compiler/folder.h"
#include "compiler/language/policy_reading.h"
#include "compiler/language/symbol.h"
#include "compiler/matrix/read.h"
#include "compiler/matrix/vocabulary.h"
#include "compiler/source/source.h"

namespace sekisho {

// By file. `matrix` and `context` may be null.
absl::btree_map<std::string, Occurrences> FindTableNames(
    const PolicyFolder& folder, const MatrixReading* matrix,
    const PolicyContext* context);

// Of one table, also of cases. `context` may be null.
Occurrences FindTableNames(const SourceSet& sources, SourceId table,
                           const PolicyContext* context);

Symbol PhraseSymbol(absl::string_view column, absl::string_view phrase);
// REQUIRES: it is one of the reading.
Symbol PhraseSymbol(const MatrixReading& matrix, const VocabularyEntry& entry);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_TABLE_SYMBOLS_H_
