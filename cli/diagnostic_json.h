// Places in sources as the commands print them in JSON.
#ifndef SEKISHO_CLI_DIAGNOSTIC_JSON_H_
#define SEKISHO_CLI_DIAGNOSTIC_JSON_H_

#include <string>

#include "compiler/source/source.h"
#include "nlohmann/json.hpp"

namespace sekisho {

// `file`, `line` and `column` from 1, `end_line`, `end_column`. `folder` is the
// path before the names of the sources; may be empty.
nlohmann::ordered_json PlaceJson(const SourceSet& sources,
                                 const std::string& folder, const Span& span);

}  // namespace sekisho

#endif  // SEKISHO_CLI_DIAGNOSTIC_JSON_H_
