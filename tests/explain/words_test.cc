// Explanations in words, held to goldens that people read; and what the
// redacted form must never tell.
#include "analysis/words.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/explain.h"
#include "compiler/matrix/golden.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "gtest/gtest.h"
#include "proto/explanation_codec.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "tests/cases/healthcare.h"

namespace sekisho {
namespace {

Explanation ExplainCase(const Case& c) {
  static const auto* const kArtifact = new std::shared_ptr<const Artifact>(
      *Artifact::FromBytes(Healthcare().compilation.artifact));
  MemoryEntities entities(EntitiesOf(Healthcare().set, c));
  auto explanation = Explain(**kArtifact, c.request, entities);
  if (!explanation.ok()) {
    ADD_FAILURE() << explanation.status();
    return {};
  }
  return *std::move(explanation);
}

// One of each kind: a cell that the request, the store or nobody can change,
// several at once, and a permit.
TEST(ExplainWordsTest, AreAsInTheGoldens) {
  const std::string wanted[] = {
      "①-1 permit",
      "①-1 near miss (role)",
      "①-1 near miss (location)",
      "①-1 near miss (store)",
      "①-1 near miss (scope)",
      "①-1 near miss (device)",
      "①-1 near miss (action)",
      "①-1 near miss (requirement)",
      "①-1 near miss (registration)",
      "①-2 near miss (amount)",
      "①-4 near miss (use)",
      "②-3 near miss (owner)",
      "④-1 near miss (scope)",
  };
  std::string english;
  std::string japanese;
  for (const std::string& label : wanted) {
    const size_t before = english.size();
    for (const Case& c : Healthcare().set.cases) {
      if (c.Label() != label) continue;
      Explanation explanation = ExplainCase(c);
      // Two say as much as five.
      if (explanation.nearest.size() > 2) explanation.nearest.resize(2);
      const RedactedExplanation redacted = Redact(explanation);
      const std::string head =
          absl::StrCat("==== ", label, ": ", c.change, "\n");
      absl::StrAppend(&english, head, InWords(explanation, Language::kEnglish),
                      "---- redacted\n", InWords(redacted, Language::kEnglish),
                      "\n");
      absl::StrAppend(
          &japanese, head, InWords(explanation, Language::kJapanese),
          "---- redacted\n", InWords(redacted, Language::kJapanese), "\n");
      break;
    }
    EXPECT_GT(english.size(), before) << "no case " << label;
  }
  ExpectGolden("tests/explain/testdata/words.en.golden", english);
  ExpectGolden("tests/explain/testdata/words.ja.golden", japanese);
}

// What may not be in a redacted text: names of entities, of policies and use
// cases, and anything that looks like Cedar.
std::vector<std::string> Secrets() {
  std::vector<std::string> secrets = {"::",       "principal", "resource",
                                      "context.", "subject.",  "usecase-matrix",
                                      "grantee"};
  for (const Entity& entity : Healthcare().set.population) {
    secrets.push_back(entity.uid.id);
  }
  for (const Policy& policy : Healthcare().compilation.policies) {
    secrets.push_back(policy.id);
  }
  return secrets;
}

// As it is sent.
std::string Sent(const Explanation& explanation) {
  v1::ExplainResponse response;
  ExplanationToProto(explanation, /*form=*/{}, &response);
  return response.SerializeAsString();
}

TEST(ExplainRedactionTest, TellsNoNamesNoPolicyAndNothingOfTheStore) {
  const std::vector<std::string> secrets = Secrets();
  const Columns& columns = Healthcare().compilation.matrix->matrix.columns;
  size_t ways = 0;
  size_t denied = 0;
  for (const Case& c : Healthcare().set.cases) {
    if (c.expect == Expectation::kInvalid) continue;
    SCOPED_TRACE(Describe(c));
    const Explanation explanation = ExplainCase(c);
    const RedactedExplanation redacted = Redact(explanation);
    EXPECT_EQ(redacted.permitted, explanation.decision.permitted());
    denied += !redacted.permitted;
    ways += !redacted.ways.empty();
    const std::string texts[] = {InWords(redacted, Language::kEnglish),
                                 InWords(redacted, Language::kJapanese),
                                 Sent(explanation)};
    for (const std::string& text : texts) {
      for (const std::string& secret : secrets) {
        ASSERT_FALSE(absl::StrContains(text, secret)) << secret << "\n" << text;
      }
    }
    // Only columns whose word is the request's are named.
    for (const auto& way : redacted.ways) {
      for (const auto& cell : way.cells) {
        if (cell.header.empty()) {
          EXPECT_TRUE(cell.wanted.empty());
          continue;
        }
        bool found = false;
        for (const Column& column : columns) {
          if (column.english != cell.header.english) continue;
          found = true;
          EXPECT_EQ(column.vouched, "request") << column.key;
        }
        EXPECT_TRUE(found);
      }
    }
  }
  std::cout << ways << " of " << denied << " denials tell the user a way\n";
  EXPECT_GT(ways * 2, denied);
}

// The same denial told to two users of whom the store says different things
// that no cell in the way depends on.
TEST(ExplainRedactionTest, DoesNotDependOnWhatItDoesNotTell) {
  size_t compared = 0;
  for (const Case& c : Healthcare().set.cases) {
    if (!c.is_near_miss() || c.column != "location") continue;
    SCOPED_TRACE(Describe(c));
    const RedactedExplanation before = Redact(ExplainCase(c));
    Case other = c;
    for (const Entity& entity : EntitiesOf(Healthcare().set, c)) {
      if (entity.uid.type != "Person" || entity.uid == c.request.principal) {
        continue;
      }
      // Another family doctor and another place where they are new.
      Value::Attributes attributes = entity.attributes.AsRecord();
      for (Value::Attribute& attribute : attributes) {
        if (attribute.first == "roles") {
          attribute.second = Value::Set({Value::Entity({"Role", "citizen"})});
        }
      }
      Entity changed = entity;
      changed.attributes = Value::Record(std::move(attributes));
      other.put.push_back(std::move(changed));
    }
    const RedactedExplanation after = Redact(ExplainCase(other));
    EXPECT_EQ(before.ways, after.ways);
    ++compared;
  }
  EXPECT_GT(compared, 30u);
}

}  // namespace
}  // namespace sekisho
