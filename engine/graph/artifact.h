// A compiled policy set: the decision graph with the schema, the policies'
// names and the sources it was made from, as one immutable file.
//
//   absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
//       Artifact::Load("healthcare.sekisho");
//   (*artifact)->hash();
//
// An Artifact has been verified when it exists: whatever bytes were given,
// reading it afterwards stays inside it and terminates. It does not
// change and may be used from any number of threads. docs/artifact.md
// describes the format.
#ifndef SEKISHO_ENGINE_GRAPH_ARTIFACT_H_
#define SEKISHO_ENGINE_GRAPH_ARTIFACT_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/graph/explanation.h"
#include "engine/graph/graph.h"
#include "engine/graph/obligation_declaration.h"
#include "engine/graph/policy_info.h"
#include "engine/model/request_checker.h"
#include "engine/model/schema.h"

namespace sekisho {

struct ArtifactSource {
  std::string name;
  std::string text;
};

class Artifact {
 public:
  // Maps the file into memory and verifies it. InvalidArgument if it is not an
  // artifact, DataLoss if it is one that was damaged, Unimplemented if it was
  // written by a version that this one does not read.
  static absl::StatusOr<std::shared_ptr<const Artifact>> Load(
      const std::string& path);
  // The same from bytes, which the artifact keeps.
  static absl::StatusOr<std::shared_ptr<const Artifact>> FromBytes(
      std::string bytes);

  // SHA-256 of the artifact in lower-case hexadecimal: the name of this policy
  // version.
  const std::string& hash() const { return hash_; }
  absl::string_view bytes() const { return bytes_; }
  const Schema& schema() const { return schema_; }
  const std::vector<PolicyInfo>& policies() const { return policies_; }
  // What the policies' obligations are.
  const std::vector<ObligationDeclaration>& obligations() const {
    return obligations_;
  }
  const DecisionGraph& graph() const { return graph_; }
  // Of requests, against the schema.
  const RequestChecker& request_checker() const { return *request_checker_; }
  // The texts it was compiled from. Decompresses them: not for the hot path.
  absl::StatusOr<std::vector<ArtifactSource>> Sources() const;
  // What Explain needs. Parsed and verified by the first call, for which the
  // others wait, so that loading costs nothing more. DataLoss if they are
  // damaged, FailedPrecondition if the artifact has none.
  absl::StatusOr<const Explanations*> explanations() const;

  ~Artifact();
  Artifact(const Artifact&) = delete;
  Artifact& operator=(const Artifact&) = delete;

 private:
  Artifact() = default;
  static absl::StatusOr<std::shared_ptr<const Artifact>> Open(
      std::unique_ptr<Artifact> artifact);

  // The file's memory map, or the bytes given.
  std::string owned_;
  void* map_ = nullptr;
  absl::string_view bytes_;
  absl::string_view sources_;
  absl::string_view explanation_bytes_;

  std::string hash_;
  Schema schema_;
  std::vector<PolicyInfo> policies_;
  std::vector<ObligationDeclaration> obligations_;
  DecisionGraph graph_;
  std::unique_ptr<const RequestChecker> request_checker_;

  mutable std::once_flag explanations_once_;
  mutable absl::StatusOr<Explanations> explanations_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_ARTIFACT_H_
