// DecideStream through gRPC.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/log/record.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using Stream = grpc::ClientReaderWriter<v1::DecideRequest, v1::DecideResult>;

class DecideStreamTest : public testing::Test {
 protected:
  DecideStreamTest() {
    server_.Activate(Compile(kRules));
    server_.Put({MakePerson("a"), MakeRecord("r", "a")});
  }

  std::unique_ptr<Stream> Open(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(120));
    return server_.decisions().DecideStream(context);
  }

  TestServer server_;
};

// A different decision or error for each of some numbers, with the number as
// the request's name.
v1::DecideRequest Numbered(int i) {
  v1::DecideRequest request =
      Ask(i % 2 == 0 ? "a" : "b", "r", i % 3 == 0 ? "home" : "hospital",
          i % 5 == 0 ? 101 : 1);
  if (i % 7 == 0) request.clear_resource();
  request.set_request_id(absl::StrCat(i));
  return request;
}

TEST_F(DecideStreamTest, AnswersAreThoseOfTheMessagesAloneInTheirOrder) {
  constexpr int kMessages = 5000;
  grpc::ClientContext context;
  const std::unique_ptr<Stream> stream = Open(&context);
  // Sends without waiting for answers.
  std::thread writer([&stream] {
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_TRUE(stream->Write(Numbered(i)));
    }
    stream->WritesDone();
  });
  v1::DecideResult result;
  int received = 0;
  for (; stream->Read(&result); ++received) {
    // A message that was decided is answered as before when it is sent again.
    v1::DecideResponse alone;
    const grpc::Status status = server_.Decide(Numbered(received), &alone);
    ASSERT_EQ(result.error().message(), status.error_message());
    ASSERT_EQ(result.error().code(), status.error_code());
    ASSERT_EQ(result.decision().SerializeAsString(), alone.SerializeAsString());
    if (status.ok()) {
      ASSERT_EQ(alone.request_id(), absl::StrCat(received));
    }
  }
  writer.join();
  EXPECT_EQ(ToString(stream->Finish()), "OK");
  EXPECT_EQ(received, kMessages);
  server_.Stop();
  ExpectProved(server_.data());
}

TEST_F(DecideStreamTest, EachMessageIsDecidedByThePolicyOfItsMoment) {
  grpc::ClientContext context;
  const std::unique_ptr<Stream> stream = Open(&context);
  const auto decide = [&stream] {
    v1::DecideResult result;
    EXPECT_TRUE(stream->Write(Ask("a", "r")));
    EXPECT_TRUE(stream->Read(&result));
    return result.decision();
  };
  EXPECT_EQ(decide().decision(), v1::PERMIT);
  server_.Activate(
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "ward"}})));
  const v1::DecideResponse denied = decide();
  EXPECT_EQ(denied.decision(), v1::DENY);
  EXPECT_EQ(denied.policy_version(), 2u);
  server_.Put({MakePerson("b")});
  EXPECT_EQ(decide().entity_revision(), 2u);
  stream->WritesDone();
  EXPECT_EQ(ToString(stream->Finish()), "OK");
}

// A client that reads nothing is not read from without end.
TEST_F(DecideStreamTest, AClientThatDoesNotReadIsMadeToWait) {
  grpc::ClientContext context;
  const std::unique_ptr<Stream> stream = Open(&context);
  v1::DecideRequest request = Ask("a", "r");
  // Names that fill the answers, and the windows of flow control.
  request.set_request_id(std::string(128, 'x'));
  constexpr int kMessages = 200'000;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    while (written < kMessages && stream->Write(request)) ++written;
  });
  // The writer stops when the windows are full, which shows in nothing but
  // time; however long this waits, the bound holds.
  int before = -1;
  while (written != before) {
    before = written;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  EXPECT_LT(written, kMessages);
  context.TryCancel();
  writer.join();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(server_.MustDecide(Ask("a", "r")).decision(), v1::PERMIT);
}

TEST_F(DecideStreamTest, ACancelledStreamLeavesTheOthers) {
  grpc::ClientContext other_context;
  const std::unique_ptr<Stream> other = Open(&other_context);
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    const std::unique_ptr<Stream> stream = Open(&context);
    for (int j = 0; j < i; ++j) stream->Write(Ask("a", "r"));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  v1::DecideResult result;
  EXPECT_TRUE(other->Write(Ask("a", "r")));
  EXPECT_TRUE(other->Read(&result));
  EXPECT_EQ(result.decision().decision(), v1::PERMIT);
  other->WritesDone();
  EXPECT_EQ(ToString(other->Finish()), "OK");
}

// Every decision that was logged was answered, in order, and an idle stream
// does not keep the server from stopping.
TEST_F(DecideStreamTest, AServerThatStopsAnswersWhatItHasRead) {
  grpc::ClientContext idle_context;
  const std::unique_ptr<Stream> idle = Open(&idle_context);
  idle->Write(Ask("a", "r"));
  v1::DecideResult result;
  EXPECT_TRUE(idle->Read(&result));
  const uint64_t first = result.decision().log().index();

  grpc::ClientContext context;
  const std::unique_ptr<Stream> stream = Open(&context);
  std::thread writer([&stream] {
    while (stream->Write(Ask("a", "r"))) {
    }
  });
  absl::btree_set<uint64_t> answered = {first};
  std::thread stopper;
  while (stream->Read(&result)) {
    ASSERT_TRUE(result.has_decision()) << result.ShortDebugString();
    answered.insert(result.decision().log().index());
    if (answered.size() == 500)
      stopper = std::thread([this] { server_.Stop(); });
  }
  ASSERT_TRUE(stopper.joinable());
  writer.join();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(idle->Read(&result));
  EXPECT_EQ(ToString(idle->Finish()), "UNAVAILABLE: the server is stopping");
  stopper.join();
  const std::vector<Logged> log = ReadLog(server_.data());
  for (size_t i = 0; i < log.size(); ++i) {
    if (!std::holds_alternative<DecisionBody>(log[i].record.body)) continue;
    EXPECT_TRUE(answered.contains(i)) << i;
  }
}

}  // namespace
}  // namespace sekisho
