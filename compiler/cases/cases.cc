// Tested by cases_test.cc, and by tests/cases on the cases that we ship.
#include "compiler/cases/cases.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cases/change.h"
#include "compiler/cases/json_places.h"
#include "compiler/matrix/table.h"
#include "compiler/source/read_source.h"
#include "engine/base/status_macros.h"
#include "engine/model/json.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

constexpr absl::string_view kRequestsFile = "requests.json";
constexpr absl::string_view kEntitiesFile = "entities.json";
constexpr absl::string_view kNearMiss = "near miss";
// Of one entity; the others are likely to be the same mistake.
constexpr size_t kMaxFieldErrors = 10;

// The columns of a table, in this order.
enum Cell {
  kRequest,
  kName,
  kColumn,
  kChange,
  kExpect,
  kBy,
  kObliges,
  kErrors,
  kNote
};
// None of them; an empty cell says nothing.
constexpr absl::string_view kNone = "-";

std::string ToString(absl::string_view text) {
  return std::string(text.data(), text.size());
}

std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& candidates) {
  const std::string near = Nearest(word, candidates);
  return near.empty() ? "" : absl::StrCat("did you mean `", near, "`?");
}

// An error of engine/model/json.h on the item at `value`, at its place.
void ReportJson(const SourceSet& sources, const Span& value,
                absl::string_view message, Diagnostics* diagnostics) {
  diagnostics->Error(JsonPlaceOf(sources, value, message), message);
}

std::vector<Entity> ReadPopulation(const SourceSet& sources, SourceId source,
                                   const Schema* schema,
                                   Diagnostics* diagnostics) {
  std::vector<Entity> population;
  const auto items =
      ReadJsonItems(sources, source, JsonOuter::kArray, diagnostics);
  if (!items) return population;
  absl::flat_hash_map<EntityUid, Span> seen;
  for (const JsonItem& item : *items) {
    if (TooManyErrors(source, diagnostics)) break;
    // The reader takes arrays; its errors begin with this one's index.
    auto entities = EntitiesFromJson(absl::StrCat("[", item.json, "]"), schema);
    if (!entities.ok()) {
      absl::string_view message = entities.status().message();
      if (absl::StartsWith(message, "[0]")) message.remove_prefix(3);
      if (absl::StartsWith(message, ".")) message.remove_prefix(1);
      ReportJson(sources, item.span, message, diagnostics);
      continue;
    }
    Entity& entity = entities->front();
    const auto [it, is_new] = seen.emplace(entity.uid, item.span);
    if (!is_new) {
      diagnostics
          ->Error(item.span,
                  absl::StrCat("`", entity.uid.ToString(), "` stands twice"))
          .Note(it->second, "first here");
      continue;
    }
    std::vector<FieldError> errors = ValidateEntity(*schema, entity);
    if (errors.size() > kMaxFieldErrors) errors.resize(kMaxFieldErrors);
    for (const FieldError& error : errors) {
      // In the file they are `attrs`.
      std::string field = error.field;
      if (absl::StartsWith(field, "attributes")) field.replace(0, 10, "attrs");
      const Span place =
          JsonPlaceOf(sources, item.span, absl::StrCat(field, ":"));
      diagnostics->Error(place, absl::StrCat(field, ": ", error.message));
    }
    if (errors.empty()) population.push_back(std::move(entity));
  }
  return population;
}

absl::btree_map<std::string, Request> ReadRequests(const SourceSet& sources,
                                                   SourceId source,
                                                   const Schema* schema,
                                                   Diagnostics* diagnostics) {
  absl::btree_map<std::string, Request> requests;
  const auto items =
      ReadJsonItems(sources, source, JsonOuter::kObject, diagnostics);
  if (!items) return requests;
  for (const JsonItem& item : *items) {
    if (TooManyErrors(source, diagnostics)) break;
    absl::StatusOr<Request> request = RequestFromJson(item.json, schema);
    if (request.ok()) {
      requests.emplace(item.name, *std::move(request));
    } else {
      ReportJson(sources, item.span, request.status().message(), diagnostics);
    }
  }
  return requests;
}

class CaseReader {
 public:
  // `has_all_requests`: requests.json has no errors.
  CaseReader(const SourceSet& sources, const CaseWords& words,
             bool has_all_requests, CaseSet* set, Diagnostics* diagnostics)
      : sources_(sources),
        words_(words),
        has_all_requests_(has_all_requests),
        set_(*set),
        diagnostics_(diagnostics) {
    for (const Entity& entity : set_.population) {
      population_.emplace(entity.uid, &entity);
    }
    for (size_t i = 0; i < words.policies.size(); ++i) {
      policy_index_.emplace(words.policies[i], i);
    }
  }

