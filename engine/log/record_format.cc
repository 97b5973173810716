// Encoder and Decoder have one method each for every rule of the grammar, in
// the same order; a change to one is a change to both.
//
// Tested by record_format_test.cc (known bytes, damage byte by byte) and
// tests/log/record_fuzz.cc.
#include "engine/log/record_format.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/bytes.h"
#include "engine/base/status_macros.h"
#include "engine/model/value_format.h"

namespace sekisho {
namespace {

constexpr uint8_t kDecisionKind = 1;

// The first version that can say it.
uint8_t VersionOf(const RefusalBody&) { return 1; }
uint8_t VersionOf(const ExplanationBody& body) {
  return body.basis.evidence_list.has_value() ? 3 : 1;
}
uint8_t VersionOf(const ActivationBody&) { return 1; }
uint8_t VersionOf(const WriteBody&) { return 1; }
uint8_t VersionOf(const OpenedBody&) { return 1; }
uint8_t VersionOf(const ClosedBody&) { return 1; }
uint8_t VersionOf(const LinksBody&) { return 2; }
// Of a decision, or the view of one.
template <typename Decision>
uint8_t VersionOf(const Decision& body) {
  if (body.unnamed != UnnamedPolicies() ||
      body.basis.evidence_list.has_value()) {
    return 3;
  }
  return body.links.has_value() ? 2 : 1;
}

uint8_t VersionOf(const DecisionRecordView& record) {
  return VersionOf(record.body);
}
uint8_t VersionOf(const Record& record) {
  return std::visit([](const auto& body) { return VersionOf(body); },
                    record.body);
}

uint8_t KindOf(const DecisionRecordView&) { return kDecisionKind; }
uint8_t KindOf(const Record& record) {
  return static_cast<uint8_t>(record.body.index() + 1);
}

class Encoder {
 public:
  explicit Encoder(std::string* out) : out_(out), values_(&out_, this) {}

  void Put(const Record& record) {
    PutHead(record);
    std::visit([this](const auto& body) { Put(body); }, record.body);
  }

  void Put(const DecisionRecordView& record) {
    PutHead(record);
    PutDecision(record.body);
  }

  void PutChange(const std::vector<LinkPtr>& linked,
                 const std::vector<std::string>& unlinked) {
    PutNumber(linked.size());
    for (const LinkPtr& link : linked) Put(*link);
    PutPolicies(unlinked);
  }

  template <typename Versions>
  void PutVersions(const Versions& versions) {
    PutNumber(versions.size());
    for (const auto& version : versions) {
      Put(version.uid);
      const auto exists = static_cast<bool>(version.hash);
      PutBool(exists);
      if (exists) PutBytes(*version.hash);
    }
  }

  bool too_deep() const { return values_.too_deep(); }
  absl::string_view written() const { return out_.written(); }
  void Finish() { out_.Finish(); }

  // For ValueWriter.
  void Name(absl::string_view name) { out_.String(name); }

 private:
  // What follows is of a record or of a view, which have the same names.
  template <typename AnyRecord>
  void PutHead(const AnyRecord& record) {
    PutByte(VersionOf(record));
    PutByte(KindOf(record));
    PutBytes(record.salt);
    PutBytes(record.id);
    for (int shift = 0; shift < 64; shift += 8) {
      PutByte(static_cast<uint8_t>(record.time_ns >> shift));
    }
    PutText(record.policy_store);
    PutText(record.pep.kind);
    PutText(record.pep.name);
    PutText(record.face);
    PutText(record.request_id);
    PutBool(record.batch.has_value());
    if (record.batch.has_value()) {
      PutBytes(record.batch->batch_id);
      PutNumber(record.batch->item);
    }
  }

  template <typename AnyDecision>
  void PutDecision(const AnyDecision& body) {
    Put(body.request);
    PutBasis(body.basis);
    PutBool(body.permitted);
    PutByte(static_cast<uint8_t>(body.cause));
    PutPolicies(body.determining);
    PutPolicies(body.errors);
    PutPolicies(body.undecided_forbids);
    Put(body.obligations);
    Put(body.advice);
    PutNumber(body.duration_ns);
    const bool is_large = VersionOf(body) >= 3;
    if (is_large) PutBool(body.links.has_value());
    if (body.links.has_value()) {
      PutNumber(body.links->size());
      for (const auto& link : *body.links) Put(link);
    }
    if (!is_large) return;
    PutNumber(body.unnamed.determining);
    PutNumber(body.unnamed.errors);
    PutNumber(body.unnamed.undecided_forbids);
    PutBool(body.basis.evidence_list.has_value());
    PutList(body.basis);
  }

