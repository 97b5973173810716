// Imports and exports over gRPC: progress, interruption, what is wrong.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/log/record.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

v1::ImportEntitiesRequest Header(const std::string& id,
                                 const std::string& policy_store = "") {
  v1::ImportEntitiesRequest request;
  request.mutable_header()->set_policy_store(policy_store);
  request.mutable_header()->set_import_id(id);
  return request;
}

std::string Name(uint64_t n) { return absl::StrCat("p", n); }

// The persons `first` to `last` - 1 of an import.
v1::ImportEntitiesRequest Chunk(uint64_t first, uint64_t last) {
  v1::ImportEntitiesRequest request;
  request.mutable_chunk()->set_sequence(first);
  for (uint64_t n = first; n < last; ++n) {
    EntityToProto(MakePerson(Name(n)),
                  request.mutable_chunk()->add_mutations()->mutable_put());
  }
  return request;
}

v1::ImportEntitiesRequest End(uint64_t total) {
  v1::ImportEntitiesRequest request;
  request.mutable_end()->set_total(total);
  return request;
}

// A person without what the schema requires.
void Spoil(v1::ImportEntitiesRequest* chunk, int index) {
  chunk->mutable_chunk()
      ->mutable_mutations(index)
      ->mutable_put()
      ->clear_attributes();
}

std::string Print(const v1::ImportEntitiesResponse& response) {
  std::string out =
      absl::StrCat(response.applied(), " applied, ", response.skipped(),
                   " skipped", response.complete() ? ", complete" : "");
  for (const v1::ImportError& error : response.errors()) {
    absl::StrAppend(&out, "; ", error.sequence(), " ", error.uid().id(), ": ",
                    error.message());
  }
  return out;
}

class ImportTest : public testing::Test {
 protected:
  ImportTest() { server_.Activate(Compile(kRules)); }

  // Sends the messages one by one; returns the answers, a line each, and the
  // status.
  std::string Import(const std::vector<v1::ImportEntitiesRequest>& requests) {
    grpc::ClientContext context;
    auto stream = server_.entities().Import(&context);
    std::string out;
    for (const v1::ImportEntitiesRequest& request : requests) {
      v1::ImportEntitiesResponse response;
      if (!stream->Write(request) || !stream->Read(&response)) break;
      absl::StrAppend(&out, Print(response), "\n");
    }
    stream->WritesDone();
    return absl::StrCat(out, ToString(stream->Finish()));
  }

  std::vector<v1::Entity> Export(const std::string& policy_store = "",
                                 const std::string& type = "") {
    grpc::ClientContext context;
    v1::ExportEntitiesRequest request;
    request.set_policy_store(policy_store);
    request.set_type(type);
    auto reader = server_.entities().Export(&context, request);
    std::vector<v1::Entity> entities;
    v1::ExportEntitiesResponse response;
    while (reader->Read(&response)) {
      revision_ = response.revision();
      for (const v1::Entity& entity : response.entities()) {
        entities.push_back(entity);
      }
    }
    EXPECT_EQ(ToString(reader->Finish()), "OK");
    return entities;
  }

  TestServer server_;
  // Of the last export.
  uint64_t revision_ = 0;
};

TEST_F(ImportTest, GoesOnWhereItWasInterrupted) {
  EXPECT_EQ(Import({Header("i"), Chunk(0, 3), Chunk(3, 5)}),
            "0 applied, 0 skipped\n"
            "3 applied, 0 skipped\n"
            "5 applied, 0 skipped\n"
            "OK");
  server_.Restart();
  // Sent again, cut otherwise.
  EXPECT_EQ(Import({Header("i"), Chunk(1, 4), Chunk(4, 7), End(7)}),
            "5 applied, 0 skipped\n"
            "5 applied, 0 skipped\n"
            "7 applied, 0 skipped\n"
            "7 applied, 0 skipped, complete\n"
            "OK");
  EXPECT_EQ(Export().size(), 7u);
  // Three chunks that brought something.
  EXPECT_EQ(revision_, 3u);
  EXPECT_EQ(Import({Header("i"), Chunk(0, 7), End(7)}),
            "7 applied, 0 skipped, complete\n"
            "7 applied, 0 skipped, complete\n"
            "7 applied, 0 skipped, complete\n"
            "OK");
  EXPECT_EQ(Import({Header("i"), Chunk(7, 8)}),
            "7 applied, 0 skipped, complete\n"
            "INVALID_ARGUMENT: import `i` is complete with 7 mutations; "
            "another one needs another import_id");
  EXPECT_EQ(Export().size(), 7u);
}

