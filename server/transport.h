// How sekishod speaks gRPC: threads, limits, keepalive. Apart from what it
// serves, so that a server that answers nothing can be compared with it.
#ifndef SEKISHO_SERVER_TRANSPORT_H_
#define SEKISHO_SERVER_TRANSPORT_H_

#include "grpcpp/server_builder.h"

namespace sekisho {

void ConfigureTransport(grpc::ServerBuilder& builder);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_TRANSPORT_H_
