// Model types to and from the messages of artifact.proto.
#ifndef SEKISHO_ENGINE_GRAPH_ARTIFACT_PROTO_H_
#define SEKISHO_ENGINE_GRAPH_ARTIFACT_PROTO_H_

#include "absl/status/statusor.h"
#include "engine/graph/artifact.pb.h"
#include "engine/graph/obligation_declaration.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {

void ToProto(const EntityUid& uid, artifact::Uid* proto);
void ToProto(const Value& value, artifact::Value* proto);
void ToProto(const Schema& schema, artifact::Schema* proto);
void ToProto(const ObligationDeclaration& obligation,
             artifact::ObligationDeclaration* proto);

EntityUid FromProto(const artifact::Uid& proto);
// DataLoss for messages that stand for nothing. Nesting is bounded by the
// protobuf parser.
absl::StatusOr<Value> FromProto(const artifact::Value& proto);
absl::StatusOr<Schema> FromProto(const artifact::Schema& proto);
absl::StatusOr<ObligationDeclaration> FromProto(
    const artifact::ObligationDeclaration& proto);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_ARTIFACT_PROTO_H_