TEST_F(ImportTest, StopsAtTheFirstError) {
  v1::ImportEntitiesRequest chunk = Chunk(2, 6);
  Spoil(&chunk, 1);
  EXPECT_EQ(
      Import({Header("i"), Chunk(0, 2), chunk}),
      "0 applied, 0 skipped\n"
      "2 applied, 0 skipped\n"
      "3 applied, 0 skipped; 3 p3: put.attributes.roles: required and missing\n"
      "INVALID_ARGUMENT: mutation 3 of the import: "
      "put.attributes.roles: required and missing");
  EXPECT_EQ(Export().size(), 3u);
  EXPECT_EQ(Import({Header("i"), Chunk(3, 6), End(6)}),
            "3 applied, 0 skipped\n"
            "6 applied, 0 skipped\n"
            "6 applied, 0 skipped, complete\n"
            "OK");
}

TEST_F(ImportTest, LeavesOutWhatIsWrong) {
  v1::ImportEntitiesRequest header = Header("i");
  header.mutable_header()->set_max_skipped(3);
  v1::ImportEntitiesRequest chunk = Chunk(0, 4);
  Spoil(&chunk, 0);
  chunk.mutable_chunk()->mutable_mutations(1)->Clear();
  chunk.mutable_chunk()
      ->mutable_mutations(2)
      ->mutable_patch()
      ->mutable_uid()
      ->set_id("x");
  EXPECT_EQ(
      Import({header, chunk}),
      "0 applied, 0 skipped\n"
      "4 applied, 3 skipped; 0 p0: put.attributes.roles: required and missing; "
      "1 : is not set; 2 x: patch: an import has puts and deletions "
      "only; Write takes patches\n"
      "OK");
  chunk = Chunk(4, 6);
  Spoil(&chunk, 1);
  EXPECT_EQ(
      Import({header, chunk}),
      "4 applied, 3 skipped\n"
      "5 applied, 3 skipped; 5 p5: put.attributes.roles: required and missing\n"
      "INVALID_ARGUMENT: mutation 5 of the import: "
      "put.attributes.roles: required and missing");
  EXPECT_EQ(Export().size(), 2u);
}

TEST_F(ImportTest, MessagesOutOfOrderAreRefused) {
  v1::ImportEntitiesRequest bad_source = Header("i");
  bad_source.mutable_header()->set_source("a b");
  v1::ImportEntitiesRequest empty = Chunk(0, 0);
  const struct {
    std::vector<v1::ImportEntitiesRequest> requests;
    std::string status;
  } cases[] = {
      {{Chunk(0, 1)}, "INVALID_ARGUMENT: the first message must be the header"},
      {{Header("i"), Header("i")}, "INVALID_ARGUMENT: header: was sent before"},
      {{Header("i"), {}}, "INVALID_ARGUMENT: message: is not set"},
      {{Header("i"), Chunk(1, 2)},
       "INVALID_ARGUMENT: sequence: is 1, but the import goes on at 0"},
      {{Header("i"), empty}, "INVALID_ARGUMENT: mutations: is empty"},
      {{Header("i"), End(1)}, "INVALID_ARGUMENT: total: is 1, but 0 arrived"},
      {{Header("")},
       "INVALID_ARGUMENT: import_id: must be 1 to 64 letters, digits, `.`, "
       "`_` or `-`"},
      {{bad_source},
       "INVALID_ARGUMENT: source: must be 1 to 64 letters, digits, `.`, `_` "
       "or `-`"},
      {{Header("i", "other")},
       "FAILED_PRECONDITION: policy store `other` has no active policy"},
  };
  for (const auto& c : cases) {
    std::string out = Import(c.requests);
    EXPECT_EQ(out.substr(out.rfind('\n') + 1), c.status);
  }
  EXPECT_TRUE(Export().empty());
}