  template <typename AnyBasis>
  void PutBasis(const AnyBasis& basis) {
    PutText(basis.policy_hash);
    PutNumber(basis.policy_version);
    PutByte(static_cast<uint8_t>(basis.mode));
    PutNumber(basis.entity_revision);
    PutFields(basis.added_context);
    if (basis.evidence_list.has_value()) {
      PutNumber(0);
    } else {
      PutVersions(basis.evidence);
    }
  }

  template <typename AnyBasis>
  void PutList(const AnyBasis& basis) {
    if (basis.evidence_list.has_value()) PutBytes(*basis.evidence_list);
  }

  template <typename Texts>
  void PutPolicies(const Texts& texts) {
    PutNumber(texts.size());
    for (const auto& text : texts) PutText(text);
  }

  void Put(const DecisionBody& body) { PutDecision(body); }

  void Put(const RefusalBody& body) {
    Put(body.request);
    PutBasis(body.basis);
    PutNumber(body.code);
    PutText(body.message);
  }

  void Put(const ExplanationBody& body) {
    Put(body.request);
    PutBasis(body.basis);
    PutBool(body.decision_id.has_value());
    if (body.decision_id.has_value()) PutBytes(*body.decision_id);
    PutBool(body.redacted);
    PutList(body.basis);
  }

  void Put(const ActivationBody& body) {
    PutText(body.policy_hash);
    PutNumber(body.policy_version);
    PutText(body.previous_hash);
    PutBytes(body.artifact);
    PutText(body.reason);
  }

  void Put(const WriteBody& body) {
    PutNumber(body.revision);
    PutText(body.source);
    PutNumber(body.count);
    PutVersions(body.entities);
  }

  void Put(const OpenedBody& body) {
    PutText(body.software);
    PutText(body.verifier_key);
    PutNumber(body.cut_bytes);
  }

  void Put(const ClosedBody& body) { PutText(body.reason); }

  void Put(const LinksBody& body) {
    PutNumber(body.revision);
    PutNumber(body.linked);
    PutNumber(body.unlinked);
    PutBytes(body.change);
  }

  void Put(const Link* link) { Put(*link); }
  void Put(const Link& link) {
    PutText(link.id);
    PutText(link.template_id);
    Put(link.principal);
    Put(link.resource);
  }

  void Put(const RecordedRequest& request) {
    Put(request.request.principal);
    Put(request.request.action);
    Put(request.request.resource);
    PutFields(request.request.context);
    PutNumber(request.entities.size());
    for (const Entity& entity : request.entities) Put(entity);
    PutBool(request.supported_obligations.has_value());
    if (request.supported_obligations.has_value()) {
      PutPolicies(*request.supported_obligations);
    }
    PutText(request.demanded_policy);
    Put(request.at_least_revision);
    Put(request.max_age);
  }

  void Put(const Entity& entity) {
    Put(entity.uid);
    PutFields(entity.attributes);
    PutFields(entity.tags);
    std::vector<EntityUid> parents = entity.parents;
    std::sort(parents.begin(), parents.end());
    parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
    PutNumber(parents.size());
    for (const EntityUid& parent : parents) Put(parent);
  }

  void Put(const std::optional<uint64_t>& number) {
    PutBool(number.has_value());
    if (number.has_value()) PutNumber(*number);
  }

  void Put(const std::vector<Obligation>& duties) {
    PutNumber(duties.size());
    for (const Obligation& duty : duties) {
      PutText(duty.name);
      PutFields(duty.parameters);
    }
  }

  void Put(const std::vector<SourceAge>& ages) {
    PutNumber(ages.size());
    for (const SourceAge& age : ages) {
      PutText(age.source);
      PutNumber(age.max_age_ns);
    }
  }

  void PutFields(const Value& record) { values_.Fields(record); }
  void Put(const EntityUid& uid) { values_.Uid(uid); }
  void PutByte(uint8_t byte) { out_.Byte(byte); }
  void PutBool(bool b) { out_.Byte(b ? 1 : 0); }
  void PutNumber(uint64_t number) { out_.Varint(number); }
  void PutText(absl::string_view text) { out_.String(text); }
  template <size_t kSize>
  void PutBytes(const std::array<uint8_t, kSize>& bytes) {
    out_.Bytes(bytes.data(), kSize);
  }

  ByteWriter out_;
  ValueWriter<Encoder> values_;
};

// Reads what Encoder writes and nothing else. Each method returns false if the
// bytes do not go on as they must; otherwise nothing is left of what was there
// before but its memory.
class Decoder {
 public:
  explicit Decoder(absl::string_view bytes) : in_(bytes), values_(&in_, this) {}

  bool Decode(Record* record) {
    uint8_t kind;
    return in_.Byte(&version_) && in_.Byte(&kind) && Get(&record->salt) &&
           Get(&record->id) && GetTime(&record->time_ns) &&
           Get(&record->policy_store) && Get(&record->pep.kind) &&
           Get(&record->pep.name) && Get(&record->face) &&
           Get(&record->request_id) && Get(&record->batch) &&
           GetBody(kind, record) && in_.empty() &&
           version_ == VersionOf(*record);
  }

