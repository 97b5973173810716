// The C interface: nothing but conversions. No exception leaves a function.
// Tested by tests/lib.
#include "lib/sekisho.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/base/status_macros.h"
#include "engine/base/version.h"
#include "engine/log/log_writer.h"
#include "engine/model/json.h"
#include "engine/model/request.h"
#include "lib/decision_json.h"
#include "lib/decision_point.h"
#include "proto/codec.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "server/limits.h"

struct sekisho_pdp {
  std::unique_ptr<sekisho::DecisionPoint> point;
};

namespace sekisho {
namespace {

static_assert(SEKISHO_INVALID_ARGUMENT ==
              static_cast<int>(absl::StatusCode::kInvalidArgument));
static_assert(SEKISHO_DATA_LOSS ==
              static_cast<int>(absl::StatusCode::kDataLoss));
static_assert(SEKISHO_OBLIGATION_UNSUPPORTED ==
              static_cast<int>(v1::OBLIGATION_UNSUPPORTED));

// Of this thread.
std::string& Error() {
  thread_local std::string error;
  return error;
}

int Call(absl::FunctionRef<absl::Status()> function) noexcept {
  absl::Status status;
  try {
    status = function();
  } catch (const std::exception& exception) {
    status = absl::InternalError(exception.what());
  } catch (...) {
    status = absl::InternalError("unknown exception");
  }
  if (!status.ok()) Error() = std::string(status.message());
  return static_cast<int>(status.code());
}

absl::Status Required(const void* pointer, absl::string_view name) {
  if (pointer != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, ": is NULL"));
}

// There is no earlier version whose structures were smaller.
template <typename T>
absl::Status CheckStructure(const T* structure, absl::string_view name) {
  RETURN_IF_ERROR(Required(structure, name));
  if (structure->size == sizeof(T)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, ".size: is ", structure->size, ", not the ", sizeof(T),
                   " of version ", kVersion, " of the library"));
}

absl::StatusOr<DecisionPointOptions> OptionsOf(const sekisho_options& options) {
  RETURN_IF_ERROR(Required(options.store, "options.store"));
  RETURN_IF_ERROR(Required(options.data, "options.data"));
  DecisionPointOptions out;
  out.store = options.store;
  out.data = options.data;
  if (options.log_origin != nullptr) out.log_origin = options.log_origin;
  if (options.policy_store != nullptr) out.policy_store = options.policy_store;
  if (options.entity_cache_bytes != 0) {
    out.entity_cache_bytes = options.entity_cache_bytes;
  }
  if (options.refresh_ms == SEKISHO_NEVER) {
    out.refresh_interval.reset();
  } else if (options.refresh_ms != 0) {
    out.refresh_interval = absl::Milliseconds(options.refresh_ms);
  }
  if (options.max_staleness_ms != 0) {
    out.max_staleness = absl::Milliseconds(options.max_staleness_ms);
  }
  if (options.log_sync != 0) out.durability = Durability::kSync;
  return out;
}

// The threads that begin meanwhile take no signals: these are the program's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

absl::StatusOr<v1::DecideRequest> RequestOf(int form,
                                            absl::string_view request) {
  if (request.size() > kMaxRequestBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the request is longer than ", kMaxRequestBytes, " bytes"));
  }
  v1::DecideRequest message;
  switch (form) {
    case SEKISHO_PROTOBUF:
      if (!message.ParseFromArray(request.data(),
                                  static_cast<int>(request.size()))) {
        return absl::InvalidArgumentError(
            "the request is not a sekisho.v1.DecideRequest");
      }
      return message;
    case SEKISHO_JSON: {
      if (!request.empty() && request.back() == '\0') request.remove_suffix(1);
      ASSIGN_OR_RETURN(const Request parsed,
                       RequestFromJson(request, /*schema=*/nullptr));
      RequestToProto(parsed, &message);
      return message;
    }
  }
  return absl::InvalidArgumentError(
      "form: is neither SEKISHO_PROTOBUF nor SEKISHO_JSON");
}

