// Segment by segment from the last one on. What a record cites stands before
// it, in the same segment or an earlier one, so a segment is read twice: for
// records, which tell what evidence is wanted, and for evidence.
//
// Tested by tests/replay/logged_decision_test.cc.
#include "engine/replay/logged_decision.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/log/log_format.h"
#include "engine/log/log_reader.h"
#include "engine/log/record_format.h"

namespace sekisho {
namespace {

// Where these are in the bytes of a record: record_format.h.
constexpr size_t kKindOffset = 1;
constexpr size_t kIdOffset = 18;
constexpr char kDecisionKind = 1;
constexpr char kActivationKind = 4;

bool HasId(absl::string_view record, const Bytes16& id) {
  return record.substr(std::min(kIdOffset, record.size()), id.size()) ==
         absl::string_view(reinterpret_cast<const char*>(id.data()), id.size());
}

}  // namespace

class LoggedDecision::Search {
 public:
  Search(const std::string& directory, const Bytes16& id, const Limits& limits,
         LoggedDecision* out)
      : directory_(directory), id_(id), limits_(limits), out_(*out) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(std::vector<uint64_t> segments, ListSegments(directory_));
    for (auto it = segments.rbegin(); it != segments.rend(); ++it) {
      if (limits_.is_cancelled && limits_.is_cancelled()) {
        return absl::CancelledError("cancelled");
      }
      RETURN_IF_ERROR(TakeRecords(*it));
      if (!found_) continue;
      RETURN_IF_ERROR(TakeEvidence(*it));
      if (artifact_.has_value() && wanted_.empty()) return Finish();
    }
    if (!found_) {
      return absl::NotFoundError(
          absl::StrCat("the log has no decision ", RecordIdToString(id_)));
    }
    return absl::DataLossError(
        artifact_.has_value()
            ? "the log does not have all evidence that the decision cites"
            : absl::StrCat("the log has no activation of policy ",
                           out_.body().basis.policy_hash));
  }

 private:
  template <typename F>
  absl::Status ForEach(uint64_t segment, LogEntry::Kind kind, F take) {
    LogReaderOptions options;
    options.first_segment = options.last_segment = segment;
    ASSIGN_OR_RETURN(std::unique_ptr<LogReader> reader,
                     LogReader::Open(directory_, options));
    while (true) {
      ASSIGN_OR_RETURN(std::optional<LogEntry> entry, reader->Next());
      if (!entry.has_value()) break;
      if (entry->kind == kind) RETURN_IF_ERROR(take(entry->bytes));
    }
    read_ += reader->bytes_read();
    if (read_ <= limits_.max_bytes) return absl::OkStatus();
    return absl::ResourceExhaustedError(
        absl::StrCat("what the decision rests on is not within the last ",
                     limits_.max_bytes, " bytes of the log"));
  }

  absl::Status TakeRecords(uint64_t segment) {
    // By policy.
    std::map<std::string, Sha256Digest> artifacts;
    RETURN_IF_ERROR(
        ForEach(segment, LogEntry::Kind::kRecord, [&](absl::string_view bytes) {
          return TakeRecord(bytes, &artifacts);
        }));
    if (!found_ || artifact_.has_value()) return absl::OkStatus();
    const auto it = artifacts.find(out_.body().basis.policy_hash);
    if (it != artifacts.end()) {
      artifact_ = it->second;
      wanted_.insert(it->second);
    }
    return absl::OkStatus();
  }

  absl::Status TakeRecord(absl::string_view bytes,
                          std::map<std::string, Sha256Digest>* artifacts) {
    const char kind = bytes.size() > kKindOffset ? bytes[kKindOffset] : 0;
    const bool is_it = kind == kDecisionKind && !found_ && HasId(bytes, id_);
    if (!is_it && kind != kActivationKind) return absl::OkStatus();
    ASSIGN_OR_RETURN(Record record, DecodeRecord(bytes));
    if (const auto* activation = std::get_if<ActivationBody>(&record.body)) {
      artifacts->emplace(activation->policy_hash, activation->artifact);
      return absl::OkStatus();
    }
    found_ = true;
    out_.record_ = std::move(record);
    const Basis& basis = out_.body().basis;
    if (basis.evidence_list.has_value()) wanted_.insert(*basis.evidence_list);
    WantEvidenceOf(basis);
    return absl::OkStatus();
  }

  void WantEvidenceOf(const Basis& basis) {
    for (const EntityVersion& version : basis.evidence) {
      if (version.hash.has_value()) wanted_.insert(*version.hash);
    }
  }

  absl::Status TakeEvidence(uint64_t segment) {
    RETURN_IF_ERROR(TakeWanted(segment));
    Basis& basis = std::get<DecisionBody>(out_.record_.body).basis;
    if (!basis.evidence_list.has_value() || !basis.evidence.empty() ||
        wanted_.contains(*basis.evidence_list)) {
      return absl::OkStatus();
    }
    // What a list names is where the list is, or before.
    RETURN_IF_ERROR(ReadEvidenceList(out_.evidence_, &basis));
    WantEvidenceOf(basis);
    return TakeWanted(segment);
  }

  absl::Status TakeWanted(uint64_t segment) {
    return ForEach(segment, LogEntry::Kind::kEvidence,
                   [&](absl::string_view bytes) {
                     if (wanted_.erase(Sha256(bytes)) > 0) {
                       out_.evidence_.Add(bytes);
                     }
                     return absl::OkStatus();
                   });
  }

  absl::Status Finish() {
    absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
        Artifact::FromBytes(*out_.evidence_.Find(*artifact_));
    const std::string& hash = out_.body().basis.policy_hash;
    if (!artifact.ok() || (*artifact)->hash() != hash) {
      return absl::DataLossError(
          absl::StrCat("what the log has for policy ", hash, " is not it"));
    }
    out_.artifact_ = *std::move(artifact);
    out_.entities_ = std::make_unique<RecordedEntities>(
        out_.body(), out_.artifact_->schema(), &out_.decoder_);
    return absl::OkStatus();
  }

  const std::string& directory_;
  const Bytes16& id_;
  const Limits& limits_;
  LoggedDecision& out_;
  bool found_ = false;
  // Evidence that was not met yet.
  absl::flat_hash_set<Sha256Digest> wanted_;
  std::optional<Sha256Digest> artifact_;
  uint64_t read_ = 0;
};

absl::StatusOr<std::unique_ptr<LoggedDecision>> LoggedDecision::Find(
    const std::string& directory, const Bytes16& id, const Limits& limits) {
  auto decision = std::make_unique<LoggedDecision>();
  RETURN_IF_ERROR(Search(directory, id, limits, decision.get()).Run());
  return decision;
}

}  // namespace sekisho
