// Explanations over gRPC, on all denials of the healthcare policies: they are
// those that are made in process; the redacted ones tell nothing that they must
// not; and what is suggested helps.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/explain.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/replay/replay.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "proto/explanation_codec.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "tests/cases/healthcare.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using ::google::protobuf::util::MessageDifferencer;

const Artifact& HealthcareArtifact() {
  static const auto* const kArtifact = new std::shared_ptr<const Artifact>(
      *Artifact::FromBytes(Healthcare().compilation.artifact));
  return **kArtifact;
}

// What both say in process.
v1::ExplainResponse ExplainHere(const Case& c, bool redacted) {
  MemoryEntities entities(EntitiesOf(Healthcare().set, c));
  auto explanation = Explain(HealthcareArtifact(), c.request, entities);
  v1::ExplainResponse out;
  EXPECT_TRUE(explanation.ok()) << explanation.status();
  if (!explanation.ok()) return out;
  ExplanationForm form;
  form.redacted = redacted;
  ExplanationToProto(*explanation, form, &out);
  return out;
}

// What of a response does not depend on when and where it was made.
v1::ExplainResponse Said(const v1::ExplainResponse& response) {
  v1::ExplainResponse out;
  out.set_decision(response.decision());
  out.set_cause(response.cause());
  if (response.has_full()) *out.mutable_full() = response.full();
  if (response.has_redacted()) *out.mutable_redacted() = response.redacted();
  *out.mutable_texts() = response.texts();
  return out;
}

std::string Difference(const v1::ExplainResponse& a,
                       const v1::ExplainResponse& b) {
  std::string out;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&out);
  return differencer.Compare(a, b) ? "" : out;
}

// The value of an attribute, to be changed; null if there is none.
v1::Value* Find(v1::Record* record, const std::string& name) {
  for (v1::Attribute& attribute : *record->mutable_attributes()) {
    if (attribute.name() == name) return attribute.mutable_value();
  }
  return nullptr;
}

void Remove(v1::Record* record, const std::string& name) {
  auto* attributes = record->mutable_attributes();
  attributes->erase(
      std::remove_if(attributes->begin(), attributes->end(),
                     [&](const v1::Attribute& a) { return a.name() == name; }),
      attributes->end());
}

// Carries out what the answer suggests, as a client would that knows nothing
// but the answer. `entities` are all, by their names; changed ones go into the
// request.
void Apply(const v1::Edit& edit, std::map<std::string, v1::Entity>* entities,
           v1::DecideRequest* request) {
  if (edit.owner() == v1::Edit::ACTION) {
    ASSERT_EQ(edit.operation(), v1::Edit::ASSIGN);
    *request->mutable_action() = edit.value().entity();
    return;
  }
  v1::Record* record = request->mutable_context();
  if (edit.owner() == v1::Edit::ENTITY) {
    v1::Entity& entity = (*entities)[edit.entity().SerializeAsString()];
    ASSERT_TRUE(entity.has_uid()) << edit.ShortDebugString();
    auto* supplied = request->mutable_entities();
    auto it = std::find_if(
        supplied->begin(), supplied->end(), [&](const v1::Entity& other) {
          return MessageDifferencer::Equals(other.uid(), entity.uid());
        });
    if (it == supplied->end()) {
      *supplied->Add() = entity;
      it = supplied->end() - 1;
    }
    record = it->mutable_attributes();
  }
  for (int i = 0; i + 1 < edit.attributes_size(); ++i) {
    v1::Value* inner = Find(record, edit.attributes(i));
    ASSERT_NE(inner, nullptr);
    record = inner->mutable_record();
  }
  const std::string& name = edit.attributes(edit.attributes_size() - 1);
  if (edit.operation() == v1::Edit::ASSIGN ||
      edit.operation() == v1::Edit::DELETE) {
    Remove(record, name);
    if (edit.operation() == v1::Edit::DELETE) return;
    v1::Attribute* attribute = record->add_attributes();
    attribute->set_name(name);
    *attribute->mutable_value() = edit.value();
    return;
  }
  v1::Value* value = Find(record, name);
  if (value == nullptr) {
    v1::Attribute* attribute = record->add_attributes();
    attribute->set_name(name);
    value = attribute->mutable_value();
  }
  auto* elements = value->mutable_set()->mutable_elements();
  if (edit.operation() == v1::Edit::INSERT) {
    *elements->Add() = edit.value();
    return;
  }
  ASSERT_EQ(edit.operation(), v1::Edit::REMOVE);
  elements->erase(std::remove_if(elements->begin(), elements->end(),
                                 [&](const v1::Value& element) {
                                   return MessageDifferencer::Equals(
                                       element, edit.value());
                                 }),
                  elements->end());
}

