// Links made at run time against the artifact whose templates they link.
#ifndef SEKISHO_ENGINE_GRAPH_VALIDATE_LINK_H_
#define SEKISHO_ENGINE_GRAPH_VALIDATE_LINK_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "engine/graph/artifact.h"
#include "engine/graph/graph.h"
#include "engine/model/link.h"
#include "engine/model/schema.h"
#include "engine/model/validate.h"

namespace sekisho {

class LinkValidator {
 public:
  // `artifact` must outlive this object.
  explicit LinkValidator(const Artifact* artifact);

  // Empty if the link fits: its template is one of the artifact's, its id is no
  // policy's of the artifact, it has an entity for each slot and no other, and,
  // if the policies were validated, these are entities of the schema whose
  // types let the template apply to some request. Fields are `id`,
  // `template_id`, `principal` and `resource`.
  std::vector<FieldError> Validate(const Link& link) const;

 private:
  const Schema& schema_;
  absl::flat_hash_set<absl::string_view> policy_ids_;
  absl::flat_hash_map<absl::string_view, const Template*> templates_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_VALIDATE_LINK_H_
