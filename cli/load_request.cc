#include "cli/load_request.h"

#include "absl/time/clock.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/decide/clock.h"
#include "engine/model/json.h"

namespace sekisho {

absl::StatusOr<Request> LoadRequest(const std::string& path,
                                    const Schema& schema) {
  ASSIGN_OR_RETURN(std::string json, ReadFile(path));
  ASSIGN_OR_RETURN(Request request, RequestFromJson(json, &schema));
  if (DeclaresClock(schema, request.action)) {
    // What the request says replaces it.
    request.context = WithAdded(ClockContext(absl::Now()), request.context);
  }
  return request;
}

}  // namespace sekisho
