// For tests of gRPC streams under the thread sanitizer. gRPC's headers are
// compiled with it, its libraries are not: how the library orders what the
// headers do, it does not see. So what gRPC's own headers access is not
// reported; what happens in our functions is.
extern "C" const char* __tsan_default_suppressions() {
  return "race_top:/usr/include/grpcpp/\n"
         "race:grpc::internal::CallOpRecvMessage\n"
         "race:grpc::internal::CallOpSendMessage\n";
}
