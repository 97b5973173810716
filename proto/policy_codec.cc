#include "proto/policy_codec.h"

#include "proto/codec.h"

namespace sekisho {

void PolicyToProto(const PolicyInfo& policy, const std::string& id,
                   v1::PolicyReference* out) {
  out->set_id(id);
  out->set_effect(policy.is_forbid ? v1::PolicyReference::EFFECT_FORBID
                                   : v1::PolicyReference::EFFECT_PERMIT);
  if (const std::string* use_case = policy.Annotation("matrix")) {
    out->set_use_case(*use_case);
  }
  out->set_source(policy.source);
  out->set_line(policy.line);
}

void LinkToProto(const Link& link, v1::TemplateLink* out) {
  out->set_id(link.id);
  out->set_template_id(link.template_id);
  if (!link.principal.type.empty()) {
    EntityUidToProto(link.principal, out->mutable_principal());
  }
  if (!link.resource.type.empty()) {
    EntityUidToProto(link.resource, out->mutable_resource());
  }
}

}  // namespace sekisho
