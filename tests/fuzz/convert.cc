#include "tests/fuzz/convert.h"

namespace sekisho {

std::optional<std::string> Convert(Converter convert, const std::string& from,
                                   CedarForm to) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId source =
      sources.Add(to == CedarForm::kText ? "x.json" : "x", from);
  const auto converted = convert(sources, source, to, &diagnostics);
  (void)diagnostics.ToString();
  return converted;
}

}  // namespace sekisho
