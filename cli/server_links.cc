#include "cli/server_links.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/base/status_macros.h"
#include "proto/policy_codec.h"

namespace sekisho {
namespace {

// Well below what a server takes at once: 10,000 links and 1 MiB, of which one
// link is at most 4 KiB.
constexpr int kAtOnce = 5000;
constexpr size_t kBytesAtOnce = size_t{512} << 10;
// How often a list is begun again because the links have changed meanwhile.
constexpr int kAttempts = 10;

Link LinkFromProto(const v1::TemplateLink& proto) {
  Link link;
  link.id = proto.id();
  link.template_id = proto.template_id();
  link.principal = {proto.principal().type(), proto.principal().id()};
  link.resource = {proto.resource().type(), proto.resource().id()};
  return link;
}

// 17 of `links[17].id: ..`.
std::optional<size_t> IndexIn(absl::string_view message) {
  if (!absl::ConsumePrefix(&message, "links[") &&
      !absl::ConsumePrefix(&message, "ids[")) {
    return std::nullopt;
  }
  size_t index;
  if (!absl::SimpleAtoi(message.substr(0, message.find(']')), &index)) {
    return std::nullopt;
  }
  return index;
}

}  // namespace

ServerLinks::ServerLinks(const std::string& address, std::string policy_store)
    : address_(address),
      policy_store_(std::move(policy_store)),
      stub_(v1::PolicyService::NewStub(
          grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

absl::Status ServerLinks::FromServer(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  // The numbers are the same.
  return absl::Status(
      static_cast<absl::StatusCode>(status.error_code()),
      absl::StrCat("the server at ", address_, ": ", status.error_message()));
}

// `method` is the stub's synchronous one.
template <typename Request, typename Response>
absl::Status ServerLinks::Send(int count, Request* request, Response* response,
                               auto method) {
  request->set_policy_store(policy_store_);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  const grpc::Status status =
      (stub_.get()->*method)(&context, *request, response);
  if (!status.ok()) {
    const std::optional<size_t> index = IndexIn(status.error_message());
    if (index.has_value()) culprit_ = done_ + *index;
    return FromServer(status);
  }
  done_ += static_cast<size_t>(count);
  request->Clear();
  return absl::OkStatus();
}

// `add` puts an item into a request, and returns the bytes that it takes.
template <typename Request, typename Response, typename Item>
absl::StatusOr<uint64_t> ServerLinks::Change(const std::vector<Item>& items,
                                             auto add, auto method) {
  done_ = 0;
  culprit_.reset();
  Request request;
  Response response;
  int count = 0;
  size_t bytes = 0;
  for (const Item& item : items) {
    bytes += add(item, &request);
    if (++count < kAtOnce && bytes < kBytesAtOnce) continue;
    RETURN_IF_ERROR(Send(count, &request, &response, method));
    count = 0;
    bytes = 0;
  }
  if (count > 0) RETURN_IF_ERROR(Send(count, &request, &response, method));
  return response.revision();
}

absl::StatusOr<uint64_t> ServerLinks::Add(const std::vector<Link>& links) {
  return Change<v1::LinkRequest, v1::LinkResponse>(
      links,
      [](const Link& link, v1::LinkRequest* request) {
        v1::TemplateLink* out = request->add_links();
        LinkToProto(link, out);
        return out->ByteSizeLong();
      },
      &v1::PolicyService::Stub::Link);
}

absl::StatusOr<uint64_t> ServerLinks::Remove(
    const std::vector<std::string>& ids) {
  return Change<v1::UnlinkRequest, v1::UnlinkResponse>(
      ids,
      [](const std::string& id, v1::UnlinkRequest* request) {
        request->add_ids(id);
        return id.size();
      },
      &v1::PolicyService::Stub::Unlink);
}

absl::StatusOr<std::vector<Link>> ServerLinks::List(
    const std::string& template_id) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::vector<Link> links;
    std::optional<uint64_t> revision;
    while (true) {
      v1::ListLinksRequest request;
      request.set_template_id(template_id);
      request.set_limit(kAtOnce);
      if (!links.empty()) request.set_after_id(links.back().id);
      v1::ListLinksResponse response;
      RETURN_IF_ERROR(
          Send(0, &request, &response, &v1::PolicyService::Stub::ListLinks));
      if (revision.value_or(response.revision()) != response.revision()) break;
      revision = response.revision();
      for (const v1::TemplateLink& link : response.links()) {
        links.push_back(LinkFromProto(link));
      }
      if (!response.more()) return links;
    }
  }
  return absl::AbortedError("the links change too often to be listed");
}

}  // namespace sekisho
