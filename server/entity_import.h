// One import, message by message. Knows no stream: EntityServiceImpl does.
//
//   EntityImport import(gate, context, policy_stores, store, recorder);
//   while (stream->Read(&request)) {
//     v1::ImportEntitiesResponse response;
//     const absl::Status status = import.Handle(request, &response);
//     ...
//   }
//
// Where an import stands is kept in the store, with the entities that bring it
// there; this object only remembers it.
#ifndef SEKISHO_SERVER_ENTITY_IMPORT_H_
#define SEKISHO_SERVER_ENTITY_IMPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/entities/mutation.h"
#include "engine/entities/store.h"
#include "engine/log/record.h"
#include "engine/model/schema.h"
#include "grpcpp/server_context.h"
#include "proto/sekisho/v1/entity.pb.h"
#include "server/gate.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

class EntityImport {
 public:
  // All must outlive this object.
  EntityImport(const Gate* gate, const grpc::ServerContextBase* context,
               PolicyStores* policy_stores, const EntityStore* store,
               Recorder* recorder)
      : gate_(*gate),
        context_(*context),
        policy_stores_(*policy_stores),
        store_(*store),
        recorder_(*recorder) {}

  // Does what the message says and says where the import then stands. An error
  // ends the import for now; *response is to be sent even so if it names
  // mutations that are wrong.
  absl::Status Handle(const v1::ImportEntitiesRequest& request,
                      v1::ImportEntitiesResponse* response);

 private:
  absl::Status Begin(const v1::ImportHeader& header);
  absl::Status Add(const v1::ImportChunk& chunk,
                   v1::ImportEntitiesResponse* response);
  absl::Status End(const v1::ImportEnd& end);

  // Brings the import to `after`.
  absl::Status Write(const std::vector<EntityMutation>& mutations,
                     const ImportProgress& after,
                     std::optional<Watermark> watermark);

  const Gate& gate_;
  const grpc::ServerContextBase& context_;
  PolicyStores& policy_stores_;
  const EntityStore& store_;
  Recorder& recorder_;

  // From the header on.
  bool begun_ = false;
  Pep pep_;
  std::string policy_store_;
  std::string import_id_;
  uint64_t max_skipped_ = 0;
  std::string source_;
  std::optional<Watermark> watermark_;
  ImportProgress progress_;
  uint64_t revision_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_ENTITY_IMPORT_H_
