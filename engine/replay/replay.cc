// One thread reads, keeps evidence and activations, and hands decisions in
// batches to the threads that decide. These share the evidence and the
// policies; what they find is put together at the end.
//
// Tested by tests/replay.
#include "engine/replay/replay.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/decide/oblige.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/policy_info.h"
#include "engine/log/log_reader.h"
#include "engine/log/record_format.h"
#include "engine/model/validate.h"
#include "engine/replay/recorded_entities.h"

namespace sekisho {
namespace {

constexpr size_t kBatchSize = 512;
constexpr size_t kMaxOpenBatches = 8;
constexpr uint64_t kProgressInterval = 4096;
// The column of the matrix that a policy was made from; see
// compiler/matrix/lower_rows.h.
constexpr char kUseCaseAnnotation[] = "matrix";
constexpr char kNone[] = "(none)";

// The second byte of a record: record_format.h.
constexpr uint8_t kDecisionKind = 1;
constexpr uint8_t kActivationKind = 4;
template <uint8_t kKind>
using BodyOfKind =
    std::variant_alternative_t<kKind - 1, decltype(Record::body)>;
static_assert(std::is_same_v<BodyOfKind<kDecisionKind>, DecisionBody>);
static_assert(std::is_same_v<BodyOfKind<kActivationKind>, ActivationBody>);

struct RawRecord {
  uint64_t index = 0;
  std::string bytes;
};
using Batch = std::vector<RawRecord>;

struct ReplayPolicy {
  std::shared_ptr<const Artifact> artifact;
  std::unique_ptr<SecondOpinion> second_opinion;
};

absl::StatusOr<ReplayPolicy> MakeReplayPolicy(
    std::shared_ptr<const Artifact> artifact,
    const SecondOpinionFactory& second_opinion) {
  ReplayPolicy policy;
  policy.artifact = std::move(artifact);
  if (second_opinion) {
    ASSIGN_OR_RETURN(policy.second_opinion, second_opinion(*policy.artifact));
  }
  return policy;
}

// The policies that a log says were activated. Thread-safe; what was found
// stays.
class ActivatedPolicies {
 public:
  ActivatedPolicies(const EvidenceKeeper& evidence,
                    SecondOpinionFactory second_opinion)
      : evidence_(evidence), second_opinion_(std::move(second_opinion)) {}

  void Add(const ActivationBody& activation) {
    absl::MutexLock lock(&mutex_);
    entries_[activation.policy_hash].artifact = activation.artifact;
  }

  // NotFound if the log said of no such policy yet.
  absl::StatusOr<const ReplayPolicy*> Find(const std::string& hash) {
    absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(hash);
    if (it == entries_.end()) {
      return absl::NotFoundError(
          absl::StrCat("the log has no activation of policy ", hash));
    }
    Entry& entry = it->second;
    if (!entry.policy.has_value()) entry.policy = Load(hash, entry.artifact);
    if (!entry.policy->ok()) return entry.policy->status();
    return &**entry.policy;
  }

 private:
  struct Entry {
    Sha256Digest artifact{};
    // Once it was asked for.
    std::optional<absl::StatusOr<ReplayPolicy>> policy;
  };

  // No error is NotFound.
  absl::StatusOr<ReplayPolicy> Load(const std::string& hash,
                                    const Sha256Digest& content) const {
    const std::string* bytes = evidence_.Find(content);
    if (bytes == nullptr) {
      return absl::DataLossError(
          absl::StrCat("the log does not have the artifact of policy ", hash));
    }
    absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
        Artifact::FromBytes(*bytes);
    if (!artifact.ok()) {
      return absl::DataLossError(absl::StrCat(
          "the artifact of policy ", hash, ": ", artifact.status().message()));
    }
    if ((*artifact)->hash() != hash) {
      return absl::DataLossError(absl::StrCat(
          "what the log has for policy ", hash, " is ", (*artifact)->hash()));
    }
    absl::StatusOr<ReplayPolicy> policy =
        MakeReplayPolicy(*std::move(artifact), second_opinion_);
    if (!policy.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("policy ", hash, ": ", policy.status().message()));
    }
    return policy;
  }

