// sekisho.v1.EntityService. Waits for disks, so it has threads of its own.
#ifndef SEKISHO_SERVER_ENTITY_SERVICE_H_
#define SEKISHO_SERVER_ENTITY_SERVICE_H_

#include <atomic>

#include "engine/entities/store.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"
#include "server/gate.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

class EntityServiceImpl final : public v1::EntityService::Service {
 public:
  // All must outlive this object.
  EntityServiceImpl(const Gate* gate, PolicyStores* policy_stores,
                    const EntityStore* store, Recorder* recorder)
      : gate_(*gate),
        policy_stores_(policy_stores),
        store_(store),
        recorder_(recorder) {}

  grpc::Status Write(grpc::ServerContext* context,
                     const v1::WriteEntitiesRequest* request,
                     v1::WriteEntitiesResponse* response) override;
  grpc::Status Read(grpc::ServerContext* context,
                    const v1::ReadEntitiesRequest* request,
                    v1::ReadEntitiesResponse* response) override;
  grpc::Status Import(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::ImportEntitiesResponse,
                               v1::ImportEntitiesRequest>* stream) override;
  grpc::Status Export(
      grpc::ServerContext* context, const v1::ExportEntitiesRequest* request,
      grpc::ServerWriter<v1::ExportEntitiesResponse>* writer) override;

 private:
  const Gate& gate_;
  PolicyStores* const policy_stores_;
  const EntityStore* const store_;
  Recorder* const recorder_;
  // Imports and exports under way.
  std::atomic<int> streams_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_ENTITY_SERVICE_H_
