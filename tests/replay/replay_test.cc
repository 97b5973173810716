// Logs of real decisions, made again: all cases of the healthcare policies.
#include "engine/replay/replay.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "cli/reference_opinion.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/base/sha256.h"
#include "engine/decide/oblige.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "engine/log/test_log.h"
#include "engine/model/entity_format.h"
#include "engine/model/validate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cases/healthcare.h"

namespace sekisho {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A decision to log, and what it cites.
struct Decided {
  Record record;
  std::map<EntityUid, Entity> evidence;
  const Case* of = nullptr;

  DecisionBody& body() { return std::get<DecisionBody>(record.body); }
};

absl::Time Start() { return absl::FromUnixSeconds(1775000000); }

std::shared_ptr<const Artifact> LoadBytes(const std::string& bytes) {
  auto artifact = Artifact::FromBytes(bytes);
  EXPECT_TRUE(artifact.ok()) << artifact.status();
  return *artifact;
}

std::shared_ptr<const Artifact> HealthcareArtifact() {
  return LoadBytes(Healthcare().compilation.artifact);
}

std::vector<std::string> Ids(const Artifact& artifact,
                             const PolicyIndexes& policies) {
  std::vector<std::string> ids;
  for (PolicyIndex i : policies) ids.push_back(artifact.policies()[i].id);
  return ids;
}

std::vector<Decided> DecideAll() {
  const std::shared_ptr<const Artifact> artifact = HealthcareArtifact();
  std::vector<Decided> all;
  for (const Case& c : Healthcare().set.cases) {
    if (!ValidateRequest(artifact->schema(), c.request).empty()) continue;
    MemoryEntities entities(EntitiesOf(Healthcare().set, c));
    Evidence evidence;
    absl::StatusOr<Decision> decision =
        Evaluate(artifact->graph(), c.request, entities, &evidence);
    EXPECT_TRUE(decision.ok()) << decision.status();
    Decided decided;
    decided.of = &c;
    const absl::Time time = Start() + absl::Seconds(all.size());
    decided.record.salt = NewSalt();
    decided.record.id = NewRecordId(time);
    decided.record.time_ns = absl::ToUnixNanos(time);
    decided.record.policy_store = "main";
    DecisionBody body;
    body.request.request = c.request;
    body.basis.policy_hash = artifact->hash();
    for (const ReadEntity& read : evidence) {
      body.basis.evidence.push_back({read.uid(), std::nullopt});
      if (read.found != nullptr) decided.evidence[read.uid()] = *read.found;
    }
    body.permitted = decision->permitted();
    body.cause = decision->permitted()           ? Cause::kPermitted
                 : decision->determining.empty() ? Cause::kNotCovered
                                                 : Cause::kForbidden;
    body.determining = Ids(*artifact, decision->determining);
    body.errors = Ids(*artifact, decision->errors);
    body.undecided_forbids = Ids(*artifact, decision->undecided_forbids);
    Obliged obliged = Oblige(*artifact, c.request, std::nullopt, &*decision);
    body.obligations = std::move(obliged.obligations);
    body.advice = std::move(obliged.advice);
    // As if the server had its say in the context.
    if (!body.request.request.context.AsRecord().empty()) {
      Value::Attributes sent = body.request.request.context.AsRecord();
      const Value::Attribute added = sent.back();
      sent.back().second = Value::String("what the client claims");
      body.request.request.context = Value::Record(sent);
      body.basis.added_context = Value::Record({added});
    }
    decided.record.body = std::move(body);
    all.push_back(std::move(decided));
  }
  return all;
}

// Writes the log, with hashes of the evidence as it is now.
void WriteLog(std::vector<Decided> all, TestLog* log) {
  DecisionLogOptions options = TestLog::Options();
  options.segment_bytes = 4 << 20;
  ASSERT_TRUE(log->Open(options).ok());
  const std::shared_ptr<const Artifact> artifact = HealthcareArtifact();
  Record activation;
  activation.id = NewRecordId(Start());
  activation.time_ns = absl::ToUnixNanos(Start());
  ActivationBody body;
  body.policy_hash = artifact->hash();
  body.artifact = Sha256(artifact->bytes());
  activation.body = body;
  const std::vector<LogEvidence> cited = {{body.artifact, artifact->bytes()}};
  ASSERT_TRUE(log->log().Append(activation, cited).ok());
  for (Decided& decided : all) {
    std::vector<std::string> contents;
    std::vector<Sha256Digest> hashes;
    for (EntityVersion& version : decided.body().basis.evidence) {
      const auto it = decided.evidence.find(version.uid);
      if (it == decided.evidence.end()) continue;
      contents.push_back(*EncodeEntity(it->second));
      hashes.push_back(Sha256(contents.back()));
      version.hash = hashes.back();
    }
    std::vector<LogEvidence> evidence;
    for (size_t i = 0; i < contents.size(); ++i) {
      evidence.push_back({hashes[i], contents[i]});
    }
    const auto position = log->log().Append(decided.record, evidence);
    ASSERT_TRUE(position.ok()) << position.status();
  }
  EXPECT_OK(log->Close());
}

ReplayReport Replay(const TestLog& log, const ReplayOptions& options = {}) {
  const absl::StatusOr<ReplayReport> report =
      ReplayLog(log.directory(), options);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *report : ReplayReport();
}

std::string Summary(const ReplayReport& report) {
  std::string out;
  for (const ReplayFinding& finding : report.findings) {
    absl::StrAppend(&out, finding.index, ": ",
                    ReplayOutcomeName(finding.outcome), " ", finding.message,
                    "\n");
  }
  return out;
}

// The healthcare policies with `from` replaced in the vocabulary, and with
// these rules.
std::string CompileChanged(const std::string& from, const std::string& to,
                           const std::string& rules = "") {
  auto sources = HealthcareArtifact()->Sources();
  EXPECT_TRUE(sources.ok());
  std::vector<std::pair<std::string, std::string>> files;
  for (ArtifactSource& source : *sources) {
    if (absl::StrContains(source.name, "vocabulary.tsv") && !from.empty()) {
      EXPECT_THAT(source.text, HasSubstr(from));
      source.text = absl::StrReplaceAll(source.text, {{from, to}});
    }
    files.emplace_back(source.name, source.text);
  }
  if (!rules.empty()) files.emplace_back("more.cedar", rules);
  auto folder = MakePolicyFolder(std::move(files));
  EXPECT_TRUE(folder.ok()) << folder.status();
  Compilation compilation(&folder->sources);
  EXPECT_OK(Compile(*folder, {}, &compilation));
  EXPECT_FALSE(compilation.diagnostics.has_errors())
      << compilation.diagnostics.ToString();
  return compilation.artifact;
}

size_t IndexOf(const std::vector<Decided>& all, const std::string& use_case) {
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].of->request_name == use_case &&
        all[i].of->expect == Expectation::kPermit) {
      return i;
    }
  }
  ADD_FAILURE() << "no permit of " << use_case;
  return 0;
}

