#include "cli/diagnostic_json.h"

#include <filesystem>

namespace sekisho {

nlohmann::ordered_json PlaceJson(const SourceSet& sources,
                                 const std::string& folder, const Span& span) {
  const Position begin = sources.PositionOf(span);
  const Position end = sources.PositionOf(span.source, span.end);
  return {
      {"file",
       (std::filesystem::path(folder) / std::string(sources.name(span.source)))
           .string()},
      {"line", begin.line},
      {"column", begin.column},
      {"end_line", end.line},
      {"end_column", end.column},
  };
}

}  // namespace sekisho
