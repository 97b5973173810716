// Tested by record_decision_test.cc.
#include "engine/decide/record_decision.h"

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/decide/citations.h"
#include "engine/log/merkle.h"
#include "engine/log/record_format.h"
#include "engine/log/record_view.h"

namespace sekisho {
namespace {

// Memory that a thread uses again and again.
struct Scratch {
  std::string bytes;
  std::vector<EntityVersionView> evidence;
  std::vector<absl::string_view> ids;
  std::vector<const Link*> links;
};

absl::Status Cite(const Evidence& evidence, Citations* citations,
                  std::vector<EntityVersionView>* out) {
  out->clear();
  for (const ReadEntity& read : evidence) {
    const Sha256Digest* hash = nullptr;
    if (read.found != nullptr) {
      ASSIGN_OR_RETURN(hash, citations->Cite(read.found));
    }
    out->push_back({read.uid(), hash});
  }
  return absl::OkStatus();
}

// Appends the ids of those that are named to `*out`, which has room for them,
// and counts the others.
absl::Span<const absl::string_view> AddIds(const PolicyIndexes& indexes,
                                           const MadeDecision& made,
                                           std::vector<absl::string_view>* out,
                                           uint64_t* unnamed) {
  const std::vector<PolicyInfo>& policies = made.artifact.policies();
  const size_t named = CountNamed(policies, made.decision, indexes);
  *unnamed = indexes.size() - named;
  const size_t begin = out->size();
  for (size_t i = 0; i < named; ++i) {
    out->push_back(IdOf(policies, made.decision, indexes[i]));
  }
  return absl::MakeConstSpan(*out).subspan(begin);
}

}  // namespace

absl::StatusOr<uint64_t> RecordDecision(const Caller& caller, absl::Time now,
                                        const Bytes16& id,
                                        const MadeDecision& made,
                                        DecisionLog* log,
                                        Sha256Digest* leaf_hash) {
  thread_local Scratch scratch;
  const Decision& decision = made.decision;
  for (const ReadEntity& read : made.evidence) {
    if (read.found.digest() != nullptr) {
      log->ExpectEvidence(*read.found.digest());
    }
  }
  scratch.ids.clear();
  scratch.ids.reserve(3 * kMaxNamedPolicies);
  std::optional<absl::Span<const Link* const>> links;
  if (made.has_links) {
    scratch.links.clear();
    for (const DecidedLink& each : decision.links) {
      scratch.links.push_back(each.link.get());
    }
    links = scratch.links;
  }
  UnnamedPolicies unnamed;
  const auto determining =
      AddIds(decision.determining, made, &scratch.ids, &unnamed.determining);
  const auto errors =
      AddIds(decision.errors, made, &scratch.ids, &unnamed.errors);
  const auto undecided_forbids =
      AddIds(decision.undecided_forbids, made, &scratch.ids,
             &unnamed.undecided_forbids);
  Citations citations(*log);
  RETURN_IF_ERROR(Cite(made.evidence, &citations, &scratch.evidence));
  const DecisionRecordView record = {
      .salt = NewSalt(),
      .id = id,
      .time_ns = absl::ToUnixNanos(now),
      .policy_store = caller.policy_store,
      .pep = caller.pep,
      .face = caller.face,
      .request_id = caller.request_id,
      .batch = caller.batch,
      .body = {
          .request = made.request,
          .basis = {.policy_hash = made.artifact.hash(),
                    .policy_version = made.policy_version,
                    .mode = made.artifact.graph().fail_closed
                                ? PolicyMode::kFailClosed
                                : PolicyMode::kCedar,
                    .entity_revision = made.entity_revision,
                    .added_context = made.added_context,
                    .evidence = scratch.evidence,
                    .evidence_list = citations.CiteLongList(scratch.evidence)},
          .permitted = decision.permitted(),
          .cause = decision.cause,
          .determining = determining,
          .errors = errors,
          .undecided_forbids = undecided_forbids,
          .obligations = made.obliged.obligations,
          .advice = made.obliged.advice,
          .duration_ns =
              static_cast<uint64_t>(absl::ToInt64Nanoseconds(made.duration)),
          .links = links,
          .unnamed = unnamed}};
  ASSIGN_OR_RETURN(const absl::string_view bytes,
                   EncodeDecision(record, &scratch.bytes));
  if (leaf_hash != nullptr) *leaf_hash = LeafHash(bytes);
  return log->AppendEncoded(bytes, citations.evidence(), leaf_hash);
}

}  // namespace sekisho
