#include "compiler/language/edited_folder.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/lexer.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/source/diagnostic.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity User { level: Long, name: String };
entity Doc { open: Bool };
action view appliesTo { principal: [User], resource: [Doc] };
)";

std::string Describe(const std::string& file, const TextSpan& span,
                     const std::string& message) {
  // The compiler says it behind the token before, which may be in another
  // piece.
  if (absl::StartsWith(message, "expected `permit`")) {
    return absl::StrCat(file, " ", message);
  }
  return absl::StrCat(file, ":", span.begin, "-", span.end, " ", message);
}

// Each once: links are wrong with their template.
std::vector<std::string> Sorted(std::vector<std::string> said) {
  std::sort(said.begin(), said.end());
  said.erase(std::unique(said.begin(), said.end()), said.end());
  return said;
}

// All that is said of the folder's files.
std::vector<std::string> Said(const EditedFolder& folder) {
  std::vector<std::string> said;
  for (const std::string& name : folder.FileNames()) {
    for (const FileDiagnostic& diagnostic : folder.Diagnose(name)) {
      // What is odd about a matrix, and what is not meant, the compiler does
      // not say.
      if (diagnostic.severity == FileDiagnostic::Severity::kInformation ||
          !diagnostic.rule.empty()) {
        continue;
      }
      said.push_back(Describe(name, diagnostic.span, diagnostic.message));
      for (const FileDiagnostic::Note& note : diagnostic.notes) {
        said.push_back(
            Describe(note.place.file, note.place.span, note.message));
      }
    }
  }
  return Sorted(std::move(said));
}

// What the compiler says of the same files.
std::vector<std::string> SaidByCompiler(
    const std::vector<std::pair<std::string, std::string>>& files) {
  const absl::StatusOr<PolicyFolder> folder = MakePolicyFolder(files);
  Compilation compilation(&folder->sources);
  CompileOptions options;
  options.check_only = true;
  EXPECT_TRUE(Compile(*folder, options, &compilation).ok());
  std::vector<std::string> said;
  const auto describe = [&](const Span& span, const std::string& message) {
    return Describe(std::string(folder->sources.name(span.source)),
                    {span.begin, span.end}, message);
  };
  for (const Diagnostic& diagnostic : compilation.diagnostics.all()) {
    said.push_back(describe(diagnostic.span, diagnostic.message));
    for (const Diagnostic::Note& note : diagnostic.notes) {
      said.push_back(describe(note.span, note.message));
    }
  }
  return Sorted(std::move(said));
}

std::vector<std::pair<std::string, std::string>> TextsOf(
    const EditedFolder& folder) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const std::string& name : folder.FileNames()) {
    texts.emplace_back(name, folder.FindText(name)->text());
  }
  return texts;
}

void Finish(EditedFolder* folder) {
  while (folder->HasWork()) folder->Work();
}

TEST(EditedFolderTest, ErrorsComeAndGoAsATextIsEdited) {
  EditedFolder folder;
  folder.SetFile("s.cedarschema", kSchema);
  folder.SetFile("p.cedar",
                 "permit (principal, action, resource) when { resource.open };"
                 "\npermit (principal, action, resource);\n");
  Finish(&folder);
  EXPECT_EQ(folder.TakeChanged(),
            (std::vector<std::string>{"p.cedar", "s.cedarschema"}));
  EXPECT_EQ(Said(folder), std::vector<std::string>());

  folder.EditFile("p.cedar", {{53, 57}, "opn"});
  // At once.
  EXPECT_FALSE(folder.HasWork());
  EXPECT_EQ(folder.TakeChanged(), std::vector<std::string>{"p.cedar"});
  EXPECT_EQ(Said(folder), std::vector<std::string>{
                              "p.cedar:53-56 `Doc` has no attribute `opn`"});
  folder.EditFile("p.cedar", {{55, 56}, "en"});
  EXPECT_EQ(Said(folder), std::vector<std::string>());

  // Another schema, and then none that can be read.
  folder.SetFile("s.cedarschema", absl::StrCat("entity Doc;", kSchema));
  Finish(&folder);
  EXPECT_EQ(Said(folder).size(), 2u) << absl::StrJoin(Said(folder), "\n");
  folder.RemoveFile("s.cedarschema");
  Finish(&folder);
  EXPECT_EQ(Said(folder), std::vector<std::string>());
}