  void Read(const TableRow& row) {
    const size_t errors_before = diagnostics_->error_count();
    Case c;
    c.request_name = ToString(row.cells[kRequest].text);
    c.name = ToString(row.cells[kName].text);
    c.column = ToString(row.cells[kColumn].text);
    c.change = ToString(row.cells[kChange].text);
    c.change_span = row.cells[kChange].span;
    c.note = ToString(row.cells[kNote].text);
    c.span = row.span;
    ReadName(row);
    if (ReadExpectation(row.cells[kExpect], &c)) ReadBy(row.cells[kBy], &c);
    ReadObliges(row.cells[kObliges], &c);
    ReadErrors(row.cells[kErrors], &c);
    const std::optional<Request> request = FindRequest(row.cells[kRequest]);
    if (request) Change(row.cells[kChange], *request, &c);
    CheckNew(row, c);
    if (diagnostics_->error_count() == errors_before) {
      set_.cases.push_back(std::move(c));
    }
  }

 private:
  void ReadName(const TableRow& row) {
    const TableCell& name = row.cells[kName];
    const TableCell& column = row.cells[kColumn];
    if (name.text.empty()) {
      diagnostics_->Error(name.span, "the case has no name");
    }
    if (column.text.empty()) {
      if (name.text != kNearMiss) return;
      diagnostics_->Error(column.span, "a near miss names its column");
      return;
    }
    if (name.text != kNearMiss) {
      diagnostics_->Error(column.span, "only a near miss names a column")
          .Help("leave it empty, or call the case `near miss`");
    }
    const std::vector<std::string>& columns = words_.columns;
    if (std::find(columns.begin(), columns.end(), column.text) ==
        columns.end()) {
      const std::string near = DidYouMean(column.text, columns);
      diagnostics_
          ->Error(column.span,
                  absl::StrCat("no condition comes from a column `",
                               column.text, "`"))
          .Help(near.empty() ? absl::StrCat("the columns are `",
                                            absl::StrJoin(columns, "`, `"), "`")
                             : near);
    }
    const TableCell& request = row.cells[kRequest];
    if (!policy_index_.contains(ToString(request.text))) {
      diagnostics_
          ->Error(request.span,
                  absl::StrCat("there is no policy `", request.text, "`"))
          .Help(
              "the request of a near miss is called as the policy that it "
              "misses");
    }
  }

  bool ReadExpectation(const TableCell& cell, Case* c) {
    for (Expectation e :
         {Expectation::kPermit, Expectation::kDeny, Expectation::kInvalid}) {
      if (cell.text != ExpectationName(e)) continue;
      c->expect = e;
      return true;
    }
    diagnostics_->Error(cell.span,
                        absl::StrCat("`", cell.text,
                                     "` is none of `permit`, `deny`, "
                                     "`invalid`"));
    return false;
  }

  void ReadBy(const TableCell& cell, Case* c) {
    if (c->expect == Expectation::kInvalid) {
      c->field = ToString(cell.text);
      if (c->field.empty()) {
        diagnostics_->Error(cell.span,
                            "an invalid request names the field that is wrong");
      }
      return;
    }
    if (cell.text.empty()) {
      if (c->expect == Expectation::kPermit) {
        diagnostics_->Error(cell.span, "a permit names the policies it is by");
      }
      return;
    }
    c->by = ReadPolicies(cell);
  }

  void ReadObliges(const TableCell& cell, Case* c) {
    if (cell.text.empty()) return;
    c->obliges.emplace();
    if (cell.text == kNone) return;
    for (const TableCell& part : SplitSteps(cell)) {
      const size_t name_end = std::min(part.text.find(' '), part.text.size());
      ExpectedObligation expected{ToString(part.text.substr(0, name_end)), {}};
      if (name_end < part.text.size()) {
        expected.parameters =
            ReadValue(sources_, Rest(part, name_end), diagnostics_);
      }
      c->obliges->push_back(std::move(expected));
    }
  }

  void ReadErrors(const TableCell& cell, Case* c) {
    if (cell.text.empty()) return;
    c->errors.emplace();
    if (cell.text != kNone) c->errors = ReadPolicies(cell);
  }

  std::vector<std::string> ReadPolicies(const TableCell& cell) {
    std::vector<std::string> policies;
    std::optional<size_t> last;
    for (const TableCell& part : SplitCell(cell, ",")) {
      const auto it = policy_index_.find(ToString(part.text));
      if (it == policy_index_.end()) {
        diagnostics_
            ->Error(part.span,
                    absl::StrCat("there is no policy `", part.text, "`"))
            .Help(DidYouMean(part.text, words_.policies));
        continue;
      }
      if (last && it->second <= *last) {
        diagnostics_->Error(part.span,
                            absl::StrCat("`", part.text,
                                         "` does not stand in the order of "
                                         "the policies"));
      }
      last = it->second;
      policies.push_back(it->first);
    }
    return policies;
  }

  std::optional<Request> FindRequest(const TableCell& cell) {
    if (cell.text.empty()) return Request();
    const auto it = set_.requests.find(ToString(cell.text));
    if (it != set_.requests.end()) return it->second;
    // Otherwise the errors of requests.json say enough.
    if (has_all_requests_) {
      std::vector<std::string> names;
      for (const auto& [name, request] : set_.requests) names.push_back(name);
      diagnostics_
          ->Error(cell.span, absl::StrCat("requests.json has no request `",
                                          cell.text, "`"))
          .Help(DidYouMean(cell.text, names));
    }
    return std::nullopt;
  }

