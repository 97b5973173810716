#include "engine/log/sample_records.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "engine/model/entity_format.h"

namespace sekisho {
namespace {

// 2026-04-01T00:00:00.123456789Z
constexpr int64_t kTime = 1775001600123456789;

template <size_t kSize>
std::array<uint8_t, kSize> Fill(uint8_t first) {
  std::array<uint8_t, kSize> bytes;
  for (size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<uint8_t>(first + i);
  return bytes;
}

Record Empty(uint8_t number) {
  Record record;
  record.salt = Fill<16>(number);
  record.id = NewRecordId(absl::FromUnixNanos(kTime));
  std::fill(record.id.begin() + 7, record.id.end(), number);
  record.id[6] = 0x70;
  record.id[8] = 0x80;
  record.time_ns = kTime + number;
  return record;
}

const EntityUid kNurse = {"Person", "nurse-1"};

RecordedRequest SampleRequest() {
  RecordedRequest request;
  request.request = {kNurse,
                     {"Action", "view"},
                     {"Record", "r1"},
                     Value::Record({{"count", Value::Long(-2)},
                                    {"emergency", Value::Bool(false)},
                                    {"place", Value::String("病院")}})};
  Entity device;
  device.uid = {"Device", "d1"};
  device.attributes = Value::Record(
      {{"kinds", Value::Set({Value::String("pc"), Value::Long(1)})}});
  device.tags = Value::Record({{"ward", Value::Bool(true)}});
  device.parents = {{"Room", "2"}, {"Room", "1"}};
  request.entities = {device};
  request.supported_obligations = {{"notify"}};
  request.demanded_policy = "ab";
  request.at_least_revision = 299;
  request.max_age = {{"hr", 60'000'000'000}};
  return request;
}

Basis SampleBasis() {
  Basis basis;
  basis.policy_hash = "ab";
  basis.policy_version = 3;
  basis.mode = PolicyMode::kCedar;
  basis.entity_revision = 300;
  basis.added_context = Value::Record({{"now", Value::Long(1775001600)}});
  basis.evidence = {{kNurse, Sha256(SampleEvidence())},
                    {{"Record", "r1"}, std::nullopt}};
  return basis;
}

}  // namespace

std::string SampleEvidence() {
  Entity nurse;
  nurse.uid = kNurse;
  nurse.attributes =
      Value::Record({{"org", Value::Entity({"Organization", "hospital"})}});
  return *EncodeEntity(nurse);
}

Record SampleDecision() {
  Record record = Empty(1);
  record.policy_store = "main";
  record.pep = {"unix", "1000"};
  record.face = "grpc";
  record.request_id = "q-1";
  record.batch = {{Fill<16>(0x40), 2}};
  DecisionBody body;
  body.request = SampleRequest();
  body.basis = SampleBasis();
  body.permitted = true;
  body.cause = Cause::kPermitted;
  body.determining = {"①-1"};
  body.errors = {"f1", "f2"};
  body.undecided_forbids = {"f2"};
  body.obligations = {
      {"notify", Value::Record({{"to", Value::String("ward")}})}};
  body.advice = {{"step-up", Value::Record({})}};
  body.duration_ns = 1500;
  record.body = body;
  return record;
}

Record SmallDecision() {
  Record record = Empty(2);
  DecisionBody body;
  body.request.request = {{"P", "1"}, {"A", "v"}, {"R", "2"}};
  record.body = body;
  return record;
}

std::vector<Record> SampleRecords() {
  std::vector<Record> records = {SampleDecision(), SmallDecision()};
  RefusalBody refusal;
  refusal.request = SampleRequest();
  refusal.basis = SampleBasis();
  refusal.code = 9;
  refusal.message = "the entities are older than 60 s";
  ExplanationBody explanation;
  explanation.request = SampleRequest();
  explanation.basis = SampleBasis();
  explanation.decision_id = Fill<16>(0x70);
  explanation.redacted = true;
  ActivationBody activation = {"ab", 3, "cd", Sha256("artifact"), "activate"};
  WriteBody write = {301, "import.jsonl", 2, SampleBasis().evidence};
  OpenedBody opened = {"sekishod 0.1.0", SampleKey().verifier().ToString(), 17};
  uint8_t number = 3;
  for (auto body :
       {decltype(Record::body)(refusal), decltype(Record::body)(explanation),
        decltype(Record::body)(activation), decltype(Record::body)(write),
        decltype(Record::body)(opened),
        decltype(Record::body)(ClosedBody{"shutdown"}),
        decltype(Record::body)(LinksBody{302, 2, 1, Sha256("change")})}) {
    records.push_back(Empty(number++));
    records.back().body = body;
  }
  Record linked = SmallDecision();
  std::get<DecisionBody>(linked.body).links = std::vector<Link>{
      {"ann-plans", "share", {"User", "ann"}, {"Folder", "plans"}},
      {"staff", "own", {"Team", "staff"}, {}}};
  records.push_back(linked);
  auto& linked_body = std::get<DecisionBody>(linked.body);
  linked_body.links->clear();
  records.push_back(linked);
  linked_body.unnamed = {1, 99'800, 300};
  records.push_back(linked);
  linked_body.links.reset();
  records.push_back(linked);
  linked_body.unnamed = {};
  linked_body.basis.evidence_list = Sha256("list");
  records.push_back(std::move(linked));
  explanation.basis.evidence.clear();
  explanation.basis.evidence_list = Sha256("list");
  records.push_back(Empty(number));
  records.back().body = std::move(explanation);
  return records;
}

SigningKey SampleKey() {
  const std::string bytes = absl::HexStringToBytes(
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  std::array<uint8_t, 32> seed;
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  return *SigningKey::FromSeed("pdp.example/decisions", seed);
}

}  // namespace sekisho
