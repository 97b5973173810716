// Tested by tests/replay.
#include "engine/replay/activated_policies.h"

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace sekisho {

absl::StatusOr<ReplayPolicy> MakeReplayPolicy(
    std::shared_ptr<const Artifact> artifact,
    const SecondOpinionFactory& second_opinion) {
  ReplayPolicy policy;
  policy.artifact = std::move(artifact);
  if (second_opinion) {
    ASSIGN_OR_RETURN(policy.second_opinion, second_opinion(*policy.artifact));
  }
  return policy;
}

void ActivatedPolicies::Add(const ActivationBody& activation) {
  absl::MutexLock lock(&mutex_);
  entries_[activation.policy_hash].artifact = activation.artifact;
}

absl::StatusOr<const ReplayPolicy*> ActivatedPolicies::Find(
    const std::string& hash) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(hash);
  if (it == entries_.end()) {
    return absl::NotFoundError(
        absl::StrCat("the log has no activation of policy ", hash));
  }
  Entry& entry = it->second;
  if (!entry.policy.has_value()) entry.policy = Load(hash, entry.artifact);
  if (!entry.policy->ok()) return entry.policy->status();
  return &**entry.policy;
}

absl::StatusOr<ReplayPolicy> ActivatedPolicies::Load(
    const std::string& hash, const Sha256Digest& content) const {
  const std::string* bytes = evidence_.Find(content);
  if (bytes == nullptr) {
    return absl::DataLossError(
        absl::StrCat("the log does not have the artifact of policy ", hash));
  }
  absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
      Artifact::FromBytes(*bytes);
  if (!artifact.ok()) {
    return absl::DataLossError(absl::StrCat("the artifact of policy ", hash,
                                            ": ", artifact.status().message()));
  }
  if ((*artifact)->hash() != hash) {
    return absl::DataLossError(absl::StrCat("what the log has for policy ",
                                            hash, " is ", (*artifact)->hash()));
  }
  absl::StatusOr<ReplayPolicy> policy =
      MakeReplayPolicy(*std::move(artifact), second_opinion_);
  if (!policy.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("policy ", hash, ": ", policy.status().message()));
  }
  return policy;
}

}  // namespace sekisho