  void Change(const TableCell& cell, const Request& request, Case* c) {
    ChangedWorld world{request, {}};
    if (!cell.text.empty() &&
        !ApplyChange(sources_, cell, population_, &world, diagnostics_)) {
      return;
    }
    c->request = std::move(world.request);
    for (const auto& [name, uid] :
         {std::pair("principal", &c->request.principal),
          std::pair("action", &c->request.action),
          std::pair("resource", &c->request.resource)}) {
      if (!uid->type.empty()) continue;
      diagnostics_->Error(cell.span, absl::StrCat("the request has no ", name))
          .Help(absl::StrCat("name a request of requests.json, or add `", name,
                             " = ..` here"));
    }
    for (auto& [uid, entity] : world.entities) {
      if (!entity) {
        c->deleted.push_back(uid);
        continue;
      }
      std::vector<FieldError> errors = ValidateEntity(*words_.schema, *entity);
      if (errors.size() > kMaxFieldErrors) errors.resize(kMaxFieldErrors);
      for (const FieldError& error : errors) {
        diagnostics_->Error(
            cell.span, absl::StrCat("after this, `", uid.ToString(),
                                    "` does not fit the schema: ", error.field,
                                    ": ", error.message));
      }
      c->put.push_back(*std::move(entity));
    }
  }

  void CheckNew(const TableRow& row, const Case& c) {
    const auto [it, is_new] = seen_.emplace(
        absl::StrJoin({c.request_name, c.name, c.column, c.change}, "\t"),
        row.span);
    if (is_new) return;
    diagnostics_->Error(row.span, "this case stands twice")
        .Note(it->second, "first here");
  }

  const SourceSet& sources_;
  const CaseWords& words_;
  const bool has_all_requests_;
  CaseSet& set_;
  Diagnostics* const diagnostics_;
  EntityIndex population_;
  absl::flat_hash_map<std::string, size_t> policy_index_;
  absl::flat_hash_map<std::string, Span> seen_;
};

}  // namespace

absl::string_view ExpectationName(Expectation expectation) {
  switch (expectation) {
    case Expectation::kPermit:
      return "permit";
    case Expectation::kDeny:
      return "deny";
    case Expectation::kInvalid:
      return "invalid";
  }
  return "";
}

std::string Case::Label() const {
  const std::string label =
      request_name.empty() ? name : absl::StrCat(request_name, " ", name);
  return column.empty() ? label : absl::StrCat(label, " (", column, ")");
}

absl::StatusOr<CaseFiles> AddCaseFiles(const std::string& path,
                                       SourceSet* sources) {
  const std::string folder = absl::StrCat(path, "/cases");
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(folder, error), end;
       !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  CaseFiles files;
  for (const std::string& name : names) {
    const bool is_table = absl::EndsWith(name, ".tsv");
    if (!is_table && name != kRequestsFile && name != kEntitiesFile) continue;
    ASSIGN_OR_RETURN(std::string text,
                     ReadSource(absl::StrCat(folder, "/", name)));
    const SourceId id =
        sources->Add(absl::StrCat("cases/", name), std::move(text));
    if (is_table) files.tables.push_back(id);
    if (name == kRequestsFile) files.requests = id;
    if (name == kEntitiesFile) files.entities = id;
  }
  if (files.tables.empty()) {
    return absl::NotFoundError(absl::StrCat(
        path, " has no cases; add a table ", folder,
        "/NAME.tsv with the columns request, case, column, change, expect"));
  }
  return files;
}

CaseSet ReadCases(const SourceSet& sources, const CaseFiles& files,
                  const CaseWords& words, Diagnostics* diagnostics) {
  CaseSet set;
  if (files.entities != kNoSource) {
    set.population =
        ReadPopulation(sources, files.entities, words.schema, diagnostics);
  }
  const size_t errors_before = diagnostics->error_count();
  if (files.requests != kNoSource) {
    set.requests =
        ReadRequests(sources, files.requests, words.schema, diagnostics);
  }
  const bool has_all_requests = diagnostics->error_count() == errors_before;
  CaseReader reader(sources, words, has_all_requests, &set, diagnostics);
  for (const SourceId source : files.tables) {
    const Table table = ReadTable(sources, source,
                                  {{"request"},
                                   {"case"},
                                   {"column", /*required=*/false},
                                   {"change"},
                                   {"expect"},
                                   {"by", /*required=*/false},
                                   {"obliges", /*required=*/false},
                                   {"errors", /*required=*/false},
                                   {"note", /*required=*/false}},
                                  diagnostics);
    for (const TableRow& row : table.rows) {
      if (TooManyErrors(source, diagnostics)) break;
      reader.Read(row);
    }
  }
  return set;
}

}  // namespace sekisho
