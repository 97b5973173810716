// Tested by tests/cli/entities_test.cc and tests/server/kill_test.cc.
#include "cli/import_client.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

constexpr size_t kMaxOpenChunks = 8;
// The server's limits are 10,000 and 1 MiB.
constexpr int kChunkMutations = 5000;
constexpr size_t kChunkBytes = size_t{512} << 10;

absl::Status ToStatus(const grpc::Status& status) {
  // The numbers are the same.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

// Aborted: the server has not noticed yet that the call before is over.
bool IsInterruption(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsCancelled(status) ||
         absl::IsAborted(status);
}

}  // namespace

ImportClient::~ImportClient() {
  if (call_ == nullptr) return;
  call_->context.TryCancel();
  (void)EndCall();
}

absl::Status ImportClient::Begin() {
  last_answer_ = absl::Now();
  const absl::Status status = Connect();
  RETURN_IF_ERROR(IsInterruption(status) ? Reconnect() : status);
  added_ = progress_.applied();
  return absl::OkStatus();
}

absl::Status ImportClient::Add(v1::EntityMutation mutation, std::string place) {
  const size_t bytes = mutation.ByteSizeLong();
  v1::ImportChunk* chunk = next_.request.mutable_chunk();
  if (chunk->mutations_size() == kChunkMutations ||
      (chunk->mutations_size() > 0 && next_bytes_ + bytes > kChunkBytes)) {
    RETURN_IF_ERROR(Send(std::exchange(next_, {})));
    next_bytes_ = 0;
    chunk = next_.request.mutable_chunk();
  }
  if (chunk->mutations_size() == 0) chunk->set_sequence(added_);
  *chunk->add_mutations() = std::move(mutation);
  next_.places.push_back(std::move(place));
  next_bytes_ += bytes;
  ++added_;
  return absl::OkStatus();
}

absl::Status ImportClient::Finish() {
  if (!next_.places.empty()) RETURN_IF_ERROR(Send(std::exchange(next_, {})));
  Chunk end;
  end.request.mutable_end()->set_total(added_);
  RETURN_IF_ERROR(Send(std::move(end)));
  RETURN_IF_ERROR(Await(0));
  call_->stream->WritesDone();
  return EndCall();
}

absl::Status ImportClient::Send(Chunk chunk) {
  RETURN_IF_ERROR(Await(kMaxOpenChunks - 1));
  open_.push_back(std::move(chunk));
  // If it fails, Await will see why.
  call_->stream->Write(open_.back().request);
  return absl::OkStatus();
}

absl::Status ImportClient::Await(size_t open) {
  while (true) {
    std::deque<v1::ImportEntitiesResponse> answers;
    bool ended;
    {
      auto is_news = [call = call_.get()]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return call->ended || !call->answers.empty();
      };
      absl::MutexLock lock(&call_->mutex);
      // Without news, wait only if there is too much in flight.
      if (open_.size() > open) call_->mutex.Await(absl::Condition(&is_news));
      answers.swap(call_->answers);
      ended = call_->ended;
    }
    for (const v1::ImportEntitiesResponse& answer : answers) Take(answer);
    if (open_.size() <= open) return absl::OkStatus();
    if (!ended || !answers.empty()) continue;
    const absl::Status status = EndCall();
    if (status.ok()) return absl::InternalError("the server ended the import");
    if (!IsInterruption(status)) return status;
    RETURN_IF_ERROR(Reconnect());
  }
}

void ImportClient::Take(const v1::ImportEntitiesResponse& answer) {
  progress_ = answer;
  last_answer_ = absl::Now();
  if (open_.empty()) return;
  const Chunk& chunk = open_.front();
  for (const v1::ImportError& error : answer.errors()) {
    const uint64_t i = error.sequence() - chunk.request.chunk().sequence();
    if (i < chunk.places.size()) options_.on_error(chunk.places[i], error);
  }
  open_.pop_front();
}

absl::Status ImportClient::Connect() {
  call_ = std::make_unique<Call>();
  call_->context.set_wait_for_ready(false);
  call_->stream = stub_->Import(&call_->context);
  v1::ImportEntitiesRequest header;
  *header.mutable_header() = options_.header;
  if (!call_->stream->Write(header) || !call_->stream->Read(&progress_)) {
    return EndCall();
  }
  call_->reader = std::thread([call = call_.get()] {
    v1::ImportEntitiesResponse answer;
    while (call->stream->Read(&answer)) {
      absl::MutexLock lock(&call->mutex);
      call->answers.push_back(std::move(answer));
    }
    absl::MutexLock lock(&call->mutex);
    call->ended = true;
  });
  // What the server has needs no answer; it takes the rest again.
  while (!open_.empty() && open_.front().request.has_chunk() &&
         open_.front().request.chunk().sequence() +
                 open_.front().places.size() <=
             progress_.applied()) {
    open_.pop_front();
  }
  for (const Chunk& chunk : open_) call_->stream->Write(chunk.request);
  return absl::OkStatus();
}

absl::Status ImportClient::Reconnect() {
  absl::Duration pause = absl::Milliseconds(100);
  while (true) {
    absl::SleepFor(pause);
    pause = std::min(2 * pause, absl::Seconds(2));
    const absl::Status status = Connect();
    if (!IsInterruption(status) ||
        absl::Now() > last_answer_ + options_.patience) {
      return status;
    }
  }
}

absl::Status ImportClient::EndCall() {
  if (call_->reader.joinable()) call_->reader.join();
  const absl::Status status = ToStatus(call_->stream->Finish());
  call_ = nullptr;
  return status;
}

}  // namespace sekisho
