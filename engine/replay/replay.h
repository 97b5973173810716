// Makes the decisions of a log again, from the log alone: by the policies that
// were in force then, to see that each was right, or by another one, to see
// what it would change.
//
//   ReplayOptions options;
//   options.policy = candidate;  // or none: what was recorded
//   ASSIGN_OR_RETURN(ReplayReport report, ReplayLog(directory, options));
//   for (const ReplayFinding& finding : report.findings) ..
//
// A decision rests on the evidence that its record cites and on nothing else.
// Replay does not prove that the log is what was written: see
// engine/log/verify.h. Whatever the log holds, it ends.
#ifndef SEKISHO_ENGINE_REPLAY_REPLAY_H_
#define SEKISHO_ENGINE_REPLAY_REPLAY_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/eval/decision.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/obligation.h"
#include "engine/model/request.h"

namespace sekisho {

// Another evaluator of an artifact's policies. Called from several threads.
class SecondOpinion {
 public:
  virtual ~SecondOpinion() = default;

  // `entities` and `links` are all there are. The decision names `links` as its
  // own, in their order.
  virtual Decision Decide(const Request& request,
                          const std::vector<Entity>& entities,
                          const LinkSet& links) const = 0;
};

// Called once for each artifact that decides.
using SecondOpinionFactory =
    std::function<absl::StatusOr<std::unique_ptr<SecondOpinion>>(
        const Artifact& artifact)>;

// What a decision must satisfy to be replayed. What is empty does not filter.
struct ReplayFilter {
  // From `since`, included, to `until`, excluded.
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
  std::optional<EntityUid> principal;
  std::optional<EntityUid> resource;
  // The id or the use case of a policy that determines the decision, as it was
  // recorded or as it is made now.
  std::string policy;
  // As recorded.
  std::optional<bool> permitted;
};

struct ReplayOptions {
  // Decides in place of the recorded policies.
  std::shared_ptr<const Artifact> policy;
  // Must agree with the graph on each decision.
  SecondOpinionFactory second_opinion;
  ReplayFilter filter;
  // What to count by besides use case, types, action and policy store:
  // attributes such as `context.location`, `principal.roles` or
  // `resource.grade`. A set counts once for each of its elements.
  std::vector<std::string> by;
  // That decide; another one reads.
  int threads = 2;
  // More findings than that are counted and not listed.
  size_t max_findings = 100000;
  // Called now and then by the thread that called ReplayLog, with how much of
  // the log was read.
  std::function<void(uint64_t records, uint64_t bytes)> progress;
};

// How a decision compares with its record, the most important first.
enum class ReplayOutcome {
  kDenyToPermit,
  kPermitToDeny,
  // The same decision, with another cause, other determining policies, errors,
  // undecided forbids, obligations or advice.
  kOtherReasons,
  // The second opinion is not the graph's.
  kOpinionsDiffer,
  // There is no decision: the log does not have the policy or what the record
  // cites, or the request or an entity does not fit the schema.
  kNoDecision,
  // A policy reads an entity that is not among the evidence, or a template may
  // fit with links that were not recorded, since it did not fit with them then:
  // the log cannot say what they would decide.
  kEvidenceLacks,
  kSame,
};
inline constexpr size_t kReplayOutcomes = 7;

// "deny to permit", "the evidence lacks", ...
absl::string_view ReplayOutcomeName(ReplayOutcome outcome);

// A decision as records have it, with policies by their ids.
struct ReplayDecision {
  bool permitted = false;
  Cause cause = Cause::kNotCovered;
  std::vector<std::string> determining;
  std::vector<std::string> errors;
  std::vector<std::string> undecided_forbids;
  UnnamedPolicies unnamed;
  std::vector<Obligation> obligations;
  std::vector<Obligation> advice;

  bool operator==(const ReplayDecision&) const = default;
};

// A decision that is not as its record says.
struct ReplayFinding {
  ReplayOutcome outcome = ReplayOutcome::kNoDecision;
  // The record's.
  uint64_t index = 0;
  Bytes16 id{};
  absl::Time time;
  std::string policy_store;
  // With what the server added to the context.
  Request request;
  ReplayDecision recorded;
  // If one was made.
  std::optional<ReplayDecision> replayed;
  // kEvidenceLacks.
  std::optional<EntityUid> lacking;
  // What is wrong, or empty if the decisions say it.
  std::string message;
};

struct ReplayCounts {
  std::array<uint64_t, kReplayOutcomes> by_outcome{};

  uint64_t of(ReplayOutcome outcome) const {
    return by_outcome[static_cast<size_t>(outcome)];
  }
  uint64_t total() const;
};

// The decisions with one value in common. Of a dimension with several values,
// such as use cases, a decision is in several groups.
struct ReplayGroup {
  // "use case", "principal type", "resource type", "action", "policy store",
  // or one of ReplayOptions::by.
  std::string dimension;
  // "(none)" where there is none.
  std::string value;
  ReplayCounts counts;
};

struct ReplayReport {
  // All in the log.
  uint64_t records = 0;
  uint64_t decisions = 0;
  // Of the decisions that pass the filter.
  ReplayCounts counts;
  // By dimension in the order above, then by value.
  std::vector<ReplayGroup> groups;
  // By outcome, then by index; none with kSame.
  std::vector<ReplayFinding> findings;
  uint64_t findings_left_off = 0;

  // Whether every decision that was replayed is as its record says.
  bool agrees() const {
    return counts.total() == counts.of(ReplayOutcome::kSame);
  }
};

// An error means that the log could not be read: NotFound if there is none,
// DataLoss if it is damaged, InvalidArgument for a path in `by` that is none.
// Keeps all evidence in memory.
absl::StatusOr<ReplayReport> ReplayLog(const std::string& directory,
                                       const ReplayOptions& options);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_REPLAY_H_
