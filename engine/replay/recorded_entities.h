// What a decision in a log rests on: the entities that its record cites or was
// sent, as the log keeps them, and the request.
//
//   EvidenceKeeper evidence;
//   evidence.Add(entry.bytes);  // every piece of evidence before the record
//   EntityDecoder decoder(evidence);
//   RETURN_IF_ERROR(ReadEvidenceList(evidence, &body.basis));
//   RecordedEntities entities(body, artifact.schema(), &decoder);
//   Evaluate(artifact.graph(), DecidedRequest(body), entities);
#ifndef SEKISHO_ENGINE_REPLAY_RECORDED_ENTITIES_H_
#define SEKISHO_ENGINE_REPLAY_RECORDED_ENTITIES_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/sha256.h"
#include "engine/log/record.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// Evidence by its hash. Thread-safe; what was found stays.
class EvidenceKeeper {
 public:
  void Add(absl::string_view bytes);
  // Null if there is none.
  const std::string* Find(const Sha256Digest& hash) const;

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<Sha256Digest, std::unique_ptr<const std::string>> kept_
      ABSL_GUARDED_BY(mutex_);
};

// Entities decoded and found to fit a schema. For one thread.
class EntityDecoder {
 public:
  // `evidence` must outlive this object.
  explicit EntityDecoder(const EvidenceKeeper& evidence)
      : evidence_(evidence) {}

  // Good until ForgetSome. DataLoss if there is no such evidence, or it is no
  // entity; InvalidArgument if it does not fit the schema.
  absl::StatusOr<const Entity*> Decode(const EntityUid& uid,
                                       const Sha256Digest& hash,
                                       const Schema& schema);
  // Asks for the memory that Decode will look at, step by step, so that several
  // waits become one. Has no other effect.
  enum class Step { kPlace, kEntity, kAttributes, kValues };
  void Expect(const EntityUid& uid, const Sha256Digest& hash, Step step) const;
  // Forgets what was decoded, if it is much.
  void ForgetSome();
  static absl::Status CheckFits(const Entity& entity, const Schema& schema);

 private:
  struct Decoded {
    Sha256Digest hash;
    const Schema* schema;
    Entity entity;
  };
  // Of the uid and the hash: many entities may have the same content.
  struct Place {
    size_t value;
  };
  struct Key {
    Place place;
    const EntityUid& uid;
    const Sha256Digest& hash;
    const Schema* schema;
  };
  struct Kept {
    Place place;
    std::unique_ptr<const Decoded> decoded;
  };
  struct HashPlace {
    using is_transparent = void;
    size_t operator()(Place place) const { return place.value; }
    size_t operator()(const Key& key) const { return key.place.value; }
    size_t operator()(const Kept& kept) const { return kept.place.value; }
  };
  struct SameKey {
    using is_transparent = void;
    bool operator()(const Kept& kept, Place place) const {
      return kept.place.value == place.value;
    }
    bool operator()(const Kept& kept, const Key& key) const {
      return kept.place.value == key.place.value &&
             kept.decoded->hash == key.hash &&
             kept.decoded->schema == key.schema &&
             kept.decoded->entity.uid == key.uid;
    }
    bool operator()(const Kept& a, const Kept& b) const {
      return (*this)(a, Key{b.place, b.decoded->entity.uid, b.decoded->hash,
                            b.decoded->schema});
    }
  };
  static Place PlaceOf(const EntityUid& uid, const Sha256Digest& hash);

  const EvidenceKeeper& evidence_;
  absl::flat_hash_set<Kept, HashPlace, SameKey> decoded_;
};

// The entities that a record cites or was sent, and no others: NotFound for
// those.
class RecordedEntities : public EntityReader {
 public:
  // All must outlive this object.
  RecordedEntities(const DecisionBody& body, const Schema& schema,
                   EntityDecoder* decoder);

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;
  absl::StatusOr<std::vector<Entity>> All();

  // What was asked for and is not there.
  const std::optional<EntityUid>& lacking() const { return lacking_; }

 private:
  // Null if there is none.
  const EntityVersion* FindVersion(const EntityUid& uid) const;

  const DecisionBody& body_;
  const Schema& schema_;
  EntityDecoder& decoder_;
  std::optional<EntityUid> lacking_;
  // Of very many versions, where they are in the evidence; or empty.
  absl::flat_hash_map<EntityUid, size_t> places_;
};

// Reads the evidence that the record has as the hash of its list, if it does.
// DataLoss if there is no such evidence, or it is no list.
absl::Status ReadEvidenceList(const EvidenceKeeper& evidence, Basis* basis);

// The request as it was decided: with what the server added to it.
Request DecidedRequest(const DecisionBody& body);

// The links made at run time that fitted it.
LinkSet RecordedLinks(const DecisionBody& body);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_RECORDED_ENTITIES_H_
