// The names in the JSON files of the cases: entities, their types, actions,
// attributes, and the policies that requests are called as.
#ifndef SEKISHO_COMPILER_LANGUAGE_JSON_SYMBOLS_H_
#define SEKISHO_COMPILER_LANGUAGE_JSON_SYMBOLS_H_

#include "compiler/language/policy_reading.h"
#include "compiler/language/symbol.h"
#include "compiler/source/source.h"

namespace sekisho {

// Each takes time in proportion to the text. Of what is no JSON, or of another
// shape, there are no names. Names with escapes in them are left out but for
// `Type::\"id\"`.

// Of `requests.json`.
Occurrences FindRequestNames(const SourceSet& sources, SourceId source,
                             const PolicyContext& context);
// Of `entities.json`.
Occurrences FindEntityNames(const SourceSet& sources, SourceId source,
                            const PolicyContext& context);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_JSON_SYMBOLS_H_
