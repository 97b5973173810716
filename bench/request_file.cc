#include "bench/request_file.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/model/json.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

using nlohmann::json;

// RequestFromJson says where a request is too deep; this keeps the library from
// recursing further.
constexpr int kMaxDepth = kMaxJsonDepth + 8;

absl::StatusOr<json> Parse(absl::string_view text) {
  bool too_deep = false;
  json parsed = json::parse(
      text.begin(), text.end(),
      [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > kMaxDepth;
        return !too_deep;
      },
      /*allow_exceptions=*/false);
  if (too_deep) return absl::InvalidArgumentError("it is nested too deeply");
  if (parsed.is_discarded()) {
    return absl::InvalidArgumentError("this is not JSON");
  }
  return parsed;
}

absl::StatusOr<RequestToMeasure> ReadOne(const json& object,
                                         const Schema* schema) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError("a request is an object");
  }
  RequestToMeasure out;
  json parts = json::object();
  for (const char* name : {"principal", "action", "resource", "context"}) {
    const auto member = object.find(name);
    if (member != object.end()) parts[name] = *member;
  }
  ASSIGN_OR_RETURN(
      out.request,
      RequestFromJson(
          parts.dump(-1, ' ', false, json::error_handler_t::replace), schema));
  if (const auto decision = object.find("decision"); decision != object.end()) {
    if (*decision != "allow" && *decision != "deny") {
      return absl::InvalidArgumentError("decision: neither `allow` nor `deny`");
    }
    out.permitted = *decision == "allow";
  }
  return out;
}

}  // namespace

absl::StatusOr<std::vector<RequestToMeasure>> RequestsFromJson(
    absl::string_view text, const Schema* schema) {
  ASSIGN_OR_RETURN(const json parsed, Parse(text));
  const bool is_test = parsed.is_object() && parsed.contains("requests");
  const json& list = is_test ? parsed["requests"] : parsed;
  if (!list.is_array()) {
    return absl::InvalidArgumentError(
        "neither an array of requests nor an object with `requests`");
  }
  if (list.empty()) return absl::InvalidArgumentError("it has no requests");
  std::vector<RequestToMeasure> requests;
  requests.reserve(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    absl::StatusOr<RequestToMeasure> request = ReadOne(list[i], schema);
    if (!request.ok()) {
      return absl::Status(
          request.status().code(),
          absl::StrCat("requests[", i, "]: ", request.status().message()));
    }
    requests.push_back(*std::move(request));
  }
  return requests;
}

std::string RequestsToJson(const std::vector<RequestToMeasure>& requests) {
  std::string out = "[";
  for (size_t i = 0; i < requests.size(); ++i) {
    std::string line = RequestToJson(requests[i].request);
    if (requests[i].permitted.has_value()) {
      line.pop_back();
      absl::StrAppend(&line, ",\"decision\":\"",
                      *requests[i].permitted ? "allow" : "deny", "\"}");
    }
    absl::StrAppend(&out, i == 0 ? "\n" : ",\n", line);
  }
  return out + "\n]\n";
}

}  // namespace sekisho
