// Policies from templates. A template is a policy with a slot, `?principal` or
// `?resource`, in its head; a link names the template and the entities that
// stand for its slots, and is a policy of its own.
//
//   Policy policy = LinkTemplate(template_policy, link);
#ifndef SEKISHO_COMPILER_CEDAR_TEMPLATE_H_
#define SEKISHO_COMPILER_CEDAR_TEMPLATE_H_

#include <optional>
#include <string>

#include "compiler/cedar/ast.h"
#include "compiler/source/source.h"
#include "engine/model/value.h"

namespace sekisho {

struct TemplateLink {
  std::string template_id;
  // Of the policy that the link makes.
  std::string id;
  // What stands for `?principal` and `?resource`.
  std::optional<EntityUid> principal;
  std::optional<EntityUid> resource;
  // Where it is written, and the parts of it.
  Span span;
  Span template_span;
  Span principal_span;
  Span resource_span;
};

// The template with the link's entities for its slots, the link's id and
// places, and the template's annotations but for `@id`.
// REQUIRES: the link has an entity for each slot of the template.
Policy LinkTemplate(const Policy& policy_template, const TemplateLink& link);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_TEMPLATE_H_
