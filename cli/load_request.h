#ifndef SEKISHO_CLI_LOAD_REQUEST_H_
#define SEKISHO_CLI_LOAD_REQUEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// The request in the JSON file `path`. Where the schema wants the decision
// point's clock and the request does not say a time, it is this machine's, so
// that a decision can also be tried at another time.
absl::StatusOr<Request> LoadRequest(const std::string& path,
                                    const Schema& schema);

}  // namespace sekisho

#endif  // SEKISHO_CLI_LOAD_REQUEST_H_
