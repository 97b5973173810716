#include "compiler/lint/lint_page.h"

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::map<std::string, std::string> Blocks(const std::string& text) {
  std::map<std::string, std::string> blocks;
  std::string* block = nullptr;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    if (!absl::StartsWith(line, "```")) {
      if (block != nullptr) absl::StrAppend(block, line, "\n");
    } else {
      block = block == nullptr ? &blocks[line.substr(3)] : nullptr;
    }
  }
  return blocks;
}

LintPage Read() {
  std::ifstream file("docs/lint.md");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(text, "");
  const std::vector<std::string> parts = absl::StrSplit(text, "\n### ");
  LintPage page;
  page.schema = Blocks(parts[0])["cedarschema"];
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::vector<std::string> lines = absl::StrSplit(parts[i], '\n');
    page.rules[absl::StrReplaceAll(lines[0], {{"`", ""}})] = {lines[2],
                                                              Blocks(parts[i])};
  }
  return page;
}

// The first block of those that there is.
std::string FirstOf(const LintPage::Section& section,
                    const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto it = section.blocks.find(name);
    if (it != section.blocks.end()) return it->second;
  }
  return "";
}

}  // namespace

const LintPage& LintPage::Get() {
  static const LintPage* const page = new LintPage(Read());
  return *page;
}

std::vector<std::pair<std::string, std::string>> LintPage::Example(
    const std::string& rule, bool found) const {
  const Section& section = rules.at(rule);
  std::vector<std::pair<std::string, std::string>> files = {
      {"x.cedar",
       found ? FirstOf(section, {"cedar found", "cedar"})
             : FirstOf(section, {"cedar quiet", "cedar fixed", "cedar"})}};
  // Against a schema that set is an error.
  if (rule == "empty-set") return files;
  const std::string own =
      FirstOf(section, {found ? "cedarschema found" : "cedarschema quiet"});
  files.emplace_back("x.cedarschema", own.empty() ? schema : own);
  return files;
}

}  // namespace sekisho