TEST(EditedFolderTest, TextThatIsNoTextIsSaidSo) {
  EditedFolder folder;
  folder.SetFile("p.cedar", "permit (principal, action, resource);");
  folder.EditFile("p.cedar", {{0, 0}, std::string(1, '\0')});
  Finish(&folder);
  EXPECT_EQ(Said(folder),
            std::vector<std::string>{
                "p.cedar:0-0 p.cedar: line 1, byte 1: a NUL character; this "
                "is not a text file"});
  folder.EditFile("p.cedar", {{0, 1}, "x"});
  Finish(&folder);
  EXPECT_EQ(Said(folder).size(), 1u);
  folder.EditFile("p.cedar", {{0, 1}, ""});
  Finish(&folder);
  EXPECT_EQ(Said(folder), std::vector<std::string>());
}

// Whether a string goes on over the beginning of a policy: there the compiler
// reads on.
bool HasLongString(const std::string& text) {
  SourceSet sources;
  const SourceId source = sources.Add("", text);
  Lexer lexer(sources, {source, 0, static_cast<uint32_t>(text.size())});
  for (Token t = lexer.Next(); t.kind != TokenKind::kEnd; t = lexer.Next()) {
    const absl::string_view token = sources.text(t.span);
    if (t.kind == TokenKind::kString &&
        (absl::StrContains(token, "\n@") ||
         absl::StrContains(token, "\npermit"))) {
      return true;
    }
  }
  return false;
}

TEST(EditedFolderTest, AStringThatIsBegunLeavesWhatFollowsAsItIs) {
  EditedFolder folder;
  folder.SetFile("s.cedarschema", kSchema);
  folder.SetFile("p.cedar",
                 "permit (principal, action, resource)\n"
                 "when { principal.name ==  };\n"
                 "@id(\"b\") permit (principal, action, resource);\n");
  Finish(&folder);
  EXPECT_EQ(Said(folder).size(), 1u);
  folder.EditFile("p.cedar", {{62, 62}, "\""});
  EXPECT_FALSE(folder.HasWork());
  EXPECT_EQ(Said(folder),
            std::vector<std::string>{"p.cedar:62-66 this string has no end"});
  folder.EditFile("p.cedar", {{63, 63}, "x\""});
  EXPECT_EQ(Said(folder), std::vector<std::string>());
}

// Property: whatever has been edited, and in whatever order, what is said is
// what the compiler says of the texts.
TEST(EditedFolderTest, SaysWhatTheCompilerSays) {
  const std::string kParts[] = {
      "permit (principal, action, resource)",
      "when { principal.level > 1 }",
      "when { resource.opn }",
      ";",
      ";",
      "\n",
      "\"",
      "// x\n",
      " // x;\n",
      "\n@id(\"a\")",
      "\n@id(\"b\")",
      "}",
      "principal.name == \"x;y\"",
      "\\",
  };
  std::mt19937 random(1);
  const auto draw = [&](size_t below) { return random() % below; };
  const auto draw_text = [&](size_t parts) {
    std::string text;
    for (size_t i = draw(parts); i > 0; --i) {
      text += kParts[draw(std::size(kParts))];
    }
    return text;
  };
  int compared = 0;
  for (int round = 0; round < 100; ++round) {
    EditedFolder folder;
    folder.SetFile("s.cedarschema", kSchema);
    for (const char* name : {"p.cedar", "q.cedar"}) {
      folder.SetFile(name, draw_text(40));
    }
    for (int step = 0; step < 20; ++step) {
      const std::string name = draw(2) == 0 ? "p.cedar" : "q.cedar";
      const size_t size = folder.FindText(name)->size();
      TextSpan span{draw(size + 1), 0};
      span.end = span.begin + draw(std::min<size_t>(size - span.begin, 20) + 1);
      folder.EditFile(name, {span, draw_text(3)});
      if (draw(3) == 0) continue;
      Finish(&folder);
      if (HasLongString(folder.FindText("p.cedar")->text()) ||
          HasLongString(folder.FindText("q.cedar")->text())) {
        continue;
      }
      ++compared;
      ASSERT_EQ(Said(folder), SaidByCompiler(TextsOf(folder)))
          << folder.FindText("p.cedar")->text() << "\n----\n"
          << folder.FindText("q.cedar")->text();
    }
  }
  EXPECT_GT(compared, 300);
}

