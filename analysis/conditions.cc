// Options are made from below: an atom's edits, put together where all of a
// condition's parts have to change, and side by side where one is enough. They
// are only candidates: an edit may undo what another condition needs, and an
// atom without an edit (`x has y`) may come true by that of its neighbour. So
// parts without options are passed over, and whoever uses the options tries
// them. Every list is cut, so the cost is linear in the number of conditions.
#include "analysis/conditions.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"

namespace sekisho {
namespace {

// Whether all parts have to be as wanted: `a && b` to be true, `a || b` to be
// false.
bool NeedsAll(ConditionKind kind, bool wanted) {
  return (kind == ConditionKind::kAnd) == wanted;
}

// Small changes first, and of those the ones that the requester can make.
void Order(std::vector<EditSet>* options) {
  auto cost = [](const EditSet& edits) {
    return std::pair(edits.size(), std::count_if(edits.begin(), edits.end(),
                                                 [](const Edit& e) {
                                                   return !e.by_request();
                                                 }));
  };
  std::stable_sort(
      options->begin(), options->end(),
      [&](const EditSet& a, const EditSet& b) { return cost(a) < cost(b); });
  if (options->size() > kMaxOptions) options->resize(kMaxOptions);
}

bool Same(const Edit& a, const Edit& b) {
  return a.kind == b.kind && a.place == b.place && a.value == b.value;
}

// Both sets of changes; where they assign one attribute differently, one time
// with this value and one time with that.
void Merge(const EditSet& a, const EditSet& b, std::vector<EditSet>* out) {
  EditSet first = a;
  EditSet second = a;
  bool conflict = false;
  for (const Edit& edit : b) {
    auto same = std::find_if(a.begin(), a.end(),
                             [&](const Edit& e) { return Same(e, edit); });
    if (same != a.end()) continue;
    auto other = std::find_if(a.begin(), a.end(), [&](const Edit& e) {
      return e.kind == EditKind::kAssign && edit.kind == EditKind::kAssign &&
             e.place == edit.place;
    });
    if (other == a.end()) {
      first.push_back(edit);
      second.push_back(edit);
    } else {
      conflict = true;
      second[static_cast<size_t>(other - a.begin())] = edit;
    }
  }
  if (first.size() > kMaxEditsPerOption) return;
  out->push_back(std::move(first));
  if (conflict) out->push_back(std::move(second));
}

}  // namespace

Truth Conditions::Evaluate(uint32_t condition) {
  if (!truths_[condition]) {
    truths_[condition] = EvaluateNew(explanations_.conditions[condition]);
  }
  return *truths_[condition];
}

Truth Conditions::EvaluateNew(const Condition& condition) {
  switch (condition.kind) {
    case ConditionKind::kAtom: {
      const Outcome outcome = machine_.Ask(condition.test);
      return outcome == kErrorOutcome ? Truth::kError
             : outcome == 1           ? Truth::kTrue
                                      : Truth::kFalse;
    }
    case ConditionKind::kNot: {
      const Truth truth = Evaluate(condition.operands[0]);
      return truth == Truth::kError  ? Truth::kError
             : truth == Truth::kTrue ? Truth::kFalse
                                     : Truth::kTrue;
    }
    case ConditionKind::kAnd:
    case ConditionKind::kOr:
      break;
  }
  // From left to right: the first that decides, an error included.
  const Truth neutral =
      condition.kind == ConditionKind::kAnd ? Truth::kTrue : Truth::kFalse;
  for (uint32_t operand : condition.operands) {
    const Truth truth = Evaluate(operand);
    if (truth != neutral) return truth;
  }
  return neutral;
}

std::vector<uint32_t> Conditions::InTheWay(uint32_t condition, bool wanted) {
  std::vector<uint32_t> paths;
  absl::flat_hash_set<Key> seen;
  std::vector<Key> open = {{condition, wanted}};  // the next one last
  while (!open.empty()) {
    const Key next = open.back();
    open.pop_back();
    if (!seen.insert(next).second || IsAsWanted(next.first, next.second)) {
      continue;
    }
    const Condition& part = explanations_.conditions[next.first];
    for (uint32_t path : part.reads) {
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) {
        paths.push_back(path);
      }
    }
    const bool part_wanted =
        part.kind == ConditionKind::kNot ? !next.second : next.second;
    for (auto it = part.operands.rbegin(); it != part.operands.rend(); ++it) {
      open.emplace_back(*it, part_wanted);
    }
  }
  return paths;
}

std::optional<Edit> Conditions::Resolve(const EditPlan& plan) {
  const AttributePath& path = explanations_.paths[plan.path];
  std::optional<Place> place = world_.PlaceOf(path);
  if (!place) return std::nullopt;
  Edit edit;
  edit.kind = plan.kind;
  edit.path = path.ToString();
  edit.place = *std::move(place);
  if (plan.kind != EditKind::kDelete &&
      !machine_.Read(plan.value, &edit.value)) {
    return std::nullopt;
  }
  return edit;
}

const std::vector<EditSet>& Conditions::OptionsOf(uint32_t condition,
                                                  bool wanted) {
  const Key key(condition, wanted);
  auto it = options_.find(key);
  if (it == options_.end()) {
    std::vector<EditSet> options =
        FindOptions(explanations_.conditions[condition], wanted);
    Order(&options);
    it = options_.emplace(key, std::move(options)).first;
  }
  return it->second;
}

std::vector<EditSet> Conditions::FindOptions(const Condition& condition,
                                             bool wanted) {
  std::vector<EditSet> options;
  if (condition.kind == ConditionKind::kAtom) {
    for (const EditPlan& plan :
         wanted ? condition.to_hold : condition.to_fail) {
      if (std::optional<Edit> edit = Resolve(plan)) {
        options.push_back({*std::move(edit)});
      }
    }
    return options;
  }
  if (condition.kind == ConditionKind::kNot) {
    return OptionsOf(condition.operands[0], !wanted);
  }
  const bool all = NeedsAll(condition.kind, wanted);
  for (uint32_t operand : condition.operands) {
    if (IsAsWanted(operand, wanted)) continue;
    // A copy: further options move the table.
    const std::vector<EditSet> more = OptionsOf(operand, wanted);
    if (more.empty()) continue;
    if (!all || options.empty()) {
      options.insert(options.end(), more.begin(), more.end());
      continue;
    }
    std::vector<EditSet> both;
    for (const EditSet& a : options) {
      for (const EditSet& b : more) Merge(a, b, &both);
    }
    Order(&both);
    options = std::move(both);
  }
  return options;
}

}  // namespace sekisho
