// What an explanation says: plain data, in terms of the matrix, of Cedar text,
// and of changes that a program can make.
#ifndef SEKISHO_ANALYSIS_EXPLANATION_H_
#define SEKISHO_ANALYSIS_EXPLANATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/eval/decision.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/explanation.h"
#include "engine/graph/policy_info.h"
#include "engine/model/value.h"

namespace sekisho {

// Three-valued, as conditions are.
enum class Truth : uint8_t { kFalse, kTrue, kError };

// Where an attribute stands.
struct Place {
  enum class Owner : uint8_t {
    kAction,   // not an attribute: the request's action itself
    kContext,  // the request's
    kEntity,
  };
  Owner owner = Owner::kContext;
  // kEntity.
  EntityUid entity;
  // From the owner, through records. Empty for kAction.
  std::vector<std::string> attributes;

  bool operator==(const Place&) const = default;
};

// One change to the request or to an entity.
struct Edit {
  EditKind kind = EditKind::kAssign;
  // As the policy calls it: `resource.subject.grants`.
  std::string path;
  Place place;
  // Of all kinds but kDelete.
  Value value;
  // What the value is called, shortened if it is long.
  Label value_words;

  // Whether the request would be another one, and not the store.
  bool by_request() const { return place.owner != Place::Owner::kEntity; }
};

// Changes that belong together.
using EditSet = std::vector<Edit>;

enum class FoundState : uint8_t {
  kValue,
  // There is no such attribute.
  kAbsent,
  // An entity on the path is not in the store: `value` names it.
  kEntityMissing,
  // Whether there is an entity on the path is not known, because the decision
  // that is explained did not look: `value` names it.
  kEntityUnknown,
  // The path leads through something that has no attributes.
  kError,
};

// What a condition read.
struct Found {
  std::string path;
  FoundState state = FoundState::kValue;
  Value value;
  // What the value is called, shortened if it is long.
  Label value_words;
};

// A clause of a policy, which for a policy from the matrix is a cell.
struct CellReport {
  // The column; empty for policies that are not from the matrix.
  std::string column;
  Label header;
  bool from_request = false;
  // The cell; empty for policies that are not from the matrix.
  Label wanted;
  // The clause as Cedar text, and where it comes from.
  std::string text;
  std::string source;
  uint32_t line = 0;

  Truth outcome = Truth::kFalse;
  // Of what is in the way, what it read.
  std::vector<Found> found;
  // What would help, in the words of the vocabulary.
  std::vector<Label> help;
  // What would help, each by itself, the smallest change first. Each has been
  // tried: with it the clause no longer stands in the way, and no clause that
  // held is lost. Empty where that cannot be said.
  std::vector<EditSet> options;
};

struct PolicyReport {
  // As the decision names it.
  PolicyIndex policy = 0;
  // Of a link made at run time: that of its template, with the link's id.
  PolicyInfo info;
  // In the order of the matrix. Of a policy that decided: all. Of a permit that
  // came near: those that do not hold. Of a forbid in the way: those that would
  // have to fail.
  std::vector<CellReport> cells;
  // Of a permit that came near: changes after which the decision was a permit
  // by this policy, when it was tried. Empty where none was found.
  EditSet plan;
  // Obligations that come with it after the plan and that the enforcement point
  // would have to support as well.
  std::vector<std::string> plan_obligations;
};

// How far the permits reach that there are.
enum class Coverage : uint8_t {
  // There are permits for the action on such a resource by such a principal.
  kCovered,
  // For such a resource and such a principal, but for other actions.
  kNoPermitForAction,
  kNoPermitForTypes,
};

struct Explanation {
  std::string policy_hash;
  Decision decision;
  // What was asked, for the words.
  EntityUid action;
  std::string principal_type;
  std::string resource_type;

  // The policies that decided: permits of a permit and of a denial for
  // kObligationUnsupported, forbids of another denial.
  std::vector<PolicyReport> determining;
  // Of a denial for kObligationUnsupported: what the enforcement point would
  // have to support. Nothing else helps, as long as the permits apply.
  std::vector<std::string> unsupported_obligations;
  // Of a denial: forbids that could not be evaluated and so deny.
  std::vector<PolicyReport> undecided_forbids;
  // Policies that could not be evaluated.
  std::vector<PolicyInfo> errors;

  // Of other denials: the permits that come nearest, fewest clauses in the way
  // first, then in source order. Those with none are held up by forbids alone.
  Coverage coverage = Coverage::kCovered;
  std::vector<PolicyReport> nearest;

  // All entities that were looked for, ascending.
  std::vector<EntityUid> read;
};

// What of an explanation may be told to the one who was denied: neither the
// text of policies, nor names of entities, nor what the store says of anybody.
// There is no room for more, so that no way of printing it can tell more.
struct RedactedExplanation {
  struct Cell {
    // Both empty unless the request vouches for the column.
    Label header;
    Label wanted;
    std::vector<Label> help;

    bool operator==(const Cell&) const = default;
  };
  // What all would have to be otherwise, together.
  struct Way {
    std::vector<Cell> cells;

    bool operator==(const Way&) const = default;
  };

  bool permitted = false;
  std::vector<Way> ways;
};

// Ways of which a part can neither be told nor helped are left out whole: they
// would be of no use. That there is a way at all tells that the rest of some
// use case holds, which the user learns as well by changing the request.
RedactedExplanation Redact(const Explanation& explanation);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_EXPLANATION_H_
