// Gives the messages of a gRPC method memory of their own, in a few blocks that
// are freed together: most of what a message with many parts costs otherwise is
// taking and freeing memory for each of them.
//
//   ArenaMessages<v1::DecideRequest, v1::DecideResponse> decide_messages_;
//   service.SetMessageAllocatorFor_Decide(&decide_messages_);
//
// Thread-safe. Must outlive the server.
#ifndef SEKISHO_SERVER_ARENA_MESSAGES_H_
#define SEKISHO_SERVER_ARENA_MESSAGES_H_

#include <cstddef>

#include "google/protobuf/arena.h"
#include "grpcpp/support/message_allocator.h"

namespace sekisho {

template <typename Request, typename Response>
class ArenaMessages final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    return new Holder;
  }

 private:
  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    Holder() : arena_(Options(first_block_)) {
      this->set_request(
          google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(
          google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }
    // Called by gRPC once the call is over.
    void Release() override { delete this; }

   private:
    // Enough for a request and its answer.
    static constexpr size_t kFirstBlock = size_t{8} << 10;
    static constexpr size_t kLargestBlock = size_t{256} << 10;

    static google::protobuf::ArenaOptions Options(char* first_block) {
      google::protobuf::ArenaOptions options;
      options.initial_block = first_block;
      options.initial_block_size = kFirstBlock;
      options.max_block_size = kLargestBlock;
      return options;
    }

    alignas(std::max_align_t) char first_block_[kFirstBlock];
    google::protobuf::Arena arena_;
  };
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_ARENA_MESSAGES_H_
