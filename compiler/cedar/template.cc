#include "compiler/cedar/template.h"

#include <algorithm>

namespace sekisho {
namespace {

void Fill(const std::optional<EntityUid>& entity, const Span& span,
          Scope* scope) {
  if (!scope->has_slot) return;
  scope->has_slot = false;
  scope->uids = {*entity};
  scope->span = span;
}

}  // namespace

Policy LinkTemplate(const Policy& policy_template, const TemplateLink& link) {
  Policy policy = policy_template;
  policy.id = link.id;
  policy.span = link.span;
  policy.annotations.erase(
      std::remove_if(policy.annotations.begin(), policy.annotations.end(),
                     [](const Annotation& a) { return a.name == "id"; }),
      policy.annotations.end());
  Fill(link.principal, link.principal_span, &policy.principal);
  Fill(link.resource, link.resource_span, &policy.resource);
  return policy;
}

}  // namespace sekisho
