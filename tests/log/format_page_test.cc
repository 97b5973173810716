// The example of docs/log_format.md is what the writer writes.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/log/log_writer.h"
#include "engine/log/test_log.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// The lines of the code block under `### <name>`.
std::vector<std::string> Block(const std::string& page,
                               const std::string& name) {
  const size_t heading = page.find(absl::StrCat("### ", name, "\n"));
  EXPECT_NE(heading, page.npos) << name;
  const size_t begin = page.find("```\n", heading) + 4;
  const size_t end = page.find("```\n", begin);
  return absl::StrSplit(
      absl::StripSuffix(page.substr(begin, end - begin), "\n"), '\n');
}

// The bytes of a dump: each line begins with groups of hexadecimal digits, and
// two spaces begin what is said of them.
std::string FromDump(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) {
    const std::vector<std::string> columns = absl::StrSplit(line, "  ");
    for (absl::string_view group : absl::StrSplit(columns[0], ' ')) {
      bytes += absl::HexStringToBytes(group);
    }
  }
  return bytes;
}

TEST(FormatPageTest, TheExampleIsWhatIsWritten) {
  std::ifstream file("docs/log_format.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  ASSERT_FALSE(page.empty());

  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  Record record = SmallDecision();
  record.policy_store = "main";
  auto& body = std::get<DecisionBody>(record.body);
  body.request.request.context = Value::Record({{"n", Value::Long(3)}});
  body.basis.policy_hash = "ab";
  body.basis.policy_version = 1;
  body.basis.entity_revision = 300;
  body.basis.evidence = {{{"P", "1"}, Sha256(SampleEvidence())},
                         {{"R", "2"}, std::nullopt}};
  body.permitted = true;
  body.cause = Cause::kPermitted;
  body.determining = {"①-1"};
  const std::string evidence = SampleEvidence();
  ASSERT_TRUE(test.log().Append(record, {{Sha256(evidence), evidence}}).ok());
  const Record closed = SampleRecords()[7];
  ASSERT_TRUE(std::holds_alternative<ClosedBody>(closed.body));
  ASSERT_TRUE(test.log().Append(closed).ok());
  ASSERT_TRUE(test.Close().ok());

  EXPECT_EQ(absl::BytesToHexString(FromDump(Block(page, "00000001.log"))),
            absl::BytesToHexString(test.Read("00000001.log")));
  // A line feed ends the last line of the block, one ends each entry.
  EXPECT_EQ(absl::StrCat(absl::StrJoin(Block(page, "checkpoints"), "\n"), "\n"),
            test.Read("checkpoints"));
}

}  // namespace
}  // namespace sekisho
