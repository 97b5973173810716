#include "engine/graph/artifact_writer.h"

#include <zstd.h>

#include <cstring>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.pb.h"
#include "engine/graph/artifact_format.h"
#include "engine/graph/artifact_proto.h"
#include "engine/graph/explanation_proto.h"

namespace sekisho {
namespace {

artifact::Meta MakeMeta(const DecisionGraph& graph, const Schema& schema,
                        const std::vector<PolicyInfo>& policies,
                        const std::vector<ObligationDeclaration>& obligations) {
  artifact::Meta meta;
  meta.set_compiler("sekisho");
  meta.set_fail_closed(graph.fail_closed);
  ToProto(schema, meta.mutable_schema());
  for (const PolicyInfo& policy : policies) {
    artifact::Policy* proto = meta.add_policies();
    proto->set_id(policy.id);
    proto->set_is_forbid(policy.is_forbid);
    proto->set_source(policy.source);
    proto->set_line(policy.line);
    for (const auto& [name, value] : policy.annotations) {
      artifact::Annotation* annotation = proto->add_annotations();
      annotation->set_name(name);
      annotation->set_value(value);
    }
    for (uint32_t index : policy.obligations) proto->add_obligations(index);
  }
  for (const ObligationDeclaration& obligation : obligations) {
    ToProto(obligation, meta.add_obligations());
  }
  absl::flat_hash_map<std::string, uint32_t> template_index;
  for (const Template& each : graph.templates) {
    template_index.emplace(each.id,
                           static_cast<uint32_t>(meta.templates_size()));
    artifact::Template* proto = meta.add_templates();
    proto->set_policy(each.policy);
    proto->set_principal(static_cast<uint32_t>(each.principal));
    proto->set_resource(static_cast<uint32_t>(each.resource));
    for (const auto& [principal, resource] : each.types) {
      proto->add_principal_types(principal);
      proto->add_resource_types(resource);
    }
  }
  for (const LinkPtr& link : graph.links.by_id()) {
    artifact::Link* proto = meta.add_links();
    proto->set_policy(link->policy);
    proto->set_template_index(template_index.at(link->template_id));
    if (!link->principal.type.empty()) {
      ToProto(link->principal, proto->mutable_principal());
    }
    if (!link->resource.type.empty()) {
      ToProto(link->resource, proto->mutable_resource());
    }
  }
  for (const Test& test : graph.tests) {
    artifact::Test* proto = meta.add_tests();
    proto->set_kind(static_cast<uint32_t>(test.kind));
    proto->set_total(test.total);
    proto->set_code_begin(test.code_begin);
    proto->set_code_end(test.code_end);
    proto->set_text(test.text);
    for (const Value& symbol : test.symbols) {
      ToProto(symbol, proto->add_symbols());
    }
    for (int64_t bound : test.bounds) proto->add_bounds(bound);
    if (test.number_kind != Value::Kind::kLong) {
      proto->set_number_kind(static_cast<uint32_t>(test.number_kind));
    }
  }
  for (const Value& constant : graph.constants) {
    ToProto(constant, meta.add_constants());
  }
  for (const std::string& name : graph.names) meta.add_names(name);
  for (const std::vector<std::string>& pattern : graph.patterns) {
    artifact::Strings* proto = meta.add_patterns();
    for (const std::string& piece : pattern) proto->add_strings(piece);
  }
  for (const std::vector<std::string>& shape : graph.shapes) {
    artifact::Strings* proto = meta.add_shapes();
    for (const std::string& name : shape) proto->add_strings(name);
  }
  for (const Environment& environment : graph.environments) {
    artifact::Environment* proto = meta.add_environments();
    ToProto(environment.action, proto->mutable_action());
    proto->set_principal_type(environment.principal_type);
    proto->set_resource_type(environment.resource_type);
    proto->set_root(environment.root);
    for (const SliceEntry& entry : environment.slice) {
      artifact::SliceEntry* slice = proto->add_slice();
      slice->set_code_begin(entry.code_begin);
      slice->set_code_end(entry.code_end);
      slice->set_ancestors(entry.ancestors);
    }
  }
  return meta;
}

absl::StatusOr<std::string> Compress(absl::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(),
                                    bytes.size(), /*compressionLevel=*/9);
  if (ZSTD_isError(size)) {
    return absl::InternalError(
        absl::StrCat("cannot compress: ", ZSTD_getErrorName(size)));
  }
  out.resize(size);
  return out;
}

std::string Words(absl::Span<const uint32_t> words) {
  return std::string(reinterpret_cast<const char*>(words.data()),
                     words.size() * sizeof(uint32_t));
}

}  // namespace

absl::StatusOr<std::string> WriteArtifact(
    const DecisionGraph& graph, const Schema& schema,
    const std::vector<PolicyInfo>& policies,
    const std::vector<ObligationDeclaration>& obligations,
    const std::vector<ArtifactSource>& sources,
    const Explanations* explanations) {
  artifact::Sources sources_proto;
  for (const ArtifactSource& source : sources) {
    artifact::Source* proto = sources_proto.add_sources();
    proto->set_name(source.name);
    proto->set_text(source.text);
  }
  ASSIGN_OR_RETURN(std::string packed,
                   Compress(sources_proto.SerializeAsString()));
  std::vector<std::pair<SectionKind, std::string>> sections = {
      {SectionKind::kMeta,
       MakeMeta(graph, schema, policies, obligations).SerializeAsString()},
      {SectionKind::kNodes, Words(graph.nodes)},
      {SectionKind::kCode, Words(graph.code)},
      {SectionKind::kSources, std::move(packed)},
  };
  if (explanations != nullptr) {
    artifact::Explanations proto;
    ToProto(*explanations, &proto);
    sections.emplace_back(SectionKind::kExplanations,
                          proto.SerializeAsString());
  }

  ArtifactHeader header = {};
  std::memcpy(header.magic, kArtifactMagic, sizeof(header.magic));
  header.version = kArtifactVersion;
  header.section_count = std::size(sections);
  std::vector<SectionEntry> table;
  std::string body;
  const size_t base =
      sizeof(header) + std::size(sections) * sizeof(SectionEntry);
  for (const auto& [kind, bytes] : sections) {
    body.resize((base + body.size() + 7) / 8 * 8 - base, '\0');
    table.push_back(
        {static_cast<uint32_t>(kind), 0, base + body.size(), bytes.size()});
    body += bytes;
  }
  header.file_size = base + body.size();
  if (header.file_size > kMaxArtifactBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the artifact would have ", header.file_size,
                     " bytes, more than ", kMaxArtifactBytes));
  }

  auto assemble = [&] {
    return absl::StrCat(
        absl::string_view(reinterpret_cast<const char*>(&header),
                          sizeof(header)),
        absl::string_view(reinterpret_cast<const char*>(table.data()),
                          table.size() * sizeof(SectionEntry)),
        body);
  };
  const Sha256Digest digest = Sha256(assemble());
  std::memcpy(header.hash, digest.data(), sizeof(header.hash));
  return assemble();
}

}  // namespace sekisho
