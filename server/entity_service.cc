// Tested by tests/server.
#include "server/entity_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "proto/codec.h"
#include "server/convert.h"
#include "server/entity_import.h"
#include "server/entity_mutations.h"
#include "server/limits.h"
#include "server/status_mapping.h"

namespace sekisho {
namespace {

absl::Status WriteEntities(const Gate& gate, PolicyStores& policy_stores,
                           Recorder& recorder,
                           const grpc::ServerContext& context,
                           const v1::WriteEntitiesRequest& request,
                           v1::WriteEntitiesResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  ASSIGN_OR_RETURN(
      const Pep pep,
      gate.Admit(context, Permission::kWriteEntities, policy_store));
  RETURN_IF_ERROR(CheckSize(request));
  ASSIGN_OR_RETURN(std::optional<Watermark> watermark,
                   WatermarkFromProto(request.source(), request.has_watermark(),
                                      request.watermark(), absl::Now()));
  // A watermark alone is worth a write.
  if (request.mutations_size() > 0 || !watermark.has_value()) {
    RETURN_IF_ERROR(
        CheckCount("mutations", request.mutations_size(), kMaxMutations));
  }
  std::vector<EntityMutation> mutations;
  mutations.reserve(request.mutations_size());
  for (int i = 0; i < request.mutations_size(); ++i) {
    ASSIGN_OR_RETURN(EntityMutation mutation,
                     MutationFromProto(request.mutations(i),
                                       absl::StrCat("mutations[", i, "]")));
    mutations.push_back(std::move(mutation));
  }
  WriteOptions options;
  if (request.has_expected_revision()) {
    options.expected_revision = request.expected_revision();
  }
  options.watermark = std::move(watermark);
  ASSIGN_OR_RETURN(
      const WriteResult result,
      policy_stores.Write(policy_store, mutations, std::move(options)));
  RETURN_IF_ERROR(recorder.RecordWrite(pep, policy_store, request.source(),
                                       mutations.size(), result));
  response->set_revision(result.revision);
  return absl::OkStatus();
}

absl::Status ReadEntities(const Gate& gate, const EntityStore& store,
                          const grpc::ServerContext& context,
                          const v1::ReadEntitiesRequest& request,
                          v1::ReadEntitiesResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  RETURN_IF_ERROR(
      gate.Admit(context, Permission::kReadEntities, policy_store).status());
  RETURN_IF_ERROR(CheckSize(request));
  RETURN_IF_ERROR(CheckCount("uids", request.uids_size(), kMaxReadUids));
  ASSIGN_OR_RETURN(std::shared_ptr<EntitySnapshot> entities,
                   store.Snapshot(policy_store));
  size_t bytes = 0;
  for (int i = 0; i < request.uids_size(); ++i) {
    ASSIGN_OR_RETURN(
        EntityUid uid,
        EntityUidFromProto(request.uids(i), absl::StrCat("uids[", i, "]")));
    ASSIGN_OR_RETURN(const StoredEntity stored, entities->Read(uid));
    v1::ReadEntityResult* result = response->add_results();
    if (!stored.exists) continue;
    EntityToProto(stored.entity, result->mutable_entity());
    bytes += result->ByteSizeLong();
    if (bytes > kMaxReadBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("uids: the first ", i + 1, " have more than ",
                       kMaxReadBytes, " bytes; ask for fewer"));
    }
  }
  response->set_revision(entities->revision());
  return absl::OkStatus();
}

// One of the streams that are open at once, for as long as it lives.
class StreamSlot {
 public:
  explicit StreamSlot(std::atomic<int>* streams) : streams_(*streams) {
    taken_ = ++streams_ <= kMaxEntityStreams;
  }
  ~StreamSlot() { --streams_; }
  StreamSlot(const StreamSlot&) = delete;
  StreamSlot& operator=(const StreamSlot&) = delete;

  // ResourceExhausted if there was none left.
  absl::Status status() const {
    if (taken_) return absl::OkStatus();
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", kMaxEntityStreams,
                     " imports and exports at once; try again later"));
  }

 private:
  std::atomic<int>& streams_;
  bool taken_;
};

absl::Status ImportEntities(
    EntityImport& import, const grpc::ServerContext& context,
    grpc::ServerReaderWriter<v1::ImportEntitiesResponse,
                             v1::ImportEntitiesRequest>& stream) {
  v1::ImportEntitiesRequest request;
  while (stream.Read(&request)) {
    v1::ImportEntitiesResponse response;
    const absl::Status status = import.Handle(request, &response);
    if (status.ok() || response.errors_size() > 0) {
      if (!stream.Write(response)) break;
    }
    RETURN_IF_ERROR(status);
  }
  if (context.IsCancelled()) return absl::CancelledError("interrupted");
  return absl::OkStatus();
}

absl::Status ExportEntities(
    const Gate& gate, const EntityStore& store,
    const grpc::ServerContext& context,
    const v1::ExportEntitiesRequest& request,
    grpc::ServerWriter<v1::ExportEntitiesResponse>& writer) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  RETURN_IF_ERROR(
      gate.Admit(context, Permission::kReadEntities, policy_store).status());
  ASSIGN_OR_RETURN(std::shared_ptr<EntitySnapshot> entities,
                   store.Snapshot(policy_store));
  v1::ExportEntitiesResponse response;
  response.set_revision(entities->revision());
  size_t bytes = 0;
  bool sent = false;
  auto send = [&]() -> absl::Status {
    if (!writer.Write(response)) return absl::CancelledError("interrupted");
    response.clear_entities();
    bytes = 0;
    sent = true;
    return absl::OkStatus();
  };
  std::optional<absl::string_view> type;
  if (!request.type().empty()) type = request.type();
  RETURN_IF_ERROR(entities->ForEach(
      [&](const Entity& entity) -> absl::Status {
        v1::Entity* out = response.add_entities();
        EntityToProto(entity, out);
        bytes += out->ByteSizeLong();
        return bytes < kExportBytes ? absl::OkStatus() : send();
      },
      type));
  return sent && bytes == 0 ? absl::OkStatus() : send();
}

}  // namespace

grpc::Status EntityServiceImpl::Write(grpc::ServerContext* context,
                                      const v1::WriteEntitiesRequest* request,
                                      v1::WriteEntitiesResponse* response) {
  return ToGrpcStatus(WriteEntities(gate_, *policy_stores_, *recorder_,
                                    *context, *request, response));
}

grpc::Status EntityServiceImpl::Read(grpc::ServerContext* context,
                                     const v1::ReadEntitiesRequest* request,
                                     v1::ReadEntitiesResponse* response) {
  return ToGrpcStatus(
      ReadEntities(gate_, *store_, *context, *request, response));
}

grpc::Status EntityServiceImpl::Import(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::ImportEntitiesResponse,
                             v1::ImportEntitiesRequest>* stream) {
  const StreamSlot slot(&streams_);
  if (!slot.status().ok()) return ToGrpcStatus(slot.status());
  EntityImport import(&gate_, context, policy_stores_, store_, recorder_);
  return ToGrpcStatus(ImportEntities(import, *context, *stream));
}

grpc::Status EntityServiceImpl::Export(
    grpc::ServerContext* context, const v1::ExportEntitiesRequest* request,
    grpc::ServerWriter<v1::ExportEntitiesResponse>* writer) {
  const StreamSlot slot(&streams_);
  if (!slot.status().ok()) return ToGrpcStatus(slot.status());
  return ToGrpcStatus(
      ExportEntities(gate_, *store_, *context, *request, *writer));
}

}  // namespace sekisho
