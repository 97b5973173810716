// Brings a log's directory into order before it is written to again.
#ifndef SEKISHO_ENGINE_LOG_LOG_RECOVERY_H_
#define SEKISHO_ENGINE_LOG_LOG_RECOVERY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/log/digest_set.h"
#include "engine/log/merkle.h"
#include "engine/log/signing_key.h"

namespace sekisho {

struct RecoveredLog {
  MerkleTree tree;
  // What is kept as evidence.
  DigestSet evidence;
  // Segments that are not compressed.
  std::vector<uint64_t> unsealed;
  // The number for the next segment.
  uint64_t next_segment = 1;
  // The latest checkpoint's, or 0, and its note, or empty.
  uint64_t checkpoint_size = 0;
  std::string checkpoint_note;
  uint64_t checkpoints_file_size = 0;
  // What was cut off behind the last record.
  uint64_t cut_bytes = 0;
};

// Reads the whole log in `directory`, checks it against its checkpoints, cuts
// off what a crash left half-written, and brings the rest to the disk. What is
// cut off is kept beside it, in files `cut-*`.
//
// DataLoss if the log contradicts a checkpoint or ends before one: nothing is
// changed then. FailedPrecondition if it is a log of another origin, or if none
// of `keys` signed its checkpoints.
// REQUIRES: nobody else uses the directory.
absl::StatusOr<RecoveredLog> RecoverLog(const std::string& directory,
                                        const std::string& origin,
                                        absl::Span<const VerifierKey> keys);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_LOG_RECOVERY_H_
