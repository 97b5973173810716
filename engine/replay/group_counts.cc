// Tested by tests/replay.
#include "engine/replay/group_counts.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "engine/graph/policy_info.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

// The column of the matrix that a policy was made from; see
// compiler/matrix/lower_rows.h.
constexpr char kUseCaseAnnotation[] = "matrix";
constexpr char kNone[] = "(none)";
constexpr const char* kDimensions[] = {
    "use case", "principal type", "resource type", "action", "policy store"};
// More are put into their groups before there are others.
constexpr size_t kMaxKinds = 10000;

void Add(const ReplayCounts& from, ReplayCounts* to) {
  for (size_t i = 0; i < kReplayOutcomes; ++i) {
    to->by_outcome[i] += from.by_outcome[i];
  }
}

std::string GroupValue(const Value& value) {
  return value.is_string() ? value.AsString() : value.ToString();
}

std::vector<std::string> ValuesAt(const CountPath& path,
                                  const DecisionToCount& decision,
                                  EntityDecoder* decoder) {
  const Value* value = &decision.request.context;
  if (path.root != CountPath::Root::kContext) {
    if (decision.replayed_by == nullptr) return {kNone};
    RecordedEntities entities(decision.body, decision.replayed_by->schema(),
                              decoder);
    const absl::StatusOr<FoundEntity> entity = entities.Find(
        path.root == CountPath::Root::kPrincipal ? decision.request.principal
                                                 : decision.request.resource);
    if (!entity.ok() || *entity == nullptr) return {kNone};
    value = &(*entity)->attributes;
  }
  for (const std::string& name : path.names) {
    value = value->is_record() ? value->Find(name) : nullptr;
    if (value == nullptr) return {kNone};
  }
  if (!value->is_set()) return {GroupValue(*value)};
  std::vector<std::string> values;
  for (const Value& element : value->AsSet()) {
    values.push_back(GroupValue(element));
  }
  if (values.empty()) values.push_back(kNone);
  return values;
}

// The determining policies of the decision made now, as far as a record names
// them.
absl::Span<const PolicyIndex> NamedOf(const DecisionToCount& decision) {
  if (decision.replayed == nullptr) return {};
  const PolicyIndexes& all = decision.replayed->determining;
  return absl::MakeConstSpan(all).first(
      CountNamed(decision.replayed_by->policies(), *decision.replayed, all));
}

// Of a link, that of its template.
std::string UseCaseOf(const DecisionBody& body, const std::string& id,
                      const Artifact* artifact) {
  if (artifact == nullptr) return id;
  std::string policy_id = id;
  if (body.links.has_value()) {
    for (const Link& link : *body.links) {
      if (link.id == id) policy_id = link.template_id;
    }
  }
  for (const PolicyInfo& policy : artifact->policies()) {
    if (policy.id != policy_id) continue;
    const std::string* use_case = policy.Annotation(kUseCaseAnnotation);
    return use_case == nullptr ? id : *use_case;
  }
  return id;
}

void AppendText(absl::string_view text, std::string* out) {
  const uint64_t size = text.size();
  out->append(reinterpret_cast<const char*>(&size), sizeof(size));
  out->append(text.data(), text.size());
}

void AppendAddress(const Artifact* artifact, std::string* out) {
  out->append(reinterpret_cast<const char*>(&artifact), sizeof(artifact));
}

}  // namespace

absl::StatusOr<CountPath> ParseCountPath(const std::string& text) {
  CountPath path;
  path.text = text;
  path.names = absl::StrSplit(text, '.');
  const bool has_empty =
      std::find(path.names.begin(), path.names.end(), "") != path.names.end();
  const std::string root = path.names[0];
  path.names.erase(path.names.begin());
  if (root == "principal") {
    path.root = CountPath::Root::kPrincipal;
  } else if (root == "resource") {
    path.root = CountPath::Root::kResource;
  }
  const bool is_known =
      root == "context" || path.root != CountPath::Root::kContext;
  if (!is_known || has_empty || path.names.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot count by `", text,
        "`: not the path of an attribute, such as context.location, "
        "principal.roles or resource.grade"));
  }
  return path;
}

