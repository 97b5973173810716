#include "analysis/cases/html.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HtmlTest, LeavesNoMarkup) {
  EXPECT_EQ(Html("a < b && \"c\" > 'd'"),
            "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
  EXPECT_EQ(Html("病院\tx\ny"), "病院\tx\ny");
  EXPECT_EQ(Html(std::string("\0\x1b\r\x7f\xc2\x85\xff", 7)),
            "\uFFFD\uFFFD&#13;\uFFFD\uFFFD\uFFFD");
}

TEST(HtmlTest, APageAllowsNothingButItsOwnStyleAndScript) {
  const std::string page = HtmlPage("<x>", Language::kJapanese, "<p>body</p>");
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>\n<html lang=\"ja\">"));
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src "
                              "'sha256-"));
  EXPECT_THAT(page, HasSubstr("; script-src 'sha256-"));
  EXPECT_THAT(page, HasSubstr("<title>&lt;x&gt;</title>"));
  EXPECT_THAT(page, HasSubstr("<p>body</p><script>"));
  EXPECT_THAT(page, testing::Not(HasSubstr("unsafe-inline")));
}

}  // namespace
}  // namespace sekisho
