#include "server/recent_answers.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

// Different for different arguments: lengths precede what they are of.
std::string KeyOf(const Pep& pep, absl::string_view policy_store,
                  absl::string_view request_id) {
  return absl::StrCat(pep.kind.size(), " ", pep.name.size(), " ",
                      policy_store.size(), " ", pep.kind, pep.name,
                      policy_store, request_id);
}

}  // namespace

RecentAnswers::Claim::Claim(Claim&& other) noexcept
    : answers_(std::exchange(other.answers_, nullptr)),
      key_(std::move(other.key_)),
      answer_(std::move(other.answer_)) {}

RecentAnswers::Claim::~Claim() {
  if (answers_ != nullptr) answers_->Abandon(key_);
}

void RecentAnswers::Claim::Answer(v1::DecideResponse response) {
  answer_ = std::make_shared<const v1::DecideResponse>(std::move(response));
  std::exchange(answers_, nullptr)->Keep(key_, answer_);
}

absl::StatusOr<RecentAnswers::Claim> RecentAnswers::Ask(
    const Pep& pep, absl::string_view policy_store,
    absl::string_view request_id, const Sha256Digest& fingerprint) {
  std::string key = KeyOf(pep, policy_store, request_id);
  absl::MutexLock lock(&mutex_);
  while (true) {
    auto [it, is_new] = entries_.try_emplace(key);
    Entry& entry = it->second;
    if (is_new) {
      entry.fingerprint = fingerprint;
      return Claim(this, std::move(key), nullptr);
    }
    if (entry.fingerprint != fingerprint) {
      return absl::InvalidArgumentError(absl::StrCat(
          "request_id: `", request_id, "` was used for another request"));
    }
    if (entry.answer != nullptr) return Claim(nullptr, "", entry.answer);
    changed_.Wait(&mutex_);
  }
}

void RecentAnswers::Keep(const std::string& key,
                         std::shared_ptr<const v1::DecideResponse> answer) {
  // The key is there twice.
  const size_t bytes = answer->SpaceUsedLong() + 2 * key.size();
  absl::MutexLock lock(&mutex_);
  Entry& entry = entries_.at(key);
  entry.answer = std::move(answer);
  entry.bytes = bytes;
  bytes_ += bytes;
  answered_.push_back(key);
  while (answered_.size() > options_.max_answers ||
         bytes_ > options_.max_bytes) {
    const auto oldest = entries_.find(answered_.front());
    bytes_ -= oldest->second.bytes;
    entries_.erase(oldest);
    answered_.pop_front();
  }
  changed_.SignalAll();
}

void RecentAnswers::Abandon(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  entries_.erase(key);
  changed_.SignalAll();
}

}  // namespace sekisho
