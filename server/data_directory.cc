// Tested by tests/server.
#include "server/data_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "engine/base/version.h"
#include "engine/log/record.h"
#include "engine/log/signing_key.h"

namespace sekisho {
namespace {

absl::StatusOr<SigningKey> LogKey(const std::string& path,
                                  absl::string_view program,
                                  const std::string& origin) {
  absl::StatusOr<SigningKey> key = SigningKey::ReadFile(path);
  if (!absl::IsNotFound(key.status())) return key;
  const std::string name =
      !origin.empty()
          ? origin
          : absl::StrCat(program, "-",
                         RecordIdToString(NewRecordId(absl::Now())));
  ASSIGN_OR_RETURN(key, SigningKey::Generate(name));
  RETURN_IF_ERROR(key->WriteFile(path));
  return key;
}

}  // namespace

absl::Status MakeDataDirectory(const std::string& data) {
  std::error_code error;
  const std::filesystem::path parent =
      std::filesystem::absolute(data).parent_path();
  std::filesystem::create_directories(parent, error);
  // What is in it is about patients.
  if (mkdir(data.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", data));
  }
  return absl::OkStatus();
}

std::string LogDirectory(const std::string& data) { return data + "/log"; }

absl::StatusOr<std::unique_ptr<DecisionLog>> OpenLog(const std::string& data,
                                                     absl::string_view program,
                                                     const std::string& origin,
                                                     Durability durability) {
  ASSIGN_OR_RETURN(SigningKey key, LogKey(data + "/log.key", program, origin));
  DecisionLogOptions options;
  options.origin = origin;
  options.durability = durability;
  options.software = absl::StrCat(program, " ", kVersion);
  return DecisionLog::Open(LogDirectory(data), key, options);
}

}  // namespace sekisho