absl::StatusOr<void*> HandOut(const std::string& bytes, size_t size) {
  void* memory = std::malloc(std::max<size_t>(size, 1));
  if (memory == nullptr) {
    return absl::ResourceExhaustedError("there is no memory");
  }
  std::memcpy(memory, bytes.data(), size);
  return memory;
}

absl::Status Decide(sekisho_pdp* pdp, int form, const void* request,
                    size_t request_size, sekisho_decision* out) {
  RETURN_IF_ERROR(Required(pdp, "pdp"));
  RETURN_IF_ERROR(Required(request, "request"));
  ASSIGN_OR_RETURN(
      v1::DecideRequest message,
      RequestOf(form, absl::string_view(static_cast<const char*>(request),
                                        request_size)));
  v1::DecideResponse response;
  RETURN_IF_ERROR(pdp->point->Decide(std::move(message), &response));
  const std::string bytes = response.SerializeAsString();
  ASSIGN_OR_RETURN(out->response, HandOut(bytes, bytes.size()));
  out->response_size = bytes.size();
  out->cause = response.cause();
  out->has_obligations = response.obligations_size() > 0;
  const std::string& id = response.decision_id();
  id.copy(out->decision_id, sizeof(out->decision_id) - 1);
  // Last of all.
  if (response.decision() == v1::PERMIT) out->effect = SEKISHO_PERMIT;
  return absl::OkStatus();
}

}  // namespace
}  // namespace sekisho

extern "C" {

int sekisho_open(const sekisho_options* options, sekisho_pdp** pdp) {
  return sekisho::Call([&]() -> absl::Status {
    RETURN_IF_ERROR(sekisho::Required(pdp, "pdp"));
    *pdp = nullptr;
    RETURN_IF_ERROR(sekisho::CheckStructure(options, "options"));
    ASSIGN_OR_RETURN(const sekisho::DecisionPointOptions point_options,
                     sekisho::OptionsOf(*options));
    const sekisho::SignalsBlocked blocked;
    auto opened = std::make_unique<sekisho_pdp>();
    ASSIGN_OR_RETURN(opened->point,
                     sekisho::DecisionPoint::Open(point_options));
    *pdp = opened.release();
    return absl::OkStatus();
  });
}

int sekisho_decide(sekisho_pdp* pdp, int form, const void* request,
                   size_t request_size, sekisho_decision* decision) {
  return sekisho::Call([&]() -> absl::Status {
    RETURN_IF_ERROR(sekisho::CheckStructure(decision, "decision"));
    *decision = {};
    decision->size = sizeof(sekisho_decision);
    return sekisho::Decide(pdp, form, request, request_size, decision);
  });
}

int sekisho_decode(const void* response, size_t response_size, char** json) {
  return sekisho::Call([&]() -> absl::Status {
    RETURN_IF_ERROR(sekisho::Required(json, "json"));
    *json = nullptr;
    RETURN_IF_ERROR(sekisho::Required(response, "response"));
    sekisho::v1::DecideResponse message;
    if (response_size > INT32_MAX ||
        !message.ParseFromArray(response, static_cast<int>(response_size))) {
      return absl::InvalidArgumentError(
          "the response is not a sekisho.v1.DecideResponse");
    }
    ASSIGN_OR_RETURN(const std::string text, sekisho::DecisionToJson(message));
    // With the 0 at its end.
    ASSIGN_OR_RETURN(void* const memory,
                     sekisho::HandOut(text, text.size() + 1));
    *json = static_cast<char*>(memory);
    return absl::OkStatus();
  });
}

int sekisho_refresh(sekisho_pdp* pdp) {
  return sekisho::Call([&]() -> absl::Status {
    RETURN_IF_ERROR(sekisho::Required(pdp, "pdp"));
    return pdp->point->Refresh();
  });
}

int sekisho_close(sekisho_pdp* pdp) {
  if (pdp == nullptr) return SEKISHO_OK;
  const std::unique_ptr<sekisho_pdp> closed(pdp);
  return sekisho::Call([&] { return closed->point->Close(); });
}

void sekisho_free(void* memory) { std::free(memory); }

const char* sekisho_error(void) { return sekisho::Error().c_str(); }

const char* sekisho_version(void) { return sekisho::kVersion; }

}  // extern "C"
