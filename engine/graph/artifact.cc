#include "engine/graph/artifact.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.pb.h"
#include "engine/graph/artifact_format.h"
#include "engine/graph/artifact_proto.h"
#include "engine/graph/explanation_proto.h"
#include "google/protobuf/io/coded_stream.h"

namespace sekisho {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the artifact is damaged: ", what, "; compile it again"));
}

// Types and constants nest deeper than protobuf reads without being told to.
bool ReadMeta(absl::string_view bytes, artifact::Meta* meta) {
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const uint8_t*>(bytes.data()),
      static_cast<int>(bytes.size()));
  input.SetRecursionLimit(kMaxMessageDepth);
  return meta->ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
}

absl::Status ReadTest(const artifact::Test& proto, Test* test) {
  if (proto.kind() > static_cast<uint32_t>(TestKind::kInterval)) {
    return Damaged("a test of a kind that there is not");
  }
  test->kind = static_cast<TestKind>(proto.kind());
  test->total = proto.total();
  test->code_begin = proto.code_begin();
  test->code_end = proto.code_end();
  test->text = proto.text();
  for (const artifact::Value& symbol : proto.symbols()) {
    ASSIGN_OR_RETURN(Value value, FromProto(symbol));
    test->symbols.push_back(std::move(value));
  }
  test->bounds.assign(proto.bounds().begin(), proto.bounds().end());
  switch (proto.number_kind()) {
    case 0:
      break;
    case static_cast<uint32_t>(Value::Kind::kDatetime):
    case static_cast<uint32_t>(Value::Kind::kDuration):
      test->number_kind = static_cast<Value::Kind>(proto.number_kind());
      break;
    default:
      return Damaged("a test of numbers of a kind that there is not");
  }
  return absl::OkStatus();
}

PolicyInfo ReadPolicy(const artifact::Policy& proto) {
  PolicyInfo policy;
  policy.id = proto.id();
  policy.is_forbid = proto.is_forbid();
  policy.source = proto.source();
  policy.line = proto.line();
  for (const artifact::Annotation& annotation : proto.annotations()) {
    policy.annotations.emplace_back(annotation.name(), annotation.value());
  }
  policy.obligations.assign(proto.obligations().begin(),
                            proto.obligations().end());
  return policy;
}

bool ReadSlotUse(uint32_t number, SlotUse* use) {
  *use = static_cast<SlotUse>(number);
  return number <= static_cast<uint32_t>(SlotUse::kIn);
}

absl::Status ReadTemplates(const artifact::Meta& meta, DecisionGraph* graph) {
  const auto policies = static_cast<uint32_t>(meta.policies_size());
  for (const artifact::Template& proto : meta.templates()) {
    Template& out = graph->templates.emplace_back();
    out.policy = proto.policy();
    if (out.policy >= policies ||
        !ReadSlotUse(proto.principal(), &out.principal) ||
        !ReadSlotUse(proto.resource(), &out.resource)) {
      return Damaged("a template is wrong");
    }
    if (proto.principal_types_size() != proto.resource_types_size()) {
      return Damaged("a template is wrong");
    }
    for (int i = 0; i < proto.principal_types_size(); ++i) {
      out.types.emplace_back(proto.principal_types(i), proto.resource_types(i));
    }
    out.id = meta.policies(static_cast<int>(out.policy)).id();
  }
  std::vector<LinkPtr> links;
  std::vector<bool> seen(policies, false);
  for (const artifact::Link& proto : meta.links()) {
    if (proto.policy() >= policies || seen[proto.policy()] ||
        proto.template_index() >= graph->templates.size()) {
      return Damaged("a link is wrong");
    }
    seen[proto.policy()] = true;
    links.push_back(std::make_shared<const Link>(
        Link{meta.policies(static_cast<int>(proto.policy())).id(),
             graph->templates[proto.template_index()].id,
             FromProto(proto.principal()), FromProto(proto.resource()),
             proto.policy()}));
  }
  graph->links = LinkSet(std::move(links));
  return absl::OkStatus();
}

