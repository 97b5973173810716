#include "engine/graph/artifact_writer.h"

#include <zstd.h>

#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.pb.h"
#include "engine/graph/artifact_format.h"
#include "engine/graph/artifact_proto.h"
#include "engine/graph/wire.h"

namespace sekisho {
namespace {

// As many policies have objects at a time.
constexpr int kPoliciesAtOnce = 1000;

void AppendTest(const Test& test, std::string* out) {
  // Its fields in the order of their numbers; there may be very many symbols.
  artifact::Test proto;
  proto.set_kind(static_cast<uint32_t>(test.kind));
  proto.set_total(test.total);
  proto.set_code_begin(test.code_begin);
  proto.set_code_end(test.code_end);
  std::string bytes = proto.SerializeAsString();
  for (const Value& symbol : test.symbols) {
    AppendField(artifact::Test::kSymbolsFieldNumber, symbol, &bytes);
  }
  proto.Clear();
  proto.mutable_bounds()->Add(test.bounds.begin(), test.bounds.end());
  proto.set_text(test.text);
  if (test.number_kind != Value::Kind::kLong) {
    proto.set_number_kind(static_cast<uint32_t>(test.number_kind));
  }
  proto.AppendToString(&bytes);
  AppendField(artifact::Meta::kTestsFieldNumber, bytes, out);
}

// The fields are written in the order of their numbers, a part at a time.
std::string MakeMeta(const DecisionGraph& graph, const Schema& schema,
                     const std::vector<PolicyInfo>& policies,
                     const std::vector<ObligationDeclaration>& obligations) {
  artifact::Meta meta;
  std::string out;
  auto write = [&] {
    meta.AppendToString(&out);
    meta.Clear();
  };
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
    if (meta.policies_size() == kPoliciesAtOnce) write();
  }
  write();
  for (const Test& test : graph.tests) AppendTest(test, &out);
  for (const Value& constant : graph.constants) {
    AppendField(artifact::Meta::kConstantsFieldNumber, constant, &out);
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
  write();
  return out;
}

// A Zstandard frame of artifact.proto: Sources, made as the texts are read.
absl::StatusOr<std::string> PackSources(
    const std::vector<ArtifactSource>& sources) {
  std::vector<absl::string_view> pieces;
  std::deque<std::string> heads;
  size_t size = 0;
  for (const ArtifactSource& source : sources) {
    std::string fields;
    AppendField(artifact::Source::kNameFieldNumber, source.name, &fields);
    AppendHead(artifact::Source::kTextFieldNumber, source.text.size(), &fields);
    std::string& head = heads.emplace_back();
    AppendHead(artifact::Sources::kSourcesFieldNumber,
               fields.size() + source.text.size(), &head);
    head += fields;
    for (absl::string_view piece :
         {absl::string_view(head), absl::string_view(source.text)}) {
      pieces.push_back(piece);
      size += piece.size();
    }
  }
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(
      ZSTD_createCCtx(), &ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 9);
  ZSTD_CCtx_setPledgedSrcSize(context.get(), size);
  std::string out;
  std::string buffer(ZSTD_CStreamOutSize(), '\0');
  // All pieces, and nothing at the end.
  pieces.push_back("");
  for (size_t i = 0; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    ZSTD_inBuffer in = {pieces[i].data(), pieces[i].size(), 0};
    size_t left = 1;
    while (last ? left > 0 : in.pos < in.size) {
      ZSTD_outBuffer packed = {buffer.data(), buffer.size(), 0};
      left = ZSTD_compressStream2(context.get(), &packed, &in,
                                  last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) {
        return absl::InternalError(
            absl::StrCat("cannot compress: ", ZSTD_getErrorName(left)));
      }
      out.append(buffer.data(), packed.pos);
    }
  }
  return out;
}

absl::string_view Words(absl::Span<const uint32_t> words) {
  return absl::string_view(reinterpret_cast<const char*>(words.data()),
                           words.size() * sizeof(uint32_t));
}

}  // namespace

absl::StatusOr<std::string> WriteArtifact(
    const DecisionGraph& graph, const Schema& schema,
    std::vector<PolicyInfo> policies,
    const std::vector<ObligationDeclaration>& obligations,
    std::vector<ArtifactSource> sources, std::string explanations) {
  ASSIGN_OR_RETURN(const std::string packed, PackSources(sources));
  sources = std::vector<ArtifactSource>();
  const std::string meta = MakeMeta(graph, schema, policies, obligations);
  policies = std::vector<PolicyInfo>();
  std::vector<std::pair<SectionKind, absl::string_view>> sections = {
      {SectionKind::kMeta, meta},
      {SectionKind::kNodes, Words(graph.nodes)},
      {SectionKind::kCode, Words(graph.code)},
      {SectionKind::kSources, packed},
  };
  if (!explanations.empty()) {
    sections.emplace_back(SectionKind::kExplanations, explanations);
  }

  ArtifactHeader header = {};
  std::memcpy(header.magic, kArtifactMagic, sizeof(header.magic));
  header.version = kArtifactVersion;
  header.section_count = std::size(sections);
  uint64_t end = sizeof(header) + sections.size() * sizeof(SectionEntry);
  std::vector<SectionEntry> table;
  for (const auto& [kind, bytes] : sections) {
    const uint64_t begin = (end + 7) / 8 * 8;
    table.push_back({static_cast<uint32_t>(kind), 0, begin, bytes.size()});
    end = begin + bytes.size();
  }
  header.file_size = end;
  if (header.file_size > kMaxArtifactBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the artifact would have ", header.file_size,
                     " bytes, more than ", kMaxArtifactBytes));
  }

  std::string out;
  out.reserve(end);
  out.append(reinterpret_cast<const char*>(&header), sizeof(header));
  out.append(reinterpret_cast<const char*>(table.data()),
             table.size() * sizeof(SectionEntry));
  for (size_t i = 0; i < sections.size(); ++i) {
    out.resize(table[i].offset, '\0');
    out.append(sections[i].second.data(), sections[i].second.size());
  }
  const Sha256Digest digest = Sha256(out);
  std::memcpy(out.data() + offsetof(ArtifactHeader, hash), digest.data(),
              sizeof(header.hash));
  return out;
}

std::string HashOfArtifact(absl::string_view bytes) {
  return absl::BytesToHexString(bytes.substr(offsetof(ArtifactHeader, hash),
                                             sizeof(ArtifactHeader::hash)));
}

}  // namespace sekisho
