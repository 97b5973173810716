// The names in policies and in expressions, wherever they stand.
#ifndef SEKISHO_COMPILER_LANGUAGE_POLICY_SYMBOLS_H_
#define SEKISHO_COMPILER_LANGUAGE_POLICY_SYMBOLS_H_

#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/check/checker.h"
#include "compiler/language/schema_index.h"
#include "compiler/language/symbol.h"
#include "compiler/source/source.h"
#include "engine/model/schema.h"

namespace sekisho {

// What names say by themselves, also where policies cannot be parsed: entities,
// actions, entity types behind `is`, and what annotations name. Places are
// those in the source.
void FindNames(const SourceSet& sources, const Span& span, Occurrences* out);

// The attributes, which mean something by the types of what has them.
// `typed` is what CheckPolicy returned for the environments. A name that means
// several is there for each.
void FindAttributes(const SchemaIndex& index,
                    const std::vector<RequestEnvironment>& environments,
                    const std::vector<TypedPolicy>& typed, const Policy& policy,
                    Occurrences* out);

// Of a path that starts at a variable or an entity, in that environment, and of
// the value, if it is not null, that is put there.
void FindAssignedAttributes(const SourceSet& sources, const SchemaIndex& index,
                            const RequestEnvironment& environment,
                            const Expr& path, const Expr* value,
                            Occurrences* out);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_POLICY_SYMBOLS_H_
