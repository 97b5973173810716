#include "compiler/format/format.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

struct Kind {
  absl::string_view suffix;
  std::optional<std::string> (*format)(const SourceSet& sources,
                                       SourceId source,
                                       Diagnostics* diagnostics);
};

constexpr Kind kKinds[] = {
    {".cedar", FormatPolicies},
    {".cedarschema", FormatSchema},
    {".tsv", FormatTable},
    {"cases/requests.json", FormatJson},
    {"cases/entities.json", FormatJson},
};

const Kind* KindOf(absl::string_view name) {
  for (const Kind& kind : kKinds) {
    if (absl::EndsWith(name, kind.suffix)) return &kind;
  }
  return nullptr;
}

}  // namespace

bool IsFormatted(absl::string_view name) { return KindOf(name) != nullptr; }

std::optional<std::string> FormatSource(const SourceSet& sources,
                                        SourceId source,
                                        Diagnostics* diagnostics) {
  const Kind* kind = KindOf(sources.name(source));
  if (kind != nullptr) return kind->format(sources, source, diagnostics);
  diagnostics
      ->Error({source, 0, 0}, "what this is, the file's name does not say")
      .Help(
          "the layouts known are those of `.cedar`, `.cedarschema`, `.tsv` and "
          "of `requests.json` and `entities.json` in `cases/`");
  return std::nullopt;
}

}  // namespace sekisho
