#include "compiler/cedar/template.h"

namespace sekisho {
namespace {

void Fill(const std::optional<EntityUid>& entity, Scope* scope) {
  if (!scope->has_slot) return;
  scope->has_slot = false;
  scope->uids = {*entity};
}

}  // namespace

Policy LinkTemplate(const Policy& policy_template, const TemplateLink& link) {
  Policy policy = policy_template;
  policy.id = link.id;
  policy.span = link.span;
  Fill(link.principal, &policy.principal);
  Fill(link.resource, &policy.resource);
  return policy;
}

}  // namespace sekisho
