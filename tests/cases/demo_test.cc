// `sekisho demo` as a library, against a server in this process.
#include "cli/demo.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "engine/base/text_width.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/server.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

class DemoTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    ServerOptions options;
    options.data = folder_ + "/data";
    options.listen = {"127.0.0.1:0"};
    std::filesystem::create_directories(folder_);
    auto server = Server::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  int Run(const std::string& policies) {
    out_.str("");
    progress_.str("");
    return RunDemo({server_->addresses()[0], "", policies}, out_, progress_);
  }

  // A copy of the policies with `from` replaced in cases.tsv.
  std::string Changed(const std::string& from, const std::string& to) {
    const std::string copy = folder_ + "/policies";
    std::filesystem::copy("policies/healthcare", copy,
                          std::filesystem::copy_options::recursive);
    const std::string path = copy + "/cases/cases.tsv";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::filesystem::remove(path);  // the copy of a link, or read-only
    std::ofstream(path) << absl::StrReplaceAll(text.str(), {{from, to}});
    return copy;
  }

  std::string folder_;
  std::unique_ptr<Server> server_;
  std::ostringstream out_;
  std::ostringstream progress_;
};

TEST_F(DemoTest, EveryUseCaseIsAnsweredAsExpected) {
  EXPECT_EQ(Run("policies/healthcare"), 0) << out_.str() << progress_.str();
  EXPECT_THAT(out_.str(),
              HasSubstr("39 use cases, 78 requests: 39 permitted, 39 denied; "
                        "all as expected\n"));
  size_t lines = 0;
  size_t permits = 0;
  for (absl::string_view line : absl::StrSplit(out_.str(), '\n')) {
    if (line.empty()) break;
    EXPECT_EQ(TerminalWidth(line), 80) << line;
    ++lines;
    permits += absl::StrContains(line, "  permit  ");
  }
  EXPECT_EQ(lines, 2u + 78u);
  EXPECT_EQ(permits, 39u);
  // It can be run again on the same server.
  EXPECT_EQ(Run("policies/healthcare"), 0) << progress_.str();
}

TEST_F(DemoTest, AnUnexpectedAnswerFails) {
  const std::string folder =
      Changed("①-1\tpermit\t\t\tpermit\t①-1", "①-1\tpermit\t\t\tpermit\t①-2");
  EXPECT_EQ(Run(folder), 1);
  EXPECT_THAT(out_.str(), HasSubstr("!! expected permit by ①-2"));
  EXPECT_THAT(out_.str(), HasSubstr("1 NOT AS EXPECTED"));
}

TEST_F(DemoTest, MistakesInTheCasesAreShownWithTheirPlace) {
  EXPECT_EQ(Run(Changed("context.subjectCount = 7", "context.subjectCount =")),
            1);
  EXPECT_THAT(progress_.str(), HasSubstr("cases/cases.tsv:13:"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(DemoTest, AFolderThatIsNotThereFails) {
  EXPECT_EQ(Run("no/such/folder"), 1);
  EXPECT_THAT(progress_.str(), HasSubstr("no/such/folder"));
}

}  // namespace
}  // namespace sekisho
