// Tested by tests/replay.
#include "engine/replay/replay_worker.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/eval/evaluate.h"
#include "engine/log/record_format.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

ReplayDecision ToReplayDecision(const Artifact& artifact,
                                const Decision& decision) {
  ReplayDecision out;
  const auto name = [&](const PolicyIndexes& indexes,
                        std::vector<std::string>* ids, uint64_t* unnamed) {
    const size_t named = CountNamed(artifact.policies(), decision, indexes);
    for (size_t i = 0; i < named; ++i) {
      ids->push_back(IdOf(artifact.policies(), decision, indexes[i]));
    }
    *unnamed = indexes.size() - named;
  };
  out.permitted = decision.permitted();
  out.cause = decision.cause;
  name(decision.determining, &out.determining, &out.unnamed.determining);
  name(decision.errors, &out.errors, &out.unnamed.errors);
  name(decision.undecided_forbids, &out.undecided_forbids,
       &out.unnamed.undecided_forbids);
  return out;
}

ReplayDecision RecordedDecision(const DecisionBody& body) {
  return {body.permitted,         body.cause,   body.determining, body.errors,
          body.undecided_forbids, body.unnamed, body.obligations, body.advice};
}

// Whether the policies of these indices have these ids, and so many more are
// not named.
bool AreNamed(const std::vector<std::string>& ids, uint64_t unnamed,
              const PolicyIndexes& policies, const Artifact& artifact,
              const Decision& decision) {
  if (ids.size() + unnamed != policies.size()) return false;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != IdOf(artifact.policies(), decision, policies[i])) {
      return false;
    }
  }
  return true;
}

ReplayOutcome Compare(const DecisionBody& recorded, const Artifact& artifact,
                      const Decision& made, const Obliged& obliged) {
  if (recorded.permitted != made.permitted()) {
    return made.permitted() ? ReplayOutcome::kDenyToPermit
                            : ReplayOutcome::kPermitToDeny;
  }
  const bool is_same =
      recorded.cause == made.cause &&
      AreNamed(recorded.determining, recorded.unnamed.determining,
               made.determining, artifact, made) &&
      AreNamed(recorded.errors, recorded.unnamed.errors, made.errors, artifact,
               made) &&
      AreNamed(recorded.undecided_forbids, recorded.unnamed.undecided_forbids,
               made.undecided_forbids, artifact, made) &&
      recorded.obligations == obliged.obligations &&
      recorded.advice == obliged.advice;
  return is_same ? ReplayOutcome::kSame : ReplayOutcome::kOtherReasons;
}

const Template* FindTemplate(const Artifact& artifact, const std::string& id) {
  for (const Template& each : artifact.graph().templates) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

// The template of `artifact` that other links may fit than those that fitted
// when `recorded_by` decided, or null. `recorded_by` may be null: unknown.
const Template* UnrecordedLinks(const DecisionBody& body,
                                const Artifact* recorded_by,
                                const Artifact& artifact) {
  if (!body.links.has_value() || recorded_by == &artifact) return nullptr;
  for (const Template& each : artifact.graph().templates) {
    if (recorded_by == nullptr) return &each;
    const Template* before = FindTemplate(*recorded_by, each.id);
    // Links are of templates of the active policy, which decides unless another
    // one is demanded.
    const bool fits_the_same = before == nullptr
                                   ? body.request.demanded_policy.empty()
                                   : before->principal == each.principal &&
                                         before->resource == each.resource;
    if (!fits_the_same) return &each;
  }
  return nullptr;
}

// What the second opinion says of the decision, or nothing if it agrees.
absl::StatusOr<std::optional<std::string>> AskAgain(
    const ReplayPolicy& policy, const Request& request,
    const Decision& decision, const LinkSet& links,
    RecordedEntities* entities) {
  const absl::StatusOr<std::vector<Entity>> all = entities->All();
  if (!all.ok()) return all.status();
  const Decision other = policy.second_opinion->Decide(request, *all, links);
  const ReplayDecision words = ToReplayDecision(*policy.artifact, other);
  if (words == ToReplayDecision(*policy.artifact, decision)) {
    return std::nullopt;
  }
  return absl::StrCat("the second opinion is ",
                      words.permitted ? "permit" : "deny", " by ",
                      other.determining.size(), " policies with ",
                      other.errors.size(), " errors");
}

}  // namespace