  const EvidenceKeeper& evidence_;
  const SecondOpinionFactory second_opinion_;
  absl::Mutex mutex_;
  // Entries stay where they are.
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

// Batches from one thread to others.
class BatchQueue {
 public:
  void Put(Batch batch) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &BatchQueue::HasSpace));
    batches_.push_back(std::move(batch));
  }
  void End() {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  // Nothing at the end.
  std::optional<Batch> Take() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &BatchQueue::HasBatchOrEnd));
    if (batches_.empty()) return std::nullopt;
    Batch batch = std::move(batches_.front());
    batches_.pop_front();
    return batch;
  }

 private:
  bool HasSpace() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return batches_.size() < kMaxOpenBatches;
  }
  bool HasBatchOrEnd() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ended_ || !batches_.empty();
  }

  absl::Mutex mutex_;
  std::deque<Batch> batches_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

ReplayDecision ToReplayDecision(const Artifact& artifact,
                                const Decision& decision) {
  const auto ids = [&](const std::vector<PolicyIndex>& policies) {
    std::vector<std::string> out;
    for (PolicyIndex policy : policies) {
      out.push_back(IdOf(artifact.policies(), decision, policy));
    }
    return out;
  };
  return {decision.permitted(),
          decision.cause,
          ids(decision.determining),
          ids(decision.errors),
          ids(decision.undecided_forbids),
          {},
          {}};
}

