// Batches in numbers are answered as batches in words, and numbers that stand
// for nothing are refused.
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/log/record.h"
#include "engine/model/request.h"
#include "engine/replay/replay.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "proto/compact_writer.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

class CompactTest : public testing::Test {
 protected:
  CompactTest() {
    server_.Activate(Compile(kRules));
    server_.Put({MakePerson("a"), MakePerson("s", /*suspended=*/true),
                 MakeRecord("r", "a"), MakeRecord("t", "s")});
  }

  v1::GetSymbolsResponse Symbols() {
    grpc::ClientContext context;
    v1::GetSymbolsResponse response;
    const grpc::Status status =
        server_.decisions().GetSymbols(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << ToString(status);
    return response;
  }

  // May `a` view `r`, once?
  v1::DecideBatchRequest OneInNumbers() {
    symbols_ = Symbols();
    v1::DecideBatchRequest batch;
    CompactWriter writer(&symbols_);
    writer.Add(*RequestFromProto(Ask("a", "r")), batch.mutable_compact());
    return batch;
  }

  TestServer server_;
  v1::GetSymbolsResponse symbols_;
};

// The answer to an item, without what differs from one decision to the next, or
// what compact answers leave out.
std::string Lasting(v1::DecideResult result) {
  v1::DecideResponse* decision = result.mutable_decision();
  if (result.has_error()) return result.ShortDebugString();
  decision->clear_decision_id();
  decision->clear_evaluation_ns();
  decision->clear_log();
  return result.ShortDebugString();
}

std::string TextOf(const Request& request) {
  v1::DecideRequest message;
  RequestToProto(request, &message);
  return message.ShortDebugString();
}

std::vector<v1::DecideResult> InWords(const v1::CompactResults& results) {
  std::vector<v1::DecideResult> out;
  int at = 0;
  for (const char cause : results.causes()) {
    v1::DecideResponse* decision = out.emplace_back().mutable_decision();
    decision->set_cause(static_cast<v1::Cause>(cause));
    decision->set_decision(cause == v1::PERMITTED ? v1::PERMIT : v1::DENY);
    const int end = at + 1 + static_cast<int>(results.determining(at));
    for (++at; at < end; ++at) {
      *decision->add_determining() =
          results.policies(static_cast<int>(results.determining(at)));
    }
  }
  EXPECT_EQ(at, results.determining_size());
  for (const v1::OtherResult& other : results.others()) {
    EXPECT_EQ(results.causes().at(other.item()), v1::CAUSE_UNSPECIFIED);
    out.at(other.item()) = other.result();
  }
  return out;
}

TEST_F(CompactTest, NumbersAreAnsweredAsWords) {
  std::vector<v1::DecideRequest> requests;
  for (const char* person : {"a", "s", "nobody", ""}) {
    for (const char* record : {"r", "t", "gone"}) {
      for (const char* location : {"hospital", "home", ""}) {
        for (const int64_t count : {1, 5, 500}) {
          requests.push_back(Ask(person, record, location, count));
        }
      }
    }
  }
  // What the schema does not know, or not so.
  requests.push_back(Ask("a", "r"));
  requests.back().mutable_action()->set_id("fly");
  requests.push_back(Ask("a", "r"));
  requests.back().mutable_principal()->set_type("Robot");
  requests.push_back(Ask("a", "r"));
  requests.back().mutable_context()->mutable_attributes()->RemoveLast();
  requests.push_back(Ask("a", "r"));
  requests.back()
      .mutable_context()
      ->mutable_attributes(0)
      ->mutable_value()
      ->mutable_set();

  const v1::GetSymbolsResponse symbols = Symbols();
  v1::DecideBatchRequest words;
  v1::DecideBatchRequest numbers;
  CompactWriter writer(&symbols);
  for (const v1::DecideRequest& each : requests) {
    const Request request = *RequestFromProto(each);
    RequestToProto(request, words.add_items());
    writer.Add(request, numbers.mutable_compact());
  }
  v1::DecideBatchResponse in_words;
  ASSERT_EQ(ToString(server_.DecideBatch(words, &in_words)), "OK");
  v1::DecideBatchResponse in_numbers;
  ASSERT_EQ(ToString(server_.DecideBatch(numbers, &in_numbers)), "OK");
  EXPECT_LT(numbers.ByteSizeLong() * 4, words.ByteSizeLong());
  EXPECT_EQ(in_numbers.results_size(), 0);
  EXPECT_EQ(in_numbers.policy_hash(), in_words.policy_hash());
  EXPECT_EQ(in_numbers.entity_revision(), in_words.entity_revision());

  const v1::CompactResults& compact = in_numbers.compact();
  const std::vector<v1::DecideResult> results = InWords(compact);
  ASSERT_EQ(results.size(), requests.size());
  int permits = 0;
  int errors = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    const v1::DecideResult& expected = in_words.results(static_cast<int>(i));
    EXPECT_EQ(Lasting(results[i]), Lasting(expected))
        << requests[i].ShortDebugString();
    permits += expected.decision().decision() == v1::PERMIT ? 1 : 0;
    errors += expected.has_error() ? 1 : 0;
  }
  EXPECT_EQ(permits, 1);
  EXPECT_EQ(errors, 4);
  EXPECT_GT(compact.others_size(), errors);
  EXPECT_LT(static_cast<size_t>(compact.others_size()), results.size());

