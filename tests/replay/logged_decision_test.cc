// Single decisions of logs with many segments.
#include "engine/replay/logged_decision.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/explain_logged.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/base/sha256.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/log/test_log.h"
#include "engine/model/entity_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

constexpr int kDecisions = 2000;

std::string CompileRules() {
  auto folder = MakePolicyFolder(
      {{"s.cedarschema",
        "entity Person { age: Long }; action view appliesTo { principal: "
        "Person, resource: Person, context: {} };"},
       {"r.cedar",
        "@id(\"adult\") permit (principal, action, resource) "
        "when { principal.age >= 18 };"}});
  EXPECT_TRUE(folder.ok()) << folder.status();
  Compilation compilation(&folder->sources);
  EXPECT_OK(Compile(*folder, {}, &compilation));
  return compilation.artifact;
}

Entity MakePerson(int number) {
  Entity person;
  person.uid = {"Person", absl::StrCat(number)};
  person.attributes = Value::Record({{"age", Value::Long(number % 40)}});
  return person;
}

// Person `number` asks; every hundredth is not in the store.
bool Exists(int number) { return number % 100 != 0; }

class LoggedDecisionTest : public testing::Test {
 protected:
  LoggedDecisionTest() : artifact_(*Artifact::FromBytes(CompileRules())) {}

  // The activation, then the decisions. Of number `wrong` the record says the
  // contrary of what was decided.
  void Write(bool compress, int wrong = -1) {
    DecisionLogOptions options = TestLog::Options();
    options.segment_bytes = 64 << 10;
    options.compress = compress;
    ASSERT_TRUE(log_.Open(options).ok());
    ActivationBody activation;
    activation.policy_hash = artifact_->hash();
    activation.artifact = Sha256(artifact_->bytes());
    Record record;
    record.body = activation;
    const std::vector<LogEvidence> cited = {
        {activation.artifact, artifact_->bytes()}};
    ASSERT_TRUE(log_.log().Append(record, cited).ok());
    for (int i = 0; i < kDecisions; ++i) {
      ASSERT_NO_FATAL_FAILURE(Append(i, i == wrong));
    }
    EXPECT_OK(log_.Close());
    EXPECT_GT(log_.Files().size(), 8u);
  }

  void Append(int number, bool wrong) {
    const Entity person = MakePerson(number);
    MemoryEntities entities;
    if (Exists(number)) entities.Put(person);
    DecisionBody body;
    body.request.request.principal = person.uid;
    body.request.request.action = {"Action", "view"};
    body.request.request.resource = {"Person", "0"};
    const auto decision = Decide(*artifact_, body.request.request, entities);
    ASSERT_TRUE(decision.ok()) << decision.status();
    body.basis.policy_hash = artifact_->hash();
    body.permitted = decision->permitted() != wrong;
    body.cause = body.permitted ? Cause::kPermitted : Cause::kNotCovered;
    if (body.permitted) body.determining = {"adult"};
    body.errors = decision->errors.empty() ? std::vector<std::string>()
                                           : std::vector<std::string>{"adult"};
    std::vector<LogEvidence> cited;
    const std::string bytes = *EncodeEntity(person);
    body.basis.evidence.push_back({person.uid, std::nullopt});
    if (Exists(number)) {
      cited.push_back({Sha256(bytes), bytes});
      body.basis.evidence[0].hash = cited[0].hash;
    }
    Record record;
    record.id = IdOf(number);
    record.policy_store = "main";
    record.body = body;
    const auto position = log_.log().Append(record, cited);
    ASSERT_TRUE(position.ok()) << position.status();
  }

  static Bytes16 IdOf(int number) {
    Bytes16 id{};
    id[0] = 1;
    id[14] = static_cast<uint8_t>(number >> 8);
    id[15] = static_cast<uint8_t>(number);
    return id;
  }