absl::Status ReadGraph(const artifact::Meta& meta, DecisionGraph* graph) {
  graph->fail_closed = meta.fail_closed();
  for (const artifact::Policy& policy : meta.policies()) {
    graph->is_forbid.push_back(policy.is_forbid());
  }
  RETURN_IF_ERROR(ReadTemplates(meta, graph));
  for (const artifact::Test& proto : meta.tests()) {
    RETURN_IF_ERROR(ReadTest(proto, &graph->tests.emplace_back()));
  }
  for (const artifact::Value& constant : meta.constants()) {
    ASSIGN_OR_RETURN(Value value, FromProto(constant));
    graph->constants.push_back(std::move(value));
  }
  graph->names.assign(meta.names().begin(), meta.names().end());
  for (const artifact::Strings& pattern : meta.patterns()) {
    graph->patterns.emplace_back(pattern.strings().begin(),
                                 pattern.strings().end());
  }
  for (const artifact::Strings& shape : meta.shapes()) {
    graph->shapes.emplace_back(shape.strings().begin(), shape.strings().end());
  }
  for (const artifact::Environment& proto : meta.environments()) {
    Environment environment;
    environment.action = FromProto(proto.action());
    environment.principal_type = proto.principal_type();
    environment.resource_type = proto.resource_type();
    environment.root = proto.root();
    for (const artifact::SliceEntry& entry : proto.slice()) {
      environment.slice.push_back(
          {entry.code_begin(), entry.code_end(), entry.ancestors()});
    }
    graph->environments.push_back(std::move(environment));
  }
  return graph->Verify();
}

absl::StatusOr<absl::Span<const uint32_t>> ReadWords(absl::string_view bytes) {
  if (bytes.size() % sizeof(uint32_t) != 0 ||
      reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint32_t) != 0) {
    return Damaged("a section is out of place");
  }
  return absl::MakeConstSpan(reinterpret_cast<const uint32_t*>(bytes.data()),
                             bytes.size() / sizeof(uint32_t));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Artifact>> Artifact::Load(
    const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  struct stat info;
  std::unique_ptr<Artifact> artifact(new Artifact);
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
    const size_t size = static_cast<size_t>(info.st_size);
    void* map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map != MAP_FAILED) {
      artifact->map_ = map;
      artifact->bytes_ = absl::string_view(static_cast<const char*>(map), size);
    }
  }
  close(fd);
  if (artifact->map_ == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not an artifact: it is empty or no file"));
  }
  auto opened = Open(std::move(artifact));
  if (opened.ok()) return opened;
  return absl::Status(opened.status().code(),
                      absl::StrCat(path, ": ", opened.status().message()));
}

absl::StatusOr<std::shared_ptr<const Artifact>> Artifact::FromBytes(
    std::string bytes) {
  std::unique_ptr<Artifact> artifact(new Artifact);
  artifact->owned_ = std::move(bytes);
  artifact->bytes_ = artifact->owned_;
  return Open(std::move(artifact));
}