  // Each is in the log under its name, at its place.
  server_.Stop();
  ExpectProved(server_.data());
  const std::vector<Logged> log = ReadLog(server_.data());
  ASSERT_EQ(compact.decision_ids().size(), 16 * results.size());
  for (size_t i = 0; i < results.size(); ++i) {
    if (compact.causes()[i] == v1::CAUSE_UNSPECIFIED) continue;
    const Record& record =
        log.at(compact.log_indexes(static_cast<int>(i))).record;
    EXPECT_EQ(std::string(record.id.begin(), record.id.end()),
              compact.decision_ids().substr(16 * i, 16));
    ASSERT_TRUE(record.batch.has_value());
    EXPECT_EQ(record.batch->item, i);
    const auto& body = std::get<DecisionBody>(record.body);
    EXPECT_EQ(TextOf(body.request.request),
              TextOf(*RequestFromProto(requests[i])));
    EXPECT_EQ(body.permitted, compact.causes()[i] == v1::PERMITTED);
  }
  auto report = ReplayLog(server_.data() + "/log", ReplayOptions());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->decisions,
            2 * (requests.size() - static_cast<size_t>(errors)));
  EXPECT_TRUE(report->findings.empty());
}

TEST_F(CompactTest, OfVeryManyPoliciesTheFirstAreNamedAndTheOthersCounted) {
  // The record of their names would be larger than records may be.
  constexpr int kPolicies = 8000;
  std::string rules;
  for (int i = 0; i < kPolicies; ++i) {
    absl::StrAppend(&rules, "@id(\"", i, "\") permit (principal, action, ",
                    "resource) when { resource.owner == principal };\n");
  }
  server_.Activate(Compile(rules));
  const v1::GetSymbolsResponse symbols = Symbols();
  v1::DecideBatchRequest words;
  v1::DecideBatchRequest numbers;
  CompactWriter writer(&symbols);
  for (const char* record : {"r", "gone"}) {
    const Request request = *RequestFromProto(Ask("a", record));
    RequestToProto(request, words.add_items());
    writer.Add(request, numbers.mutable_compact());
  }
  v1::DecideBatchResponse in_words;
  ASSERT_EQ(ToString(server_.DecideBatch(words, &in_words)), "OK");
  v1::DecideBatchResponse in_numbers;
  ASSERT_EQ(ToString(server_.DecideBatch(numbers, &in_numbers)), "OK");
  const std::vector<v1::DecideResult> results = InWords(in_numbers.compact());
  ASSERT_EQ(in_words.results_size(), 2);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(Lasting(results[i]),
              Lasting(in_words.results(static_cast<int>(i))));
  }
  const v1::DecideResponse& permit = in_words.results(0).decision();
  EXPECT_EQ(permit.decision(), v1::PERMIT);
  ASSERT_EQ(permit.determining_size(), 200);
  EXPECT_EQ(permit.determining(199).id(), "199");
  EXPECT_EQ(permit.unnamed().determining(), kPolicies - 200);
  EXPECT_EQ(permit.unnamed().errors(), 0);
  const v1::DecideResponse& denial = in_words.results(1).decision();
  EXPECT_EQ(denial.decision(), v1::DENY);
  EXPECT_EQ(denial.errors_size(), 200);
  EXPECT_EQ(denial.unnamed().errors(), kPolicies - 200);

  server_.Stop();
  ExpectProved(server_.data());
  auto report = ReplayLog(server_.data() + "/log", ReplayOptions());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->decisions, 4);
  EXPECT_TRUE(report->findings.empty());
}

