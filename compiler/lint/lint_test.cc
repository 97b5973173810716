// docs/lint.md is the table of this test: of each rule an example in which it
// finds something and one in which it does not, and where there is a fix, what
// it makes of the first.
#include "compiler/lint/lint.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/lint/lint_folder.h"
#include "compiler/lint/lint_page.h"
#include "compiler/reference/reference.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(text, "") << path;
  return text;
}

// A folder, or policies without a schema.
PolicyFolder Folder(const Files& files) {
  absl::StatusOr<PolicyFolder> folder = MakePolicyFolder(files);
  if (folder.ok()) return *std::move(folder);
  PolicyFolder without;
  without.rules.push_back(without.sources.Add(files[0].first, files[0].second));
  return without;
}

std::vector<LintFinding> Lint(const PolicyFolder& folder) {
  Compilation compilation(&folder.sources);
  const absl::StatusOr<std::vector<LintFinding>> findings =
      LintFolder(folder, &compilation);
  EXPECT_TRUE(findings.ok()) << findings.status();
  EXPECT_FALSE(compilation.diagnostics.has_errors())
      << compilation.diagnostics.ToString();
  return findings.ok() ? *findings : std::vector<LintFinding>();
}

// Each as `rule file:line text`.
std::vector<std::string> Lines(const PolicyFolder& folder) {
  std::vector<std::string> lines;
  for (const LintFinding& finding : Lint(folder)) {
    lines.push_back(absl::StrCat(finding.rule, " ",
                                 folder.sources.name(finding.span.source), ":",
                                 folder.sources.LineOf(finding.span), " ",
                                 folder.sources.text(finding.span)));
  }
  return lines;
}

size_t Count(const std::vector<LintFinding>& findings, absl::string_view rule) {
  return std::count_if(
      findings.begin(), findings.end(),
      [&](const LintFinding& finding) { return finding.rule == rule; });
}

// ---- The page --------------------------------------------------------------

const LintPage& ThePage() { return LintPage::Get(); }

TEST(LintTest, ThePageDescribesEachRule) {
  std::set<std::string> described, known;
  for (const auto& [rule, section] : ThePage().rules) described.insert(rule);
  for (const LintRule& rule : LintRules()) {
    known.emplace(rule.name);
    const auto it = ThePage().rules.find(std::string(rule.name));
    if (it == ThePage().rules.end()) continue;
    const absl::string_view beginning = absl::StripSuffix(rule.summary, ".");
    EXPECT_TRUE(absl::StartsWith(it->second.summary, beginning))
        << rule.name << ": " << it->second.summary;
  }
  EXPECT_EQ(described, known);
}

TEST(LintTest, EachRuleFindsItsExampleAndIsQuietWithoutIt) {
  for (const auto& [rule, section] : ThePage().rules) {
    if (rule == "unused-phrase") continue;  // takes a matrix; below
    EXPECT_GT(Count(Lint(Folder(ThePage().Example(rule, true))), rule), 0u)
        << rule;
    EXPECT_EQ(Count(Lint(Folder(ThePage().Example(rule, false))), rule), 0u)
        << rule;
  }
}

// Of the findings of one rule, as often as there are some.
std::string Fixed(const std::string& rule, Files files) {
  for (int round = 0; round < 10; ++round) {
    const PolicyFolder folder = Folder(files);
    std::vector<LintFinding> findings = Lint(folder);
    std::erase_if(findings, [&](const LintFinding& finding) {
      return finding.rule != rule;
    });
    const std::string text =
        ApplyFixes(folder.sources, folder.rules[0], findings);
    if (text == files[0].second) break;
    files[0].second = text;
  }
  return files[0].second;
}

TEST(LintTest, FixesMakeWhatThePageSays) {
  size_t count = 0;
  for (const auto& [rule, section] : ThePage().rules) {
    const auto fixed = section.blocks.find("cedar fixed");
    if (fixed == section.blocks.end()) continue;
    EXPECT_EQ(Fixed(rule, ThePage().Example(rule, true)), fixed->second);
    ++count;
  }
  EXPECT_EQ(count, 8u);
}

// ---- What a fix leaves as it is
// ----------------------------------------------

std::vector<Policy> Policies(const PolicyFolder& folder,
                             Compilation* compilation) {
  CompileOptions options;
  options.check_only = true;
  EXPECT_TRUE(Compile(folder, options, compilation).ok());
  return compilation->policies;
}

// A request, and entities of which any may be missing.
struct World {
  Request request;
  EntityMap entities;

  explicit World(uint32_t seed) : random(seed) {
    const EntityUid ann = {"Person", "ann"}, head = {"Person", "head"},
                    record = {"Record", "1"};
    const Value roles = Value::Set({Value::Entity({"Role", "doctor"})});
    const auto add = [&](const EntityUid& uid, Value::Attributes attributes) {
      if (Below(8) == 0) return;
      Entity& entity = entities[uid];
      entity.uid = uid;
      entity.attributes = Value::Record(std::move(attributes));
    };
    for (const EntityUid& uid : {ann, head}) {
      add(uid, {{"name", Value::String(Below(2) == 0 ? "x" : "Ann")},
                {"roles", roles},
                {"active", Value::Bool(Below(2) == 0)}});
    }
    add(record, {{"owner", Value::Entity(Below(2) == 0 ? ann : head)},
                 {"readers", Below(2) == 0 ? Value::Set({Value::Entity(ann)})
                                           : Value::Set({})},
                 {"state", Value::String(Below(2) == 0 ? "open" : "locked")},
                 {"public", Value::Bool(Below(2) == 0)}});
    static const char* const kLocations[] = {"ward", "clinic", "home", "away"};
    request = {Below(2) == 0 ? ann : head,
               {"Action", Below(2) == 0 ? "view" : "update"},
               record,
               Value::Record({{"location", Value::String(kLocations[Below(4)])},
                              {"role", Value::String("doctor")}})};
  }

  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(random() % n); }

  std::mt19937 random;
};

