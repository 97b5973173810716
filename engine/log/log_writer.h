// The decision log, as the one process that writes it sees it.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<DecisionLog> log,
//                    DecisionLog::Open("/var/lib/sekisho/log", key, options));
//   ASSIGN_OR_RETURN(LogPosition position, log->Append(record, evidence));
//   // Only now may the answer leave.
//   RETURN_IF_ERROR(log->Close("shutdown"));
//
// Guarantees
// 1. When Append returns a position, the record and its evidence are in the
//    kernel: they survive the end of this process, however it ends. With
//    Durability::kSync they are on the disk.
// 2. With Durability::kGroup a power cut costs at most the records of the last
//    fsync_window plus the time that one flush takes.
// 3. Records have the order in which Append returned, as far as one call
//    returned before the other began.
// 4. A checkpoint is signed only over what is on the disk, never two for one
//    size with different roots.
// 5. When a record cannot be written, Append says so; what cannot be logged
//    must not be answered.
//
// A DecisionLog may be used from several threads at once.
#ifndef SEKISHO_ENGINE_LOG_LOG_WRITER_H_
#define SEKISHO_ENGINE_LOG_LOG_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/sha256.h"
#include "engine/log/checkpoint.h"
#include "engine/log/record.h"
#include "engine/log/signing_key.h"

namespace sekisho {

enum class Durability {
  // Append returns when the kernel has the record; it is flushed soon after.
  kGroup,
  // Append returns when the disk has it. Concurrent calls share a flush.
  kSync,
};

struct DecisionLogOptions {
  // Behaviour.

  // The log's name, unique among logs; empty means that of the key.
  std::string origin;
  // Public keys that signed earlier checkpoints of this log.
  std::vector<VerifierKey> former_keys;
  Durability durability = Durability::kGroup;
  // The longest that a record waits for its flush to begin.
  absl::Duration fsync_window = absl::Milliseconds(100);
  // A checkpoint is signed this long after the one before, if there is
  // anything new.
  absl::Duration checkpoint_interval = absl::Seconds(1);
  // How much of the disk the log leaves free. It sets space aside a segment
  // ahead, so health() says that the disk is full while a segment is left.
  uint64_t reserve_bytes = uint64_t{64} << 20;
  // The longest that Append waits for others' records to be flushed.
  absl::Duration append_timeout = absl::Seconds(1);
  // Whether the log writes records of its own when it is opened and closed.
  bool record_lifecycle = true;
  // For those: program and version.
  std::string software = "sekisho";

  // Performance.

  // Whether segments that are full are compressed, by a thread of the lowest
  // priority.
  bool compress = true;
  // The size of a segment's file, 4096 to 2^30. What is appended at once and
  // does not fit gets a larger one.
  size_t segment_bytes = size_t{64} << 20;
  // How much may wait for its flush. Beyond it Append waits.
  uint64_t max_unsynced_bytes = uint64_t{256} << 20;
};

// Something that a record cites by its SHA-256.
struct LogEvidence {
  Sha256Digest hash{};
  // Outlives the call that it is given to.
  absl::string_view content;
};

struct LogPosition {
  // Counts the log's records, from 0.
  uint64_t index = 0;
  Sha256Digest leaf_hash{};
};

struct LogHealth {
  // Why Append refuses, or OK.
  absl::Status status;
  // Why there is no segment to go on with after this one, or OK. Append will
  // refuse once this one is full.
  absl::Status space;
  // Why the last checkpoint could not be written, or OK. Tried again.
  absl::Status checkpoint;
  // Why some segment could not be compressed, or OK. DataLoss: it is damaged.
  absl::Status compression;
  // Records appended, on the disk, covered by the latest checkpoint.
  uint64_t size = 0;
  uint64_t durable_size = 0;
  uint64_t checkpoint_size = 0;
};

class DecisionLog {
 public:
  // Opens the log in `directory`, creating both as needed. See RecoverLog on
  // what happens after a crash and on errors; FailedPrecondition also if
  // another process writes to it, ResourceExhausted if the disk is full.
  static absl::StatusOr<std::unique_ptr<DecisionLog>> Open(
      const std::string& directory, const SigningKey& key,
      const DecisionLogOptions& options = {});
  // Closes it, without a record that says so.
  ~DecisionLog();

  // Appends the record, and before it what is new of `evidence`. Errors, after
  // which nothing is appended:
  //   InvalidArgument    the record or some evidence is too large, or evidence
  //                      does not have its hash
  //   ResourceExhausted  too much waits for the disk: try again later
  //   Unavailable        the disk is full or failed, or the log is closed
  // In kSync, a failed flush is Unavailable as well; then the record may be in
  // the log or not.
  // REQUIRES: what `record` cites is in `evidence` or HasEvidence.
  absl::StatusOr<LogPosition> Append(
      const Record& record, absl::Span<const LogEvidence> evidence = {});

  // The same for a record that EncodeRecord or EncodeDecision has encoded.
  // Returns its index. `leaf_hash` is its LeafHash, if the caller has it; if it
  // is null, the log computes it later, in a thread of its own. Without new
  // evidence it allocates nothing.
  absl::StatusOr<uint64_t> AppendEncoded(
      absl::string_view record, absl::Span<const LogEvidence> evidence,
      const Sha256Digest* leaf_hash = nullptr);

  // Whether the log keeps this content: of what it does not keep, false; of
  // what it keeps true, but perhaps for a moment after an Append. Waits for
  // nobody.
  bool HasEvidence(const Sha256Digest& hash) const;
  // Makes a later HasEvidence faster.
  void ExpectEvidence(const Sha256Digest& hash) const;

  // Flushes all that was appended.
  absl::Status Sync();
  // Does that, signs a checkpoint now if there is anything new, and returns the
  // latest.
  absl::StatusOr<Checkpoint> SignCheckpointNow();

  // The latest checkpoint as it was published, or empty if there is none.
  std::string PublishedCheckpoint() const;

  LogHealth health() const;
  const std::string& origin() const;

  // Appends a record that says so, flushes, signs, and lets go of the
  // directory. Further calls do nothing.
  absl::Status Close(absl::string_view reason);

 private:
  class Rep;
  explicit DecisionLog(std::unique_ptr<Rep> rep);

  std::unique_ptr<Rep> rep_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_LOG_WRITER_H_
