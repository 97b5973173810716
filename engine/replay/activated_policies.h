// The policies that a log says were activated.
#ifndef SEKISHO_ENGINE_REPLAY_ACTIVATED_POLICIES_H_
#define SEKISHO_ENGINE_REPLAY_ACTIVATED_POLICIES_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/sha256.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/replay/recorded_entities.h"
#include "engine/replay/replay.h"

namespace sekisho {

struct ReplayPolicy {
  std::shared_ptr<const Artifact> artifact;
  // Null if there is none.
  std::unique_ptr<SecondOpinion> second_opinion;
};

absl::StatusOr<ReplayPolicy> MakeReplayPolicy(
    std::shared_ptr<const Artifact> artifact,
    const SecondOpinionFactory& second_opinion);

// Thread-safe; what was found stays.
class ActivatedPolicies {
 public:
  // `evidence` must outlive this object.
  ActivatedPolicies(const EvidenceKeeper& evidence,
                    SecondOpinionFactory second_opinion)
      : evidence_(evidence), second_opinion_(std::move(second_opinion)) {}

  void Add(const ActivationBody& activation);

  // Loads it the first time. NotFound if the log said of no such policy yet.
  absl::StatusOr<const ReplayPolicy*> Find(const std::string& hash);

 private:
  struct Entry {
    Sha256Digest artifact{};
    // Once it was asked for.
    std::optional<absl::StatusOr<ReplayPolicy>> policy;
  };

  // No error is NotFound.
  absl::StatusOr<ReplayPolicy> Load(const std::string& hash,
                                    const Sha256Digest& content) const;

  const EvidenceKeeper& evidence_;
  const SecondOpinionFactory second_opinion_;
  absl::Mutex mutex_;
  // Entries stay where they are.
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_ACTIVATED_POLICIES_H_
