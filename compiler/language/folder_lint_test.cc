// An editor shows what `sekisho lint` says.
#include "compiler/language/folder_lint.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/language/edited_folder.h"
#include "compiler/language/text.h"
#include "compiler/lint/lint_folder.h"
#include "compiler/lint/lint_page.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;
using Lines = std::vector<std::string>;

void Finish(EditedFolder* folder) {
  while (folder->HasWork() || folder->HasLint()) {
    folder->HasWork() ? folder->Work() : folder->Lint();
  }
}

std::string Describe(const std::string& rule, const std::string& file,
                     const TextSpan& span, const std::string& message,
                     const std::string& help) {
  return absl::StrCat(rule, " ", file, ":", span.begin, "-", span.end, " ",
                      message, " ", help);
}

// All findings of rules, with their notes and fixes.
Lines Shown(const EditedFolder& folder) {
  Lines lines;
  for (const std::string& name : folder.FileNames()) {
    for (const FileDiagnostic& finding : folder.Diagnose(name)) {
      if (finding.rule.empty()) continue;
      std::string line = Describe(finding.rule, name, finding.span,
                                  finding.message, finding.help);
      for (const FileDiagnostic::Note& note : finding.notes) {
        absl::StrAppend(
            &line, "\n ",
            Describe("", note.place.file, note.place.span, note.message, ""));
      }
      for (const TextEdit& edit : finding.fix) {
        absl::StrAppend(&line, "\n ",
                        Describe("", name, edit.span, edit.text, ""));
      }
      lines.push_back(std::move(line));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The same, as `sekisho lint` finds it; `has_errors` says why there is nothing.
Lines Linted(const Files& files, bool* has_errors) {
  const absl::StatusOr<PolicyFolder> folder = MakePolicyFolder(files);
  EXPECT_TRUE(folder.ok()) << folder.status();
  const SourceSet& sources = folder->sources;
  Compilation compilation(&sources);
  const auto findings = LintFolder(*folder, &compilation);
  EXPECT_TRUE(findings.ok());
  *has_errors = compilation.diagnostics.has_errors();
  const auto describe = [&](absl::string_view rule, const Span& span,
                            const std::string& message,
                            const std::string& help) {
    return Describe(std::string(rule), std::string(sources.name(span.source)),
                    {span.begin, span.end}, message, help);
  };
  Lines lines;
  for (const LintFinding& finding : *findings) {
    std::string line =
        describe(finding.rule, finding.span, finding.message, finding.help);
    for (const Diagnostic::Note& note : finding.notes) {
      absl::StrAppend(&line, "\n ", describe("", note.span, note.message, ""));
    }
    for (const SourceEdit& edit : finding.fix) {
      absl::StrAppend(&line, "\n ", describe("", edit.span, edit.text, ""));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

Files TextsOf(const EditedFolder& folder) {
  Files texts;
  for (const std::string& name : folder.FileNames()) {
    texts.emplace_back(name, folder.FindText(name)->text());
  }
  return texts;
}

Files Healthcare() {
  const absl::StatusOr<PolicyFolder> folder =
      LoadPolicyFolder("policies/healthcare");
  EXPECT_TRUE(folder.ok()) << folder.status();
  Files files;
  for (SourceId id = 0; id < folder->sources.size(); ++id) {
    files.emplace_back(folder->sources.name(id), folder->sources.text(id));
  }
  return files;
}

// Policies and a line of the vocabulary, of which rules say something.
Files OddHealthcare() {
  Files files = Healthcare();
  for (auto& [name, text] : files) {
    if (name != "vocabulary.tsv") continue;
    absl::StrAppend(&text,
                    "role\t獣医師\tprincipal.roles.contains("
                    "Role::\"physician\")\tveterinarian\n");
    const std::string odd = "context.situation == Situation::\"homeVisit\"";
    const size_t at = text.find(odd);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, odd.size(), absl::StrCat("!(!(", odd, "))"));
  }
  files.emplace_back(
      "p.cedar",
      "@id(\"t\") permit (principal == ?principal, action, resource);\n"
      "@id(\"p\") permit (principal is Person, action, resource)\n"
      "when { principal == principal };\n"
      "@id(\"P\") permit (principal is Person, action, resource)\n"
      "when { principal == principal };\n"
      "// lint: allow duplicate-policy, missing-id\n"
      "permit (principal is Person, action, resource)\n"
      "when { principal == principal };\n"
      "permit (principal is Person, action == Action::\"view\", resource)\n"
      "when { principal == principal }; // lint: allow shadowd-policy\n");
  files.emplace_back("links.tsv",
                     "id\ttemplate\t?principal\n"
                     "l\tt\tPerson::\"a\"\n");
  return files;
}

void SetFiles(const Files& files, EditedFolder* folder) {
  for (const auto& [name, text] : files) folder->SetFile(name, text);
}

void ExpectSame(const Files& files, const std::string& what) {
  EditedFolder folder;
  SetFiles(files, &folder);
  Finish(&folder);
  bool has_errors = false;
  EXPECT_EQ(Shown(folder), Linted(files, &has_errors)) << what;
  EXPECT_FALSE(has_errors) << what;
}

TEST(FolderLintTest, AnEditorShowsWhatLintSays) {
  ExpectSame(Healthcare(), "healthcare");
  ExpectSame(OddHealthcare(), "odd");
  size_t count = 0;
  for (const auto& [rule, section] : LintPage::Get().rules) {
    for (const bool found : {false, true}) {
      const Files files = LintPage::Get().Example(rule, found);
      // A file by itself is no folder.
      if (files.size() < 2) continue;
      ExpectSame(files, rule);
      ++count;
    }
  }
  EXPECT_GT(count, 40u);
}

// Property: whatever has been edited, and in whatever order.
TEST(FolderLintTest, AnEditorShowsWhatLintSaysOfEditedTexts) {
  std::mt19937 random(1);
  const auto draw = [&](size_t below) { return random() % below; };
  int policies = 0;
  // Most are like others, or wider.
  const auto draw_part = [&]() -> std::string {
    if (draw(5) == 0) return "// lint: allow missing-id, confusable-id\n";
    std::string part;
    if (draw(4) > 0) {
      absl::StrAppend(&part, "@id(\"", draw(2) == 0 ? "p" : "P", "-",
                      draw(2) == 0 ? "-" : "", ++policies / 2, "\")\n");
    }
    const std::string kHeads[] = {"principal == Person::\"a\", action",
                                  "principal is Person, action",
                                  "principal, action == Action::\"view\""};
    absl::StrAppend(&part, "permit (", kHeads[draw(3)], ", resource)\n");
    const std::string kConditions[] = {
        "context.situation == Situation::\"homeVisit\"",
        "context.network == Network::\"public\""};
    for (const std::string& condition : kConditions) {
      if (draw(2) == 0) absl::StrAppend(&part, "when { ", condition, " }\n");
    }
    return absl::StrCat(part, ";\n");
  };
  size_t compared = 0;
  for (int round = 0; round < 10; ++round) {
    EditedFolder folder;
    SetFiles(Healthcare(), &folder);
    folder.SetFile("p.cedar", "");
    Lines parts;
    for (int step = 0; step < 12; ++step) {
      const size_t begin = draw(parts.size() + 1);
      const size_t end = std::min(begin + draw(3), parts.size());
      TextEdit edit;
      for (size_t i = 0; i < end; ++i) {
        if (i < begin) edit.span.begin += parts[i].size();
        edit.span.end += parts[i].size();
      }
      const Lines drawn = {draw_part(), draw_part()};
      edit.text = absl::StrCat(drawn[0], drawn[1]);
      parts.erase(parts.begin() + begin, parts.begin() + end);
      parts.insert(parts.begin() + begin, drawn.begin(), drawn.end());
      folder.EditFile("p.cedar", edit);
      if (draw(3) == 0) {
        const std::string name =
            draw(2) == 0 ? "vocabulary.tsv" : "healthcare.cedarschema";
        const Text& text = *folder.FindText(name);
        const size_t at = text.LineAt(draw(text.size())).begin;
        folder.EditFile(name, {{at, at}, "\n"});
      }
      // Some begin to be linted and are edited meanwhile.
      while (folder.HasWork()) folder.Work();
      if (folder.HasLint()) folder.Lint();
      if (draw(2) == 0) continue;
      Finish(&folder);
      bool has_errors = false;
      const Lines linted = Linted(TextsOf(folder), &has_errors);
      if (has_errors) continue;
      ++compared;
      ASSERT_EQ(Shown(folder), linted);
    }
  }
  EXPECT_GT(compared, 20u);
}

TEST(FolderLintTest, WhatWasFoundMovesWithTheTextUntilSomethingElseIs) {
  EditedFolder folder;
  folder.SetFile("s.cedarschema",
                 "entity User { level: Long, name: String };\n"
                 "action view appliesTo { principal: User, resource: User };");
  folder.SetFile("p.cedar",
                 "@id(\"a\") permit (principal == User::\"x\", action, "
                 "resource)\nwhen { principal.level > 1 };\n");
  Finish(&folder);
  const auto found = [&folder](const std::string& file) {
    Lines lines;
    for (const FileDiagnostic& finding : folder.Diagnose(file)) {
      if (finding.rule.empty()) continue;
      lines.push_back(absl::StrCat(
          finding.rule, " ",
          std::string(folder.FindText(file)->substr(finding.span))));
    }
    return lines;
  };
  const Lines unused = {"unused-attribute name"};
  EXPECT_EQ(found("s.cedarschema"), unused);
  folder.TakeChanged();
  // Before anything is read again.
  folder.EditFile("s.cedarschema", {{0, 0}, "// Of people.\n"});
  EXPECT_EQ(found("s.cedarschema"), unused);
  Finish(&folder);
  EXPECT_EQ(found("s.cedarschema"), unused);
  // An error.
  const Text& policy = *folder.FindText("p.cedar");
  const size_t end = policy.text().find(" };");
  folder.EditFile("p.cedar", {{end, end}, " && principal.nam == \"\""});
  Finish(&folder);
  EXPECT_EQ(found("s.cedarschema"), unused);
  folder.TakeChanged();
  // And what was meant.
  const size_t name = policy.text().find("nam ") + 3;
  folder.EditFile("p.cedar", {{name, name}, "e"});
  Finish(&folder);
  EXPECT_EQ(found("s.cedarschema"), Lines());
  EXPECT_EQ(folder.TakeChanged(), (Lines{"p.cedar", "s.cedarschema"}));
  // A second policy like the first; then the first is edited.
  folder.EditFile("p.cedar",
                  {{0, 0},
                   "@id(\"b\") permit (principal == User::\"x\", action, "
                   "resource)\nwhen { principal.level > 1 && principal.name "
                   "== \"\" };\n"});
  Finish(&folder);
  EXPECT_EQ(found("p.cedar").size(), 1u);
  folder.EditFile("p.cedar", {{5, 6}, "c"});
  EXPECT_EQ(found("p.cedar").size(), 1u);
  const size_t second = policy.text().find("\"a\"");
  folder.EditFile("p.cedar", {{second, second + 3}, "\"d\""});
  EXPECT_EQ(found("p.cedar"), Lines());
  Finish(&folder);
  EXPECT_EQ(found("p.cedar").size(), 1u);
}

}  // namespace
}  // namespace sekisho