// What may not be in a redacted answer: names of entities, policies and use
// cases, places in the sources, and Cedar text.
std::vector<std::string> Secrets() {
  std::vector<std::string> secrets = {"::",       "principal", "resource",
                                      "context.", "subject.",  "usecase-matrix",
                                      "grantee"};
  for (const Entity& entity : Healthcare().set.population) {
    secrets.push_back(entity.uid.id);
  }
  for (const PolicyInfo& policy : HealthcareArtifact().policies()) {
    secrets.push_back(policy.id);
  }
  return secrets;
}

class ExplainGrpcTest : public testing::Test {
 protected:
  ExplainGrpcTest() {
    server_.Activate(Healthcare().compilation.artifact);
    server_.Put(Healthcare().set.population);
  }

  v1::ExplainResponse MustExplain(const v1::ExplainRequest& request) {
    v1::ExplainResponse response;
    EXPECT_EQ(ToString(server_.Explain(request, &response)), "OK");
    return response;
  }

  // With what the case puts sent along, and what it deletes deleted until
  // Restore.
  v1::DecideRequest RequestOf(const Case& c) {
    v1::DecideRequest request;
    RequestToProto(c.request, &request);
    for (const Entity& entity : c.put) {
      EntityToProto(entity, request.add_entities());
    }
    if (!c.deleted.empty()) {
      v1::WriteEntitiesRequest write;
      for (const EntityUid& uid : c.deleted) {
        EntityUidToProto(uid, write.add_mutations()->mutable_delete_());
      }
      EXPECT_EQ(ToString(server_.Write(write)), "OK");
    }
    return request;
  }
  void Restore(const Case& c) {
    std::vector<Entity> deleted;
    for (const Entity& entity : Healthcare().set.population) {
      if (std::find(c.deleted.begin(), c.deleted.end(), entity.uid) !=
          c.deleted.end()) {
        deleted.push_back(entity);
      }
    }
    if (!deleted.empty()) server_.Put(deleted);
  }

  template <typename F>
  void ForEachDenial(F f) {
    for (const Case& c : Healthcare().set.cases) {
      if (c.expect != Expectation::kDeny) continue;
      SCOPED_TRACE(Describe(c));
      const v1::DecideRequest request = RequestOf(c);
      f(c, request);
      Restore(c);
      if (HasFatalFailure()) return;
    }
  }

  TestServer server_;
};

TEST_F(ExplainGrpcTest,
       IsTheExplanationInProcessAndTheRedactedOneTellsNothing) {
  const std::vector<std::string> secrets = Secrets();
  size_t denials = 0;
  size_t with_ways = 0;
  ForEachDenial([&](const Case& c, const v1::DecideRequest& decide) {
    ++denials;
    v1::ExplainRequest request;
    *request.mutable_request() = decide;
    request.set_detail(v1::ExplainRequest::FULL);
    const v1::ExplainResponse full = MustExplain(request);
    EXPECT_EQ(full.decision(), v1::DENY);
    EXPECT_EQ(Difference(Said(full), ExplainHere(c, /*redacted=*/false)), "");
    EXPECT_EQ(full.policy_hash(), HealthcareArtifact().hash());
    EXPECT_GT(full.entity_revision(), 0u);

    request.clear_detail();
    const v1::ExplainResponse redacted = Said(MustExplain(request));
    EXPECT_EQ(Difference(redacted, ExplainHere(c, /*redacted=*/true)), "");
    EXPECT_FALSE(redacted.has_full());
    EXPECT_EQ(redacted.cause(), v1::CAUSE_UNSPECIFIED);
    with_ways += redacted.redacted().ways_size() > 0;
    const std::string bytes = redacted.SerializeAsString();
    for (const std::string& secret : secrets) {
      ASSERT_FALSE(absl::StrContains(bytes, secret)) << secret;
    }
    // Of cells only those that the request vouches for.
    for (const v1::ExplainedPolicy& policy : full.full().nearest()) {
      for (const v1::ExplainedCell& cell : policy.cells()) {
        if (cell.from_request() || cell.header().english().empty()) continue;
        for (const v1::RedactedWay& way : redacted.redacted().ways()) {
          for (const v1::RedactedCell& told : way.cells()) {
            EXPECT_NE(told.header().english(), cell.header().english());
          }
        }
      }
    }
  });
  EXPECT_GT(denials, 500u);
  EXPECT_GT(with_ways * 2, denials);
}

