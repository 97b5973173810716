// What the schema of a policy names in requests, numbered, for batches in
// numbers (CompactItems in decision.proto).
#ifndef SEKISHO_SERVER_SYMBOLS_H_
#define SEKISHO_SERVER_SYMBOLS_H_

#include <string>
#include <vector>

#include "engine/model/schema.h"

namespace sekisho {

// Types of principals and resources with the ids of enumerated ones, actions
// that can be asked for, and attributes of their contexts; ascending by their
// bytes, each once. A symbol's number is its place.
std::vector<std::string> SymbolsOf(const Schema& schema);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_SYMBOLS_H_