TEST(LintTest, FixesChangeNoDecision) {
  size_t permitted = 0, failed = 0;
  for (const auto& [rule, section] : ThePage().rules) {
    if (!section.blocks.contains("cedar fixed")) continue;
    const PolicyFolder before = Folder(ThePage().Example(rule, true));
    const PolicyFolder after = Folder(ThePage().Example(rule, false));
    Compilation compiled_before(&before.sources),
        compiled_after(&after.sources);
    const std::vector<Policy> policies_before =
        Policies(before, &compiled_before);
    const std::vector<Policy> policies_after = Policies(after, &compiled_after);
    for (uint32_t seed = 0; seed < 500; ++seed) {
      const World world(seed);
      const ReferenceInput input = {world.request, world.entities,
                                    *compiled_before.schema};
      const Decision decision = ReferenceDecide(policies_before, input, true);
      ASSERT_EQ(decision, ReferenceDecide(policies_after, input, true))
          << rule << " seed " << seed;
      permitted += decision.permitted();
      failed += !decision.errors.empty();
    }
  }
  EXPECT_GT(permitted, 500u);
  EXPECT_GT(failed, 100u);
}

TEST(LintTest, AFixThatWouldTakeACommentIsNone) {
  const std::string policy =
      "@id(\"a\")\n"
      "permit (principal, action, resource)\n"
      "when { resource.public == // no\n"
      "       true };\n";
  EXPECT_EQ(Fixed("boolean-comparison",
                  {{"x.cedar", policy}, {"x.cedarschema", ThePage().schema}}),
            policy);
}

// ---- Comments
// ----------------------------------------------------------------

std::vector<std::string> WithoutSchema(const std::string& policies) {
  return Lines(Folder({{"x.cedar", policies}}));
}

TEST(LintTest, CommentsAllow) {
  const std::vector<std::string> none;
  EXPECT_EQ(WithoutSchema("permit (principal in A::\"a\", action, resource);"),
            std::vector<std::string>({"missing-id x.cedar:1 permit (principal "
                                      "in A::\"a\", action, resource);"}));
  EXPECT_EQ(WithoutSchema("// lint: allow missing-id\n\n// of old\n"
                          "permit (principal in A::\"a\", action, resource);"),
            none);
  EXPECT_EQ(WithoutSchema("// lint: allow self-comparison,missing-id\n"
                          "permit (principal, action, resource)\n"
                          "when { true && principal.name == principal.name };"),
            std::vector<std::string>({"constant-condition x.cedar:3 true"}));
  EXPECT_EQ(WithoutSchema("@id(\"a\")\npermit (principal, action, resource)\n"
                          "when { principal == principal // yes, lint: allow "
                          "self-comparison\n };"),
            none);
  // It counts for its own policy, and in a comment alone.
  EXPECT_EQ(WithoutSchema("// lint: allow missing-id\n"
                          "permit (principal in A::\"a\", action, resource);\n"
                          "permit (principal in A::\"b\", action, resource);")
                .size(),
            1u);
  EXPECT_EQ(WithoutSchema("permit (principal, action, resource) when { "
                          "principal.x == \"lint: allow missing-id\" };")
                .size(),
            1u);
}

// ---- A real folder
// -----------------------------------------------------------

Files Healthcare() {
  Files files;
  for (const std::string name : {"checks.tsv", "columns.tsv", "corrections.tsv",
                                 "healthcare.cedarschema", "obligations.tsv",
                                 "usecase-matrix.txt", "vocabulary.tsv"}) {
    files.emplace_back(name, ReadFile("policies/healthcare/" + name));
  }
  return files;
}

TEST(LintTest, OfHealthcareItSaysWhatIsSo) {
  // Words that requests and entities may use, and that no rule is about; and
  // an attribute and a separator that are only there.
  const std::string schema = "healthcare.cedarschema";
  EXPECT_EQ(Lines(Folder(Healthcare())),
            std::vector<std::string>({
                "unused-word " + schema + ":53 \"public\"",
                "unused-word " + schema + ":64 \"homeCareOffice\"",
                "unused-word " + schema + ":64 \"homeNursingStation\"",
                "unused-word " + schema + ":65 \"emergencyService\"",
                "unused-word " + schema + ":66 \"government\"",
                "unused-word " + schema + ":66 \"systemOperator\"",
                "unused-word " + schema + ":101 \"whole\"",
                "unused-attribute " + schema + ":171 custodian",
                "unused-phrase vocabulary.tsv:9 、",
            }));
}

TEST(LintTest, APhraseThatNoCellSaysIsFound) {
  Files files = Healthcare();
  std::string& vocabulary = files.back().second;
  const auto unused = [&] {
    std::vector<std::string> lines;
    for (const std::string& line : Lines(Folder(files))) {
      if (absl::StartsWith(line, "unused-phrase")) lines.push_back(line);
    }
    return lines.size();
  };
  const size_t before = unused();
  absl::StrAppend(&vocabulary,
                  "role\t獣医師\tprincipal.roles.contains("
                  "Role::\"physician\")\tveterinarian\n");
  EXPECT_EQ(unused(), before + 1);
  vocabulary.insert(vocabulary.rfind("role\t"),
                    "# lint: allow unused-phrase\n");
  EXPECT_EQ(unused(), before);
}

}  // namespace
}  // namespace sekisho
