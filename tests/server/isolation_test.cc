// Nothing done to one policy store shows in another: random writes, patches,
// deletions and imports of the same uids in policy stores whose names begin
// with each other, against a model of what each should have.
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

const std::vector<std::string> kStores = {"a", "ab", "a.", "a..", "default"};

// Owners of records by id.
using Model = std::map<std::string, std::string>;

class IsolationTest : public testing::Test {
 protected:
  IsolationTest() {
    const std::string artifact = Compile(kRules);
    for (const std::string& store : kStores) server_.Activate(artifact, store);
  }

  Model Export(const std::string& store) {
    grpc::ClientContext context;
    v1::ExportEntitiesRequest request;
    request.set_policy_store(store);
    auto reader = server_.entities().Export(&context, request);
    Model model;
    v1::ExportEntitiesResponse response;
    while (reader->Read(&response)) {
      EXPECT_EQ(response.revision(), revisions_[store]);
      for (const v1::Entity& entity : response.entities()) {
        model[entity.uid().id()] =
            entity.attributes().attributes(0).value().entity().id();
      }
    }
    EXPECT_EQ(ToString(reader->Finish()), "OK");
    return model;
  }

  bool Write(const std::string& store, v1::WriteEntitiesRequest request) {
    request.set_policy_store(store);
    const bool written = server_.Write(request).ok();
    if (written) ++revisions_[store];
    return written;
  }

  void Put(const std::string& store, const std::string& id,
           const std::string& owner) {
    v1::WriteEntitiesRequest request;
    EntityToProto(MakeRecord(id, owner),
                  request.add_mutations()->mutable_put());
    EXPECT_TRUE(Write(store, request));
    models_[store][id] = owner;
  }

  void Patch(const std::string& store, const std::string& id,
             const std::string& owner) {
    v1::WriteEntitiesRequest request;
    v1::Entity entity;
    EntityToProto(MakeRecord(id, owner), &entity);
    v1::EntityPatch* patch = request.add_mutations()->mutable_patch();
    *patch->mutable_uid() = entity.uid();
    *patch->mutable_set_attributes() = entity.attributes();
    // Not by what the other policy stores have.
    EXPECT_EQ(Write(store, request), models_[store].contains(id));
    if (models_[store].contains(id)) models_[store][id] = owner;
  }

  void Delete(const std::string& store, const std::string& id) {
    v1::WriteEntitiesRequest request;
    EntityUidToProto({"Record", id},
                     request.add_mutations()->mutable_delete_());
    EXPECT_TRUE(Write(store, request));
    models_[store].erase(id);
  }

  // A chunk of an import that has one name everywhere.
  void Import(const std::string& store, const std::string& id,
              const std::string& owner) {
    grpc::ClientContext context;
    auto stream = server_.entities().Import(&context);
    v1::ImportEntitiesRequest request;
    request.mutable_header()->set_policy_store(store);
    request.mutable_header()->set_import_id("import");
    v1::ImportEntitiesResponse response;
    ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
    EXPECT_EQ(response.applied(), imported_[store]);
    request.mutable_chunk()->set_sequence(response.applied());
    EntityToProto(MakeRecord(id, owner),
                  request.mutable_chunk()->add_mutations()->mutable_put());
    ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
    EXPECT_EQ(response.applied(), ++imported_[store]);
    EXPECT_EQ(response.revision(), ++revisions_[store]);
    stream->WritesDone();
    EXPECT_EQ(ToString(stream->Finish()), "OK");
    models_[store][id] = owner;
  }

  TestServer server_;
  std::map<std::string, Model> models_;
  std::map<std::string, uint64_t> revisions_;
  std::map<std::string, uint64_t> imported_;
};

TEST_F(IsolationTest, PolicyStoresNeverShowInEachOther) {
  constexpr uint64_t kSeed = 20261122;
  std::mt19937_64 random(kSeed);
  // Ids that would run into each other's names if keys were only appended.
  const std::vector<std::string> ids = {"", "b", ".", "r", "br", "..e"};
  for (int step = 0; step < 200; ++step) {
    const std::string& store = kStores[random() % kStores.size()];
    const std::string& id = ids[random() % ids.size()];
    const std::string owner = absl::StrCat(store, "-", step);
    switch (random() % 5) {
      case 0:
        Put(store, id, owner);
        break;
      case 1:
      case 2:
        Patch(store, id, owner);
        break;
      case 3:
        Delete(store, id);
        break;
      case 4:
        Import(store, id, owner);
        break;
    }
    for (const std::string& other : kStores) {
      ASSERT_EQ(Export(other), models_[other])
          << other << " after step " << step << " on " << store << ", seed "
          << kSeed;
    }
  }
  server_.Restart();
  for (const std::string& store : kStores) {
    EXPECT_EQ(Export(store), models_[store]) << store;
  }
}

TEST_F(IsolationTest, NamesCannotPointElsewhere) {
  Put("a", "r", "owner");
  for (const std::string store : {"a/..", "../a", "a\n", "a ", "b/../a"}) {
    v1::ReadEntitiesRequest request;
    request.set_policy_store(store);
    EntityUidToProto({"Record", "r"}, request.add_uids());
    EXPECT_EQ(server_.Read(request).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_FALSE(Write(store, {}));
  }
}

}  // namespace
}  // namespace sekisho
