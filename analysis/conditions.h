// The conditions of explanations in one world: their truth, what they read
// where they are not as wanted, and what might make them so.
#ifndef SEKISHO_ANALYSIS_CONDITIONS_H_
#define SEKISHO_ANALYSIS_CONDITIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analysis/explanation.h"
#include "analysis/world.h"
#include "engine/eval/machine.h"
#include "engine/graph/explanation.h"

namespace sekisho {

// Beyond these, what could be done is left out.
inline constexpr size_t kMaxOptions = 8;         // of one condition
inline constexpr size_t kMaxEditsPerOption = 8;  // in one option

class Conditions {
 public:
  // Both must outlive this object, and the world must not change.
  Conditions(const Explanations& explanations, World* world)
      : explanations_(explanations),
        world_(*world),
        machine_(explanations.programs, world->request(), *world),
        truths_(explanations.conditions.size()) {}

  Truth Evaluate(uint32_t condition);
  bool Holds(uint32_t condition) { return Evaluate(condition) == Truth::kTrue; }
  // Whether the condition is true, or with `wanted` false, is false. One that
  // errs is neither.
  bool IsAsWanted(uint32_t condition, bool wanted) {
    return Evaluate(condition) == (wanted ? Truth::kTrue : Truth::kFalse);
  }

  // The paths that atoms read which keep the condition from being as wanted, in
  // the order of the text, each once. Into Explanations::paths.
  std::vector<uint32_t> InTheWay(uint32_t condition, bool wanted);

  // Changes that might make the condition as wanted: candidates, none of which
  // has been tried. Empty if there are none.
  // REQUIRES: !IsAsWanted(condition, wanted).
  std::vector<EditSet> Options(uint32_t condition, bool wanted) {
    return OptionsOf(condition, wanted);
  }

 private:
  using Key = std::pair<uint32_t, bool>;

  Truth EvaluateNew(const Condition& condition);
  const std::vector<EditSet>& OptionsOf(uint32_t condition, bool wanted);
  std::vector<EditSet> FindOptions(const Condition& condition, bool wanted);
  std::optional<Edit> Resolve(const EditPlan& plan);

  const Explanations& explanations_;
  World& world_;
  Machine machine_;
  // By condition; nothing until it is asked for.
  std::vector<std::optional<Truth>> truths_;
  absl::flat_hash_map<Key, std::vector<EditSet>> options_;
};

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CONDITIONS_H_
