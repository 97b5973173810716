#include "compiler/obligations/obligations.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/graph/artifact.h"
#include "engine/model/value.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity User {age: Long};
entity Doc;
action read, write appliesTo {
  principal: [User], resource: [Doc],
  context: {count: Long, device: {kind: String, owner?: User}, note?: String}
};
action scan appliesTo {principal: [Doc], resource: [Doc], context: {}};
)";

constexpr char kTable[] =
    "name kind parameter type value note\n"
    "limit obligation to Long context.count persons\n"
    "limit obligation by String context.device.kind\n"
    "tell obligation\n"
    "card advice method String \"ic-card\"\n"
    "card advice who User principal\n"
    "card advice where Set<Doc> [Doc::\"a\",Doc::\"b\"]\n";

// What the compiler says of a policy with these annotations and a table, whose
// columns are separated by spaces here.
struct Result {
  Result(const std::string& table, const std::string& annotations,
         const std::string& head =
             "principal, action == Action::\"read\", "
             "resource") {
    std::vector<std::pair<std::string, std::string>> files = {
        {"s.cedarschema", kSchema},
        {"p.cedar",
         absl::StrCat("@id(\"p\") ", annotations, " permit(", head, ");")}};
    if (!table.empty()) {
      files.emplace_back("obligations.tsv",
                         absl::StrReplaceAll(table, {{" ", "\t"}}));
    }
    auto folder = MakePolicyFolder(std::move(files));
    Compilation compilation(&folder->sources);
    EXPECT_TRUE(Compile(*folder, {}, &compilation).ok());
    said = compilation.diagnostics.ToString();
    if (compilation.diagnostics.has_errors()) return;
    artifact = *Artifact::FromBytes(compilation.artifact);
  }

  bool Says(const std::string& words) const {
    return said.find(words) != said.npos;
  }

  std::string said;
  std::shared_ptr<const Artifact> artifact;
};

TEST(ObligationsTest, GoIntoTheArtifact) {
  const Result result(kTable,
                      "@advice(\"card\") @obligations(\"tell, limit ,tell\")");
  EXPECT_EQ(result.said, "");
  ASSERT_NE(result.artifact, nullptr);
  const AttributePath count{PathRoot::kContext, {"count"}};
  const AttributePath kind{PathRoot::kContext, {"device", "kind"}};
  const AttributePath principal{PathRoot::kPrincipal, {}};
  const std::vector<ObligationDeclaration> expected = {
      {"limit", false, {{"by", kind}, {"to", count}}},
      {"tell", false, {}},
      {"card",
       true,
       {{"method", Value::String("ic-card")},
        {"where", Value::Set({Value::Entity({"Doc", "a"}),
                              Value::Entity({"Doc", "b"})})},
        {"who", principal}}}};
  EXPECT_EQ(result.artifact->obligations(), expected);
  EXPECT_EQ(result.artifact->policies()[0].obligations,
            (std::vector<uint32_t>{2, 1, 0}));
}

TEST(ObligationsTest, WhatIsWrongIsSaidAtItsPlace) {
  const std::string header = "name kind parameter type value\n";
  const struct {
    std::string table;
    std::string annotations;
    std::string says;
    std::string place;
  } kCases[] = {
      {"", "@obligations(\"tell\")", "`tell` is not declared as an obligation",
       "p.cedar:1:10"},
      {"", "@obligations(\"tell\")", "declare it in obligations.tsv", ""},
      {kTable, "@obligations(\"limt\")", "did you mean `limit`?",
       "p.cedar:1:10"},
      {kTable, "@obligations", "`` is not declared as an obligation", ""},
      {kTable, "@obligations(\"card\")", "`card` is declared as advice", ""},
      {kTable, "@advice(\"tell\")", "`tell` is declared as an obligation", ""},
      {header + "a,b obligation", "", "`a,b` cannot name an obligation",
       "obligations.tsv:2:1"},
      {header + "a duty", "", "`duty` is none of `obligation`, `advice`",
       "obligations.tsv:2:3"},
      {header + "a obligation\na obligation", "", "`a` is declared twice",
       "obligations.tsv:3:1"},
      {header + "a obligation x Long 1\nb obligation\na obligation y Long 1",
       "", "`a` is declared twice", "obligations.tsv:4:1"},
      {header + "a obligation x Long 1\na advice y Long 1", "",
       "`a` is of the other kind above", "obligations.tsv:3:3"},
      {header + "a obligation x Long 1\na obligation x Long 2", "",
       "the parameter `x` is declared twice", "obligations.tsv:3:14"},
      {header + "a obligation  Long 1", "", "there is no parameter for it",
       "obligations.tsv:2:15"},
      {header + "a obligation x Long", "", "the parameter has no value", ""},
      {header + "a obligation x Long principal.age", "",
       "not every decision has a value for this", "obligations.tsv:2:21"},
      {header + "a obligation x Long 1+2", "",
       "not every decision has a value for this", "obligations.tsv:2:21"},
      {header + "a obligation x String context.note", "@obligations(\"a\")",
       "not every request has a value for this: User, Action::\"read\", Doc",
       "obligations.tsv:2:23"},
      {header + "a obligation x User context.device.owner",
       "@obligations(\"a\")", "not every request has a value", ""},
      {header + "a obligation x Long context.none", "@obligations(\"a\")",
       "not every request has a value", ""},
      {header + "a obligation x Long context.count.none", "@obligations(\"a\")",
       "not every request has a value", ""},
      {header + "a obligation x Long []", "@obligations(\"a\")",
       "not every request has a value", ""},
      {header + "a obligation x String context.count", "@obligations(\"a\")",
       "the value is of type `Long`, not `String`", "obligations.tsv:2:16"},
      {header + "a obligation x  1", "@obligations(\"a\")",
       "the value is of type `Long`, not ``", ""},
  };
  for (const auto& row : kCases) {
    const Result result(row.table, row.annotations);
    EXPECT_TRUE(result.Says("error: ")) << row.says;
    EXPECT_TRUE(result.Says(row.says)) << row.says << "\n" << result.said;
    EXPECT_TRUE(result.Says(row.place)) << row.place << "\n" << result.said;
  }
}

TEST(ObligationsTest, TypesAreCheckedWhereThePolicyApplies) {
  // `context.count` is not there for the action `scan`.
  const Result fits(kTable, "@obligations(\"limit,tell\") @advice(\"card\")");
  EXPECT_EQ(fits.said, "");
  const Result everywhere(kTable,
                          "@obligations(\"limit,tell\") @advice(\"card\")",
                          "principal, action, resource");
  EXPECT_TRUE(everywhere.Says("not every request has a value for this: Doc"))
      << everywhere.said;
}

TEST(ObligationsTest, WhatNoPolicyNamesIsAWarning) {
  const Result result(kTable, "@obligations(\"limit\")");
  EXPECT_TRUE(result.Says("warning: no policy names the obligation `tell`"))
      << result.said;
  EXPECT_TRUE(result.Says("warning: no policy names the advice `card`"));
  EXPECT_NE(result.artifact, nullptr);
}

TEST(ObligationsTest, AreAnnotationsLikeAnyOtherToConformance) {
  auto folder =
      MakePolicyFolder({{"s.cedarschema", kSchema},
                        {"p.cedar",
                         "@advice(\"be nice\") permit(principal, action, "
                         "resource);"}});
  Compilation compilation(&folder->sources);
  CompileOptions options;
  options.number_policies = true;
  EXPECT_TRUE(Compile(*folder, options, &compilation).ok());
  EXPECT_FALSE(compilation.diagnostics.has_errors());
}

}  // namespace
}  // namespace sekisho
