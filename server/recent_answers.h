// The answers that were given to named requests, so that one which is sent
// again is answered as it was the first time.
//
//   ASSIGN_OR_RETURN(RecentAnswers::Claim claim,
//                    answers.Ask(pep, policy_store, request_id, fingerprint));
//   if (claim.answer() != nullptr) return *claim.answer();
//   ... decide ...
//   claim.Answer(response);
//
// Bounded in entries and bytes: the oldest answers are forgotten. Thread-safe.
#ifndef SEKISHO_SERVER_RECENT_ANSWERS_H_
#define SEKISHO_SERVER_RECENT_ANSWERS_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/sha256.h"
#include "engine/log/record.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

struct RecentAnswersOptions {
  size_t max_answers = size_t{1} << 16;
  // What the answers take in memory, about.
  size_t max_bytes = size_t{64} << 20;
};

class RecentAnswers {
 public:
  // A request under way, or its answer. Until it is answered or destroyed,
  // others who ask the same wait. For one thread; may not outlive the
  // RecentAnswers.
  class Claim {
   public:
    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;
    // Without an answer, the next who asks the same makes one.
    ~Claim();

    // The answer that was given before, or null: the claimant is to make it.
    const v1::DecideResponse* answer() const { return answer_.get(); }
    // REQUIRES: answer() is null.
    void Answer(v1::DecideResponse response);

   private:
    friend class RecentAnswers;
    Claim(RecentAnswers* answers, std::string key,
          std::shared_ptr<const v1::DecideResponse> answer)
        : answers_(answers), key_(std::move(key)), answer_(std::move(answer)) {}

    // Null once there is nothing to let go of.
    RecentAnswers* answers_;
    std::string key_;
    std::shared_ptr<const v1::DecideResponse> answer_;
  };

  explicit RecentAnswers(const RecentAnswersOptions& options = {})
      : options_(options) {}

  // Waits while another thread makes the answer. InvalidArgument if the id was
  // used, within the bounds, for a request with another fingerprint.
  absl::StatusOr<Claim> Ask(const Pep& pep, absl::string_view policy_store,
                            absl::string_view request_id,
                            const Sha256Digest& fingerprint)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    Sha256Digest fingerprint{};
    // Null while it is being made.
    std::shared_ptr<const v1::DecideResponse> answer;
    size_t bytes = 0;
  };

  void Keep(const std::string& key,
            std::shared_ptr<const v1::DecideResponse> answer)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Abandon(const std::string& key) ABSL_LOCKS_EXCLUDED(mutex_);

  const RecentAnswersOptions options_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // The keys of what is answered, the oldest first.
  std::deque<std::string> answered_ ABSL_GUARDED_BY(mutex_);
  // Of what is answered.
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_RECENT_ANSWERS_H_
