// The examples of docs/lint.md, which are the tables of tests.
#ifndef SEKISHO_COMPILER_LINT_LINT_PAGE_H_
#define SEKISHO_COMPILER_LINT_LINT_PAGE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sekisho {

struct LintPage {
  struct Section {
    std::string summary;
    // By what follows the three backticks.
    std::map<std::string, std::string> blocks;
  };

  // The page; a failure of the test if it is not there.
  static const LintPage& Get();

  // The files of the rule's example: one in which it finds something, or one in
  // which it does not. The first is of policies.
  std::vector<std::pair<std::string, std::string>> Example(
      const std::string& rule, bool found) const;

  // Of the page's examples, as far as they have none of their own.
  std::string schema;
  // By rule.
  std::map<std::string, Section> rules;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LINT_LINT_PAGE_H_