// Takes the principal's roles away.
void TakeRoles(Decided* decided) {
  Entity& person =
      decided->evidence.at(decided->body().request.request.principal);
  Value::Attributes attributes = person.attributes.AsRecord();
  for (Value::Attribute& attribute : attributes) {
    if (attribute.first == "roles") {
      attribute.second = Value::Set({Value::Entity({"Role", "citizen"})});
    }
  }
  person.attributes = Value::Record(attributes);
}

TEST(ReplayTest, EveryRecordAgreesByGraphAndReference) {
  const std::vector<Decided> all = DecideAll();
  ASSERT_GT(all.size(), 600u);
  TestLog log;
  WriteLog(all, &log);
  EXPECT_THAT(log.Problems(), IsEmpty());
  for (int threads : {1, 2, 4}) {
    ReplayOptions options;
    options.second_opinion = MakeReferenceOpinion;
    options.threads = threads;
    const ReplayReport report = Replay(log, options);
    EXPECT_TRUE(report.agrees()) << Summary(report);
    EXPECT_EQ(report.records, all.size() + 1);
    EXPECT_EQ(report.decisions, all.size());
    EXPECT_EQ(report.counts.total(), all.size());
  }
}

TEST(ReplayTest, ASecondOpinionThatDiffersIsReported) {
  class Denies : public SecondOpinion {
   public:
    Decision Decide(const Request&, const std::vector<Entity>&,
                    const LinkSet&) const override {
      return {};
    }
  };
  TestLog log;
  WriteLog(DecideAll(), &log);
  ReplayOptions options;
  options.filter.permitted = true;
  options.second_opinion = [](const Artifact&) {
    return absl::StatusOr<std::unique_ptr<SecondOpinion>>(
        std::make_unique<Denies>());
  };
  const ReplayReport report = Replay(log, options);
  EXPECT_GT(report.counts.total(), 0u);
  EXPECT_EQ(report.counts.of(ReplayOutcome::kOpinionsDiffer),
            report.counts.total());
}

