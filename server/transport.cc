#include "server/transport.h"

#include <algorithm>
#include <cstddef>
#include <thread>

#include "grpcpp/resource_quota.h"
#include "server/limits.h"

namespace sekisho {

void ConfigureTransport(grpc::ServerBuilder& builder) {
  const int cores =
      static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  grpc::ResourceQuota quota("sekishod");
  quota.Resize(size_t{1} << 30);
  // Threads of the services that wait for disks. Requests beyond them are
  // refused with RESOURCE_EXHAUSTED.
  quota.SetMaxThreads(64 + 2 * cores);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);

  // With room for the other fields.
  builder.SetMaxReceiveMessageSize(kMaxArtifactBytes + (64 << 10));
  builder.SetMaxSendMessageSize(kMaxArtifactBytes + (64 << 20));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 16 << 10);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1000);
  // A second server on the same port is an error.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);

  constexpr int kSecond = 1000;
  constexpr int kMinute = 60 * kSecond;
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60 * kSecond);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10 * kSecond);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10 * kSecond);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 30 * kMinute);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             30 * kSecond);
}

}  // namespace sekisho
