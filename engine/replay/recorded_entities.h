// What a decision in a log rests on: the entities that its record cites or was
// sent, as the log keeps them, and the request.
//
//   EvidenceKeeper evidence;
//   evidence.Add(entry.bytes);  // every piece of evidence before the record
//   EntityDecoder decoder(evidence);
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
#include "absl/hash/hash.h"
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
  // Forgets what was decoded, if it is much.
  void ForgetSome();
  static absl::Status CheckFits(const Entity& entity, const Schema& schema);

 private:
  struct Key {
    const EntityUid& uid;
    const Sha256Digest& hash;
    const Schema* schema;
  };
  struct Decoded {
    Sha256Digest hash;
    const Schema* schema;
    Entity entity;
  };
  using Kept = std::unique_ptr<const Decoded>;
  static Key KeyOf(const Key& key) { return key; }
  static Key KeyOf(const Kept& kept) {
    return {kept->entity.uid, kept->hash, kept->schema};
  }
  struct HashKey {
    using is_transparent = void;
    template <typename T>
    size_t operator()(const T& key) const {
      // Many entities may have the same content.
      return absl::HashOf(KeyOf(key).uid.id, KeyOf(key).hash);
    }
  };
  struct SameKey {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      const Key left = KeyOf(a);
      const Key right = KeyOf(b);
      return left.hash == right.hash && left.schema == right.schema &&
             left.uid == right.uid;
    }
  };

  const EvidenceKeeper& evidence_;
  absl::flat_hash_set<Kept, HashKey, SameKey> decoded_;
};

// The entities that a record cites or was sent, and no others: NotFound for
// those.
class RecordedEntities : public EntityReader {
 public:
  // All must outlive this object.
  RecordedEntities(const DecisionBody& body, const Schema& schema,
                   EntityDecoder* decoder)
      : body_(body), schema_(schema), decoder_(*decoder) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;
  absl::StatusOr<std::vector<Entity>> All();

  // What was asked for and is not there.
  const std::optional<EntityUid>& lacking() const { return lacking_; }

 private:
  const DecisionBody& body_;
  const Schema& schema_;
  EntityDecoder& decoder_;
  std::optional<EntityUid> lacking_;
};

// The request as it was decided: with what the server added to it.
Request DecidedRequest(const DecisionBody& body);

// The links made at run time that fitted it.
LinkSet RecordedLinks(const DecisionBody& body);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_RECORDED_ENTITIES_H_