TEST_F(ImportTest, OfTwoStreamsOneGoesOn) {
  grpc::ClientContext context;
  auto first = server_.entities().Import(&context);
  v1::ImportEntitiesResponse response;
  ASSERT_TRUE(first->Write(Header("i")) && first->Read(&response));
  EXPECT_EQ(Import({Header("i"), Chunk(0, 2)}),
            "0 applied, 0 skipped\n2 applied, 0 skipped\nOK");
  ASSERT_TRUE(first->Write(Chunk(0, 1)));
  EXPECT_FALSE(first->Read(&response));
  EXPECT_EQ(ToString(first->Finish()),
            "ABORTED: import `i` is at 2, not at 0: somebody else goes on with "
            "it");
}

TEST_F(ImportTest, AnExportIsOneRevision) {
  server_.Put({MakePerson("a"), MakeRecord("r", "a")});
  const std::string big(1000, 'x');
  std::vector<Entity> many;
  for (int i = 0; i < 500; ++i)
    many.push_back(MakePerson(absl::StrCat(big, i)));
  server_.Put(many);
  grpc::ClientContext context;
  auto reader = server_.entities().Export(&context, {});
  v1::ExportEntitiesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_.Put({MakePerson("later")});
  size_t count = response.entities_size();
  size_t responses = 1;
  do {
    EXPECT_EQ(response.revision(), 2u);
  } while (reader->Read(&response) && ++responses &&
           (count += response.entities_size()));
  EXPECT_EQ(ToString(reader->Finish()), "OK");
  EXPECT_EQ(count, 502u);
  EXPECT_GT(responses, 2u);
  EXPECT_EQ(Export("", "Record").size(), 1u);
  EXPECT_TRUE(Export("", "Nothing").empty());
  EXPECT_EQ(revision_, 3u);
  EXPECT_TRUE(Export("never").empty());
}

TEST_F(ImportTest, StreamsAreLimited) {
  constexpr int kStreams = 16;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<
      v1::ImportEntitiesRequest, v1::ImportEntitiesResponse>>>
      streams;
  v1::ImportEntitiesResponse response;
  for (int i = 0; i < kStreams; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(server_.entities().Import(contexts.back().get()));
    ASSERT_TRUE(streams.back()->Write(Header(absl::StrCat(i))) &&
                streams.back()->Read(&response));
  }
  EXPECT_EQ(Import({Header("i")}),
            "RESOURCE_EXHAUSTED: more than 16 imports and exports at once; try "
            "again later");
  for (auto& stream : streams) {
    stream->WritesDone();
    EXPECT_EQ(ToString(stream->Finish()), "OK");
  }
}

TEST_F(ImportTest, IsInTheLog) {
  v1::ImportEntitiesRequest header = Header("i");
  header.mutable_header()->set_source("hr");
  header.mutable_header()->mutable_watermark()->set_seconds(1);
  EXPECT_EQ(Import({header, Chunk(0, 2), Chunk(2, 3), Chunk(2, 3), End(3)}),
            "0 applied, 0 skipped\n2 applied, 0 skipped\n"
            "3 applied, 0 skipped\n3 applied, 0 skipped\n"
            "3 applied, 0 skipped, complete\nOK");
  server_.Stop();
  std::string writes;
  for (const Logged& logged : ReadLog(server_.data())) {
    const auto* body = std::get_if<WriteBody>(&logged.record.body);
    if (body == nullptr) continue;
    absl::StrAppend(&writes, body->source, " ", body->revision, ": ",
                    body->count);
    for (const EntityVersion& entity : body->entities) {
      absl::StrAppend(&writes, " ", entity.uid.id,
                      entity.hash.has_value() ? "" : " deleted");
    }
    absl::StrAppend(&writes, "\n");
  }
  EXPECT_EQ(writes, "hr 1: 2 p0 p1\nhr 2: 1 p2\nhr 2: 0\n");
  ExpectProved(server_.data());
}

}  // namespace
}  // namespace sekisho
