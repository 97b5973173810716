// The two forms of Cedar sources beside each other, in testdata/: a case is an
// input, `----`, what comes out, `====`. What becomes JSON is read back, and
// what comes of it must stay the same from then on.
//
// To rewrite the files after a change that is meant, run the test's binary with
// SEKISHO_REWRITE set to the directory they are in, and read the difference.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "compiler/cedar_source.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Converter = bool (*)(const SourceSet&, SourceId, CedarForm,
                           const TextSink&, Diagnostics*);

// What comes out, followed by the diagnostics.
std::string Convert(Converter convert, const std::string& input, CedarForm to) {
  SourceSet sources;
  const bool from_text = to == CedarForm::kJson;
  const SourceId id = sources.Add(from_text ? "x" : "x.json", input);
  Diagnostics diagnostics(&sources);
  std::string out;
  const auto append = [&](absl::string_view piece) {
    absl::StrAppend(&out, piece);
  };
  const bool converted = convert(sources, id, to, append, &diagnostics);
  EXPECT_EQ(converted, !diagnostics.has_errors());
  return absl::StrCat(out, diagnostics.ToString());
}

void CheckFile(const std::string& name, Converter convert, CedarForm to) {
  std::ifstream file("compiler/json/testdata/" + name);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  ASSERT_NE(text, "") << name;
  std::string rewritten;
  for (const std::string& test : std::vector<std::string>(
           absl::StrSplit(text, "====\n", absl::SkipEmpty()))) {
    const std::vector<std::string> parts =
        absl::StrSplit(test, absl::MaxSplits("\n----\n", 1));
    ASSERT_EQ(parts.size(), 2u) << name << " has a case without `----`:\n"
                                << test;
    const std::string output = Convert(convert, parts[0], to);
    EXPECT_EQ(output, parts[1]) << name << ":\n" << parts[0];
    absl::StrAppend(&rewritten, parts[0], "\n----\n", output, "====\n");
    if (to == CedarForm::kText || absl::StartsWith(output, "error")) continue;
    const std::string back = Convert(convert, output, CedarForm::kText);
    const std::string again = Convert(convert, back, CedarForm::kJson);
    EXPECT_EQ(Convert(convert, again, CedarForm::kText), back) << output;
  }
  if (const char* directory = std::getenv("SEKISHO_REWRITE")) {
    std::ofstream(std::string(directory) + "/" + name) << rewritten;
  }
}

TEST(GoldenTest, PoliciesToJson) {
  CheckFile("policies_to_json.txt", ConvertPolicies, CedarForm::kJson);
}
TEST(GoldenTest, PoliciesToText) {
  CheckFile("policies_to_text.txt", ConvertPolicies, CedarForm::kText);
}
TEST(GoldenTest, SchemasToJson) {
  CheckFile("schemas_to_json.txt", ConvertSchema, CedarForm::kJson);
}
TEST(GoldenTest, SchemasToText) {
  CheckFile("schemas_to_text.txt", ConvertSchema, CedarForm::kText);
}

}  // namespace
}  // namespace sekisho
