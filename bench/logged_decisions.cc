#include "bench/logged_decisions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/decide/decide.h"
#include "engine/model/entity_format.h"

namespace sekisho {
namespace {

constexpr char kPolicies[] = "policies/healthcare";
constexpr char kPolicyStore[] = "default";
constexpr uint64_t kSeed = 20261123;
constexpr size_t kWorlds = 1000;
constexpr double kZipfExponent = 0.99;

[[noreturn]] void Die(const absl::Status& why) {
  std::fprintf(stderr, "%s\n", why.ToString().c_str());
  std::exit(1);
}

bool IsOfAWorld(const EntityUid& uid) {
  return uid.type == "Person" || uid.type == "Record" || uid.type == "Device";
}

EntityUid InWorld(const EntityUid& uid, size_t world) {
  if (!IsOfAWorld(uid)) return uid;
  return {uid.type, absl::StrCat(uid.id, "-", world)};
}

Value InWorld(const Value& value, size_t world) {
  if (value.is_entity()) return Value::Entity(InWorld(value.AsEntity(), world));
  if (value.is_set()) {
    Value::Elements elements;
    for (const Value& element : value.AsSet()) {
      elements.push_back(InWorld(element, world));
    }
    return Value::Set(std::move(elements));
  }
  if (value.is_record()) {
    Value::Attributes attributes;
    for (const auto& [name, attribute] : value.AsRecord()) {
      attributes.emplace_back(name, InWorld(attribute, world));
    }
    return Value::Record(std::move(attributes));
  }
  return value;
}

// With contents that no other world has: persons have a relative who does
// nothing, records and devices speak of persons.
Entity InWorld(const Entity& entity, size_t world) {
  Entity out = entity;
  out.uid = InWorld(entity.uid, world);
  Value::Attributes attributes = InWorld(entity.attributes, world).AsRecord();
  for (auto& [name, value] : attributes) {
    if (entity.uid.type != "Person" || name != "family") continue;
    Value::Elements family = value.AsSet();
    family.push_back(Value::Entity({"Person", absl::StrCat("kin-", world)}));
    value = Value::Set(std::move(family));
  }
  out.attributes = Value::Record(std::move(attributes));
  return out;
}

// Where in [0, 1) the draws of each world end.
std::vector<double> ZipfSums() {
  std::vector<double> sums;
  double sum = 0;
  for (size_t i = 1; i <= kWorlds; ++i) {
    sum += std::pow(static_cast<double>(i), -kZipfExponent);
    sums.push_back(sum);
  }
  for (double& each : sums) each /= sum;
  return sums;
}

}  // namespace

class LoggedDecisions::Reader : public EntityReader {
 public:
  Reader(const std::vector<Entity>& population, LoggedDecisions* all)
      : all_(*all) {
    for (const Entity& entity : population) by_uid_[entity.uid] = &entity;
  }

  void Enter(size_t world) { world_ = world; }

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override {
    const std::string suffix = absl::StrCat("-", world_);
    EntityUid original = uid;
    if (IsOfAWorld(uid)) {
      if (uid.id.size() < suffix.size()) return nullptr;
      original.id.resize(uid.id.size() - suffix.size());
    }
    const auto it = by_uid_.find(original);
    if (it == by_uid_.end()) return nullptr;
    std::unique_ptr<StoredEntity>& stored = all_.entities_[uid];
    if (stored == nullptr) {
      Entity entity = InWorld(*it->second, world_);
      const Sha256Digest digest = Sha256(*EncodeEntity(entity));
      stored = std::make_unique<StoredEntity>(
          StoredEntity{std::move(entity), digest});
    }
    return FoundEntity(&stored->entity, &stored->digest);
  }

 private:
  LoggedDecisions& all_;
  absl::flat_hash_map<EntityUid, const Entity*> by_uid_;
  size_t world_ = 0;
};

LoggedDecisions::LoggedDecisions(size_t decisions)
    : caller_{{"library", "ehr-1"}, kPolicyStore, "library", "", {}} {
  const auto compiled = CompileWithCases(kPolicies);
  if (!compiled.ok()) Die(compiled.status());
  artifact_ = *Artifact::FromBytes((*compiled)->compilation.artifact);
  const CaseSet& set = (*compiled)->set;
  std::vector<const Case*> cases;
  for (const Case& c : set.cases) {
    if (c.changes_entities() || c.expect == Expectation::kInvalid) continue;
    cases.push_back(&c);
  }
  const std::vector<double> sums = ZipfSums();
  std::mt19937_64 random(kSeed);
  Reader reader(set.population, this);
  for (size_t i = 0; i < decisions; ++i) {
    const Request& request = cases[random() % cases.size()]->request;
    const double at = static_cast<double>(random() >> 11) * 0x1p-53;
    const size_t world = static_cast<size_t>(
        std::lower_bound(sums.begin(), sums.end(), at) - sums.begin());
    reader.Enter(world);
    OneDecision& made = decisions_.emplace_back();
    made.request.request = {InWorld(request.principal, world), request.action,
                            InWorld(request.resource, world),
                            InWorld(request.context, world)};
    auto decision =
        Decide(*artifact_, made.request.request, reader, &made.evidence);
    if (!decision.ok()) Die(decision.status());
    made.decision = *std::move(decision);
    made.obliged =
        Oblige(*artifact_, made.request.request, std::nullopt, &made.decision);
  }
}

double LoggedDecisions::cited_per_decision() const {
  size_t cited = 0;
  for (const OneDecision& decision : decisions_) {
    cited += decision.evidence.size();
  }
  return static_cast<double>(cited) / static_cast<double>(decisions_.size());
}

absl::Status LoggedDecisions::RecordActivation(DecisionLog* log) const {
  sekisho::Record record;
  record.salt = NewSalt();
  record.id = NewRecordId(absl::Now());
  record.time_ns = absl::ToUnixNanos(absl::Now());
  record.policy_store = kPolicyStore;
  record.body = ActivationBody{artifact_->hash(), 1, "",
                               Sha256(artifact_->bytes()), "activate"};
  return log->Append(record, {{Sha256(artifact_->bytes()), artifact_->bytes()}})
      .status();
}

MadeDecision LoggedDecisions::Made(const OneDecision& decision) const {
  return MadeDecision{.request = decision.request,
                      .added_context = nothing_added_,
                      .artifact = *artifact_,
                      .policy_version = 1,
                      .entity_revision = 300,
                      .has_links = false,
                      .decision = decision.decision,
                      .obliged = decision.obliged,
                      .evidence = decision.evidence,
                      .duration = absl::Nanoseconds(400)};
}

absl::Status LoggedDecisions::Record(size_t i, DecisionLog* log,
                                     Sha256Digest* leaf_hash) const {
  const absl::Time now = absl::Now();
  return RecordDecision(caller_, now, NewRecordId(now), Made(decisions_[i]),
                        log, leaf_hash)
      .status();
}

}  // namespace sekisho
