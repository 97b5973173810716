// A real sekishod is killed again and again while it writes, and libsekisho
// decides beside it, from several threads: by every state it was told of, and
// by nothing that was taken back.
//
// SEKISHO_KILLS sets how often; SEKISHO_SEED repeats the pauses.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/reference_opinion.h"
#include "engine/replay/replay.h"
#include "gtest/gtest.h"
#include "lib/sekisho.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "tests/environment.h"
#include "tests/server/log_check.h"
#include "tests/server/server_process.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

std::string sekishod;

// At a revision the record is the last person's, and nobody else's: persons
// come and go with it.
std::string PersonAt(uint64_t revision) {
  return absl::StrCat("person-", revision);
}

v1::DecideResponse MustDecide(sekisho_pdp* pdp, const std::string& person) {
  const std::string request = Ask(person, "record").SerializeAsString();
  sekisho_decision decision = {};
  decision.size = sizeof decision;
  v1::DecideResponse response;
  EXPECT_EQ(sekisho_decide(pdp, SEKISHO_PROTOBUF, request.data(),
                           request.size(), &decision),
            SEKISHO_OK)
      << sekisho_error();
  EXPECT_TRUE(response.ParseFromArray(
      decision.response, static_cast<int>(decision.response_size)));
  sekisho_free(decision.response);
  return response;
}

TEST(LibraryKillTest, DecidesByWhatWasAcknowledged) {
  const uint64_t kills = EnvironmentNumber("SEKISHO_KILLS", 8);
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261123);
  std::cout << "SEKISHO_KILLS=" << kills << " SEKISHO_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  const std::string server_data = NewDirectory() + "/server";
  const std::string data = NewDirectory() + "/pep";
  // What was written, and what was said to be.
  std::atomic<uint64_t> acknowledged = 0;
  std::atomic<uint64_t> decided = 0;
  const std::string store = server_data + "/store";
  sekisho_options options = {};
  options.size = sizeof options;
  options.store = store.c_str();
  options.data = data.c_str();
  options.refresh_ms = 5;
  sekisho_pdp* pdp = nullptr;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (uint64_t round = 0; round <= kills; ++round) {
    ServerProcess server(sekishod, server_data);
    ASSERT_FALSE(server.address().empty()) << "round " << round;
    Client client(server.address());
    // Does not wait long for what was killed.
    Client writing(server.address(), {"", absl::Seconds(3)});
    const auto write = [&](Client& by, uint64_t revision) {
      const absl::StatusOr<uint64_t> written =
          by.Write({MakePerson(PersonAt(revision)),
                    MakeRecord("record", PersonAt(revision))},
                   {{"Person", PersonAt(revision - 1)}});
      if (written.ok()) acknowledged = *written;
      return written.ok();
    };
    if (round == 0) {
      ASSERT_TRUE(client.Activate(Compile(kRules)).ok());
      ASSERT_TRUE(write(client, 1));
      ASSERT_EQ(sekisho_open(&options, &pdp), SEKISHO_OK) << sekisho_error();
      for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
          uint64_t last = 0;
          while (!done) {
            // The state may be another than the person's.
            const uint64_t revision = std::max<uint64_t>(last, 1);
            const v1::DecideResponse response =
                MustDecide(pdp, PersonAt(revision));
            EXPECT_EQ(response.decision() == v1::PERMIT,
                      response.entity_revision() == revision)
                << response.ShortDebugString();
            EXPECT_GE(response.entity_revision(), last);
            last = response.entity_revision();
            ++decided;
            // The server is to get on.
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        });
      }
    }
    // The write that was cut off may have been made.
    ASSERT_EQ(sekisho_refresh(pdp), SEKISHO_OK) << sekisho_error();
    uint64_t revision = MustDecide(pdp, PersonAt(0)).entity_revision();
    ++decided;
    EXPECT_GE(revision, acknowledged);
    if (round == kills) {
      ASSERT_TRUE(write(client, revision + 1));
      ASSERT_EQ(sekisho_refresh(pdp), SEKISHO_OK) << sekisho_error();
      EXPECT_EQ(MustDecide(pdp, PersonAt(revision + 1)).decision(), v1::PERMIT);
      ++decided;
      break;
    }
    std::thread writer([&] {
      while (write(writing, ++revision)) {
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 150));
    server.End(SIGKILL);
    writer.join();
    // Nobody writes now, and what was written is there.
    ASSERT_EQ(sekisho_refresh(pdp), SEKISHO_OK) << sekisho_error();
    EXPECT_GE(MustDecide(pdp, PersonAt(0)).entity_revision(), acknowledged);
    ++decided;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(sekisho_close(pdp), SEKISHO_OK) << sekisho_error();
  std::cout << acknowledged << " writes, " << decided << " decisions\n";
  EXPECT_GT(acknowledged, kills);

  ExpectProved(data);
  ReplayOptions replay;
  replay.second_opinion = MakeReferenceOpinion;
  const auto report = ReplayLog(data + "/log", replay);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->decisions, decided);
  EXPECT_TRUE(report->agrees());
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: kill_test SEKISHOD\n";
    return 2;
  }
  sekisho::sekishod = argv[1];
  return RUN_ALL_TESTS();
}
