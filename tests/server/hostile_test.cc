// Whatever bytes arrive, the answer is an error and the server goes on.
#include <random>
#include <string>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

class HostileTest : public testing::Test {
 protected:
  HostileTest() {
    server_.Activate(Compile(kRules));
    server_.Put({MakeRecord("r", "a")});
  }
  ~HostileTest() override {
    EXPECT_EQ(server_.MustDecide(Ask("a", "r")).decision(), v1::PERMIT);
  }

  // Sends `bytes` as the request of a method.
  grpc::Status Send(const std::string& method, const std::string& bytes) {
    grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    grpc::CompletionQueue queue;
    auto call = grpc::GenericStub(channel_).PrepareUnaryCall(
        &context, "/sekisho.v1." + method, request, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag;
    bool ok;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return status;
  }

  TestServer server_;
  std::shared_ptr<grpc::Channel> channel_ = server_.Connect();
};

const char* const kMethods[] = {
    "DecisionService/Decide", "DecisionService/DecideBatch",
    "EntityService/Write",    "EntityService/Read",
    "PolicyService/Activate", "PolicyService/List",
    "PolicyService/Get",      "PolicyService/Rollback",
    "PolicyService/Link",     "PolicyService/Unlink",
    "PolicyService/ListLinks"};

TEST_F(HostileTest, RandomBytes) {
  std::mt19937 random(301);
  for (const char* method : kMethods) {
    for (int i = 0; i < 50; ++i) {
      std::string bytes(random() % 64, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      grpc::Status status = Send(method, bytes);
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE)
          << status.error_message();
      EXPECT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    }
  }
}

TEST_F(HostileTest, DamagedRequests) {
  std::mt19937 random(301);
  const std::string request = Ask("a", "r").SerializeAsString();
  for (size_t i = 0; i < request.size(); ++i) {
    std::string damaged = request;
    damaged[i] = static_cast<char>(random());
    EXPECT_NE(Send(kMethods[0], damaged).error_code(),
              grpc::StatusCode::UNAVAILABLE);
    Send(kMethods[0], request.substr(0, i));
  }
}

TEST_F(HostileTest, TextThatIsNotUtf8) {
  std::string request = Ask("a", "hospital-1").SerializeAsString();
  request.replace(request.find("hospital-1"), 1, "\xff");
  grpc::Status status = Send(kMethods[0], request);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

// Sets within sets, `depth` of them.
std::string NestedContext(int depth) {
  std::string value = std::string("\x08\x01", 2);
  auto wrap = [](char tag, const std::string& inner) {
    std::string out(1, tag);
    for (size_t size = inner.size();; size >>= 7) {
      out.push_back(static_cast<char>(size < 0x80 ? size : size | 0x80));
      if (size < 0x80) break;
    }
    return out + inner;
  };
  for (int i = 0; i < depth; ++i) value = wrap(0x2a, wrap(0x0a, value));
  return wrap(0x32, wrap(0x0a, wrap(0x12, value)));
}

TEST_F(HostileTest, DeepNesting) {
  const std::string uids = std::string(
      "\x1a\x03\x0a\x01P\x22\x03\x0a\x01"
      "A\x2a\x03\x0a\x01R");
  grpc::Status status = Send(kMethods[0], uids + NestedContext(40));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(status.error_message().find("is nested too deeply"),
            std::string::npos)
      << status.error_message();
  for (int depth : {100, 1000, 20000}) {
    EXPECT_FALSE(Send(kMethods[0], uids + NestedContext(depth)).ok());
  }
}

TEST_F(HostileTest, LargeRequests) {
  v1::DecideRequest request = Ask("a", "r");
  v1::Attribute* attribute = request.mutable_context()->add_attributes();
  attribute->set_name("note");
  attribute->mutable_value()->set_string_value(std::string(2 << 20, 'x'));
  EXPECT_EQ(ToString(server_.Decide(request)),
            "RESOURCE_EXHAUSTED: the request is longer than 1048576 bytes");
  attribute->mutable_value()->set_string_value(std::string(65 << 20, 'x'));
  EXPECT_EQ(server_.Decide(request).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// An error message quotes the field's name, and must still fit into a header.
TEST_F(HostileTest, LongNames) {
  v1::DecideRequest request = Ask("a", "r");
  std::string name;
  for (int i = 0; i < 100000; ++i) name += "関";
  request.mutable_context()->add_attributes()->set_name(name);
  grpc::Status status = server_.Decide(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_LT(status.error_message().size(), 1100u);
}

}  // namespace
}  // namespace sekisho
