#include "engine/decide/record_decision.h"

#include <memory>
#include <string>
#include <vector>

#include "engine/base/sha256.h"
#include "engine/graph/small_graph.h"
#include "engine/log/merkle.h"
#include "engine/log/record_format.h"
#include "engine/log/sample_records.h"
#include "engine/log/test_log.h"
#include "engine/model/entity_format.h"
#include "engine/model/link.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// What the sample decision of the log was made from.
class RecordDecisionTest : public testing::Test {
 protected:
  RecordDecisionTest() : wanted_(SampleDecision()) {
    EXPECT_OK(log_.Open());
    SmallGraph small;
    small.policies[0].id = "①-1";
    small.policies[1].id = "f1";
    small.policies[2].id = "f2";
    artifact_ = *Artifact::FromBytes(small.Write());
    DecisionBody& body = Body();
    body.basis.policy_hash = artifact_->hash();
    body.basis.mode = artifact_->graph().fail_closed ? PolicyMode::kFailClosed
                                                     : PolicyMode::kCedar;
    caller_ = {wanted_.pep, wanted_.policy_store, wanted_.face,
               wanted_.request_id, wanted_.batch};
    decision_ = {Cause::kPermitted, {0}, {1, 2}, {2}};
    obliged_ = {body.obligations, body.advice, {}};
    nurse_ = *DecodeEntity(body.basis.evidence[0].uid, SampleEvidence());
    evidence_ = {{FoundEntity(&nurse_)}, {nullptr, body.basis.evidence[1].uid}};
  }

  DecisionBody& Body() { return std::get<DecisionBody>(wanted_.body); }

  absl::StatusOr<uint64_t> Record(Sha256Digest* leaf_hash = nullptr) {
    const DecisionBody& body = Body();
    return RecordDecision(
        caller_, absl::FromUnixNanos(wanted_.time_ns), wanted_.id,
        MadeDecision{.request = body.request,
                     .added_context = body.basis.added_context,
                     .artifact = *artifact_,
                     .policy_version = body.basis.policy_version,
                     .entity_revision = body.basis.entity_revision,
                     .has_links = has_links_,
                     .decision = decision_,
                     .obliged = obliged_,
                     .evidence = evidence_,
                     .duration = absl::Nanoseconds(body.duration_ns)},
        &log_.log(), leaf_hash);
  }

