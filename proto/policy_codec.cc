#include "proto/policy_codec.h"

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

}  // namespace sekisho