void ReplayWorker::Run(BatchQueue* queue) {
  RecordBatch batch;
  while (queue->Take(&batch)) TakeAll(batch);
}

void ReplayWorker::TakeDeferred(const RecordBatch& deferred) {
  may_defer_ = false;
  TakeAll(deferred);
}

void ReplayWorker::TakeAll(const RecordBatch& batch) {
  for (size_t begin = 0; begin < batch.size(); begin += kTogether) {
    const auto records = absl::MakeSpan(records_).subspan(
        0, std::min(kTogether, batch.size() - begin));
    for (size_t i = 0; i < records.size(); ++i) {
      OneRecord& one = records[i];
      one.index = batch.index(begin + i);
      one.bytes = batch[begin + i];
      one.status = DecodeRecord(one.bytes, &one.record);
      if (auto* const decision = std::get_if<DecisionBody>(&one.record.body);
          one.status.ok() && decision != nullptr) {
        one.status = ReadEvidenceList(shared_.evidence, &decision->basis);
      }
    }
    using Step = EntityDecoder::Step;
    for (Step step :
         {Step::kPlace, Step::kEntity, Step::kAttributes, Step::kValues}) {
      for (const OneRecord& one : records) {
        if (one.decision() != nullptr) Expect(*one.decision(), step);
      }
    }
    for (const OneRecord& one : records) Take(one);
  }
}

void ReplayWorker::Expect(const DecisionBody& body,
                          EntityDecoder::Step step) const {
  for (const EntityVersion& version : body.basis.evidence) {
    if (version.hash.has_value()) {
      decoder_.Expect(version.uid, *version.hash, step);
    }
  }
}

ReplayFindings ReplayWorker::TakeFindings() {
  findings_.groups = groups_.Take();
  return std::move(findings_);
}

void ReplayWorker::TakeUnreadable(uint64_t index, const absl::Status& status) {
  ReplayFinding finding;
  finding.index = index;
  finding.message = std::string(status.message());
  ++findings_.decisions;
  ++findings_.counts
        .by_outcome[static_cast<size_t>(ReplayOutcome::kNoDecision)];
  Keep(std::move(finding));
}

void ReplayWorker::Take(const OneRecord& one) {
  if (!one.status.ok()) return TakeUnreadable(one.index, one.status);
  const Record& record = one.record;
  const DecisionBody* const body = one.decision();
  if (body == nullptr) return;
  const absl::Time time = absl::FromUnixNanos(record.time_ns);
  if (!MayPass(*body, time)) {
    ++findings_.decisions;
    return;
  }
  const absl::StatusOr<const ReplayPolicy*> recorded_policy =
      FindPolicy(body->basis.policy_hash);
  if (absl::IsNotFound(recorded_policy.status()) && may_defer_) {
    findings_.deferred.Add(one.index, one.bytes);
    return;
  }
  ++findings_.decisions;
  const Artifact* const recorded_by =
      recorded_policy.ok() ? (*recorded_policy)->artifact.get() : nullptr;
  const ReplayPolicy* policy = nullptr;
  if (shared_.policy.has_value()) {
    policy = &*shared_.policy;
  } else if (recorded_policy.ok()) {
    policy = *recorded_policy;
  }

  // Most requests are decided as they are, without a copy.
  std::optional<Request> with_added;
  if (!body->basis.added_context.AsRecord().empty()) {
    with_added = DecidedRequest(*body);
  }
  const Request& request = with_added ? *with_added : body->request.request;
  decoder_.ForgetSome();
  Made made;
  if (policy == nullptr) {
    made.message = std::string(recorded_policy.status().message());
  } else {
    made = Decide(*body, request, *policy, recorded_by);
  }
  const Decision* const decision =
      made.decision.has_value() ? &*made.decision : nullptr;
  const DecisionToCount to_count = {
      record,
      *body,
      request,
      recorded_by,
      policy == nullptr ? nullptr : policy->artifact.get(),
      decision};
  if (!groups_.Count(to_count, made.outcome)) return;
  ++findings_.counts.by_outcome[static_cast<size_t>(made.outcome)];
  if (made.outcome == ReplayOutcome::kSame) return;

  ReplayFinding finding;
  finding.outcome = made.outcome;
  finding.index = one.index;
  finding.id = record.id;
  finding.time = time;
  finding.policy_store = record.policy_store;
  finding.request = request;
  finding.recorded = RecordedDecision(*body);
  if (decision != nullptr) {
    finding.replayed = ToReplayDecision(*policy->artifact, *decision);
    finding.replayed->obligations = std::move(made.obliged.obligations);
    finding.replayed->advice = std::move(made.obliged.advice);
  }
  finding.lacking = std::move(made.lacking);
  finding.message = std::move(made.message);
  Keep(std::move(finding));
}

