// Graphviz, as a program.
#ifndef SEKISHO_CLI_GRAPHVIZ_H_
#define SEKISHO_CLI_GRAPHVIZ_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

// The SVG that `dot` makes of a graph in its language. NotFound, with what to
// install, if there is no such program.
absl::StatusOr<std::string> DotToSvg(absl::string_view dot);

}  // namespace sekisho

#endif  // SEKISHO_CLI_GRAPHVIZ_H_