  // The last record of the log is the one that is wanted.
  void ExpectWanted() {
    const std::string bytes = log_.Records().back();
    const auto decoded = DecodeRecord(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_NE(decoded->salt, Bytes16{});
    wanted_.salt = decoded->salt;
    std::string wanted;
    EXPECT_OK(EncodeRecord(wanted_, &wanted));
    EXPECT_EQ(bytes, wanted);
  }

  TestLog log_;
  std::shared_ptr<const Artifact> artifact_;
  sekisho::Record wanted_;
  Caller caller_;
  Decision decision_;
  Obliged obliged_;
  Entity nurse_;
  Evidence evidence_;
  bool has_links_ = false;
};

TEST_F(RecordDecisionTest, TheBytesAreThoseOfTheRecordThatSaysTheSame) {
  ASSERT_TRUE(Record().ok());
  ExpectWanted();
}

TEST_F(RecordDecisionTest, LinksAreRecordedWhereThereAreAny) {
  const Link link = {"ann", "share", {"User", "ann"}, {"Folder", "plans"}};
  decision_.links = {{std::make_shared<const Link>(link), 1}};
  decision_.determining = {
      static_cast<PolicyIndex>(artifact_->policies().size())};
  Body().determining = {"ann"};
  has_links_ = true;
  Body().links.emplace({link});
  ASSERT_TRUE(Record().ok());
  ExpectWanted();
  decision_.links.clear();
  decision_.determining.clear();
  Body().determining.clear();
  Body().links->clear();
  ASSERT_TRUE(Record().ok());
  ExpectWanted();
}

TEST_F(RecordDecisionTest, OfVeryManyPoliciesTheFirstAreNamed) {
  DecisionBody& body = Body();
  const std::string id = artifact_->policies()[0].id;
  decision_.errors.assign(100'000, 0);
  body.errors.assign(std::min(kMaxNamedPolicies, kMaxNamedBytes / id.size()),
                     id);
  body.unnamed.errors = 100'000 - body.errors.size();
  ASSERT_TRUE(Record().ok());
  ExpectWanted();
  // Few with long names.
  const Link link = {std::string(kMaxNamedBytes / 3, 'x'), "share", {}, {}};
  decision_.links.assign(4, {std::make_shared<const Link>(link), 1});
  decision_.errors.clear();
  for (PolicyIndex i = 0; i < 4; ++i) {
    decision_.errors.push_back(
        static_cast<PolicyIndex>(artifact_->policies().size() + i));
  }
  body.errors.assign(3, link.id);
  body.unnamed.errors = 1;
  ASSERT_TRUE(Record().ok());
  ExpectWanted();
}

TEST_F(RecordDecisionTest, VeryMuchEvidenceIsCitedAsAList) {
  DecisionBody& body = Body();
  std::vector<EntityVersionView> list;
  evidence_.clear();
  for (int i = 0; i < 5000; ++i) {
    evidence_.push_back({nullptr, {"Group", std::to_string(i)}});
  }
  for (const ReadEntity& read : evidence_) {
    list.push_back({read.uid(), nullptr});
  }
  const std::string bytes = EncodeVersions(list);
  body.basis.evidence.clear();
  body.basis.evidence_list = Sha256(bytes);
  ASSERT_TRUE(Record().ok());
  ExpectWanted();
  EXPECT_TRUE(log_.log().HasEvidence(Sha256(bytes)));
  const auto read = DecodeVersions(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->size(), 5000);
  EXPECT_EQ(read->back(), (EntityVersion{{"Group", "4999"}, std::nullopt}));
  EXPECT_FALSE(DecodeVersions(bytes + "x").ok());
  EXPECT_FALSE(DecodeVersions(bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_OK(log_.Close());
  EXPECT_EQ(log_.Problems(), std::vector<std::string>());
}

TEST_F(RecordDecisionTest, TheLeafHashIsThatOfTheRecord) {
  Sha256Digest leaf_hash;
  ASSERT_EQ(*Record(), 0);
  ASSERT_EQ(*Record(&leaf_hash), 1);
  EXPECT_EQ(leaf_hash, LeafHash(log_.Records()[1]));
  EXPECT_OK(log_.Close());
  EXPECT_EQ(log_.Problems(), std::vector<std::string>());
}

TEST_F(RecordDecisionTest, EvidenceIsKeptOnce) {
  EXPECT_FALSE(log_.log().HasEvidence(Sha256(SampleEvidence())));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Record().ok());
  EXPECT_TRUE(log_.log().HasEvidence(Sha256(SampleEvidence())));
  EXPECT_OK(log_.Close());
  EXPECT_EQ(log_.Problems(), std::vector<std::string>());
  const auto reader = *LogReader::Open(log_.directory());
  int pieces = 0;
  while (const auto entry = *reader->Next()) {
    if (entry->kind != LogEntry::Kind::kEvidence) continue;
    EXPECT_EQ(entry->bytes, SampleEvidence());
    ++pieces;
  }
  EXPECT_EQ(pieces, 1);
}

TEST_F(RecordDecisionTest, AHashThatIsKnownIsNotComputed) {
  const Sha256Digest hash = Sha256(SampleEvidence());
  evidence_[0].found = FoundEntity(&nurse_, &hash);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Record().ok());
    ExpectWanted();
  }
  // Of what the log has, the content is not looked at.
  nurse_.attributes = Value::Record({});
  ASSERT_TRUE(Record().ok());
  ExpectWanted();
  EXPECT_OK(log_.Close());
  EXPECT_EQ(log_.Problems(), std::vector<std::string>());
}

TEST_F(RecordDecisionTest, AHashOfSomethingElseIsRefused) {
  const Sha256Digest hash = Sha256("something else");
  evidence_[0].found = FoundEntity(&nurse_, &hash);
  EXPECT_EQ(Record().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(log_.log().HasEvidence(hash));
}

TEST_F(RecordDecisionTest, WhatIsTooLargeIsRefused) {
  caller_.request_id.assign(kMaxRecordSize, 'x');
  EXPECT_EQ(Record().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(log_.log().health().size, 0);
}

}  // namespace
}  // namespace sekisho