  absl::StatusOr<std::unique_ptr<LoggedDecision>> Find(
      int number, const LoggedDecision::Limits& limits = {}) const {
    return LoggedDecision::Find(log_.directory(), IdOf(number), limits);
  }

  const std::shared_ptr<const Artifact> artifact_;
  TestLog log_;
};

TEST_F(LoggedDecisionTest, IsFoundWithWhatItRestsOnWhereverItStands) {
  for (const bool compress : {false, true}) {
    SCOPED_TRACE(compress);
    std::filesystem::remove_all(log_.directory());
    ASSERT_NO_FATAL_FAILURE(Write(compress));
    for (int i = 0; i < kDecisions; i += 50) {
      const auto decision = Find(i);
      ASSERT_TRUE(decision.ok()) << i << " " << decision.status();
      EXPECT_EQ((*decision)->record().id, IdOf(i));
      EXPECT_EQ((*decision)->artifact().hash(), artifact_->hash());
      const EntityUid uid = MakePerson(i).uid;
      EXPECT_EQ((*decision)->request().principal, uid);
      const auto person = (*decision)->entities().Find(uid);
      ASSERT_TRUE(person.ok()) << person.status();
      ASSERT_EQ(*person != nullptr, Exists(i));
      if (Exists(i)) {
        EXPECT_EQ((*person)->attributes, MakePerson(i).attributes);
      }
      EXPECT_TRUE(absl::IsNotFound(
          (*decision)->entities().Find({"Person", "x"}).status()));
      const auto explanation = ExplainLogged(**decision);
      ASSERT_TRUE(explanation.ok()) << explanation.status();
      EXPECT_EQ(explanation->decision.permitted(), Exists(i) && i % 40 >= 18);
    }
  }
}

TEST_F(LoggedDecisionTest, WhatTheLogDoesNotHaveIsSaid) {
  ASSERT_NO_FATAL_FAILURE(Write(/*compress=*/false));
  const absl::Status unknown = Find(kDecisions).status();
  EXPECT_TRUE(absl::IsNotFound(unknown)) << unknown;
  // The activation's own id.
  EXPECT_TRUE(absl::IsNotFound(
      LoggedDecision::Find(log_.directory(), Bytes16{}, {}).status()));
  EXPECT_TRUE(absl::IsNotFound(
      LoggedDecision::Find(log_.Path("none"), IdOf(1), {}).status()));
  // A log whose beginning was taken away.
  std::filesystem::remove(log_.Path("00000001.log"));
  const absl::Status cut = Find(kDecisions - 1).status();
  EXPECT_TRUE(absl::IsDataLoss(cut)) << cut;
  EXPECT_THAT(std::string(cut.message()),
              HasSubstr("the log has no activation of policy"));
}

TEST_F(LoggedDecisionTest, TheSearchIsBoundedAndCanBeCancelled) {
  ASSERT_NO_FATAL_FAILURE(Write(/*compress=*/false));
  LoggedDecision::Limits limits;
  limits.max_bytes = 200 << 10;
  EXPECT_TRUE(absl::IsResourceExhausted(Find(0, limits).status()));
  limits = {};
  int asked = 0;
  limits.is_cancelled = [&asked] { return ++asked == 3; };
  EXPECT_TRUE(absl::IsCancelled(Find(0, limits).status()));
}

TEST_F(LoggedDecisionTest,
       ARecordThatDoesNotFollowFromItsEvidenceIsNotExplained) {
  constexpr int kWrong = 1017;
  ASSERT_NO_FATAL_FAILURE(Write(/*compress=*/false, kWrong));
  const auto decision = Find(kWrong);
  ASSERT_TRUE(decision.ok()) << decision.status();
  const auto explanation = ExplainLogged(**decision);
  EXPECT_TRUE(absl::IsDataLoss(explanation.status())) << explanation.status();
  EXPECT_TRUE(ExplainLogged(**Find(kWrong + 1)).ok());
}

}  // namespace
}  // namespace sekisho