TEST(ReplayTest, WhatTheRecordSaysOtherwiseIsReported) {
  std::vector<Decided> all = DecideAll();
  const size_t forged = IndexOf(all, "①-1");
  all[forged].body().permitted = false;
  all[forged].body().cause = Cause::kNotCovered;
  all[forged].body().determining = {};
  const size_t reason = IndexOf(all, "①-2");
  all[reason].body().determining = {"①-3"};
  TestLog log;
  WriteLog(all, &log);
  const ReplayReport report = Replay(log);
  ASSERT_EQ(report.findings.size(), 2u) << Summary(report);
  EXPECT_EQ(report.findings[0].outcome, ReplayOutcome::kDenyToPermit);
  EXPECT_EQ(report.findings[0].index, forged + 1);
  EXPECT_EQ(report.findings[0].id, all[forged].record.id);
  EXPECT_EQ(report.findings[1].outcome, ReplayOutcome::kOtherReasons);
  EXPECT_EQ(report.findings[1].index, reason + 1);
}

TEST(ReplayTest, ObligationsAreReplayed) {
  std::vector<Decided> all = DecideAll();
  const auto obliged =
      std::find_if(all.begin(), all.end(), [](const Decided& decided) {
        return !std::get<DecisionBody>(decided.record.body).obligations.empty();
      });
  ASSERT_NE(obliged, all.end());
  const Decided permit = *obliged;
  // What an enforcement point that supports nothing was told, the same without
  // it having said so, and a permit whose obligation was not told.
  Decided denial = permit;
  denial.body().request.supported_obligations.emplace();
  denial.body().permitted = false;
  denial.body().cause = Cause::kObligationUnsupported;
  Decided groundless = denial;
  groundless.body().request.supported_obligations.reset();
  Decided untold = permit;
  untold.body().obligations.clear();
  TestLog log;
  WriteLog({permit, denial, groundless, untold}, &log);
  const ReplayReport report = Replay(log);
  EXPECT_EQ(report.counts.of(ReplayOutcome::kSame), 2u);
  ASSERT_EQ(report.findings.size(), 2u) << Summary(report);
  EXPECT_EQ(report.findings[0].outcome, ReplayOutcome::kDenyToPermit);
  EXPECT_EQ(report.findings[0].index, 3u);
  EXPECT_EQ(report.findings[1].outcome, ReplayOutcome::kOtherReasons);
  EXPECT_EQ(report.findings[1].index, 4u);
}

TEST(ReplayTest, OneAlteredValueIsFound) {
  std::vector<Decided> all = DecideAll();
  TestLog log;
  WriteLog(all, &log);
  const std::string held = log.Read("checkpoint");
  EXPECT_THAT(log.Problems(held), IsEmpty());

  // In the file.
  TestLog altered("altered");
  WriteLog(all, &altered);
  std::string segment = altered.Read("00000001.log");
  const size_t place = segment.find("nurse");
  ASSERT_NE(place, std::string::npos);
  segment[place] = 'N';
  altered.Replace("00000001.log", segment);
  EXPECT_THAT(altered.Problems(), Not(IsEmpty()));

  // With all hashes and signatures made anew: the log is sound, unless one
  // kept a checkpoint, and the decision does not follow.
  const size_t changed = IndexOf(all, "①-1");
  TakeRoles(&all[changed]);
  TestLog forged("forged");
  WriteLog(all, &forged);
  EXPECT_THAT(forged.Problems(), IsEmpty());
  EXPECT_THAT(forged.Problems(held), Not(IsEmpty()));
  ReplayOptions options;
  options.second_opinion = MakeReferenceOpinion;
  const ReplayReport report = Replay(forged, options);
  ASSERT_EQ(report.findings.size(), 1u) << Summary(report);
  EXPECT_EQ(report.findings[0].outcome, ReplayOutcome::kPermitToDeny);
  EXPECT_EQ(report.findings[0].index, changed + 1);
}

