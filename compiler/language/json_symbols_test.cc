// The names in cases take part in renames.
#include "compiler/language/json_symbols.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/folder.h"
#include "compiler/language/edited_folder.h"
#include "compiler/language/navigation.h"
#include "engine/base/file.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Texts = std::map<std::string, std::string>;

void Finish(EditedFolder* folder) {
  while (folder->HasWork()) folder->Work();
}

Texts TextsOf(const EditedFolder& folder) {
  Texts texts;
  for (const std::string& name : folder.FileNames()) {
    texts[name] = folder.FindText(name)->text();
  }
  return texts;
}

void ExpectNoErrors(const EditedFolder& folder) {
  for (const std::string& name : folder.FileNames()) {
    for (const FileDiagnostic& diagnostic : folder.Diagnose(name)) {
      EXPECT_NE(diagnostic.severity, FileDiagnostic::Severity::kError)
          << name << ":"
          << folder.FindText(name)
                 ->PositionOf(diagnostic.span.begin, TextUnit::kUtf8)
                 .line
          << " " << diagnostic.message;
    }
  }
}

// Renames what stands there; returns why not, or nothing.
std::string Rename(EditedFolder* folder, const std::string& file, size_t offset,
                   const std::string& to) {
  const auto name = FindName(*folder, file, offset);
  if (!name) return "no name";
  const auto edits = RenameAll(*folder, name->symbols, to);
  if (!edits.ok()) return std::string(edits.status().message());
  for (const auto& [of, edits_of_file] : *edits) {
    // From behind, so that places stay what they are.
    for (auto it = edits_of_file.rbegin(); it != edits_of_file.rend(); ++it) {
      folder->EditFile(of, *it);
    }
  }
  Finish(folder);
  return "";
}

// Each name stands for one thing, and is part of no other word.
const Texts kFolder = {
    {"s.cedarschema", R"(namespace Clinic {
  entity Title enum ["nurse", "doctor"];
  entity Team enum ["t-1"];
  entity Somebody in [Team] = {
    titles: Set<Title>,
    home: Address,
    past: Set<Address>,
    chief?: Somebody,
  } tags Set<Address>;
  type Address = { town: String };
  action inspect appliesTo {
    principal: Somebody,
    resource: Somebody,
    context: { location: { building: Long }, guest?: Somebody },
  };
}
)"},
    {"p.cedar", R"(@id("ward-rule")
permit (principal is Clinic::Somebody, action == Clinic::Action::"inspect", resource)
when { principal.titles.contains(Clinic::Title::"nurse") && context.location.building > 1 }
when { principal.home.town == "Osaka" && resource has chief };
)"},
    {"cases/requests.json", R"({
  // By hand.
  "ward-rule": {
    "principal": {"type": "Clinic::Somebody", "id": "ann"},
    "action": "Clinic::Action::\"inspect\"", // also so
    "resource": "Clinic::Somebody::\"bob\"",
    "context": {"location": {"building": 7}, "guest": {"type": "Clinic::Somebody", "id": "bob"}}
  }
}
)"},
    {"cases/entities.json", R"([
  {"uid": {"type": "Clinic::Somebody", "id": "ann"},
   "attrs": {
     "titles": [{"__entity": {"type": "Clinic::Title", "id": "nurse"}}],
     "home": {"town": "Osaka"}, "past": [{"town": "Kobe"}, {"town": "Nara"}]},
   "tags": {"x": [{"town": "Uji"}]},
   "parents": ["Clinic::Team::\"t-1\""]},
  {"uid": "Clinic::Somebody::\"bob\"",
   "attrs": {
     "titles": [{"__entity": {"type": "Clinic::Title", "id": "doctor"}}],
     "home": {"town": "Osaka"}, "past": [], "chief": {"__entity": {"type": "Clinic::Somebody", "id": "ann"}}},
   "parents": []}
]
)"},
    {"cases/cases.tsv",
     "request\tcase\tchange\texpect\tby\n"
     "ward-rule\tyes\t\tpermit\tward-rule\n"
     "ward-rule\tno\tcontext.location.building = 1\tdeny\t\n"
     "ward-rule\tfar\tprincipal.home.town = \"Nara\"\tdeny\t\n"
     "ward-rule\tboss\tdelete resource.chief\tdeny\t\n"
     "ward-rule\tbob\tClinic::Somebody::\"bob\".chief.titles = "
     "[Clinic::Title::\"doctor\"]\tdeny\t\n"
     "ward-rule\tmoved\tprincipal.home = {town: \"Uji\"} ; "
     "Clinic::Somebody::\"bob\" = {titles: [], home: {\"town\": (\"Uji\")}, "
     "past: [{town: \"Uji\"}]} ; context = {location: {building: "
     "2}}\tdeny\t\n"},
};