const Template* FindTemplate(const Artifact& artifact, const std::string& id) {
  for (const Template& each : artifact.graph().templates) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

// The template of `artifact` that other links may fit than those that fitted
// when `recorded_by` decided, or null. `recorded_by` may be null: unknown.
const Template* UnrecordedLinks(const DecisionBody& body,
                                const Artifact* recorded_by,
                                const Artifact& artifact) {
  if (!body.links.has_value() || recorded_by == &artifact) return nullptr;
  for (const Template& each : artifact.graph().templates) {
    if (recorded_by == nullptr) return &each;
    const Template* before = FindTemplate(*recorded_by, each.id);
    // Links are of templates of the active policy, which decides unless another
    // one is demanded.
    const bool fits_the_same = before == nullptr
                                   ? body.request.demanded_policy.empty()
                                   : before->principal == each.principal &&
                                         before->resource == each.resource;
    if (!fits_the_same) return &each;
  }
  return nullptr;
}

ReplayDecision RecordedDecision(const DecisionBody& body) {
  return {
      body.permitted,         body.cause,       body.determining, body.errors,
      body.undecided_forbids, body.obligations, body.advice};
}

// An attribute to count by: `context.a.b`, `principal.a`, `resource.a`.
struct CountPath {
  enum class Root { kContext, kPrincipal, kResource };

  std::string text;
  Root root = Root::kContext;
  std::vector<std::string> names;
};

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

std::string GroupValue(const Value& value) {
  return value.is_string() ? value.AsString() : value.ToString();
}

using GroupKey = std::pair<size_t, std::string>;

// What one thread found.
struct Findings {
  uint64_t decisions = 0;
  ReplayCounts counts;
  absl::btree_map<GroupKey, ReplayCounts> groups;
  std::vector<ReplayFinding> findings;
  uint64_t findings_left_off = 0;
  // Whose policy the log had not spoken of.
  Batch deferred;
};

struct Shared {
  const ReplayOptions& options;
  std::vector<CountPath> paths;
  // Of options.policy.
  std::optional<ReplayPolicy> policy;
  EvidenceKeeper& evidence;
  ActivatedPolicies& policies;
};

constexpr const char* kDimensions[] = {
    "use case", "principal type", "resource type", "action", "policy store"};

class Worker {
 public:
  explicit Worker(Shared* shared)
      : shared_(*shared), decoder_(shared->evidence) {}

  void Run(BatchQueue* queue) {
    while (std::optional<Batch> batch = queue->Take()) {
      for (RawRecord& record : *batch) Take(std::move(record));
    }
  }

  // Deferred records are taken again: now the whole log is known.
  void TakeDeferred(Batch deferred) {
    may_defer_ = false;
    for (RawRecord& record : deferred) Take(std::move(record));
  }

  Findings& findings() { return findings_; }

 private:
  void Take(RawRecord raw) {
    absl::StatusOr<Record> record = DecodeRecord(raw.bytes);
    ReplayFinding finding;
    finding.index = raw.index;
    if (!record.ok()) {
      finding.message = std::string(record.status().message());
      ++findings_.decisions;
      Count(ReplayOutcome::kNoDecision, {});
      Keep(std::move(finding));
      return;
    }
    const auto* body = std::get_if<DecisionBody>(&record->body);
    if (body == nullptr) return;
    finding.time = absl::FromUnixNanos(record->time_ns);
    if (!MayPass(*body, finding.time)) {
      ++findings_.decisions;
      return;
    }

    const absl::StatusOr<const ReplayPolicy*> recorded_policy =
        shared_.policies.Find(body->basis.policy_hash);
    if (absl::IsNotFound(recorded_policy.status()) && may_defer_) {
      findings_.deferred.push_back(std::move(raw));
      return;
    }
    ++findings_.decisions;
    finding.id = record->id;
    finding.policy_store = record->policy_store;
    finding.request = DecidedRequest(*body);
    finding.recorded = RecordedDecision(*body);
    const ReplayPolicy* policy = nullptr;
    if (shared_.policy.has_value()) {
      policy = &*shared_.policy;
    } else if (recorded_policy.ok()) {
      policy = *recorded_policy;
    }
    if (policy == nullptr) {
      finding.message = std::string(recorded_policy.status().message());
    } else {
      Decide(
          *body, *policy,
          recorded_policy.ok() ? (*recorded_policy)->artifact.get() : nullptr,
          &finding);
    }

    const UseCases use_cases = UseCasesOf(
        *body, finding,
        recorded_policy.ok() ? (*recorded_policy)->artifact.get() : nullptr,
        policy == nullptr ? nullptr : policy->artifact.get());
    const std::string& wanted = shared_.options.filter.policy;
    if (!wanted.empty() && !use_cases.names.contains(wanted)) return;
    Count(finding.outcome,
          GroupsOf(*body, finding, use_cases,
                   policy == nullptr ? nullptr : policy->artifact.get()));
    if (finding.outcome != ReplayOutcome::kSame) Keep(std::move(finding));
  }

  bool MayPass(const DecisionBody& body, absl::Time time) const {
    const ReplayFilter& filter = shared_.options.filter;
    const Request& request = body.request.request;
    return time >= filter.since && time < filter.until &&
           (!filter.principal || *filter.principal == request.principal) &&
           (!filter.resource || *filter.resource == request.resource) &&
           (!filter.permitted || *filter.permitted == body.permitted);
  }

  // Makes the decision and compares.
  void Decide(const DecisionBody& body, const ReplayPolicy& policy,
              const Artifact* recorded_by, ReplayFinding* finding) {
    const Artifact& artifact = *policy.artifact;
    finding->outcome = ReplayOutcome::kNoDecision;
    if (!shared_.policy.has_value() &&
        artifact.graph().fail_closed !=
            (body.basis.mode == PolicyMode::kFailClosed)) {
      finding->message = "the record names another mode than its policy has";
      return;
    }
    const std::vector<FieldError> errors =
        ValidateRequest(artifact.schema(), finding->request);
    if (!errors.empty()) {
      finding->message =
          absl::StrCat("the request does not fit the schema: ", errors[0].field,
                       ": ", errors[0].message);
      return;
    }
    const Template* unrecorded = UnrecordedLinks(body, recorded_by, artifact);
    if (unrecorded != nullptr) {
      finding->outcome = ReplayOutcome::kEvidenceLacks;
      finding->message = absl::StrCat("links of the template `", unrecorded->id,
                                      "` that did not fit then may fit now");
      return;
    }
    RecordedEntities entities(body, artifact.schema(), &decoder_);
    const LinkSet links = RecordedLinks(body);
    const absl::StatusOr<Decision> decision =
        Evaluate(artifact.graph(), finding->request, entities,
                 /*evidence=*/nullptr, &links);
    if (!decision.ok()) {
      if (entities.lacking().has_value()) {
        finding->outcome = ReplayOutcome::kEvidenceLacks;
        finding->lacking = entities.lacking();
      }
      finding->message = std::string(decision.status().message());
      return;
    }
    Decision answer = *decision;
    Obliged obliged = Oblige(artifact, finding->request,
                             body.request.supported_obligations, &answer);
    ReplayDecision replayed = ToReplayDecision(artifact, answer);
    replayed.obligations = std::move(obliged.obligations);
    replayed.advice = std::move(obliged.advice);
    finding->outcome = Compare(finding->recorded, replayed);
    finding->replayed = std::move(replayed);
    if (policy.second_opinion != nullptr) {
      AskAgain(policy, *decision, &entities, links, finding);
    }
  }

  static ReplayOutcome Compare(const ReplayDecision& recorded,
                               const ReplayDecision& replayed) {
    if (recorded == replayed) return ReplayOutcome::kSame;
    if (recorded.permitted == replayed.permitted) {
      return ReplayOutcome::kOtherReasons;
    }
    return replayed.permitted ? ReplayOutcome::kDenyToPermit
                              : ReplayOutcome::kPermitToDeny;
  }

  static void AskAgain(const ReplayPolicy& policy, const Decision& decision,
                       RecordedEntities* entities, const LinkSet& links,
                       ReplayFinding* finding) {
    const absl::StatusOr<std::vector<Entity>> all = entities->All();
    if (!all.ok()) {
      finding->outcome = ReplayOutcome::kNoDecision;
      finding->message = std::string(all.status().message());
      return;
    }
    const Decision other =
        policy.second_opinion->Decide(finding->request, *all, links);
    const ReplayDecision words = ToReplayDecision(*policy.artifact, other);
    if (words == ToReplayDecision(*policy.artifact, decision)) return;
    finding->outcome = ReplayOutcome::kOpinionsDiffer;
    finding->message = absl::StrCat("the second opinion is ",
                                    words.permitted ? "permit" : "deny", " by ",
                                    words.determining.size(), " policies with ",
                                    words.errors.size(), " errors");
  }

  struct UseCases {
    // The use case of each determining policy, or its id if it has none.
    std::vector<std::string> values;
    // All ids and use cases.
    absl::btree_set<std::string> names;
  };

  static UseCases UseCasesOf(const DecisionBody& body,
                             const ReplayFinding& finding,
                             const Artifact* recorded_by,
                             const Artifact* replayed_by) {
    UseCases use_cases;
    absl::btree_set<std::string> values;
    const auto add = [&](const std::vector<std::string>& ids,
                         const Artifact* artifact) {
      for (const std::string& id : ids) {
        const std::string use_case = UseCaseOf(body, id, artifact);
        use_cases.names.insert(id);
        use_cases.names.insert(use_case);
        values.insert(use_case);
      }
    };
    add(finding.recorded.determining, recorded_by);
    if (finding.replayed.has_value()) {
      add(finding.replayed->determining, replayed_by);
    }
    use_cases.values.assign(values.begin(), values.end());
    if (use_cases.values.empty()) use_cases.values.push_back(kNone);
    return use_cases;
  }

  // Of a link, that of its template.
  static std::string UseCaseOf(const DecisionBody& body, const std::string& id,
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

  std::vector<GroupKey> GroupsOf(const DecisionBody& body,
                                 const ReplayFinding& finding,
                                 const UseCases& use_cases,
                                 const Artifact* artifact) {
    std::vector<GroupKey> groups;
    for (const std::string& use_case : use_cases.values) {
      groups.push_back({0, use_case});
    }
    const Request& request = finding.request;
    groups.push_back({1, request.principal.type});
    groups.push_back({2, request.resource.type});
    groups.push_back({3, request.action.ToString()});
    groups.push_back({4, finding.policy_store});
    size_t dimension = std::size(kDimensions);
    for (const CountPath& path : shared_.paths) {
      for (std::string& value : ValuesAt(path, body, request, artifact)) {
        groups.push_back({dimension, std::move(value)});
      }
      ++dimension;
    }
    return groups;
  }

  std::vector<std::string> ValuesAt(const CountPath& path,
                                    const DecisionBody& body,
                                    const Request& request,
                                    const Artifact* artifact) {
    Value value = request.context;
    if (path.root != CountPath::Root::kContext) {
      if (artifact == nullptr) return {kNone};
      RecordedEntities entities(body, artifact->schema(), &decoder_);
      const absl::StatusOr<FoundEntity> entity =
          entities.Find(path.root == CountPath::Root::kPrincipal
                            ? request.principal
                            : request.resource);
      if (!entity.ok() || *entity == nullptr) return {kNone};
      value = (*entity)->attributes;
    }
    for (const std::string& name : path.names) {
      const Value* attribute = value.is_record() ? value.Find(name) : nullptr;
      if (attribute == nullptr) return {kNone};
      value = Value(*attribute);
    }
    if (!value.is_set()) return {GroupValue(value)};
    std::vector<std::string> values;
    for (const Value& element : value.AsSet()) {
      values.push_back(GroupValue(element));
    }
    if (values.empty()) values.push_back(kNone);
    return values;
  }

  void Count(ReplayOutcome outcome, const std::vector<GroupKey>& groups) {
    const size_t i = static_cast<size_t>(outcome);
    ++findings_.counts.by_outcome[i];
    for (const GroupKey& group : groups) {
      ++findings_.groups[group].by_outcome[i];
    }
  }

  void Keep(ReplayFinding finding) {
    if (findings_.findings.size() < shared_.options.max_findings) {
      findings_.findings.push_back(std::move(finding));
    } else {
      ++findings_.findings_left_off;
    }
  }

  Shared& shared_;
  EntityDecoder decoder_;
  bool may_defer_ = true;
  Findings findings_;
};

// Returns how many records there are.
absl::StatusOr<uint64_t> ReadAll(LogReader* reader, Shared* shared,
                                 BatchQueue* queue) {
  uint64_t records = 0;
  Batch batch;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<LogEntry> entry, reader->Next());
    if (!entry.has_value()) break;
    if (entry->kind == LogEntry::Kind::kEvidence) {
      shared->evidence.Add(entry->bytes);
      continue;
    }
    ++records;
    if (shared->options.progress && records % kProgressInterval == 0) {
      shared->options.progress(records, reader->bytes_read());
    }
    const absl::string_view bytes = entry->bytes;
    const bool is_known =
        bytes.size() >= 2 && static_cast<uint8_t>(bytes[0]) <= kRecordVersion;
    const uint8_t kind = is_known ? static_cast<uint8_t>(bytes[1]) : 0;
    if (kind == kActivationKind) {
      ASSIGN_OR_RETURN(const Record record, DecodeRecord(bytes));
      shared->policies.Add(std::get<ActivationBody>(record.body));
    } else if (!is_known || kind == kDecisionKind) {
      batch.push_back({entry->index, std::string(bytes)});
      if (batch.size() == kBatchSize) {
        queue->Put(std::move(batch));
        batch.clear();
      }
    }
  }
  queue->Put(std::move(batch));
  return records;
}

