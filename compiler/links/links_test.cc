#include "compiler/links/links.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/graph/artifact.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity Team;
entity User in [Team];
entity Doc in [Doc];
entity Color enum ["red"];
action read, write appliesTo { principal: User, resource: Doc };
action paint appliesTo { principal: User, resource: Color };
)";

constexpr char kRules[] = R"(
@id("share") @note("shared")
permit (principal in ?principal, action == Action::"read", resource in ?resource);
@id("own")
permit (principal == ?principal, action, resource);
@id("plain")
permit (principal, action == Action::"paint", resource);
)";

class LinksTest : public ::testing::Test {
 protected:
  const Compilation& Compile(const std::string& table, bool validate = true) {
    folder_ = std::make_unique<PolicyFolder>(
        *MakePolicyFolder({{"s.cedarschema", kSchema},
                           {"rules.cedar", kRules},
                           {"links.tsv", table}}));
    compilation_ = std::make_unique<Compilation>(&folder_->sources);
    CompileOptions options;
    options.validate = validate;
    EXPECT_TRUE(sekisho::Compile(*folder_, options, compilation_.get()).ok());
    return *compilation_;
  }

  std::unique_ptr<PolicyFolder> folder_;
  std::unique_ptr<Compilation> compilation_;
};

TEST_F(LinksTest, EachLinkIsAPolicyOfItsTemplate) {
  const Compilation& compilation = Compile(
      "template\tid\t?principal\t?resource\tnote\n"
      "share\tteam-plans\tTeam::\"a\"\tDoc::\"plans\"\tsince May\n"
      "own\tann\tUser::\"ann\"\n");
  ASSERT_EQ(compilation.diagnostics.ToString(), "");
  auto artifact = Artifact::FromBytes(compilation.artifact);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  const std::vector<PolicyInfo>& policies = (*artifact)->policies();
  std::vector<std::string> ids;
  for (const PolicyInfo& policy : policies) ids.push_back(policy.id);
  EXPECT_EQ(absl::StrJoin(ids, " "), "share own plain team-plans ann");
  EXPECT_EQ(*policies[3].Annotation("note"), "shared");
  EXPECT_EQ(policies[3].Annotation("id"), nullptr);
  EXPECT_EQ(policies[3].source, "links.tsv");
  EXPECT_EQ(policies[3].line, 2u);

  const DecisionGraph& graph = (*artifact)->graph();
  ASSERT_EQ(graph.templates.size(), 2u);
  EXPECT_EQ(graph.templates[0].principal, SlotUse::kIn);
  EXPECT_EQ(graph.templates[0].resource, SlotUse::kIn);
  EXPECT_EQ(graph.templates[1].principal, SlotUse::kEqual);
  EXPECT_EQ(graph.templates[1].resource, SlotUse::kNone);
  EXPECT_EQ(graph.links.size(), 2u);
  EXPECT_EQ(*graph.links.Find("ann"),
            (Link{"ann", "own", {"User", "ann"}, {}, 4}));
}

TEST_F(LinksTest, LinksCostNoNodes) {
  std::string table = "id\ttemplate\t?principal\n";
  const size_t one =
      Compile(absl::StrCat(table, "l\town\tUser::\"u\"\n")).nodes.size();
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&table, "l", i, "\town\tUser::\"u", i, "\"\n");
  }
  EXPECT_EQ(Compile(table).nodes.size(), one);
}

TEST_F(LinksTest, AllMistakesAreReported) {
  const Compilation& compilation = Compile(
      "id\ttemplate\t?principal\t?resource\n"
      "a\tshar\tTeam::\"a\"\tDoc::\"d\"\n"
      "b\tplain\tTeam::\"a\"\n"
      "c\tshare\tTeam::\"a\"\n"
      "d\town\tUser::\"u\"\tDoc::\"d\"\n"
      "e\town\tuser\n"
      "f\town\tUser\n"
      "\town\tUser::\"u\"\n"
      "plain\town\tUser::\"u\"\n");
  EXPECT_EQ(compilation.diagnostics.ToString(),
            R"(error: `user` is not a variable
--> links.tsv:6:7
  |
6 | e own user
  |       ^^^^
  = help: an attribute is written `context.user`, a string `"user"`

error: `User` is not a variable
--> links.tsv:7:7
  |
7 | f own User
  |       ^^^^
  = help: an entity is written `User::"id"`

error: the link has no id
--> links.tsv:8:1
  |
8 |  own User::"u"
  | ^

error: there is no template `shar`
--> links.tsv:2:3
  |
2 | a shar Team::"a" Doc::"d"
  |   ^^^^
  = help: did you mean `share`?

error: `plain` is no template
--> links.tsv:3:3
  |
3 | b plain Team::"a"
  |   ^^^^^
note: it has neither `?principal` nor `?resource`
--> rules.cedar:6:1
  |
6 | @id("plain")
  | ^^^^^^^^^^^^

error: the link has no entity for `?resource`
--> links.tsv:4:18
  |
4 | c share Team::"a"
  |                  ^
note: template `share` needs one
--> rules.cedar:3:60
  |
3 | permit (principal in ?principal, action == Action::"read", resource in ?resource);
  |                                                            ^^^^^^^^^^^^^^^^^^^^^

error: template `own` has no slot `?resource`
--> links.tsv:5:17
  |
5 | d own User::"u" Doc::"d"
  |                 ^^^^^^^^
note: it is here
--> rules.cedar:4:1
  |
4 | @id("own")
  | ^^^^^^^^^^

error: there are two policies with the id `plain`
--> links.tsv:9:1
  |
9 | plain own User::"u"
  | ^^^^^^^^^^^^^^^^^^^
  = help: give one of them another `@id`
note: the first is here
--> rules.cedar:6:1
  |
6 | @id("plain")
  | ^^^^^^^^^^^^
)");
}