  bool DecodeVersions(std::vector<EntityVersion>* versions) {
    return Get(versions) && in_.empty();
  }

  // For ValueReader.
  bool Name(std::string* name) { return Get(name); }

 private:
  bool GetTime(int64_t* time) {
    uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      uint8_t byte;
      if (!in_.Byte(&byte)) return false;
      bits |= uint64_t{byte} << shift;
    }
    *time = static_cast<int64_t>(bits);
    return true;
  }

  bool GetBody(uint8_t kind, Record* record) {
    switch (kind) {
      case kDecisionKind:
        return GetBody<DecisionBody>(record);
      case 2:
        return GetBody<RefusalBody>(record);
      case 3:
        return GetBody<ExplanationBody>(record);
      case 4:
        return GetBody<ActivationBody>(record);
      case 5:
        return GetBody<WriteBody>(record);
      case 6:
        return GetBody<OpenedBody>(record);
      case 7:
        return GetBody<ClosedBody>(record);
      case 8:
        return GetBody<LinksBody>(record);
      default:
        return false;
    }
  }

  bool Get(BatchItem* batch) {
    return Get(&batch->batch_id) && Get(&batch->item);
  }

  template <typename Body>
  bool GetBody(Record* record) {
    auto* const body = std::get_if<Body>(&record->body);
    return Get(body != nullptr ? body : &record->body.emplace<Body>());
  }

  bool Get(DecisionBody* body) {
    return Get(&body->request) && Get(&body->basis) && Get(&body->permitted) &&
           GetEnum(4, &body->cause) && Get(&body->determining) &&
           Get(&body->errors) && Get(&body->undecided_forbids) &&
           Get(&body->obligations) && Get(&body->advice) &&
           Get(&body->duration_ns) && GetLater(body);
  }

  // What later versions added.
  bool GetLater(DecisionBody* body) {
    body->unnamed = {};
    bool has_list = false;
    bool has_links = version_ == 2;
    if (version_ >= 3 && !Get(&has_links)) return false;
    if (!has_links) {
      body->links.reset();
    } else if (!GetLinks(body->links.has_value() ? &*body->links
                                                 : &body->links.emplace())) {
      return false;
    }
    return version_ < 3 ||
           (Get(&body->unnamed.determining) && Get(&body->unnamed.errors) &&
            Get(&body->unnamed.undecided_forbids) && Get(&has_list) &&
            (!has_list || GetList(&body->basis)));
  }

  // In place of the list itself.
  bool GetList(Basis* basis) {
    return basis->evidence.empty() && Get(&basis->evidence_list.emplace());
  }

  bool Get(RefusalBody* body) {
    return Get(&body->request) && Get(&body->basis) && Get(&body->code) &&
           Get(&body->message);
  }

  bool Get(ExplanationBody* body) {
    return Get(&body->request) && Get(&body->basis) &&
           Get(&body->decision_id) && Get(&body->redacted) &&
           (version_ < 3 || GetList(&body->basis));
  }

  bool Get(ActivationBody* body) {
    return Get(&body->policy_hash) && Get(&body->policy_version) &&
           Get(&body->previous_hash) && Get(&body->artifact) &&
           Get(&body->reason);
  }

  bool Get(WriteBody* body) {
    return Get(&body->revision) && Get(&body->source) && Get(&body->count) &&
           Get(&body->entities);
  }

  bool Get(OpenedBody* body) {
    return Get(&body->software) && Get(&body->verifier_key) &&
           Get(&body->cut_bytes);
  }

  bool Get(ClosedBody* body) { return Get(&body->reason); }

  bool Get(LinksBody* body) {
    return Get(&body->revision) && Get(&body->linked) && Get(&body->unlinked) &&
           Get(&body->change);
  }

  bool GetLinks(std::vector<Link>* links) {
    return Get(links) && std::adjacent_find(links->begin(), links->end(),
                                            [](const Link& a, const Link& b) {
                                              return !(a.id < b.id);
                                            }) == links->end();
  }

  bool Get(Link* link) {
    return Get(&link->id) && Get(&link->template_id) && Get(&link->principal) &&
           Get(&link->resource);
  }

  bool Get(RecordedRequest* request) {
    return Get(&request->request.principal) && Get(&request->request.action) &&
           Get(&request->request.resource) &&
           values_.Fields(&request->request.context) &&
           Get(&request->entities) && Get(&request->supported_obligations) &&
           Get(&request->demanded_policy) && Get(&request->at_least_revision) &&
           Get(&request->max_age);
  }

  bool Get(Basis* basis) {
    basis->evidence_list.reset();
    return Get(&basis->policy_hash) && Get(&basis->policy_version) &&
           GetEnum(1, &basis->mode) && Get(&basis->entity_revision) &&
           values_.Fields(&basis->added_context) && Get(&basis->evidence);
  }

