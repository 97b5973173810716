// Tested by tests/server.
#include "server/entity_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "proto/codec.h"
#include "server/convert.h"
#include "server/limits.h"
#include "server/status_mapping.h"

namespace sekisho {
namespace {

absl::StatusOr<EntityMutation> MutationFromProto(
    const v1::EntityMutation& mutation, int index) {
  const std::string field = absl::StrCat("mutations[", index, "]");
  switch (mutation.mutation_case()) {
    case v1::EntityMutation::kPut: {
      ASSIGN_OR_RETURN(
          Entity entity,
          EntityFromProto(mutation.put(), absl::StrCat(field, ".put")));
      return PutEntity{std::move(entity)};
    }
    case v1::EntityMutation::kDelete: {
      ASSIGN_OR_RETURN(EntityUid uid,
                       EntityUidFromProto(mutation.delete_(),
                                          absl::StrCat(field, ".delete")));
      return DeleteEntity{std::move(uid)};
    }
    case v1::EntityMutation::MUTATION_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat(field, ": is not set"));
}

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
  RETURN_IF_ERROR(
      CheckCount("mutations", request.mutations_size(), kMaxMutations));
  std::vector<EntityMutation> mutations;
  mutations.reserve(request.mutations_size());
  for (int i = 0; i < request.mutations_size(); ++i) {
    ASSIGN_OR_RETURN(EntityMutation mutation,
                     MutationFromProto(request.mutations(i), i));
    mutations.push_back(std::move(mutation));
  }
  std::optional<uint64_t> expected;
  if (request.has_expected_revision()) expected = request.expected_revision();
  ASSIGN_OR_RETURN(uint64_t revision,
                   policy_stores.Write(policy_store, mutations, expected));
  RETURN_IF_ERROR(recorder.RecordWrite(pep, policy_store, revision, mutations));
  response->set_revision(revision);
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
  for (int i = 0; i < request.uids_size(); ++i) {
    ASSIGN_OR_RETURN(
        EntityUid uid,
        EntityUidFromProto(request.uids(i), absl::StrCat("uids[", i, "]")));
    ASSIGN_OR_RETURN(std::shared_ptr<const Entity> entity, entities->Find(uid));
    v1::ReadEntityResult* result = response->add_results();
    if (entity != nullptr) EntityToProto(*entity, result->mutable_entity());
  }
  response->set_revision(entities->revision());
  return absl::OkStatus();
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

}  // namespace sekisho
