// HTML of reports: one page that holds all it needs and asks for nothing.
#ifndef SEKISHO_ANALYSIS_CASES_HTML_H_
#define SEKISHO_ANALYSIS_CASES_HTML_H_

#include <string>

#include "absl/strings/string_view.h"
#include "analysis/words.h"

namespace sekisho {

// Text for elements and quoted attributes. What a page has no place for becomes
// U+FFFD.
std::string Html(absl::string_view text);

// The same in both languages, of which the page shows one.
std::string InBoth(absl::string_view english, absl::string_view japanese);

// The whole page around `body`, which must be HTML already. Its policy for
// content allows this style and script, by their hashes, and nothing else.
std::string HtmlPage(absl::string_view title, Language language,
                     absl::string_view body);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_HTML_H_