TEST(ReplayTest, AnotherPolicyChangesExactlyWhatItDecidesOtherwise) {
  const std::vector<Decided> all = DecideAll();
  TestLog log;
  WriteLog(all, &log);
  const auto candidate =
      LoadBytes(CompileChanged("location\t病院\t[Location::\"hospital\"",
                               "location\t病院\t[Location::\"home\""));
  std::map<ReplayOutcome, std::set<uint64_t>> expected;
  for (size_t i = 0; i < all.size(); ++i) {
    MemoryEntities entities(EntitiesOf(Healthcare().set, *all[i].of));
    const auto decision =
        Evaluate(candidate->graph(), all[i].of->request, entities);
    ASSERT_TRUE(decision.ok());
    const auto& before = std::get<DecisionBody>(all[i].record.body);
    if (decision->permitted() != before.permitted) {
      expected[decision->permitted() ? ReplayOutcome::kDenyToPermit
                                     : ReplayOutcome::kPermitToDeny]
          .insert(i + 1);
    } else if (Ids(*candidate, decision->determining) != before.determining ||
               Ids(*candidate, decision->errors) != before.errors) {
      expected[ReplayOutcome::kOtherReasons].insert(i + 1);
    }
  }
  ASSERT_THAT(expected[ReplayOutcome::kDenyToPermit], Not(IsEmpty()));
  ASSERT_THAT(expected[ReplayOutcome::kPermitToDeny], Not(IsEmpty()));

  ReplayOptions options;
  options.policy = candidate;
  options.second_opinion = MakeReferenceOpinion;
  options.by = {"context.location", "principal.roles", "resource.grade"};
  const ReplayReport report = Replay(log, options);
  std::map<ReplayOutcome, std::set<uint64_t>> found;
  ReplayOutcome last = ReplayOutcome::kDenyToPermit;
  for (const ReplayFinding& finding : report.findings) {
    EXPECT_LE(last, finding.outcome);
    last = finding.outcome;
    found[finding.outcome].insert(finding.index);
  }
  for (const auto& [outcome, indices] : expected) {
    EXPECT_EQ(found[outcome], indices) << ReplayOutcomeName(outcome);
  }
  EXPECT_EQ(found.size(), expected.size()) << Summary(report);

  // All that became a permit is of one place.
  uint64_t at_home = 0;
  std::set<std::string> dimensions;
  for (const ReplayGroup& group : report.groups) {
    dimensions.insert(group.dimension);
    if (group.dimension == "context.location" &&
        group.value == "Location::\"home\"") {
      at_home = group.counts.of(ReplayOutcome::kDenyToPermit);
    }
  }
  EXPECT_EQ(at_home, expected[ReplayOutcome::kDenyToPermit].size());
  EXPECT_THAT(dimensions, Contains("principal.roles"));
  EXPECT_THAT(dimensions, Contains("use case"));
}

TEST(ReplayTest, WhatTheEvidenceLacksIsReportedApart) {
  std::vector<Decided> all = DecideAll();
  // A record without its principal.
  const size_t lacking = IndexOf(all, "①-1");
  const EntityUid principal = all[lacking].body().request.request.principal;
  std::erase_if(all[lacking].body().basis.evidence,
                [&](const EntityVersion& v) { return v.uid == principal; });
  TestLog log;
  WriteLog(all, &log);
  ReplayReport report = Replay(log);
  ASSERT_EQ(report.findings.size(), 1u) << Summary(report);
  EXPECT_EQ(report.findings[0].outcome, ReplayOutcome::kEvidenceLacks);
  EXPECT_EQ(report.findings[0].lacking, principal);
  EXPECT_FALSE(report.agrees());

  // A policy that reads what no decision read before.
  ReplayOptions options;
  options.policy = LoadBytes(CompileChanged(
      "", "",
      "@id(\"elsewhere\") forbid (principal, action, resource) when { "
      "Organization::\"elsewhere\".kind == OrganizationKind::\"clinic\" };"));
  report = Replay(log, options);
  EXPECT_EQ(report.counts.of(ReplayOutcome::kEvidenceLacks), all.size())
      << Summary(report);
}

