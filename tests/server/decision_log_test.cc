// What the service answers is in its decision log, and the log is proof of it.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "engine/log/record.h"
#include "gtest/gtest.h"
#include "server/server.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

TEST(DecisionLogTest, EveryAnswerIsInTheLogAsItWasGiven) {
  TestServer server;
  server.Activate(Compile(kRules));
  server.Put({MakePerson("a"), MakeRecord("r", "a")});

  v1::DecideRequest request = Ask("a", "r");
  request.set_request_id("retry-me");
  const v1::DecideResponse permit = server.MustDecide(request);
  ASSERT_EQ(permit.decision(), v1::PERMIT);
  const v1::DecideResponse deny = server.MustDecide(Ask("absent", "r"));
  ASSERT_EQ(deny.decision(), v1::DENY);
  v1::DecideRequest incomplete = Ask("a", "r");
  incomplete.clear_principal();
  const std::string refusal = ToString(server.Decide(incomplete));
  ASSERT_EQ(refusal.find("INVALID_ARGUMENT"), 0u) << refusal;

  v1::DecideBatchRequest batch;
  for (int i = 0; i < 3; ++i) {
    const v1::DecideRequest item = Ask("a", "r");
    v1::DecideBatchItem* added = batch.add_items();
    *added->mutable_principal() = item.principal();
    *added->mutable_action() = item.action();
    *added->mutable_resource() = item.resource();
    *added->mutable_context() = item.context();
  }
  v1::DecideBatchResponse batch_response;
  ASSERT_TRUE(server.DecideBatch(batch, &batch_response).ok());
  server.Stop();

  const std::vector<Logged> log = ReadLog(server.data());
  const Logged* logged = Find(log, permit.log());
  ASSERT_NE(logged, nullptr);
  EXPECT_EQ(logged->record.request_id, "retry-me");
  EXPECT_EQ(logged->record.pep.kind, "loopback");
  const auto* decision = std::get_if<DecisionBody>(&logged->record.body);
  ASSERT_NE(decision, nullptr);
  EXPECT_TRUE(decision->permitted);
  EXPECT_EQ(decision->determining, std::vector<std::string>{"own"});
  EXPECT_EQ(decision->request.request.principal.ToString(), "Person::\"a\"");
  EXPECT_EQ(decision->basis.policy_hash, permit.policy_hash());
  EXPECT_EQ(decision->basis.entity_revision, permit.entity_revision());
  ASSERT_EQ(decision->basis.evidence.size(), 2u);
  EXPECT_TRUE(decision->basis.evidence[0].hash.has_value());

  logged = Find(log, deny.log());
  ASSERT_NE(logged, nullptr);
  decision = std::get_if<DecisionBody>(&logged->record.body);
  ASSERT_NE(decision, nullptr);
  EXPECT_FALSE(decision->permitted);
  // That the person is absent is evidence too.
  ASSERT_FALSE(decision->basis.evidence.empty());
  EXPECT_FALSE(decision->basis.evidence[0].hash.has_value());

  for (int i = 0; i < batch_response.results_size(); ++i) {
    logged = Find(log, batch_response.results(i).decision().log());
    ASSERT_NE(logged, nullptr);
    ASSERT_TRUE(logged->record.batch.has_value());
    EXPECT_EQ(logged->record.batch->item, static_cast<uint64_t>(i));
  }

  absl::btree_map<size_t, int> kinds;
  for (const Logged& entry : log) ++kinds[entry.record.body.index()];
  // Five decisions; a refusal; activation; write; opened; closed.
  EXPECT_EQ(kinds, (absl::btree_map<size_t, int>{
                       {0, 5}, {1, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}}));
  ExpectProved(server.data());
}

TEST(DecisionLogTest, TheLogGoesOnWhereItEnded) {
  TestServer server;
  server.Activate(Compile(kRules));
  server.Put({MakePerson("a"), MakeRecord("r", "a")});
  const v1::DecideResponse before = server.MustDecide(Ask("a", "r"));
  server.Restart();
  const v1::DecideResponse after = server.MustDecide(Ask("a", "r"));
  EXPECT_EQ(after.log().origin(), before.log().origin());
  EXPECT_GT(after.log().index(), before.log().index());
  server.Stop();
  const std::vector<Logged> log = ReadLog(server.data());
  EXPECT_NE(Find(log, before.log()), nullptr);
  EXPECT_NE(Find(log, after.log()), nullptr);
  ExpectProved(server.data());
}

TEST(DecisionLogTest, AnAlteredLogStopsTheServer) {
  TestServer server;
  server.Activate(Compile(kRules));
  server.Stop();
  const std::string path = server.data() + "/log/checkpoint";
  std::string text;
  {
    std::ifstream in(path);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  ASSERT_FALSE(text.empty());
  // Another size under the signature.
  text[text.find('\n') + 1] ^= 1;
  std::ofstream(path) << text;
  ServerOptions options;
  options.data = server.data();
  options.listen = {"127.0.0.1:0"};
  EXPECT_FALSE(Server::Start(options).ok());
}

}  // namespace
}  // namespace sekisho
