// Tested by tests/server/import_test.cc and kill_test.cc.
#include "server/entity_import.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "engine/model/validate.h"
#include "server/convert.h"
#include "server/entity_mutations.h"
#include "server/limits.h"

namespace sekisho {
namespace {

// A put or a deletion that fits the schema.
absl::StatusOr<EntityMutation> ReadMutation(const v1::EntityMutation& message,
                                            const Schema& schema) {
  if (message.has_patch()) {
    return absl::InvalidArgumentError(
        "patch: an import has puts and deletions only; Write takes patches");
  }
  ASSIGN_OR_RETURN(EntityMutation mutation, MutationFromProto(message, ""));
  if (const auto* put = std::get_if<PutEntity>(&mutation)) {
    const std::vector<FieldError> errors = ValidateEntity(schema, put->entity);
    if (!errors.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("put.", errors[0].field, ": ", errors[0].message));
    }
  }
  return mutation;
}

}  // namespace

absl::Status EntityImport::Handle(const v1::ImportEntitiesRequest& request,
                                  v1::ImportEntitiesResponse* response) {
  auto handle = [&]() -> absl::Status {
    if (begun_ == request.has_header()) {
      return absl::InvalidArgumentError(
          begun_ ? "header: was sent before"
                 : "the first message must be the header");
    }
    switch (request.message_case()) {
      case v1::ImportEntitiesRequest::kHeader:
        return Begin(request.header());
      case v1::ImportEntitiesRequest::kChunk:
        return Add(request.chunk(), response);
      case v1::ImportEntitiesRequest::kEnd:
        return End(request.end());
      case v1::ImportEntitiesRequest::MESSAGE_NOT_SET:
        break;
    }
    return absl::InvalidArgumentError("message: is not set");
  };
  const absl::Status status = handle();
  response->set_applied(progress_.applied);
  response->set_skipped(progress_.skipped);
  response->set_revision(revision_);
  response->set_complete(progress_.complete);
  return status;
}

absl::Status EntityImport::Begin(const v1::ImportHeader& header) {
  policy_store_ = std::string(PolicyStoreOf(header.policy_store()));
  ASSIGN_OR_RETURN(
      pep_, gate_.Admit(context_, Permission::kWriteEntities, policy_store_));
  import_id_ = header.import_id();
  max_skipped_ = header.max_skipped();
  source_ = header.source();
  if (max_skipped_ > kMaxSkipped) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_skipped: is more than ", kMaxSkipped));
  }
  ASSIGN_OR_RETURN(watermark_,
                   WatermarkFromProto(source_, header.has_watermark(),
                                      header.watermark(), absl::Now()));
  ASSIGN_OR_RETURN(std::shared_ptr<const View> view,
                   policy_stores_.Current(policy_store_));
  revision_ = view->entities->revision();
  ASSIGN_OR_RETURN(progress_, store_.Progress(policy_store_, import_id_));
  begun_ = true;
  return absl::OkStatus();
}

absl::Status EntityImport::Add(const v1::ImportChunk& chunk,
                               v1::ImportEntitiesResponse* response) {
  RETURN_IF_ERROR(CheckSize(chunk));
  RETURN_IF_ERROR(
      CheckCount("mutations", chunk.mutations_size(), kMaxMutations));
  if (chunk.sequence() > progress_.applied) {
    return absl::InvalidArgumentError(
        absl::StrCat("sequence: is ", chunk.sequence(),
                     ", but the import goes on at ", progress_.applied));
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const View> view,
                   policy_stores_.Current(policy_store_));
  ImportProgress after = progress_;
  std::vector<EntityMutation> mutations;
  absl::Status failure;
  const auto size = static_cast<uint64_t>(chunk.mutations_size());
  for (uint64_t i = progress_.applied - chunk.sequence(); i < size; ++i) {
    if (progress_.complete) {
      return absl::InvalidArgumentError(absl::StrCat(
          "import `", import_id_, "` is complete with ", progress_.applied,
          " mutations; another one needs another import_id"));
    }
    const v1::EntityMutation& message = chunk.mutations(static_cast<int>(i));
    absl::StatusOr<EntityMutation> mutation =
        ReadMutation(message, view->policy->artifact->schema());
    if (mutation.ok()) {
      mutations.push_back(*std::move(mutation));
      ++after.applied;
      continue;
    }
    if (response->errors_size() < kMaxImportErrors) {
      v1::ImportError* error = response->add_errors();
      error->set_sequence(after.applied);
      if (const v1::EntityUid* uid = UidOf(message))
        *error->mutable_uid() = *uid;
      error->set_message(std::string(mutation.status().message()));
    }
    if (after.skipped >= max_skipped_) {
      failure = absl::InvalidArgumentError(
          absl::StrCat("mutation ", after.applied,
                       " of the import: ", mutation.status().message()));
      break;
    }
    ++after.skipped;
    ++after.applied;
  }
  if (after != progress_) RETURN_IF_ERROR(Write(mutations, after, {}));
  return failure;
}

absl::Status EntityImport::End(const v1::ImportEnd& end) {
  if (end.total() != progress_.applied) {
    return absl::InvalidArgumentError(absl::StrCat(
        "total: is ", end.total(), ", but ", progress_.applied, " arrived"));
  }
  if (progress_.complete) return absl::OkStatus();
  ImportProgress after = progress_;
  after.complete = true;
  return Write({}, after, watermark_);
}

absl::Status EntityImport::Write(const std::vector<EntityMutation>& mutations,
                                 const ImportProgress& after,
                                 std::optional<Watermark> watermark) {
  WriteOptions options;
  options.import = ImportStep{import_id_, progress_, after};
  options.watermark = std::move(watermark);
  ASSIGN_OR_RETURN(
      const WriteResult result,
      policy_stores_.Write(policy_store_, mutations, std::move(options)));
  progress_ = after;
  revision_ = result.revision;
  return recorder_.RecordWrite(pep_, policy_store_,
                               source_.empty() ? import_id_ : source_,
                               mutations.size(), result);
}

}  // namespace sekisho
