// Tested by tests/replay.
#include "engine/replay/recorded_entities.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/prefetch.h"
#include "engine/base/status_macros.h"
#include "engine/decide/clock.h"
#include "engine/log/record_format.h"
#include "engine/model/entity_format.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

// How many entities a thread keeps decoded.
constexpr size_t kMaxDecoded = 100000;
// So many are looked through faster than an index is made.
constexpr size_t kFewVersions = 64;

}  // namespace

void EvidenceKeeper::Add(absl::string_view bytes) {
  const Sha256Digest hash = Sha256(bytes);
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<const std::string>& kept = kept_[hash];
  if (kept == nullptr) kept = std::make_unique<const std::string>(bytes);
}

const std::string* EvidenceKeeper::Find(const Sha256Digest& hash) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = kept_.find(hash);
  return it == kept_.end() ? nullptr : it->second.get();
}

absl::StatusOr<const Entity*> EntityDecoder::Decode(const EntityUid& uid,
                                                    const Sha256Digest& hash,
                                                    const Schema& schema) {
  const Place place = PlaceOf(uid, hash);
  const auto it = decoded_.find(Key{place, uid, hash, &schema});
  if (it != decoded_.end()) return &it->decoded->entity;
  const std::string* bytes = evidence_.Find(hash);
  if (bytes == nullptr) {
    return absl::DataLossError(
        absl::StrCat("the log does not have the evidence that is cited for ",
                     uid.ToString()));
  }
  ASSIGN_OR_RETURN(Entity entity, DecodeEntity(uid, *bytes));
  RETURN_IF_ERROR(CheckFits(entity, schema));
  auto decoded = std::make_unique<const Decoded>(
      Decoded{hash, &schema, std::move(entity)});
  return &decoded_.insert({place, std::move(decoded)}).first->decoded->entity;
}

EntityDecoder::Place EntityDecoder::PlaceOf(const EntityUid& uid,
                                            const Sha256Digest& hash) {
  // As good as random already.
  uint64_t content;
  std::memcpy(&content, hash.data(), sizeof(content));
  return {absl::HashOf(uid.id, content)};
}

void EntityDecoder::Expect(const EntityUid& uid, const Sha256Digest& hash,
                           Step step) const {
  const Place place = PlaceOf(uid, hash);
  if (step == Step::kPlace) return decoded_.prefetch(place);
  const auto it = decoded_.find(place);
  if (it == decoded_.end()) return;
  const Entity& entity = it->decoded->entity;
  if (step == Step::kEntity) {
    return Prefetch(it->decoded.get(), offsetof(Decoded, entity.tags));
  }
  const Value::Attributes& attributes = entity.attributes.AsRecord();
  if (step == Step::kAttributes) {
    return Prefetch(&attributes, sizeof(attributes));
  }
  Prefetch(attributes.data(), attributes.size() * sizeof(attributes[0]));
}

void EntityDecoder::ForgetSome() {
  if (decoded_.size() >= kMaxDecoded) decoded_.clear();
}

absl::Status EntityDecoder::CheckFits(const Entity& entity,
                                      const Schema& schema) {
  const std::vector<FieldError> errors = ValidateEntity(schema, entity);
  if (errors.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      entity.uid.ToString(), " does not fit the schema: ", errors[0].field,
      ": ", errors[0].message));
}

RecordedEntities::RecordedEntities(const DecisionBody& body,
                                   const Schema& schema, EntityDecoder* decoder)
    : body_(body), schema_(schema), decoder_(*decoder) {
  const std::vector<EntityVersion>& versions = body.basis.evidence;
  if (versions.size() <= kFewVersions) return;
  for (size_t i = 0; i < versions.size(); ++i) {
    places_.emplace(versions[i].uid, i);
  }
}

const EntityVersion* RecordedEntities::FindVersion(const EntityUid& uid) const {
  const std::vector<EntityVersion>& versions = body_.basis.evidence;
  if (versions.size() > kFewVersions) {
    const auto it = places_.find(uid);
    return it == places_.end() ? nullptr : &versions[it->second];
  }
  for (const EntityVersion& version : versions) {
    if (version.uid == uid) return &version;
  }
  return nullptr;
}

absl::StatusOr<FoundEntity> RecordedEntities::Find(const EntityUid& uid) {
  const EntityVersion* const version = FindVersion(uid);
  if (version != nullptr) {
    if (!version->hash.has_value()) return nullptr;
    ASSIGN_OR_RETURN(const Entity* entity,
                     decoder_.Decode(uid, *version->hash, schema_));
    return FoundEntity(entity, &*version->hash);
  }
  for (const Entity& entity : body_.request.entities) {
    if (entity.uid != uid) continue;
    RETURN_IF_ERROR(EntityDecoder::CheckFits(entity, schema_));
    return FoundEntity(&entity);
  }
  lacking_ = uid;
  return absl::NotFoundError(
      absl::StrCat("the evidence lacks ", uid.ToString()));
}

absl::StatusOr<std::vector<Entity>> RecordedEntities::All() {
  absl::btree_map<EntityUid, Entity> all;
  for (const Entity& entity : body_.request.entities) {
    all.emplace(entity.uid, entity);
  }
  for (const EntityVersion& version : body_.basis.evidence) {
    all.erase(version.uid);
  }
  for (const EntityVersion& version : body_.basis.evidence) {
    if (!version.hash.has_value()) continue;
    ASSIGN_OR_RETURN(const FoundEntity entity, Find(version.uid));
    if (entity != nullptr) all.emplace(version.uid, *entity);
  }
  std::vector<Entity> entities;
  for (auto& [uid, entity] : all) entities.push_back(std::move(entity));
  return entities;
}

absl::Status ReadEvidenceList(const EvidenceKeeper& evidence, Basis* basis) {
  if (!basis->evidence_list.has_value()) return absl::OkStatus();
  const std::string* const list = evidence.Find(*basis->evidence_list);
  if (list == nullptr) {
    return absl::DataLossError(
        "the log does not have the list of evidence that is cited");
  }
  ASSIGN_OR_RETURN(basis->evidence, DecodeVersions(*list));
  return absl::OkStatus();
}

Request DecidedRequest(const DecisionBody& body) {
  Request request = body.request.request;
  request.context = WithAdded(request.context, body.basis.added_context);
  return request;
}

LinkSet RecordedLinks(const DecisionBody& body) {
  std::vector<LinkPtr> links;
  if (body.links.has_value()) {
    for (const Link& link : *body.links) {
      links.push_back(std::make_shared<const Link>(link));
    }
  }
  return LinkSet(std::move(links));
}

}  // namespace sekisho
