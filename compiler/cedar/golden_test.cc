// What the parsers make of the texts in testdata/: a case is an input, `----`,
// what comes out, `====`. Expressions and policies come out as printed, schemas
// as one line a declaration, each followed by the diagnostics.
//
// To rewrite the files after a change that is meant, run the test's binary with
// SEKISHO_REWRITE set to the directory they are in, and read the difference.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/printer.h"
#include "compiler/cedar/schema_parser.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::string Expression(const SourceSet& sources, SourceId id,
                       Diagnostics* diagnostics) {
  const Span all = {id, 0, static_cast<uint32_t>(sources.text(id).size())};
  const ExprPtr expr = ParseExpression(sources, all, diagnostics);
  return expr == nullptr ? "" : absl::StrCat(PrintExpression(*expr), "\n");
}

std::string Policies(const SourceSet& sources, SourceId id,
                     Diagnostics* diagnostics) {
  std::string out;
  for (const Policy& policy : ParsePolicies(sources, id, diagnostics)) {
    absl::StrAppend(&out, "// ", policy.id, "\n", PrintPolicy(policy));
  }
  return out;
}

std::string EntityTypeLine(const std::string& name, const EntityType& entity) {
  std::string out = absl::StrCat("entity ", name);
  if (!entity.member_of.empty()) {
    absl::StrAppend(&out, " in [", absl::StrJoin(entity.member_of, ", "), "]");
  }
  absl::StrAppend(&out, " ", Type::Record(entity.attributes).ToString());
  if (entity.tags) absl::StrAppend(&out, " tags ", entity.tags->ToString());
  if (!entity.enum_ids.empty()) {
    absl::StrAppend(&out, " enum [", absl::StrJoin(entity.enum_ids, ", "), "]");
  }
  return out + "\n";
}

std::string ActionLine(const EntityUid& uid, const ActionType& action) {
  std::string out = uid.ToString();
  if (!action.member_of.empty()) {
    absl::StrAppend(&out, " in [",
                    absl::StrJoin(action.member_of, ", ",
                                  [](std::string* o, const EntityUid& group) {
                                    absl::StrAppend(o, group.ToString());
                                  }),
                    "]");
  }
  if (!action.principal_types.empty()) {
    absl::StrAppend(&out, " principal [",
                    absl::StrJoin(action.principal_types, ", "), "] resource [",
                    absl::StrJoin(action.resource_types, ", "), "] context ",
                    Type::Record(action.context).ToString());
  }
  return out + "\n";
}

std::string SchemaLines(const SourceSet& sources, SourceId id,
                        Diagnostics* diagnostics) {
  const std::optional<Schema> schema = ParseSchema(sources, id, diagnostics);
  EXPECT_EQ(schema.has_value(), !diagnostics->has_errors());
  if (!schema) return "";
  std::string out;
  for (const auto& [name, entity] : schema->entity_types) {
    out += EntityTypeLine(name, entity);
  }
  for (const auto& [uid, action] : schema->actions) {
    out += ActionLine(uid, action);
  }
  return out;
}

using Function = std::string (*)(const SourceSet&, SourceId, Diagnostics*);

std::string Output(const std::string& input, Function function) {
  SourceSet sources;
  const SourceId id = sources.Add("x", input);
  Diagnostics diagnostics(&sources);
  const std::string out = function(sources, id, &diagnostics);
  return absl::StrCat(out, diagnostics.ToString());
}

void CheckFile(const std::string& name, Function function) {
  std::ifstream file("compiler/cedar/testdata/" + name);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  ASSERT_NE(text, "") << name;
  std::string rewritten;
  for (const std::string& test : std::vector<std::string>(
           absl::StrSplit(text, "====\n", absl::SkipEmpty()))) {
    const std::vector<std::string> parts =
        absl::StrSplit(test, absl::MaxSplits("\n----\n", 1));
    ASSERT_EQ(parts.size(), 2u) << name << " has a case without `----`:\n"
                                << test;
    const std::string output = Output(parts[0], function);
    EXPECT_EQ(output, parts[1]) << name << ":\n" << parts[0];
    absl::StrAppend(&rewritten, parts[0], "\n----\n", output, "====\n");
  }
  if (const char* directory = std::getenv("SEKISHO_REWRITE")) {
    std::ofstream(std::string(directory) + "/" + name) << rewritten;
  }
}

TEST(GoldenTest, Expressions) { CheckFile("expressions.txt", Expression); }
TEST(GoldenTest, Policies) { CheckFile("policies.txt", Policies); }
TEST(GoldenTest, Schemas) { CheckFile("schemas.txt", SchemaLines); }

}  // namespace
}  // namespace sekisho
