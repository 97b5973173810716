#include "bench/verify_answers.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "compiler/reference/reference.h"
#include "engine/graph/artifact.h"

namespace sekisho {
namespace {

constexpr size_t kShownDifferences = 10;

class Verifier {
 public:
  Verifier(DecisionPoint& point, const Compilation& policies,
           const EntityMap& entities,
           const std::vector<RequestToMeasure>& requests, size_t stride)
      : point_(point),
        policies_(policies),
        entities_(entities),
        requests_(requests),
        stride_(stride),
        permitted_(requests.size()) {}

  absl::StatusOr<VerifiedAnswers> Run() {
    std::vector<std::thread> threads;
    const unsigned count = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) {
      threads.emplace_back([this] {
        for (size_t next; (next = next_++) < requests_.size();) Check(next);
      });
    }
    for (std::thread& thread : threads) thread.join();
    absl::MutexLock lock(&mutex_);
    if (refused_.has_value()) {
      return absl::InvalidArgumentError(refused_->second);
    }
    if (!differences_.empty()) {
      std::sort(differences_.begin(), differences_.end());
      const size_t shown = std::min(kShownDifferences, differences_.size());
      return absl::FailedPreconditionError(absl::StrCat(
          differences_.size(), " answers are wrong, nothing was timed:\n",
          absl::StrJoin(differences_.begin(), differences_.begin() + shown,
                        "\n", [](std::string* out, const auto& difference) {
                          absl::StrAppend(out, difference.second);
                        })));
    }
    VerifiedAnswers answers;
    answers.permits = static_cast<size_t>(
        std::count(permitted_.begin(), permitted_.end(), 1));
    answers.permitted = std::move(permitted_);
    answers.by_reference = (requests_.size() + stride_ - 1) / stride_;
    answers.by_file = static_cast<size_t>(std::count_if(
        requests_.begin(), requests_.end(),
        [](const auto& each) { return each.permitted.has_value(); }));
    return answers;
  }

 private:
  void Check(size_t i) {
    const RequestToMeasure& each = requests_[i];
    RecordedRequest request;
    request.request = each.request;
    const absl::StatusOr<Decision> decision = point_.Decide(request);
    if (!decision.ok()) {
      absl::MutexLock lock(&mutex_);
      if (!refused_.has_value() || i < refused_->first) {
        refused_ = {i, absl::StrCat("requests[", i,
                                    "]: ", decision.status().message())};
      }
      return;
    }
    permitted_[i] = decision->permitted();
    if (each.permitted.has_value() && *each.permitted != permitted_[i]) {
      Differs(i, *each.permitted ? "the file says allow" : "the file says deny",
              *decision);
    }
    if (i % stride_ != 0) return;
    const Decision expected = ReferenceDecide(
        policies_.policies, {each.request, entities_, *policies_.schema},
        point_.artifact().graph().fail_closed);
    if (decision->cause != expected.cause ||
        decision->determining != expected.determining ||
        decision->errors != expected.errors) {
      Differs(i, "the reference evaluator says " + ToText(expected), *decision);
    }
  }

  void Differs(size_t i, const std::string& expected, const Decision& got) {
    absl::MutexLock lock(&mutex_);
    differences_.emplace_back(i, absl::StrCat("requests[", i, "]: ", expected,
                                              ", the graph ", ToText(got)));
  }

  std::string ToText(const Decision& decision) const {
    const auto ids = [&](const PolicyIndexes& policies) {
      return absl::StrJoin(
          policies, ", ", [&](std::string* out, PolicyIndex policy) {
            absl::StrAppend(out, point_.artifact().policies()[policy].id);
          });
    };
    return absl::StrCat(CauseName(decision.cause), " by [",
                        ids(decision.determining), "] with errors in [",
                        ids(decision.errors), "]");
  }

  DecisionPoint& point_;
  const Compilation& policies_;
  const EntityMap& entities_;
  const std::vector<RequestToMeasure>& requests_;
  const size_t stride_;

  std::atomic<size_t> next_{0};
  // Each element is written by one thread.
  std::vector<uint8_t> permitted_;
  absl::Mutex mutex_;
  // With the number of the request.
  std::vector<std::pair<size_t, std::string>> differences_
      ABSL_GUARDED_BY(mutex_);
  std::optional<std::pair<size_t, std::string>> refused_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<VerifiedAnswers> VerifyAnswers(
    DecisionPoint& point, const Compilation& policies,
    const std::vector<Entity>& entities,
    const std::vector<RequestToMeasure>& requests, size_t stride) {
  EntityMap map;
  for (const Entity& entity : entities) map[entity.uid] = entity;
  return Verifier(point, policies, map, requests, stride).Run();
}

}  // namespace sekisho