TEST_F(ExplainGrpcTest, ApplyingTheSuggestedChangeGivesAPermit) {
  size_t near_misses = 0;
  size_t helped = 0;
  ForEachDenial([&](const Case& c, const v1::DecideRequest& decide) {
    if (!c.is_near_miss()) return;
    ++near_misses;
    v1::ExplainRequest request;
    *request.mutable_request() = decide;
    request.set_detail(v1::ExplainRequest::FULL);
    request.add_languages("ja");
    const v1::ExplainResponse response = MustExplain(request);
    ASSERT_EQ(response.texts_size(), 1);
    std::map<std::string, v1::Entity> entities;
    for (const Entity& entity : EntitiesOf(Healthcare().set, c)) {
      v1::Entity proto;
      EntityToProto(entity, &proto);
      entities[proto.uid().SerializeAsString()] = proto;
    }
    // Every use case that has a plan keeps its promise.
    for (const v1::ExplainedPolicy& policy : response.full().nearest()) {
      if (policy.plan().empty()) continue;
      SCOPED_TRACE(policy.ShortDebugString());
      v1::DecideRequest changed = decide;
      for (const v1::Edit& edit : policy.plan()) {
        Apply(edit, &entities, &changed);
        if (HasFatalFailure()) return;
      }
      const v1::DecideResponse decision = server_.MustDecide(changed);
      EXPECT_EQ(decision.decision(), v1::PERMIT);
      std::vector<std::string> ids;
      for (const v1::PolicyReference& by : decision.determining()) {
        ids.push_back(by.id());
      }
      EXPECT_THAT(ids, testing::Contains(policy.policy().id()));
      helped += policy.policy().id() == c.request_name;
    }
  });
  std::cout << helped << " of " << near_misses << " near misses have a plan\n";
  EXPECT_GT(near_misses, 500u);
  EXPECT_GT(helped * 100, near_misses * 70);
}

// The log has all that the decision rested on; what it did not look up, because
// only policies for other actions would have, is said to be unknown.
TEST_F(ExplainGrpcTest, ByItsIdADecisionIsExplainedAsItsRequestWas) {
  constexpr int kOneIn = 25;
  int count = 0;
  size_t explained = 0;
  size_t same = 0;
  ForEachDenial([&](const Case&, const v1::DecideRequest& decide) {
    if (count++ % kOneIn != 0) return;
    ++explained;
    const v1::DecideResponse decision = server_.MustDecide(decide);
    v1::ExplainRequest request;
    *request.mutable_request() = decide;
    request.set_detail(v1::ExplainRequest::FULL);
    const v1::ExplainResponse now = MustExplain(request);
    request.mutable_logged()->set_decision_id(decision.decision_id());
    const v1::ExplainResponse then = MustExplain(request);
    EXPECT_EQ(then.decision(), now.decision());
    EXPECT_EQ(then.cause(), now.cause());
    EXPECT_EQ(then.decision_id(), decision.decision_id());
    EXPECT_EQ(then.policy_hash(), decision.policy_hash());
    EXPECT_EQ(then.entity_revision(), decision.entity_revision());
    const std::string difference = Difference(Said(now), Said(then));
    same += difference.empty();
    EXPECT_TRUE(difference.empty() ||
                absl::StrContains(then.full().DebugString(), "ENTITY_UNKNOWN"))
        << difference;
  });
  std::cout << same << " of " << explained
            << " decisions are explained from the log as from the store\n";
  EXPECT_GT(explained, 20u);
  EXPECT_GT(same * 2, explained);

  server_.Stop();
  ExpectProved(server_.data());
  const auto report = ReplayLog(server_.data() + "/log", {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->agrees());
  EXPECT_EQ(report->decisions, explained);
}

}  // namespace
}  // namespace sekisho