// The same of a whole folder, with a matrix, obligations, links and rules.
TEST(EditedFolderTest, SaysWhatTheCompilerSaysOfTables) {
  const absl::StatusOr<PolicyFolder> healthcare =
      LoadPolicyFolder("policies/healthcare");
  ASSERT_TRUE(healthcare.ok()) << healthcare.status();
  const SourceSet& sources = healthcare->sources;
  std::mt19937 random(1);
  const auto draw = [&](size_t below) { return random() % below; };
  for (int round = 0; round < 8; ++round) {
    EditedFolder folder;
    for (SourceId id = 0; id < sources.size(); ++id) {
      folder.SetFile(std::string(sources.name(id)),
                     std::string(sources.text(id)));
    }
    folder.SetFile("p.cedar",
                   "@id(\"t\") @obligations(\"limit-subjects, x\")\n"
                   "permit (principal == ?principal, action, resource);\n"
                   "@id(\"①-1\") permit (principal, action, resource);\n");
    folder.SetFile("links.tsv",
                   "id\ttemplate\t?principal\nl\tt\tPerson::\"a\"\n"
                   "l\tt\tRole::\"nurse\"\nm\tu\t\n");
    for (int step = 0; step < 6; ++step) {
      std::vector<std::string> names = folder.FileNames();
      // While a schema cannot be read, what it last meant counts.
      std::erase(names, "healthcare.cedarschema");
      const std::string name = names[draw(names.size())];
      // Something of a line goes, or moves to another place.
      const Text& text = *folder.FindText(name);
      const auto place = [&] {
        return text.OffsetOf(
            text.PositionOf(draw(text.size() + 1), TextUnit::kUtf16),
            TextUnit::kUtf16);
      };
      TextSpan span{place(), 0};
      span.end =
          text.OffsetOf({text.PositionOf(span.begin, TextUnit::kUtf8).line,
                         static_cast<uint32_t>(draw(80))},
                        TextUnit::kUtf8);
      if (span.end < span.begin) std::swap(span.begin, span.end);
      const std::string moved(text.substr(span));
      folder.EditFile(name, {span, ""});
      const size_t to = place();
      if (draw(2) == 0) folder.EditFile(name, {{to, to}, moved});
      Finish(&folder);
      if (HasLongString(folder.FindText("p.cedar")->text())) continue;
      ASSERT_EQ(Said(folder), SaidByCompiler(TextsOf(folder))) << name;
    }
  }
}

TEST(EditedFolderTest, CasesAreCheckedWhereNothingElseIsWrong) {
  EditedFolder folder;
  folder.SetFile("s.cedarschema", kSchema);
  folder.SetFile("p.cedar",
                 "@id(\"a\") permit (principal, action, resource);\n");
  folder.SetFile("cases/cases.tsv",
                 "request\tcase\tcolumn\tchange\texpect\tby\tnote\n"
                 "\tx\t\tprincipal = User::\"u\" ; action = "
                 "Action::\"view\" ; resource = Doc::\"d\"\tpermit\tb\t\n");
  Finish(&folder);
  ASSERT_EQ(Said(folder).size(), 1u);
  EXPECT_TRUE(absl::StartsWith(Said(folder)[0], "cases/cases.tsv:"))
      << Said(folder)[0];
  // The policy gets the name that the case knows.
  folder.EditFile("p.cedar", {{5, 6}, "b"});
  Finish(&folder);
  EXPECT_EQ(Said(folder), std::vector<std::string>());
  folder.EditFile("p.cedar", {{9, 15}, "permt"});
  Finish(&folder);
  EXPECT_EQ(Said(folder),
            std::vector<std::string>{"p.cedar expected `permit` or `forbid`, "
                                     "found `permt`"});
}

}  // namespace
}  // namespace sekisho