TEST(ReplayTest, AnotherSchemaIsNoDecision) {
  std::vector<Decided> all = DecideAll();
  const size_t odd = IndexOf(all, "①-1");
  Entity& person =
      all[odd].evidence.at(all[odd].body().request.request.principal);
  Value::Attributes attributes = person.attributes.AsRecord();
  attributes.push_back({"zzz", Value::Bool(true)});
  person.attributes = Value::Record(attributes);
  const size_t request = IndexOf(all, "①-2");
  all[request].body().basis.added_context =
      Value::Record({{"zzz", Value::Bool(true)}});
  TestLog log;
  WriteLog(all, &log);
  const ReplayReport report = Replay(log);
  ASSERT_EQ(report.findings.size(), 2u) << Summary(report);
  EXPECT_EQ(report.counts.of(ReplayOutcome::kNoDecision), 2u);
  EXPECT_THAT(report.findings[0].message, HasSubstr("does not fit"));
  EXPECT_THAT(report.findings[1].message, HasSubstr("does not fit"));
}

TEST(ReplayTest, Filters) {
  const std::vector<Decided> all = DecideAll();
  TestLog log;
  WriteLog(all, &log);
  const auto count = [&log](const ReplayFilter& filter) {
    ReplayOptions options;
    options.filter = filter;
    const ReplayReport report = Replay(log, options);
    EXPECT_TRUE(report.agrees()) << Summary(report);
    return report.counts.total();
  };
  const auto expected = [&all](auto passes) {
    uint64_t n = 0;
    for (const Decided& decided : all) {
      n += passes(std::get<DecisionBody>(decided.record.body));
    }
    return n;
  };
  ReplayFilter filter;
  filter.since = Start() + absl::Seconds(10);
  filter.until = Start() + absl::Seconds(15);
  EXPECT_EQ(count(filter), 5u);
  filter = ReplayFilter();
  filter.permitted = true;
  EXPECT_EQ(count(filter),
            expected([](const DecisionBody& b) { return b.permitted; }));
  filter = ReplayFilter();
  filter.principal = all[0].of->request.principal;
  EXPECT_EQ(count(filter), expected([&](const DecisionBody& b) {
              return b.request.request.principal == *filter.principal;
            }));
  filter = ReplayFilter();
  filter.resource = all[0].of->request.resource;
  EXPECT_EQ(count(filter), expected([&](const DecisionBody& b) {
              return b.request.request.resource == *filter.resource;
            }));
  filter = ReplayFilter();
  filter.policy = "①-1";
  EXPECT_EQ(count(filter), expected([](const DecisionBody& b) {
              return testing::Value(b.determining, Contains("①-1"));
            }));
  filter = ReplayFilter();
  filter.principal = EntityUid{"Person", "no such person"};
  EXPECT_EQ(count(filter), 0u);
}

TEST(ReplayTest, ALogWithoutThePolicySaysSo) {
  std::vector<Decided> all = DecideAll();
  all.resize(3);
  all[1].body().basis.policy_hash = "ab";
  TestLog log;
  WriteLog(all, &log);
  const ReplayReport report = Replay(log);
  ASSERT_EQ(report.findings.size(), 1u) << Summary(report);
  EXPECT_EQ(report.findings[0].index, 2u);
  EXPECT_THAT(report.findings[0].message,
              HasSubstr("no activation of policy ab"));
  EXPECT_EQ(report.decisions, 3u);
}

TEST(ReplayTest, WhatCannotBeReadIsAnError) {
  EXPECT_EQ(ReplayLog(testing::TempDir() + "/no-log", {}).status().code(),
            absl::StatusCode::kNotFound);
  TestLog log;
  WriteLog(DecideAll(), &log);
  for (const char* path : {"", "context", "context.", "action.x", ".x"}) {
    ReplayOptions options;
    options.by = {path};
    EXPECT_EQ(ReplayLog(log.directory(), options).status().code(),
              absl::StatusCode::kInvalidArgument)
        << path;
  }
  std::string segment = log.Read("00000001.log");
  segment[segment.size() / 2] ^= 1;
  segment[segment.find("nurse")] = 'N';
  log.Replace("00000001.log", segment);
  EXPECT_EQ(ReplayLog(log.directory(), {}).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sekisho
