// Laying out the policies and schemas of the public Cedar conformance cases
// leaves their syntax trees, and so every decision.
#include "compiler/format/format.h"

#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "compiler/cedar/parser.h"
#include "compiler/cedar/same_expression.h"
#include "compiler/cedar/schema_printer.h"
#include "compiler/cedar/schema_syntax.h"
#include "compiler/conformance/test_case.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"
#include "tests/conformance/public_tests.h"

namespace sekisho {
namespace {

// Nothing if the text has errors.
std::optional<std::string> Format(const std::string& name,
                                  const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  return FormatSource(sources, sources.Add(name, text), &diagnostics);
}

std::vector<Policy> Policies(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  return ParsePolicies(sources, sources.Add("x", text), &diagnostics);
}

// What the tree says, in one fixed layout.
std::optional<std::string> SchemaText(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  return PrintSchema(
      schema_syntax::Parse(sources, sources.Add("x", text), &diagnostics),
      &diagnostics);
}

TEST(ConformanceFormatTest, PoliciesKeepTheirTrees) {
  SKIP_WITHOUT_CASES();
  size_t count = 0;
  for (const ConformanceTest& test : PublicTests()) {
    const std::optional<std::string> formatted =
        Format("x.cedar", test.policies);
    if (!formatted) continue;
    const std::vector<Policy> before = Policies(test.policies);
    const std::vector<Policy> after = Policies(*formatted);
    ASSERT_EQ(before.size(), after.size()) << test.name;
    for (size_t i = 0; i < before.size(); ++i) {
      ASSERT_TRUE(SamePolicy(before[i], after[i])) << *formatted;
      ++count;
    }
    ASSERT_EQ(Format("x.cedar", *formatted), formatted) << test.policies;
  }
  std::cout << count << " policies\n";
  EXPECT_GT(count, PublicTests().size() / 2);
}

TEST(ConformanceFormatTest, SchemasKeepTheirTrees) {
  SKIP_WITHOUT_CASES();
  size_t count = 0;
  for (const ConformanceTest& test : PublicTests()) {
    const std::optional<std::string> formatted =
        Format("x.cedarschema", test.schema);
    if (!formatted) continue;
    ASSERT_EQ(SchemaText(test.schema), SchemaText(*formatted)) << *formatted;
    ASSERT_EQ(Format("x.cedarschema", *formatted), formatted) << test.schema;
    ++count;
  }
  std::cout << count << " schemas\n";
  EXPECT_GT(count, PublicTests().size() / 2);
}

}  // namespace
}  // namespace sekisho
