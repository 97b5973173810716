// Sources in one layout: the same tokens and comments, in lines of at most 80
// columns where that can be.
//
//   std::optional<std::string> text = FormatPolicies(sources, id,
//   &diagnostics);
//
// Only white space changes, so the meaning is the same; what has been formatted
// is not changed by formatting it again. Of an author's own line ends counts
// where the first thing behind a bracket stands, and an empty line between
// things.
//
// A source with syntax errors cannot be laid out: there is no text then, and
// the errors are in `diagnostics`.
#ifndef SEKISHO_COMPILER_FORMAT_FORMAT_H_
#define SEKISHO_COMPILER_FORMAT_FORMAT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// Policies and templates as Cedar text: *.cedar.
std::optional<std::string> FormatPolicies(const SourceSet& sources,
                                          SourceId source,
                                          Diagnostics* diagnostics);

// A schema as Cedar text: *.cedarschema.
std::optional<std::string> FormatSchema(const SourceSet& sources,
                                        SourceId source,
                                        Diagnostics* diagnostics);

// A table with tabs between its cells: *.tsv, such as a vocabulary or cases.
// White space around cells goes, and so do repeated empty lines.
std::optional<std::string> FormatTable(const SourceSet& sources,
                                       SourceId source,
                                       Diagnostics* diagnostics);

// JSON, with comments `// ..`: the requests and entities of cases.
std::optional<std::string> FormatJson(const SourceSet& sources, SourceId source,
                                      Diagnostics* diagnostics);

// True if the file's name says that it is of a kind above.
bool IsFormatted(absl::string_view name);
// The source by the kind that its name says; an error if it says none.
std::optional<std::string> FormatSource(const SourceSet& sources,
                                        SourceId source,
                                        Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_FORMAT_FORMAT_H_