absl::StatusOr<std::shared_ptr<const Artifact>> Artifact::Open(
    std::unique_ptr<Artifact> artifact) {
  const absl::string_view bytes = artifact->bytes_;
  ArtifactHeader header;
  if (bytes.size() < sizeof(header)) {
    return absl::InvalidArgumentError("not an artifact: too short");
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.magic, kArtifactMagic, sizeof(header.magic)) != 0) {
    return absl::InvalidArgumentError(
        "not an artifact: it does not begin with `SEKISHO`");
  }
  if (header.version != kArtifactVersion) {
    return absl::UnimplementedError(
        absl::StrCat("the artifact has format version ", header.version,
                     ", and this program reads version ", kArtifactVersion,
                     "; compile the policies again"));
  }
  if (header.file_size != bytes.size()) return Damaged("its size is wrong");
  if (bytes.size() > kMaxArtifactBytes) return Damaged("it is too large");
  if (header.section_count > kMaxSections ||
      bytes.size() <
          sizeof(header) + header.section_count * sizeof(SectionEntry)) {
    return Damaged("its section table is too long");
  }

  ArtifactHeader unhashed = header;
  std::memset(unhashed.hash, 0, sizeof(unhashed.hash));
  const Sha256Digest digest =
      Sha256({absl::string_view(reinterpret_cast<const char*>(&unhashed),
                                sizeof(unhashed)),
              bytes.substr(sizeof(header))});
  if (std::memcmp(digest.data(), header.hash, digest.size()) != 0) {
    return Damaged("its hash does not match its content");
  }
  artifact->hash_ = absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));

  absl::string_view sections[kMaxSections + 1];
  for (uint32_t i = 0; i < header.section_count; ++i) {
    SectionEntry entry;
    std::memcpy(&entry, bytes.data() + sizeof(header) + i * sizeof(entry),
                sizeof(entry));
    if (entry.offset > bytes.size() ||
        entry.size > bytes.size() - entry.offset) {
      return Damaged("a section leaves the file");
    }
    if (entry.kind <= kMaxSections) {
      sections[entry.kind] = bytes.substr(entry.offset, entry.size);
    }
  }
  auto section = [&](SectionKind kind) {
    return sections[static_cast<uint32_t>(kind)];
  };
  artifact->sources_ = section(SectionKind::kSources);
  artifact->explanation_bytes_ = section(SectionKind::kExplanations);
  ASSIGN_OR_RETURN(artifact->graph_.nodes,
                   ReadWords(section(SectionKind::kNodes)));
  ASSIGN_OR_RETURN(artifact->graph_.code,
                   ReadWords(section(SectionKind::kCode)));
  artifact::Meta meta;
  if (!ReadMeta(section(SectionKind::kMeta), &meta)) {
    return Damaged("its names cannot be read");
  }
  for (const artifact::Policy& policy : meta.policies()) {
    artifact->policies_.push_back(ReadPolicy(policy));
  }
  for (const artifact::ObligationDeclaration& proto : meta.obligations()) {
    ASSIGN_OR_RETURN(ObligationDeclaration obligation, FromProto(proto));
    artifact->obligations_.push_back(std::move(obligation));
  }
  RETURN_IF_ERROR(
      VerifyObligations(artifact->obligations_, artifact->policies_));
  ASSIGN_OR_RETURN(artifact->schema_, FromProto(meta.schema()));
  artifact->graph_.schema = &artifact->schema_;
  DecisionGraph& graph = artifact->graph_;
  RETURN_IF_ERROR(ReadGraph(meta, &graph));
  graph.look_up = std::make_shared<const GraphIndex>(
      graph.tests, graph.code, graph.constants, graph.names, graph.environments,
      artifact->schema_);
  artifact->request_checker_ =
      std::make_unique<const RequestChecker>(&artifact->schema_);
  return std::shared_ptr<const Artifact>(std::move(artifact));
}

absl::StatusOr<std::vector<ArtifactSource>> Artifact::Sources() const {
  const unsigned long long size =
      ZSTD_getFrameContentSize(sources_.data(), sources_.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
      size > kMaxSourceBytes) {
    return Damaged("its sources cannot be unpacked");
  }
  std::string bytes(size, '\0');
  const size_t got = ZSTD_decompress(bytes.data(), bytes.size(),
                                     sources_.data(), sources_.size());
  artifact::Sources proto;
  if (ZSTD_isError(got) || got != size || !proto.ParseFromString(bytes)) {
    return Damaged("its sources cannot be unpacked");
  }
  std::vector<ArtifactSource> sources;
  for (const artifact::Source& source : proto.sources()) {
    sources.push_back({source.name(), source.text()});
  }
  return sources;
}

absl::StatusOr<const Explanations*> Artifact::explanations() const {
  std::call_once(explanations_once_, [this] {
    if (explanation_bytes_.empty()) {
      explanations_ = absl::FailedPreconditionError(
          "the artifact has no explanations; compile the policies again");
      return;
    }
    artifact::Explanations proto;
    if (!proto.ParseFromArray(explanation_bytes_.data(),
                              static_cast<int>(explanation_bytes_.size()))) {
      explanations_ = Damaged("its explanations cannot be read");
      return;
    }
    explanations_ = FromProto(proto, policies_.size());
    if (explanations_.ok()) explanations_->programs.schema = &schema_;
  });
  if (!explanations_.ok()) return explanations_.status();
  return &*explanations_;
}

Artifact::~Artifact() {
  if (map_ != nullptr) munmap(map_, bytes_.size());
}

}  // namespace sekisho