TEST_F(LinksTest, EntitiesThatDoNotFitTheSchemaAreReported) {
  const std::string table =
      "id\ttemplate\t?principal\t?resource\n"
      "a\tshare\tTeem::\"a\"\tDoc::\"d\"\n"
      "b\tshare\tTeam::\"a\"\tColor::\"blue\"\n"
      "c\town\tTeam::\"a\"\n"
      "d\tshare\tTeam::\"a\"\tTeam::\"b\"\n";
  EXPECT_EQ(Compile(table).diagnostics.ToString(),
            R"(error: `Teem` is not an entity type
--> links.tsv:2:9
  |
2 | a share Teem::"a" Doc::"d"
  |         ^^^^^^^^^
  = help: did you mean `Team`?

error: `blue` is not one of the ids of `Color`
--> links.tsv:3:19
  |
3 | b share Team::"a" Color::"blue"
  |                   ^^^^^^^^^^^^^
  = help: its ids are `red`

error: no action in this policy's scope has such a principal
--> links.tsv:4:7
  |
4 | c own Team::"a"
  |       ^^^^^^^^^
  = help: the actions in this policy's scope apply to `User`; to mean everything below it write `in`

error: no action in this policy's scope has such a resource
--> links.tsv:5:19
  |
5 | d share Team::"a" Team::"b"
  |                   ^^^^^^^^^
  = help: the actions in this policy's scope apply to `Doc`
)");
  EXPECT_EQ(Compile(table, /*validate=*/false).diagnostics.ToString(), "");
}

TEST_F(LinksTest, ALinkIsAppendedInTheOrderOfTheColumns) {
  TemplateLink link;
  link.id = "ann";
  link.template_id = "own";
  link.principal = EntityUid{"User", "a\tn"};
  EXPECT_EQ(AppendLink("", link).value(),
            "id\ttemplate\t?principal\t?resource\n"
            "ann\town\tUser::\"a\\tn\"\n");
  EXPECT_EQ(
      AppendLink("# people\n?principal\tnote\ttemplate\tid\nx\t\ty\tz", link)
          .value(),
      "# people\n?principal\tnote\ttemplate\tid\nx\t\ty\tz\n"
      "User::\"a\\tn\"\t\town\tann\n");
  EXPECT_EQ(AppendLink("id\ttemplate\n", link).status().message(),
            "the table has no column `?principal`");
  link.id = "a\nb";
  EXPECT_EQ(AppendLink("", link).status().message(),
            "id: a tab or a line break cannot be written");
  // It is a line break before one only.
  link.id = "a\rb";
  EXPECT_TRUE(AppendLink("", link).ok());
  for (const char* id : {"a ", "\u3000a", "#a"}) {
    link.id = id;
    EXPECT_EQ(AppendLink("", link).status().message(),
              "id, template: white space at an end or a `#` at the start would "
              "not be read back");
  }
  // Only what no reader trims stays at the end of a line.
  link.id = "a";
  TemplateLink feed;
  feed.id = "a";
  feed.template_id = "own\f";
  EXPECT_EQ(AppendLink("id\ttemplate\t?principal\n", feed).value(),
            "id\ttemplate\t?principal\na\town\f\n");
  EXPECT_EQ(
      AppendLink("\u3000\n \u3000id\ttemplate\u3000\t?principal\r\n", link)
          .value(),
      "\u3000\n \u3000id\ttemplate\u3000\t?principal\r\n"
      "a\town\tUser::\"a\\tn\"\n");
}

}  // namespace
}  // namespace sekisho
