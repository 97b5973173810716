// Decisions, writes and activations at once. Two policies take turns, and two
// entities are always written together, so that any answer made by parts of two
// policies or of two revisions shows.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

// Odd versions permit at the hospital, even ones at the clinic. Odd revisions
// give both records to a, even ones to b.
constexpr int kActivations = 40;
constexpr int kWrites = 200;

void CheckBatch(const v1::DecideBatchResponse& response) {
  const bool hospital = response.policy_version() % 2 == 1;
  const bool owner_a = response.entity_revision() % 2 == 1;
  ASSERT_EQ(response.results_size(), 8);
  int i = 0;
  for (const std::string location : {"hospital", "clinic"}) {
    for (const std::string person : {"a", "b"}) {
      for (int record = 0; record < 2; ++record) {
        const bool permit =
            (location == "hospital") == hospital && (person == "a") == owner_a;
        EXPECT_EQ(response.results(i++).decision().decision(),
                  permit ? v1::PERMIT : v1::DENY)
            << "version " << response.policy_version() << ", revision "
            << response.entity_revision() << ", item " << i;
      }
    }
  }
}

v1::DecideBatchRequest AllItems() {
  v1::DecideBatchRequest request;
  for (const char* location : {"hospital", "clinic"}) {
    for (const char* person : {"a", "b"}) {
      for (const char* record : {"r1", "r2"}) {
        EXPECT_TRUE(request.add_items()->ParseFromString(
            Ask(person, record, location).SerializeAsString()));
      }
    }
  }
  return request;
}

TEST(ConcurrencyTest, NoDecisionMixesPoliciesOrRevisions) {
  const std::string policies[] = {
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "clinic"}})),
      Compile(kRules)};
  TestServer server;
  server.Activate(policies[1]);
  server.Put({MakeRecord("r1", "a"), MakeRecord("r2", "a")});

  std::atomic<bool> done = false;
  std::vector<std::thread> deciders;
  for (int t = 0; t < 3; ++t) {
    deciders.emplace_back([&server, &done] {
      const v1::DecideBatchRequest request = AllItems();
      uint64_t last_version = 0;
      uint64_t last_revision = 0;
      while (!done) {
        v1::DecideBatchResponse response;
        ASSERT_EQ(ToString(server.DecideBatch(request, &response)), "OK");
        CheckBatch(response);
        EXPECT_GE(response.policy_version(), last_version);
        EXPECT_GE(response.entity_revision(), last_revision);
        last_version = response.policy_version();
        last_revision = response.entity_revision();
      }
    });
  }
  std::thread activator([&server, &policies] {
    for (int version = 2; version <= kActivations; ++version) {
      EXPECT_EQ(server.Activate(policies[version % 2]).activation().version(),
                static_cast<uint64_t>(version));
    }
  });
  for (int revision = 2; revision <= kWrites; ++revision) {
    const std::string owner = revision % 2 ? "a" : "b";
    EXPECT_EQ(server.Put({MakeRecord("r1", owner), MakeRecord("r2", owner)}),
              static_cast<uint64_t>(revision));
  }
  activator.join();
  done = true;
  for (std::thread& decider : deciders) decider.join();
}

TEST(ConcurrencyTest, ConcurrentWritersAllSucceed) {
  TestServer server;
  server.Activate(Compile(kRules));
  std::vector<std::thread> writers;
  for (int t = 0; t < 8; ++t) {
    writers.emplace_back([&server, t] {
      for (int i = 0; i < 10; ++i) server.Put({MakePerson(std::to_string(t))});
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).entity_revision(), 80u);
}

}  // namespace
}  // namespace sekisho
