// The directory in which a decision point has its decision log (`log`) and the
// log's key (`log.key`), and which is its owner's alone.
#ifndef SEKISHO_SERVER_DATA_DIRECTORY_H_
#define SEKISHO_SERVER_DATA_DIRECTORY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/log/log_writer.h"

namespace sekisho {

// Creates it if it is missing.
absl::Status MakeDataDirectory(const std::string& data);

std::string LogDirectory(const std::string& data);

// Opens the log, and creates it and its key if they are missing. `program` is
// who writes it. `origin`: the log's name; empty: that of its key, which is
// made of the program's at random. Errors: SigningKey::ReadFile and
// DecisionLog::Open.
absl::StatusOr<std::unique_ptr<DecisionLog>> OpenLog(const std::string& data,
                                                     absl::string_view program,
                                                     const std::string& origin,
                                                     Durability durability);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DATA_DIRECTORY_H_