TEST_F(CompactTest, NumbersOfAnotherPolicyAreNotUnderstood) {
  const v1::DecideBatchRequest batch = OneInNumbers();
  EXPECT_EQ(ToString(server_.DecideBatch(batch)), "OK");
  server_.Activate(
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "clinic"}})));
  EXPECT_EQ(ToString(server_.DecideBatch(batch)),
            absl::StrCat("FAILED_PRECONDITION: compact.symbols_of: the policy "
                         "that decides is another one, ",
                         Symbols().policy_hash(), ": get its symbols"));
  // Nor by a policy that is demanded.
  v1::DecideBatchRequest pinned = batch;
  pinned.set_policy_hash(batch.compact().symbols_of());
  EXPECT_EQ(ToString(server_.DecideBatch(pinned)), "OK");
  pinned.mutable_compact()->set_symbols_of(Symbols().policy_hash());
  EXPECT_EQ(server_.DecideBatch(pinned).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(CompactTest, NumbersThatStandForNothingAreRefused) {
  const v1::DecideBatchRequest good = OneInNumbers();
  ASSERT_EQ(good.compact().numbers_size(), 11);
  const struct {
    const char* what;
    std::function<void(v1::DecideBatchRequest*)> change;
    const char* error;
  } cases[] = {
      {"no items",
       [](auto* batch) { batch->mutable_compact()->clear_numbers(); },
       "INVALID_ARGUMENT: compact.numbers: is empty"},
      {"items beside", [](auto* batch) { batch->add_items(); },
       "INVALID_ARGUMENT: compact: stands in place of items and defaults, not "
       "beside them"},
      {"defaults", [](auto* batch) { batch->mutable_defaults(); },
       "INVALID_ARGUMENT: compact: stands in place of items and defaults, not "
       "beside them"},
      {"a part of an item",
       [](auto* batch) { batch->mutable_compact()->add_numbers(0); },
       "INVALID_ARGUMENT: compact.numbers: of item 1, there is only a part"},
      {"attributes that are missing",
       [](auto* batch) { batch->mutable_compact()->set_numbers(6, 3); },
       "INVALID_ARGUMENT: compact.numbers: of item 0, there are fewer "
       "attributes than it says"},
      {"very many attributes",
       [](auto* batch) {
         batch->mutable_compact()->set_numbers(6, 0xffffffff);
       },
       "INVALID_ARGUMENT: compact.numbers: of item 0, there are fewer "
       "attributes than it says"},
      {"a string that there is not",
       [](auto* batch) {
         batch->mutable_compact()->set_numbers(1, 4'000'000'000);
       },
       "INVALID_ARGUMENT: compact.numbers: of item 0, no string has the number "
       "4000000000"},
      {"a name that there is not",
       [](auto* batch) { batch->mutable_compact()->set_numbers(9, 12345); },
       "INVALID_ARGUMENT: compact.numbers: of item 0, no string has the number "
       "12345"},
      {"a value that there is not",
       [](auto* batch) { batch->mutable_compact()->set_numbers(8, 2); },
       "INVALID_ARGUMENT: compact.numbers: of item 0, there is no value 2"},
      {"a value that is none",
       [](auto* batch) { batch->mutable_compact()->add_values(); },
       "INVALID_ARGUMENT: compact.values[2]: value is not set"},
      {"a type without a name",
       [this](auto* batch) {
         batch->mutable_compact()->add_strings("");
         batch->mutable_compact()->set_numbers(
             0, static_cast<uint32_t>(symbols_.symbols_size() +
                                      batch->compact().strings_size() - 1));
       },
       "INVALID_ARGUMENT: compact.numbers: of item 0, an entity type is empty"},
      {"too many items",
       [](auto* batch) {
         const auto numbers = batch->compact().numbers();
         for (int i = 0; i < 1000; ++i) {
           batch->mutable_compact()->mutable_numbers()->MergeFrom(numbers);
         }
       },
       "RESOURCE_EXHAUSTED: compact.numbers: has 1001 entries; at most 1000 "
       "are "
       "allowed"},
      {"an item that is long though its numbers are few",
       [](auto* batch) {
         batch->mutable_compact()->add_values()->set_string_value(
             std::string(33'000, 'x'));
         batch->mutable_compact()->set_numbers(8, 2);
         batch->mutable_compact()->set_numbers(10, 2);
       },
       "RESOURCE_EXHAUSTED: compact.numbers: item 0 is longer than 65536 "
       "bytes"},
  };
  for (const auto& c : cases) {
    v1::DecideBatchRequest batch = good;
    c.change(&batch);
    EXPECT_EQ(ToString(server_.DecideBatch(batch)), c.error) << c.what;
  }
  EXPECT_EQ(ToString(server_.DecideBatch(good)), "OK");
}

TEST_F(CompactTest, AnAttributeThatIsGivenTwiceIsAnErrorOfItsItem) {
  v1::DecideBatchRequest batch = OneInNumbers();
  v1::CompactItems* items = batch.mutable_compact();
  const auto numbers = items->numbers();
  items->mutable_numbers()->MergeFrom(numbers);
  // The name of the other attribute: once as a symbol, once as a string.
  const std::string name = symbols_.symbols(static_cast<int>(numbers.Get(7)));
  items->add_strings(name);
  items->set_numbers(9, static_cast<uint32_t>(symbols_.symbols_size() +
                                              items->strings_size() - 1));
  v1::DecideBatchResponse response;
  ASSERT_EQ(ToString(server_.DecideBatch(batch, &response)), "OK");
  const std::vector<v1::DecideResult> results = InWords(response.compact());
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].error().message(),
            absl::StrCat("context.", name, ": is given twice"));
  EXPECT_EQ(results[1].decision().decision(), v1::PERMIT);
}

}  // namespace
}  // namespace sekisho
