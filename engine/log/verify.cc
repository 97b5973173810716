// Nothing is taken over from the writer but the format: the tree, the hashes of
// the evidence and what cites it are computed from the raw files.
//
// Tested by verify_test.cc and tests/log/damage_test.cc.
#include "engine/log/verify.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/log/digest_set.h"
#include "engine/log/log_format.h"
#include "engine/log/log_reader.h"
#include "engine/log/merkle.h"
#include "engine/log/record_format.h"

namespace sekisho {
namespace {

constexpr size_t kMaxCheckpointsSize = size_t{1} << 32;

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// A root that the log must have had at a size, and who says so.
struct Claim {
  Checkpoint checkpoint;
  std::string what;
};

class Verifier {
 public:
  Verifier(const std::string& directory, const VerifyOptions& options)
      : directory_(directory), options_(options) {}

  absl::StatusOr<LogVerification> Run() {
    if (options_.keys.empty()) {
      return absl::InvalidArgumentError(
          "without a public key nothing can be verified");
    }
    LogReaderOptions reading;
    reading.skip_damage = true;
    ASSIGN_OR_RETURN(std::unique_ptr<LogReader> reader,
                     LogReader::Open(directory_, reading));
    RETURN_IF_ERROR(TakeHeldCheckpoint());
    RETURN_IF_ERROR(ReadCheckpoints());
    RETURN_IF_ERROR(ReadPublished());
    std::stable_sort(claims_.begin(), claims_.end(),
                     [](const Claim& a, const Claim& b) {
                       return a.checkpoint.size < b.checkpoint.size;
                     });
    CompareClaims();
    RETURN_IF_ERROR(ReadEntries(reader.get()));
    Conclude(*reader);
    return std::move(result_);
  }

 private:
  std::string Path(absl::string_view name) const {
    return absl::StrCat(directory_, "/", name);
  }

  void Problem(std::string text) {
    ++result_.problem_count;
    if (result_.problems.size() < LogVerification::kMaxProblems) {
      result_.problems.push_back(std::move(text));
    }
  }

  absl::Status TakeHeldCheckpoint() {
    if (options_.held_checkpoint.empty()) return absl::OkStatus();
    absl::StatusOr<Checkpoint> held =
        OpenCheckpoint(options_.held_checkpoint, options_.keys);
    if (!held.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the checkpoint held elsewhere: ", held.status().message()));
    }
    claims_.push_back({*std::move(held), "the checkpoint held elsewhere"});
    return absl::OkStatus();
  }

  absl::Status ReadCheckpoints() {
    absl::StatusOr<std::string> bytes =
        ReadFile(Path(kCheckpointsFile), kMaxCheckpointsSize);
    if (absl::IsNotFound(bytes.status())) {
      Problem(
          "there is no file `checkpoints`: nothing was ever signed, or it "
          "was removed");
      return absl::OkStatus();
    }
    if (!bytes.ok()) return bytes.status();
    absl::string_view rest;
    uint64_t previous = 0;
    size_t number = 0;
    for (absl::string_view note : SplitCheckpoints(*bytes, &rest)) {
      const std::string what = absl::StrCat("checkpoint number ", ++number);
      absl::StatusOr<Checkpoint> checkpoint =
          OpenCheckpoint(note, options_.keys);
      if (!checkpoint.ok()) {
        Problem(absl::StrCat(what, ": ", checkpoint.status().message()));
        continue;
      }
      if (checkpoint->size < previous) {
        Problem(absl::StrCat(what, " is of ", checkpoint->size,
                             " records, and the one before of ", previous));
      }
      previous = checkpoint->size;
      ++result_.checkpoints;
      if (!result_.latest || result_.latest->size < checkpoint->size) {
        result_.latest = *checkpoint;
      }
      claims_.push_back({*std::move(checkpoint), what});
    }
    if (!rest.empty()) {
      Problem(absl::StrCat("`checkpoints` has ", rest.size(),
                           " bytes at its end that are no whole checkpoint"));
    } else if (number == 0) {
      Problem("`checkpoints` is empty");
    }
    return absl::OkStatus();
  }

  absl::Status ReadPublished() {
    absl::StatusOr<std::string> bytes =
        ReadFile(Path(kCheckpointFile), Note::kMaxSize);
    if (absl::IsNotFound(bytes.status())) {
      Problem("there is no file `checkpoint`");
      return absl::OkStatus();
    }
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<Checkpoint> checkpoint =
        OpenCheckpoint(*bytes, options_.keys);
    if (!checkpoint.ok()) {
      Problem(absl::StrCat("`checkpoint`: ", checkpoint.status().message()));
      return absl::OkStatus();
    }
    const bool is_known = std::any_of(claims_.begin(), claims_.end(),
                                      [&checkpoint](const Claim& claim) {
                                        return claim.checkpoint == *checkpoint;
                                      });
    if (!is_known) {
      Problem(absl::StrCat("`checkpoint` of ", checkpoint->size,
                           " records is not among `checkpoints`"));
    }
    claims_.push_back({*std::move(checkpoint), "`checkpoint`"});
    return absl::OkStatus();
  }

