#include "compiler/conformance/test_case.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "compiler/source/read_source.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

using nlohmann::json;

// A request's own depth is checked by RequestFromJson; this keeps the library
// from recursing further.
constexpr int kMaxTestDepth = kMaxJsonDepth + 8;

// Stands for a party that a request leaves out while the rest is read.
constexpr char kAbsentType[] = "Absent";

// Nothing if the text is not JSON, or nested too deeply.
std::optional<json> ParseJson(const std::string& text) {
  bool too_deep = false;
  json parsed = json::parse(
      text,
      [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > kMaxTestDepth;
        return !too_deep;
      },
      /*allow_exceptions=*/false);
  if (too_deep || parsed.is_discarded()) return std::nullopt;
  return parsed;
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool BeginsAnObject(absl::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != absl::string_view::npos && text[first] == '{';
}

// Reads one test; the first thing wrong becomes its defect.
class Reader {
 public:
  Reader(const TestFiles& files, ConformanceTest* test)
      : files_(files), test_(*test) {}

  void Read(const json& object) {
    test_.policies = File(object, "policies");
    test_.schema = File(object, "schema");
    test_.entities = File(object, "entities");
    const json* should_validate = Member(object, "shouldValidate");
    if (should_validate == nullptr || !should_validate->is_boolean()) {
      Fail("`shouldValidate` is not a boolean");
    } else {
      test_.should_validate = should_validate->get<bool>();
    }
    const json* requests = Member(object, "requests");
    if (requests == nullptr || !requests->is_array()) {
      Fail("`requests` is not an array");
      return;
    }
    for (const json& request : *requests) ReadRequest(request);
  }

 private:
  void Fail(absl::string_view defect) {
    if (test_.defect.empty()) test_.defect = std::string(defect);
  }

  static const json* Member(const json& object, const char* name) {
    auto it = object.find(name);
    return it == object.end() ? nullptr : &*it;
  }

  static const std::string* String(const json& object, const char* name) {
    const json* member = Member(object, name);
    return member == nullptr ? nullptr : member->get_ptr<const std::string*>();
  }

  std::string File(const json& object, const char* name) {
    const std::string* path = String(object, name);
    if (path == nullptr) {
      Fail(absl::StrCat("`", name, "` is not a path"));
      return "";
    }
    auto it = files_.find(*path);
    if (it == files_.end()) {
      Fail(absl::StrCat("the set has no file ", *path));
      return "";
    }
    // Sources and the JSON readers rely on it.
    if (absl::Status status = CheckSource(*path, it->second); !status.ok()) {
      Fail(std::string(status.message()));
      return "";
    }
    return it->second;
  }

  void ReadRequest(const json& object) {
    if (!object.is_object()) {
      Fail("a request is not an object");
      return;
    }
    ConformanceRequest request;
    json parties = json::object();
    for (const char* name : {"principal", "action", "resource", "context"}) {
      const json* member = Member(object, name);
      if (member != nullptr && !member->is_null()) parties[name] = *member;
    }
    request.json = Dump(parties);
    if (const json* valid = Member(object, "validateRequest")) {
      if (!valid->is_boolean()) Fail("`validateRequest` is not a boolean");
      request.valid = *valid == true;
    }
    const std::string* decision = String(object, "decision");
    if (decision == nullptr || (*decision != "allow" && *decision != "deny")) {
      Fail("`decision` is neither `allow` nor `deny`");
    } else {
      request.expected.allow = *decision == "allow";
    }
    request.expected.reason = Ids(object, "reason");
    request.expected.errors = Ids(object, "errors");
    test_.requests.push_back(std::move(request));
  }

  absl::btree_set<std::string> Ids(const json& object, const char* name) {
    absl::btree_set<std::string> ids;
    const json* member = Member(object, name);
    if (member == nullptr || !member->is_array()) {
      Fail(absl::StrCat("`", name, "` is not an array"));
      return ids;
    }
    for (const json& id : *member) {
      if (const std::string* text = id.get_ptr<const std::string*>()) {
        ids.insert(*text);
      } else {
        Fail(absl::StrCat("`", name, "` has something else than ids"));
      }
    }
    return ids;
  }

  const TestFiles& files_;
  ConformanceTest& test_;
};

}  // namespace

std::vector<ConformanceTest> ReadTests(const TestFiles& files) {
  std::vector<ConformanceTest> tests;
  for (const auto& [name, content] : files) {
    if (!absl::EndsWith(name, ".json") || !BeginsAnObject(content)) continue;
    ConformanceTest test;
    test.name = name;
    const std::optional<json> object = ParseJson(content);
    if (!object) {
      test.defect = "this is not JSON, or nested too deeply";
    } else if (object->contains("requests")) {
      Reader(files, &test).Read(*object);
    } else {
      continue;
    }
    tests.push_back(std::move(test));
  }
  return tests;
}

absl::StatusOr<Request> ReadRequest(const ConformanceRequest& request,
                                    const Schema* schema) {
  std::optional<json> object = ParseJson(request.json);
  if (!object) return absl::InvalidArgumentError("this is not JSON");
  bool absent[3] = {};
  const char* const names[3] = {"principal", "action", "resource"};
  for (int i = 0; i < 3; ++i) {
    absent[i] = !object->contains(names[i]);
    if (absent[i]) {
      (*object)[names[i]] = {{"type", kAbsentType}, {"id", ""}};
    }
  }
  absl::StatusOr<Request> read = RequestFromJson(Dump(*object), schema);
  if (!read.ok()) return read;
  if (absent[0]) read->principal = {};
  if (absent[1]) read->action = {};
  if (absent[2]) read->resource = {};
  return read;
}

}  // namespace sekisho
