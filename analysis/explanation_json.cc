#include "analysis/explanation_json.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/value_words.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

using Json = nlohmann::ordered_json;

const char* Name(Coverage coverage) {
  switch (coverage) {
    case Coverage::kCovered:
      return "covered";
    case Coverage::kNoPermitForAction:
      return "no permit for the action";
    case Coverage::kNoPermitForTypes:
      break;
  }
  return "no permit for the types";
}

const char* Name(Truth truth) {
  switch (truth) {
    case Truth::kFalse:
      return "false";
    case Truth::kTrue:
      return "true";
    case Truth::kError:
      break;
  }
  return "error";
}

const char* Name(FoundState state) {
  switch (state) {
    case FoundState::kValue:
      return "value";
    case FoundState::kAbsent:
      return "absent";
    case FoundState::kEntityMissing:
      return "entity missing";
    case FoundState::kError:
      break;
  }
  return "error";
}

const char* Name(EditKind kind) {
  switch (kind) {
    case EditKind::kAssign:
      return "assign";
    case EditKind::kInsert:
      return "insert";
    case EditKind::kRemove:
      return "remove";
    case EditKind::kDelete:
      break;
  }
  return "delete";
}

Json Words(const Label& label) {
  return {{"en", label.english}, {"ja", label.japanese}};
}

void AddWords(const char* key, const Label& label, Json* out) {
  if (!label.empty()) (*out)[key] = Words(label);
}

template <typename T, typename F>
Json List(const std::vector<T>& items, F json_of) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(json_of(item));
  return list;
}

Json FoundJson(const Found& found) {
  Json out = {{"path", found.path}, {"state", Name(found.state)}};
  if (found.state == FoundState::kValue ||
      found.state == FoundState::kEntityMissing) {
    out["text"] = ValueText(found.value);
    AddWords("words", found.value_words, &out);
  }
  return out;
}

Json EditJson(const Edit& edit) {
  Json out = {{"path", edit.path}, {"operation", Name(edit.kind)}};
  switch (edit.place.owner) {
    case Place::Owner::kAction:
      out["of"] = "action";
      break;
    case Place::Owner::kContext:
      out["of"] = "context";
      break;
    case Place::Owner::kEntity:
      out["of"] = {{"type", edit.place.entity.type},
                   {"id", edit.place.entity.id}};
      break;
  }
  out["attributes"] = edit.place.attributes;
  if (edit.kind != EditKind::kDelete) {
    out["value"] = Json::parse(ValueToJson(edit.value), /*cb=*/nullptr,
                               /*allow_exceptions=*/false);
    AddWords("words", edit.value_words, &out);
  }
  return out;
}

Json CellJson(const CellReport& cell) {
  Json out = Json::object();
  if (!cell.column.empty()) out["column"] = cell.column;
  AddWords("header", cell.header, &out);
  AddWords("wanted", cell.wanted, &out);
  out["condition"] = cell.text;
  out["place"] = absl::StrCat(cell.source, ":", cell.line);
  out["outcome"] = Name(cell.outcome);
  out["found"] = List(cell.found, FoundJson);
  out["help"] = List(cell.help, Words);
  out["options"] = List(
      cell.options, [](const EditSet& edits) { return List(edits, EditJson); });
  return out;
}

Json PolicyJson(const PolicyReport& policy) {
  Json out = {{"policy", policy.info.id}};
  for (const auto& [key, annotation] :
       {std::pair("use_case", "matrix"), std::pair("service", "service")}) {
    const std::string* value = policy.info.Annotation(annotation);
    if (value != nullptr) out[key] = *value;
  }
  out["source"] = policy.info.source;
  out["line"] = policy.info.line;
  out["cells"] = List(policy.cells, CellJson);
  if (!policy.plan.empty()) out["plan"] = List(policy.plan, EditJson);
  return out;
}

}  // namespace

Json ToJson(const Explanation& explanation) {
  Json out = {
      {"decision", explanation.decision.permitted() ? "permit" : "deny"},
      {"cause", CauseName(explanation.decision.cause)},
      {"policy_hash", explanation.policy_hash},
      {"determining", List(explanation.determining, PolicyJson)},
      {"undecided_forbids", List(explanation.undecided_forbids, PolicyJson)},
      {"errors", List(explanation.errors,
                      [](const PolicyInfo& info) { return Json(info.id); })},
  };
  if (!explanation.decision.permitted()) {
    out["coverage"] = Name(explanation.coverage);
    out["nearest"] = List(explanation.nearest, PolicyJson);
  }
  Json read = Json::array();
  for (const auto& [uid, entity] : explanation.evidence) {
    read.push_back({{"type", uid.type}, {"id", uid.id}});
  }
  out["read"] = std::move(read);
  return out;
}

Json ToJson(const RedactedExplanation& explanation) {
  Json out = {{"decision", explanation.permitted ? "permit" : "deny"}};
  out["ways"] = List(explanation.ways, [](const auto& way) {
    return List(way.cells, [](const RedactedExplanation::Cell& cell) {
      Json told = Json::object();
      AddWords("header", cell.header, &told);
      AddWords("wanted", cell.wanted, &told);
      told["help"] = List(cell.help, Words);
      return told;
    });
  });
  return out;
}

}  // namespace sekisho
