#include "tests/fuzz/convert.h"

namespace sekisho {

std::optional<std::string> Convert(Converter convert, const std::string& from,
                                   CedarForm to) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId source =
      sources.Add(to == CedarForm::kText ? "x.json" : "x", from);
  std::string out;
  const auto append = [&](absl::string_view piece) {
    out.append(piece.data(), piece.size());
  };
  const bool converted = convert(sources, source, to, append, &diagnostics);
  (void)diagnostics.ToString();
  return converted ? std::optional<std::string>(out) : std::nullopt;
}

}  // namespace sekisho
