// Counts decisions by what they have in common: use case, types, action, policy
// store, and attributes that are asked for.
//
// Decisions that are alike in all of these are counted together, and only then
// by each: there are many of one kind. For one thread.
#ifndef SEKISHO_ENGINE_REPLAY_GROUP_COUNTS_H_
#define SEKISHO_ENGINE_REPLAY_GROUP_COUNTS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/eval/decision.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/model/request.h"
#include "engine/replay/recorded_entities.h"
#include "engine/replay/replay.h"

namespace sekisho {

// An attribute to count by: `context.a.b`, `principal.a`, `resource.a`.
struct CountPath {
  enum class Root { kContext, kPrincipal, kResource };

  std::string text;
  Root root = Root::kContext;
  std::vector<std::string> names;
};

// InvalidArgument if it is no such path.
absl::StatusOr<CountPath> ParseCountPath(const std::string& text);

// A dimension's number and a value of it.
using GroupKey = std::pair<size_t, std::string>;
using Groups = absl::btree_map<GroupKey, ReplayCounts>;

// "use case", .., then the texts of `paths`.
std::string DimensionName(size_t dimension,
                          const std::vector<CountPath>& paths);

struct DecisionToCount {
  const Record& record;
  const DecisionBody& body;
  // As it was decided.
  const Request& request;
  // Null if the log does not have it.
  const Artifact* recorded_by;
  // Both null if no policy was there to decide, the second also if no decision
  // was made.
  const Artifact* replayed_by;
  const Decision* replayed;
};

class GroupCounts {
 public:
  // `paths` and `decoder` must outlive this object. `policy`: see ReplayFilter.
  GroupCounts(const std::vector<CountPath>& paths, const std::string& policy,
              EntityDecoder* decoder)
      : paths_(paths), policy_(policy), decoder_(*decoder) {}

  // False, and not counted, if the policy that is asked for does not determine
  // it.
  bool Count(const DecisionToCount& decision, ReplayOutcome outcome);

  // All that was counted.
  Groups Take();

 private:
  // Decisions that are alike.
  struct Kind {
    bool passes = true;
    std::vector<GroupKey> groups;
    ReplayCounts counts;
  };

  Kind MakeKind(const DecisionToCount& decision) const;
  // Of each path.
  void FindValues(const DecisionToCount& decision);
  void MakeSignature(const DecisionToCount& decision);
  void Flush();

  const std::vector<CountPath>& paths_;
  const std::string policy_;
  EntityDecoder& decoder_;

  absl::flat_hash_map<std::string, Kind> kinds_;
  Groups groups_;
  // Of the decision that is being counted: all that its kind is made from, as
  // bytes, and the values of the paths.
  std::string signature_;
  std::vector<std::vector<std::string>> values_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_GROUP_COUNTS_H_