std::string DimensionName(size_t dimension,
                          const std::vector<CountPath>& paths) {
  constexpr size_t kFixed = std::size(kDimensions);
  return dimension < kFixed ? kDimensions[dimension]
                            : paths[dimension - kFixed].text;
}

void GroupCounts::FindValues(const DecisionToCount& decision) {
  values_.clear();
  for (const CountPath& path : paths_) {
    values_.push_back(ValuesAt(path, decision, &decoder_));
  }
}

void GroupCounts::MakeSignature(const DecisionToCount& decision) {
  std::string* const out = &signature_;
  const DecisionBody& body = decision.body;
  out->clear();
  AppendAddress(decision.recorded_by, out);
  AppendAddress(decision.replayed_by, out);
  const auto append_size = [out](size_t size) {
    out->append(reinterpret_cast<const char*>(&size), sizeof(size));
  };
  append_size(body.determining.size());
  for (const std::string& id : body.determining) AppendText(id, out);
  const absl::Span<const PolicyIndex> replayed = NamedOf(decision);
  append_size(replayed.size());
  for (PolicyIndex index : replayed) {
    AppendText(
        IdOf(decision.replayed_by->policies(), *decision.replayed, index), out);
  }
  append_size(body.links.has_value() ? body.links->size() : 0);
  if (body.links.has_value()) {
    for (const Link& link : *body.links) {
      AppendText(link.id, out);
      AppendText(link.template_id, out);
    }
  }
  AppendText(decision.request.principal.type, out);
  AppendText(decision.request.resource.type, out);
  AppendText(decision.request.action.type, out);
  AppendText(decision.request.action.id, out);
  AppendText(decision.record.policy_store, out);
  for (const std::vector<std::string>& of_path : values_) {
    append_size(of_path.size());
    for (const std::string& value : of_path) AppendText(value, out);
  }
}

GroupCounts::Kind GroupCounts::MakeKind(const DecisionToCount& decision) const {
  absl::btree_set<std::string> use_cases;
  bool is_named = false;
  const auto add = [&](const std::string& id, const Artifact* artifact) {
    std::string use_case = UseCaseOf(decision.body, id, artifact);
    is_named = is_named || id == policy_ || use_case == policy_;
    use_cases.insert(std::move(use_case));
  };
  for (const std::string& id : decision.body.determining) {
    add(id, decision.recorded_by);
  }
  for (PolicyIndex index : NamedOf(decision)) {
    add(IdOf(decision.replayed_by->policies(), *decision.replayed, index),
        decision.replayed_by);
  }
  if (use_cases.empty()) use_cases.insert(kNone);

  Kind kind;
  kind.passes = policy_.empty() || is_named;
  for (const std::string& use_case : use_cases) {
    kind.groups.push_back({0, use_case});
  }
  kind.groups.push_back({1, decision.request.principal.type});
  kind.groups.push_back({2, decision.request.resource.type});
  kind.groups.push_back({3, decision.request.action.ToString()});
  kind.groups.push_back({4, decision.record.policy_store});
  size_t dimension = std::size(kDimensions);
  for (const std::vector<std::string>& of_path : values_) {
    for (const std::string& value : of_path) {
      kind.groups.push_back({dimension, value});
    }
    ++dimension;
  }
  return kind;
}

bool GroupCounts::Count(const DecisionToCount& decision,
                        ReplayOutcome outcome) {
  FindValues(decision);
  MakeSignature(decision);
  auto it = kinds_.find(signature_);
  if (it == kinds_.end()) {
    if (kinds_.size() >= kMaxKinds) Flush();
    it = kinds_.emplace(signature_, MakeKind(decision)).first;
  }
  Kind& kind = it->second;
  if (kind.passes) ++kind.counts.by_outcome[static_cast<size_t>(outcome)];
  return kind.passes;
}

void GroupCounts::Flush() {
  for (const auto& [signature, kind] : kinds_) {
    if (!kind.passes) continue;
    for (const GroupKey& group : kind.groups) {
      Add(kind.counts, &groups_[group]);
    }
  }
  kinds_.clear();
}

Groups GroupCounts::Take() {
  Flush();
  return std::exchange(groups_, {});
}

}  // namespace sekisho
