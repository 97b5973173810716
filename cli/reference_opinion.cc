#include "cli/reference_opinion.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "compiler/cedar/template.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/reference/reference.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

class ReferenceOpinion : public SecondOpinion {
 public:
  ReferenceOpinion(PolicyFolder folder, bool fail_closed)
      : folder_(std::move(folder)),
        compilation_(&folder_.sources),
        fail_closed_(fail_closed) {
    ReadPolicies(folder_, {}, &compilation_);
  }

  absl::Status Check(const Artifact& artifact) const {
    bool is_same = !compilation_.diagnostics.has_errors() &&
                   compilation_.schema.has_value() &&
                   compilation_.policies.size() == artifact.policies().size();
    for (size_t i = 0; is_same && i < compilation_.policies.size(); ++i) {
      is_same = compilation_.policies[i].id == artifact.policies()[i].id;
    }
    return is_same ? absl::OkStatus()
                   : absl::InvalidArgumentError(
                         "its sources are not those of its policies");
  }

  Decision Decide(const Request& request, const std::vector<Entity>& entities,
                  const LinkSet& links) const override {
    EntityMap map;
    for (const Entity& entity : entities) map.emplace(entity.uid, entity);
    const ReferenceInput input = {request, map, *compilation_.schema};
    if (links.size() == 0) {
      return ReferenceDecide(compilation_.policies, input, fail_closed_);
    }
    std::vector<Policy> policies = compilation_.policies;
    std::vector<DecidedLink> linked;
    for (const LinkPtr& link : links.by_id()) {
      const auto of = std::find_if(
          compilation_.policies.begin(), compilation_.policies.end(),
          [&](const Policy& policy) { return policy.id == link->template_id; });
      if (of == compilation_.policies.end()) continue;
      TemplateLink filled;
      filled.template_id = link->template_id;
      filled.id = link->id;
      filled.principal = link->principal;
      filled.resource = link->resource;
      policies.push_back(LinkTemplate(*of, filled));
      linked.push_back(
          {link, static_cast<PolicyIndex>(of - compilation_.policies.begin())});
    }
    Decision decision = ReferenceDecide(policies, input, fail_closed_);
    decision.links = std::move(linked);
    return decision;
  }

 private:
  const PolicyFolder folder_;
  Compilation compilation_;
  const bool fail_closed_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SecondOpinion>> MakeReferenceOpinion(
    const Artifact& artifact) {
  ASSIGN_OR_RETURN(std::vector<ArtifactSource> sources, artifact.Sources());
  std::vector<std::pair<std::string, std::string>> files;
  for (ArtifactSource& source : sources) {
    files.emplace_back(std::move(source.name), std::move(source.text));
  }
  ASSIGN_OR_RETURN(PolicyFolder folder, MakePolicyFolder(std::move(files)));
  auto opinion = std::make_unique<ReferenceOpinion>(
      std::move(folder), artifact.graph().fail_closed);
  RETURN_IF_ERROR(opinion->Check(artifact));
  return std::unique_ptr<SecondOpinion>(std::move(opinion));
}

}  // namespace sekisho
