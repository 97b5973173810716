// Policies as the API refers to them, and links.
#ifndef SEKISHO_PROTO_POLICY_CODEC_H_
#define SEKISHO_PROTO_POLICY_CODEC_H_

#include <string>

#include "engine/graph/policy_info.h"
#include "engine/model/link.h"
#include "proto/sekisho/v1/policy.pb.h"

namespace sekisho {

// `id` is the policy's, or that of a link that was made of it.
void PolicyToProto(const PolicyInfo& policy, const std::string& id,
                   v1::PolicyReference* out);

void LinkToProto(const Link& link, v1::TemplateLink* out);

}  // namespace sekisho

#endif  // SEKISHO_PROTO_POLICY_CODEC_H_
