// Where a value stands, seen from a request.
#ifndef SEKISHO_ENGINE_GRAPH_ATTRIBUTE_PATH_H_
#define SEKISHO_ENGINE_GRAPH_ATTRIBUTE_PATH_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sekisho {

// Frozen: these numbers are written into artifacts.
enum class PathRoot : uint8_t {
  kPrincipal = 0,
  kAction = 1,
  kResource = 2,
  kContext = 3,
};

// A variable of the request, and attributes from there: through records, and
// from entities to entities.
struct AttributePath {
  PathRoot root = PathRoot::kContext;
  std::vector<std::string> names;

  // As Cedar text: `resource.subject.grants`.
  std::string ToString() const;
  bool operator==(const AttributePath&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const AttributePath& path) {
    return H::combine(std::move(h), path.root, path.names);
  }
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_ATTRIBUTE_PATH_H_