  absl::Status ReadEntries(LogReader* reader) {
    while (true) {
      ASSIGN_OR_RETURN(std::optional<LogEntry> entry, reader->Next());
      TakeDamage(*reader);
      if (!entry.has_value()) return absl::OkStatus();
      if (entry->kind == LogEntry::Kind::kEvidence) {
        TakeEvidence(*entry);
      } else {
        TakeRecord(*entry);
      }
    }
  }

  // Damage leaves the tree without some leaf, so nothing can be said of the
  // roots from there on.
  void TakeDamage(const LogReader& reader) {
    for (; damage_seen_ < reader.damage().size(); ++damage_seen_) {
      Problem(reader.damage()[damage_seen_].ToString());
      is_tree_known_ = false;
    }
  }

  void TakeEvidence(const LogEntry& entry) {
    ++result_.evidence;
    const Sha256Digest hash = Sha256(entry.bytes);
    if (!evidence_.insert(hash).second) {
      Problem(absl::StrCat(SegmentName(entry.segment), ", byte ", entry.offset,
                           ": evidence ", Hex(hash), " is stored twice"));
    }
  }

  void TakeRecord(const LogEntry& entry) {
    ++result_.records;
    end_ = entry.index + 1;
    tree_.Append(LeafHash(entry.bytes));
    CompareClaims();
    const absl::StatusOr<Record> record = DecodeRecord(entry.bytes);
    if (absl::IsUnimplemented(record.status())) {
      ++later_records_;
      return;
    }
    if (!record.ok()) {
      Problem(absl::StrCat("record ", entry.index, ": ",
                           record.status().message()));
      return;
    }
    for (const Sha256Digest& hash : CitedEvidence(*record)) {
      if (!evidence_.contains(hash)) {
        Problem(absl::StrCat("record ", entry.index, " cites evidence ",
                             Hex(hash), ", which is not there"));
      }
    }
    const absl::Time time = absl::FromUnixNanos(record->time_ns);
    if (time + options_.time_tolerance < latest_time_) {
      Problem(absl::StrCat("record ", entry.index, " is of ",
                           absl::FormatTime(time, absl::UTCTimeZone()),
                           ", which is ",
                           absl::FormatDuration(latest_time_ - time),
                           " before one that precedes it"));
      // Once is enough for a clock that was set back.
      latest_time_ = time;
    }
    latest_time_ = std::max(latest_time_, time);
  }

  // With the tree as it is now. Claims are in the order of their sizes.
  void CompareClaims() {
    for (; next_claim_ < claims_.size(); ++next_claim_) {
      const Claim& claim = claims_[next_claim_];
      if (claim.checkpoint.size > tree_.size()) return;
      if (!is_tree_known_) {
        ++unchecked_claims_;
      } else if (claim.checkpoint.root != tree_.Root()) {
        Problem(absl::StrCat(claim.what, ": the first ", claim.checkpoint.size,
                             " records are not those that were signed"));
      }
    }
  }

  void Conclude(const LogReader& reader) {
    result_.origin = reader.origin();
    result_.segments = reader.segments_read();
    for (const Claim& claim : claims_) {
      if (claim.checkpoint.origin != result_.origin) {
        Problem(absl::StrCat(claim.what, " is of the log `",
                             claim.checkpoint.origin, "` and not of `",
                             result_.origin, "`"));
      }
    }
    for (; next_claim_ < claims_.size(); ++next_claim_) {
      const Claim& claim = claims_[next_claim_];
      if (claim.checkpoint.size <= end_) {
        ++unchecked_claims_;
        continue;
      }
      Problem(absl::StrCat(claim.what, " is of ", claim.checkpoint.size,
                           " records, and the log has ", end_,
                           ": the last ones were removed"));
    }
    if (unchecked_claims_ > 0) {
      Problem(absl::StrCat(unchecked_claims_,
                           " checkpoints could not be checked, because of the "
                           "damage before them"));
    }
    const uint64_t signed_size = result_.latest ? result_.latest->size : 0;
    result_.unprotected_records = end_ > signed_size ? end_ - signed_size : 0;
    if (later_records_ > 0) {
      result_.notes.push_back(
          absl::StrCat(later_records_,
                       " records are of a later version of this program: "
                       "their hashes were checked, and not what they cite"));
    }
    if (reader.torn_bytes() > 0) {
      result_.notes.push_back(
          absl::StrCat(reader.torn_bytes(),
                       " bytes behind the last record belong to one "
                       "that was being written when the log ended"));
    }
    if (result_.unprotected_records > 0) {
      result_.notes.push_back(absl::StrCat("no checkpoint covers the last ",
                                           result_.unprotected_records,
                                           " records yet"));
    }
  }

  const std::string& directory_;
  const VerifyOptions& options_;
  LogVerification result_;

  std::vector<Claim> claims_;
  size_t next_claim_ = 0;
  // One more than the index of the last record.
  uint64_t end_ = 0;
  MerkleTree tree_;
  bool is_tree_known_ = true;
  uint64_t unchecked_claims_ = 0;
  size_t damage_seen_ = 0;
  DigestSet evidence_;
  uint64_t later_records_ = 0;
  absl::Time latest_time_ = absl::InfinitePast();
};

}  // namespace

absl::StatusOr<LogVerification> VerifyLog(const std::string& directory,
                                          const VerifyOptions& options) {
  return Verifier(directory, options).Run();
}

}  // namespace sekisho
