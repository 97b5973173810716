// What a decision says of the policies it rests on.
#ifndef SEKISHO_ENGINE_GRAPH_POLICY_INFO_H_
#define SEKISHO_ENGINE_GRAPH_POLICY_INFO_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sekisho {

// A policy's place in its artifact; the order of the sources.
using PolicyIndex = uint32_t;

struct PolicyInfo {
  std::string id;
  bool is_forbid = false;
  // In source order.
  std::vector<std::pair<std::string, std::string>> annotations;
  // Where it was written: a source's name and the line, from 1.
  std::string source;
  uint32_t line = 0;
  // What it obliges and advises to, in its order, by the artifact's
  // declarations.
  std::vector<uint32_t> obligations = {};

  // The annotation's value, or nullptr.
  const std::string* Annotation(const std::string& name) const {
    for (const auto& [key, value] : annotations) {
      if (key == name) return &value;
    }
    return nullptr;
  }
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_POLICY_INFO_H_