void Merge(Findings from, Findings* to) {
  to->decisions += from.decisions;
  const auto add = [](const ReplayCounts& a, ReplayCounts* b) {
    for (size_t i = 0; i < kReplayOutcomes; ++i) {
      b->by_outcome[i] += a.by_outcome[i];
    }
  };
  add(from.counts, &to->counts);
  for (const auto& [key, counts] : from.groups) add(counts, &to->groups[key]);
  std::move(from.findings.begin(), from.findings.end(),
            std::back_inserter(to->findings));
  to->findings_left_off += from.findings_left_off;
  std::move(from.deferred.begin(), from.deferred.end(),
            std::back_inserter(to->deferred));
}

ReplayReport MakeReport(Findings all, const Shared& shared, uint64_t records) {
  ReplayReport report;
  report.records = records;
  report.decisions = all.decisions;
  report.counts = all.counts;
  for (const auto& [key, counts] : all.groups) {
    const size_t fixed = std::size(kDimensions);
    report.groups.push_back({key.first < fixed
                                 ? kDimensions[key.first]
                                 : shared.paths[key.first - fixed].text,
                             key.second, counts});
  }
  report.findings = std::move(all.findings);
  std::sort(report.findings.begin(), report.findings.end(),
            [](const ReplayFinding& a, const ReplayFinding& b) {
              return std::tie(a.outcome, a.index) <
                     std::tie(b.outcome, b.index);
            });
  report.findings_left_off = all.findings_left_off;
  if (const size_t max = shared.options.max_findings;
      report.findings.size() > max) {
    report.findings_left_off += report.findings.size() - max;
    report.findings.resize(max);
  }
  return report;
}

}  // namespace