bool ReplayWorker::MayPass(const DecisionBody& body, absl::Time time) const {
  const ReplayFilter& filter = shared_.options.filter;
  const Request& request = body.request.request;
  return time >= filter.since && time < filter.until &&
         (!filter.principal || *filter.principal == request.principal) &&
         (!filter.resource || *filter.resource == request.resource) &&
         (!filter.permitted || *filter.permitted == body.permitted);
}

absl::StatusOr<const ReplayPolicy*> ReplayWorker::FindPolicy(
    const std::string& hash) {
  if (last_policy_ != nullptr && last_policy_->artifact->hash() == hash) {
    return last_policy_;
  }
  absl::StatusOr<const ReplayPolicy*> found = shared_.policies.Find(hash);
  if (found.ok()) last_policy_ = *found;
  return found;
}

ReplayWorker::Made ReplayWorker::Decide(const DecisionBody& body,
                                        const Request& request,
                                        const ReplayPolicy& policy,
                                        const Artifact* recorded_by) {
  const Artifact& artifact = *policy.artifact;
  Made made;
  if (!shared_.policy.has_value() &&
      artifact.graph().fail_closed !=
          (body.basis.mode == PolicyMode::kFailClosed)) {
    made.message = "the record names another mode than its policy has";
    return made;
  }
  if (!artifact.request_checker().Fits(request)) {
    const std::vector<FieldError> errors =
        ValidateRequest(artifact.schema(), request);
    made.message = "the request does not fit the schema";
    if (!errors.empty()) {
      absl::StrAppend(&made.message, ": ", errors[0].field, ": ",
                      errors[0].message);
    }
    return made;
  }
  const Template* unrecorded = UnrecordedLinks(body, recorded_by, artifact);
  if (unrecorded != nullptr) {
    made.outcome = ReplayOutcome::kEvidenceLacks;
    made.message = absl::StrCat("links of the template `", unrecorded->id,
                                "` that did not fit then may fit now");
    return made;
  }
  RecordedEntities entities(body, artifact.schema(), &decoder_);
  std::optional<LinkSet> links;
  if (body.links.has_value()) links = RecordedLinks(body);
  absl::StatusOr<Decision> decision =
      Evaluate(artifact.graph(), request, entities,
               /*evidence=*/nullptr, links.has_value() ? &*links : nullptr);
  if (!decision.ok()) {
    if (entities.lacking().has_value()) {
      made.outcome = ReplayOutcome::kEvidenceLacks;
      made.lacking = entities.lacking();
    }
    made.message = std::string(decision.status().message());
    return made;
  }
  absl::StatusOr<std::optional<std::string>> objection = std::nullopt;
  if (policy.second_opinion != nullptr) {
    objection = AskAgain(policy, request, *decision, links.value_or(LinkSet()),
                         &entities);
  }
  made.decision = *std::move(decision);
  made.obliged = Oblige(artifact, request, body.request.supported_obligations,
                        &*made.decision);
  if (!objection.ok()) {
    made.outcome = ReplayOutcome::kNoDecision;
    made.message = std::string(objection.status().message());
  } else if (objection->has_value()) {
    made.outcome = ReplayOutcome::kOpinionsDiffer;
    made.message = **std::move(objection);
  } else {
    made.outcome = Compare(body, artifact, *made.decision, made.obliged);
  }
  return made;
}

void ReplayWorker::Keep(ReplayFinding finding) {
  if (findings_.findings.size() < shared_.options.max_findings) {
    findings_.findings.push_back(std::move(finding));
  } else {
    ++findings_.findings_left_off;
  }
}

}  // namespace sekisho