TEST(JsonSymbolsTest, ARenameReplacesTheNameEverywhere) {
  const std::vector<std::pair<std::string, std::string>> kNames = {
      {"Somebody", "Human"},   {"Title", "Grade"},   {"titles", "grades"},
      {"home", "house"},       {"town", "city"},     {"chief", "boss2"},
      {"location", "place"},   {"building", "wing"}, {"guest", "visitor"},
      {"inspect", "lookAt"},   {"nurse", "carer"},   {"doctor", "dr."},
      {"ward-rule", "rule-1"},
  };
  for (const auto& [from, to] : kNames) {
    EditedFolder folder;
    for (const auto& [name, text] : kFolder) folder.SetFile(name, text);
    Finish(&folder);
    ExpectNoErrors(folder);
    const bool is_policy = from == "ward-rule";
    const std::string file = is_policy ? "p.cedar" : "s.cedarschema";
    ASSERT_EQ(Rename(&folder, file, kFolder.at(file).find(from), to), "")
        << from;
    Texts expected = kFolder;
    for (auto& [name, text] : expected) {
      text = absl::StrReplaceAll(text, {{from, to}});
    }
    EXPECT_EQ(TextsOf(folder), expected) << from;
    ExpectNoErrors(folder);
  }
}

TEST(JsonSymbolsTest, QuotesAreEscapedAsWhereTheyStand) {
  EditedFolder folder;
  for (const auto& [name, text] : kFolder) folder.SetFile(name, text);
  Finish(&folder);
  ASSERT_EQ(Rename(&folder, "s.cedarschema",
                   kFolder.at("s.cedarschema").find("t-1"), "a \"b\" \\c"),
            "");
  ExpectNoErrors(folder);
  EXPECT_TRUE(absl::StrContains(
      folder.FindText("cases/entities.json")->text(),
      R"("parents": ["Clinic::Team::\"a \\\"b\\\" \\\\c\""])"))
      << folder.FindText("cases/entities.json")->text();
}

// Property: a rename leaves no errors, in cases either.
TEST(JsonSymbolsTest, RenamesOfHealthcareLeaveNoErrors) {
  const absl::StatusOr<PolicyFolder> healthcare =
      LoadPolicyFolder("policies/healthcare");
  ASSERT_TRUE(healthcare.ok()) << healthcare.status();
  EditedFolder folder;
  const SourceSet& sources = healthcare->sources;
  for (SourceId id = 0; id < sources.size(); ++id) {
    folder.SetFile(std::string(sources.name(id)),
                   std::string(sources.text(id)));
  }
  for (const std::string name :
       {"cases/requests.json", "cases/entities.json", "cases/cases.tsv",
        "cases/conditions.tsv", "cases/neighbours.tsv"}) {
    const auto text = ReadFile("policies/healthcare/" + name);
    ASSERT_TRUE(text.ok()) << text.status();
    folder.SetFile(name, *text);
  }
  Finish(&folder);
  ExpectNoErrors(folder);
  const std::string schema = "healthcare.cedarschema";
  size_t number = 0, renamed = 0;
  const auto declared = [&] {
    std::vector<size_t> places;
    folder.ForEachOccurrence(
        schema, [&](const Symbol&, const TextSpan& span, bool is_definition) {
          if (is_definition) places.push_back(span.begin);
        });
    return places;
  };
  const size_t count = declared().size();
  for (; number < count; number += 9) {
    const size_t place = declared()[number];
    const auto name = FindName(folder, schema, place);
    ASSERT_TRUE(name);
    const std::string before = name->symbols[0].name;
    ASSERT_EQ(Rename(&folder, schema, place, absl::StrCat("renamed", number)),
              "")
        << before;
    ExpectNoErrors(folder);
    ASSERT_FALSE(testing::Test::HasFailure()) << before;
    ++renamed;
  }
  EXPECT_GT(renamed, 15u);
}

// Whatever the text is, names lie in it.
TEST(JsonSymbolsTest, AnyTextIsRead) {
  std::mt19937 random(1);
  const auto draw = [&](size_t below) { return random() % below; };
  EditedFolder folder;
  for (const auto& [name, text] : kFolder) folder.SetFile(name, text);
  Finish(&folder);
  size_t names = 0;
  for (int round = 0; round < 2000; ++round) {
    for (const std::string file :
         {"cases/requests.json", "cases/entities.json"}) {
      std::string text = kFolder.at(file);
      for (size_t i = draw(4); i > 0; --i) {
        const size_t at = draw(text.size());
        const std::string part = text.substr(draw(text.size()), draw(30));
        text.replace(at, draw(3) == 0 ? part.size() : 0, part);
      }
      SourceSet sources;
      const SourceId source = sources.Add(file, text);
      const Occurrences found =
          file == "cases/requests.json"
              ? FindRequestNames(sources, source, *folder.context())
              : FindEntityNames(sources, source, *folder.context());
      names += found.size();
      for (const Occurrence& occurrence : found) {
        ASSERT_LT(occurrence.span.begin, text.size());
        ASSERT_LE(occurrence.span.begin, occurrence.span.end);
        ASSERT_LT(occurrence.span.end, text.size());
      }
    }
  }
  EXPECT_GT(names, 1000u);
}

}  // namespace
}  // namespace sekisho
