#include "server/recorder.h"

#include <utility>

#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/decide/citations.h"
#include "engine/log/record_format.h"

namespace sekisho {
namespace {

// Larger writes are counted, not listed: their evidence would be as large as
// the store, and what decisions use of them is kept with the decisions.
constexpr size_t kMaxListedEntities = 1000;
// Of uids and hashes in one record, with room for the rest of it.
constexpr size_t kMaxListedBytes = 60000;

absl::StatusOr<std::vector<EntityVersion>> Cite(const Evidence& entities,
                                                Citations* citations) {
  std::vector<EntityVersion> versions;
  for (const ReadEntity& read : entities) {
    EntityVersion& version =
        versions.emplace_back(EntityVersion{read.uid(), {}});
    if (read.found == nullptr) continue;
    ASSIGN_OR_RETURN(const Sha256Digest* hash, citations->Cite(read.found));
    version.hash = *hash;
  }
  return versions;
}

bool IsListed(const std::vector<WrittenEntity>& entities) {
  if (entities.size() > kMaxListedEntities) return false;
  size_t bytes = 0;
  for (const auto& [uid, record] : entities) {
    constexpr size_t kLengthsAndHash = 8 + 1 + sizeof(Sha256Digest);
    bytes += uid.type.size() + uid.id.size() + kLengthsAndHash;
  }
  return bytes <= kMaxListedBytes;
}

Record NewRecord(const Pep& pep, absl::string_view policy_store,
                 absl::string_view face, absl::Time now) {
  Record record;
  record.salt = NewSalt();
  record.id = NewRecordId(now);
  record.time_ns = absl::ToUnixNanos(now);
  record.policy_store = std::string(policy_store);
  record.pep = pep;
  record.face = std::string(face);
  return record;
}

Record NewRecord(const Caller& caller, absl::Time now) {
  Record record = NewRecord(caller.pep, caller.policy_store, caller.face, now);
  record.request_id = caller.request_id;
  record.batch = caller.batch;
  return record;
}

Basis BasisOf(const View& view) {
  Basis basis;
  basis.policy_hash = view.policy->activation.hash;
  basis.policy_version = view.policy->activation.version;
  basis.mode = view.policy->artifact->graph().fail_closed
                   ? PolicyMode::kFailClosed
                   : PolicyMode::kCedar;
  basis.entity_revision = view.entities->revision();
  return basis;
}

}  // namespace

absl::StatusOr<uint64_t> Recorder::RecordDecision(const Caller& caller,
                                                  absl::Time now,
                                                  const Bytes16& id,
                                                  const MadeDecision& made,
                                                  Sha256Digest* leaf_hash) {
  return sekisho::RecordDecision(caller, now, id, made, &log_, leaf_hash);
}

absl::StatusOr<LogPosition> Recorder::RecordExplanation(
    const Caller& caller, absl::Time now, const RecordedRequest& request,
    const Value& added_context, const View& view, const Evidence& evidence,
    bool redacted) {
  Citations citations(log_);
  ExplanationBody body;
  body.request = request;
  body.basis = BasisOf(view);
  body.basis.added_context = added_context;
  ASSIGN_OR_RETURN(body.basis.evidence, Cite(evidence, &citations));
  std::vector<EntityVersionView> versions;
  for (const EntityVersion& version : body.basis.evidence) {
    versions.push_back(
        {version.uid, version.hash.has_value() ? &*version.hash : nullptr});
  }
  body.basis.evidence_list = citations.CiteLongList(versions);
  body.redacted = redacted;
  Record record = NewRecord(caller, now);
  record.body = std::move(body);
  return log_.Append(record, citations.evidence());
}

absl::StatusOr<LogPosition> Recorder::RecordExplanation(
    const Caller& caller, absl::Time now, const Bytes16& decision_id,
    const DecisionBody& decision, bool redacted) {
  Record record = NewRecord(caller, now);
  record.body =
      ExplanationBody{decision.request, decision.basis, decision_id, redacted};
  return log_.Append(record);
}

absl::Status Recorder::RecordRefusal(const Caller& caller, absl::Time now,
                                     const RecordedRequest& request,
                                     const View* view,
                                     const absl::Status& refusal) {
  RefusalBody body;
  body.request = request;
  if (view != nullptr) body.basis = BasisOf(*view);
  body.code = static_cast<uint64_t>(refusal.code());
  body.message = std::string(refusal.message());
  Record record = NewRecord(caller, now);
  record.body = std::move(body);
  RETURN_IF_ERROR(log_.Append(record).status());
  return refusal;
}

absl::Status Recorder::RecordActivation(const Pep& pep,
                                        absl::string_view policy_store,
                                        const Activation& activation,
                                        absl::string_view previous_hash,
                                        absl::string_view artifact,
                                        absl::string_view reason) {
  ActivationBody body;
  body.policy_hash = activation.hash;
  body.policy_version = activation.version;
  body.previous_hash = std::string(previous_hash);
  body.artifact = Sha256(artifact);
  body.reason = std::string(reason);
  const LogEvidence evidence = {body.artifact, artifact};
  Record record = NewRecord(pep, policy_store, face_, absl::Now());
  record.body = std::move(body);
  return log_.Append(record, absl::MakeConstSpan(&evidence, 1)).status();
}

absl::Status Recorder::RecordWrite(const Pep& pep,
                                   absl::string_view policy_store,
                                   absl::string_view source, size_t count,
                                   const WriteResult& result) {
  Citations citations(log_);
  WriteBody body;
  body.revision = result.revision;
  body.source = std::string(source);
  body.count = count;
  if (IsListed(result.entities)) {
    for (const WrittenEntity& entity : result.entities) {
      EntityVersion& version =
          body.entities.emplace_back(EntityVersion{entity.uid, {}});
      if (entity.record.has_value()) {
        version.hash = citations.CiteContent(*entity.record);
      }
    }
  }
  Record record = NewRecord(pep, policy_store, face_, absl::Now());
  record.body = std::move(body);
  return log_.Append(record, citations.evidence()).status();
}

absl::Status Recorder::RecordLinks(const Pep& pep,
                                   absl::string_view policy_store,
                                   uint64_t revision,
                                   const std::vector<LinkPtr>& linked,
                                   const std::vector<std::string>& unlinked) {
  LinksBody body;
  body.revision = revision;
  body.linked = linked.size();
  body.unlinked = unlinked.size();
  const std::string change = EncodeLinkChange(linked, unlinked);
  body.change = Sha256(change);
  const LogEvidence evidence = {body.change, change};
  Record record = NewRecord(pep, policy_store, face_, absl::Now());
  record.body = std::move(body);
  return log_.Append(record, absl::MakeConstSpan(&evidence, 1)).status();
}

}  // namespace sekisho
