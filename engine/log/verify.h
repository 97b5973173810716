// Proves that a log is what was written, from its files and a public key alone.
//
//   VerifyOptions options;
//   options.keys = {*VerifierKey::Parse(vkey)};
//   options.held_checkpoint = what_the_auditor_kept;
//   ASSIGN_OR_RETURN(LogVerification result, VerifyLog(directory, options));
//   if (!result.problems.empty()) ..
//
// What is proved, if there are no problems:
// - Up to the latest checkpoint, every record is there, unaltered and in order,
//   and so is every entity and policy that it cites.
// - If a held checkpoint was given: the same up to it, even against whoever has
//   the log's key. Without one, whoever has the key can write another log.
// - Behind the latest checkpoint (unprotected_records) only accidents are
//   found: who can write the files can alter, add or remove records there.
#ifndef SEKISHO_ENGINE_LOG_VERIFY_H_
#define SEKISHO_ENGINE_LOG_VERIFY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/log/checkpoint.h"
#include "engine/log/signing_key.h"

namespace sekisho {

struct VerifyOptions {
  // The log's public keys, former ones included. At least one.
  std::vector<VerifierKey> keys;
  // An older checkpoint, as published, that was kept where the log's operator
  // has no access. Empty: there is none.
  std::string held_checkpoint;
  // How far a record may be older than one before it. Requests that are
  // answered at the same time may change places.
  absl::Duration time_tolerance = absl::Seconds(10);
};

struct LogVerification {
  // At most kMaxProblems; problem_count has them all.
  static constexpr size_t kMaxProblems = 1000;

  // One sentence each. Empty if the log is proved.
  std::vector<std::string> problems;
  uint64_t problem_count = 0;
  // What is worth knowing and wrong with nothing.
  std::vector<std::string> notes;

  std::string origin;
  uint64_t segments = 0;
  uint64_t records = 0;
  uint64_t evidence = 0;
  uint64_t checkpoints = 0;
  // The latest checkpoint with a good signature.
  std::optional<Checkpoint> latest;
  // Records behind it.
  uint64_t unprotected_records = 0;
};

// Reads everything. An error means that the log could not be read or checked
// at all: NotFound if there is none, InvalidArgument without keys or for a held
// checkpoint that none of them signed.
absl::StatusOr<LogVerification> VerifyLog(const std::string& directory,
                                          const VerifyOptions& options);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_VERIFY_H_
