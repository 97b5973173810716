// The links of a policy folder: `links.tsv`.
//
//   id         template  ?principal   ?resource          note
//   ann-plans  share     User::"ann"  Folder::"plans"
//   bob-own    owner     User::"bob"                     until June
//
// Each line makes a policy of a template: with that id, and with those entities
// for the template's slots. A template may have any number of links, or none.
#ifndef SEKISHO_COMPILER_LINKS_LINKS_H_
#define SEKISHO_COMPILER_LINKS_LINKS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/template.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/link.h"

namespace sekisho {

inline constexpr char kLinksFile[] = "links.tsv";

// Reads the table. Lines with errors are left out.
std::vector<TemplateLink> ReadLinks(const SourceSet& sources, SourceId source,
                                    Diagnostics* diagnostics);

// The text of a table with one more line, for `link`; an empty text becomes a
// table with that line. InvalidArgument if the table has no column for what the
// link has, or a text of the link would leave its cell.
absl::StatusOr<std::string> AppendLink(absl::string_view table,
                                       const TemplateLink& link);

// Appends the policy that each link makes, and returns the links with the
// places of these. Errors: a template that is not among `policies`, an entity
// for a slot that the template does not have, none for one that it has. Such
// links are left out.
std::vector<LinkPtr> LinkPolicies(const std::vector<TemplateLink>& links,
                                  std::vector<Policy>* policies,
                                  Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LINKS_LINKS_H_