  bool Get(Entity* entity) {
    if (!Get(&entity->uid) || !values_.Fields(&entity->attributes) ||
        !values_.Fields(&entity->tags) || !Get(&entity->parents)) {
      return false;
    }
    return std::adjacent_find(entity->parents.begin(), entity->parents.end(),
                              [](const EntityUid& a, const EntityUid& b) {
                                return !(a < b);
                              }) == entity->parents.end();
  }

  bool Get(Obligation* duty) {
    return Get(&duty->name) && values_.Fields(&duty->parameters);
  }

  bool Get(SourceAge* age) {
    return Get(&age->source) && Get(&age->max_age_ns);
  }

  bool Get(EntityVersion* version) {
    return Get(&version->uid) && Get(&version->hash);
  }

  template <typename T>
  bool Get(std::vector<T>* list) {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    // What a damaged count says is not to be believed.
    constexpr uint64_t kExpected = 16;
    list->reserve(static_cast<size_t>(std::min(count, kExpected)));
    for (uint64_t i = 0; i < count; ++i) {
      if (!Get(i < list->size() ? &(*list)[i] : &list->emplace_back())) {
        return false;
      }
    }
    list->resize(count);
    return true;
  }

  template <typename T>
  bool Get(std::optional<T>* value) {
    bool present;
    if (!Get(&present)) return false;
    if (!present) {
      value->reset();
      return true;
    }
    return Get(value->has_value() ? &**value : &value->emplace());
  }

  bool Get(EntityUid* uid) { return values_.Uid(uid); }

  template <typename Enum>
  bool GetEnum(uint8_t max, Enum* value) {
    uint8_t byte;
    if (!in_.Byte(&byte) || byte > max) return false;
    *value = static_cast<Enum>(byte);
    return true;
  }

  bool Get(bool* b) { return GetEnum(1, b); }
  bool Get(uint64_t* number) { return in_.Varint(number); }

  bool Get(std::string* text) {
    absl::string_view view;
    if (!in_.String(&view)) return false;
    text->assign(view.data(), view.size());
    return true;
  }

  template <size_t kSize>
  bool Get(std::array<uint8_t, kSize>* bytes) {
    absl::string_view view;
    if (!in_.Bytes(kSize, &view)) return false;
    std::copy(view.begin(), view.end(), bytes->begin());
    return true;
  }

  ByteReader in_;
  uint8_t version_ = 0;
  ValueReader<Decoder> values_;
};

absl::Status Check(const Encoder& encoder) {
  if (encoder.too_deep()) {
    return absl::InvalidArgumentError(
        "a value of the record is nested too deeply");
  }
  const size_t size = encoder.written().size();
  if (size > kMaxRecordSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("the record would have ", size, " bytes, and at most ",
                     kMaxRecordSize, " are possible"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status EncodeRecord(const Record& record, std::string* out) {
  Encoder encoder(out);
  encoder.Put(record);
  encoder.Finish();
  return Check(encoder);
}

absl::StatusOr<absl::string_view> EncodeDecision(
    const DecisionRecordView& record, std::string* buffer) {
  Encoder encoder(buffer);
  encoder.Put(record);
  RETURN_IF_ERROR(Check(encoder));
  return encoder.written();
}

std::string EncodeVersions(absl::Span<const EntityVersionView> versions) {
  std::string out;
  Encoder encoder(&out);
  encoder.PutVersions(versions);
  encoder.Finish();
  return out;
}

absl::StatusOr<std::vector<EntityVersion>> DecodeVersions(
    absl::string_view bytes) {
  std::vector<EntityVersion> versions;
  if (!Decoder(bytes).DecodeVersions(&versions)) {
    return absl::DataLossError("a list of evidence is damaged");
  }
  return versions;
}

std::string EncodeLinkChange(const std::vector<LinkPtr>& linked,
                             const std::vector<std::string>& unlinked) {
  std::string out;
  Encoder encoder(&out);
  encoder.PutChange(linked, unlinked);
  encoder.Finish();
  return out;
}

absl::Status DecodeRecord(absl::string_view bytes, Record* record) {
  if (!bytes.empty() && static_cast<uint8_t>(bytes[0]) > kRecordVersion) {
    return absl::UnimplementedError(
        "the record was written by a later version of this program");
  }
  if (bytes.size() > kMaxRecordSize || !Decoder(bytes).Decode(record)) {
    return absl::DataLossError("the record is damaged");
  }
  return absl::OkStatus();
}

absl::StatusOr<Record> DecodeRecord(absl::string_view bytes) {
  Record record;
  RETURN_IF_ERROR(DecodeRecord(bytes, &record));
  return record;
}

}  // namespace sekisho