absl::string_view ReplayOutcomeName(ReplayOutcome outcome) {
  switch (outcome) {
    case ReplayOutcome::kDenyToPermit:
      return "deny to permit";
    case ReplayOutcome::kPermitToDeny:
      return "permit to deny";
    case ReplayOutcome::kOtherReasons:
      return "other reasons";
    case ReplayOutcome::kOpinionsDiffer:
      return "evaluators differ";
    case ReplayOutcome::kNoDecision:
      return "no decision";
    case ReplayOutcome::kEvidenceLacks:
      return "the evidence lacks";
    case ReplayOutcome::kSame:
      return "same";
  }
  return "";
}

uint64_t ReplayCounts::total() const {
  uint64_t sum = 0;
  for (uint64_t count : by_outcome) sum += count;
  return sum;
}

absl::StatusOr<ReplayReport> ReplayLog(const std::string& directory,
                                       const ReplayOptions& options) {
  std::vector<CountPath> paths;
  for (const std::string& text : options.by) {
    ASSIGN_OR_RETURN(CountPath path, ParseCountPath(text));
    paths.push_back(std::move(path));
  }
  std::optional<ReplayPolicy> policy;
  if (options.policy != nullptr) {
    ASSIGN_OR_RETURN(policy,
                     MakeReplayPolicy(options.policy, options.second_opinion));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<LogReader> reader,
                   LogReader::Open(directory));

  EvidenceKeeper evidence;
  // Recorded policies only tell the use cases where another one decides.
  ActivatedPolicies policies(
      evidence, policy.has_value() ? nullptr : options.second_opinion);
  Shared shared = {options, std::move(paths), std::move(policy), evidence,
                   policies};
  BatchQueue queue;
  std::deque<Worker> workers;
  std::vector<std::thread> threads;
  for (int i = 0; i < std::max(options.threads, 1); ++i) {
    Worker* const worker = &workers.emplace_back(&shared);
    threads.emplace_back([worker, &queue] { worker->Run(&queue); });
  }
  const absl::StatusOr<uint64_t> records =
      ReadAll(reader.get(), &shared, &queue);
  queue.End();
  for (std::thread& thread : threads) thread.join();
  if (!records.ok()) return records.status();

  Findings all;
  for (Worker& worker : workers) Merge(std::move(worker.findings()), &all);
  Worker last(&shared);
  last.TakeDeferred(std::move(all.deferred));
  all.deferred.clear();
  Merge(std::move(last.findings()), &all);
  return MakeReport(std::move(all), shared, *records);
}

}  // namespace sekisho
