// Tested by cases_test.cc, and by tests/cases on the cases that we ship.
#include "compiler/cases/cases.h"

#include <algorithm>
#include <memory>
#include <optional>
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

constexpr absl::string_view kNearMiss = "near miss";
// Of one entity; the others are likely to be the same mistake.
constexpr size_t kMaxFieldErrors = 10;

enum Cell { kUseCase, kName, kColumn, kChange, kExpect, kBy, kNote };

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
    auto entities = EntitiesFromJson(
        absl::StrCat("[", sources.text(item.span), "]"), schema);
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
                                                   const CaseWords& words,
                                                   Diagnostics* diagnostics) {
  absl::btree_map<std::string, Request> requests;
  const auto items =
      ReadJsonItems(sources, source, JsonOuter::kObject, diagnostics);
  if (!items) return requests;
  for (const JsonItem& item : *items) {
    if (TooManyErrors(source, diagnostics)) break;
    const auto& policies = words.policies;
    if (std::find(policies.begin(), policies.end(), item.name) ==
        policies.end()) {
      diagnostics
          ->Error(item.name_span,
                  absl::StrCat("there is no policy `", item.name, "`"))
          .Help(DidYouMean(item.name, policies));
    }
    absl::StatusOr<Request> request =
        RequestFromJson(sources.text(item.span), words.schema);
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
    c.use_case = ToString(row.cells[kUseCase].text);
    c.name = ToString(row.cells[kName].text);
    c.column = ToString(row.cells[kColumn].text);
    c.change = ToString(row.cells[kChange].text);
    c.note = ToString(row.cells[kNote].text);
    c.span = row.span;
    ReadName(row);
    if (ReadExpectation(row.cells[kExpect], &c)) ReadBy(row.cells[kBy], &c);
    const Request* request = FindRequest(row.cells[kUseCase]);
    if (request != nullptr) Change(row.cells[kChange], *request, &c);
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
      c->by.push_back(it->first);
    }
  }

  const Request* FindRequest(const TableCell& cell) {
    const std::string use_case = ToString(cell.text);
    if (!policy_index_.contains(use_case)) {
      diagnostics_
          ->Error(cell.span,
                  absl::StrCat("there is no use case `", use_case, "`"))
          .Help(DidYouMean(use_case, words_.policies));
      return nullptr;
    }
    const auto it = set_.requests.find(use_case);
    if (it != set_.requests.end()) return &it->second;
    // Otherwise the errors of requests.json say enough.
    if (has_all_requests_) {
      diagnostics_->Error(
          cell.span,
          absl::StrCat("requests.json has no request for `", use_case, "`"));
    }
    return nullptr;
  }

  void Change(const TableCell& cell, const Request& request, Case* c) {
    ChangedWorld world{request, {}};
    if (!cell.text.empty() &&
        !ApplyChange(sources_, cell, population_, &world, diagnostics_)) {
      return;
    }
    c->request = std::move(world.request);
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
        absl::StrJoin({c.use_case, c.name, c.column, c.change}, "\t"),
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
  const std::string label = absl::StrCat(use_case, " ", name);
  return column.empty() ? label : absl::StrCat(label, " (", column, ")");
}

absl::StatusOr<CaseFiles> AddCaseFiles(const std::string& path,
                                       SourceSet* sources) {
  CaseFiles files;
  for (const auto& [name, id] :
       {std::pair("cases/cases.tsv", &files.cases),
        std::pair("cases/requests.json", &files.requests),
        std::pair("cases/entities.json", &files.entities)}) {
    ASSIGN_OR_RETURN(std::string text,
                     ReadSource(absl::StrCat(path, "/", name)));
    *id = sources->Add(name, std::move(text));
  }
  return files;
}

CaseSet ReadCases(const SourceSet& sources, const CaseFiles& files,
                  const CaseWords& words, Diagnostics* diagnostics) {
  CaseSet set;
  set.population =
      ReadPopulation(sources, files.entities, words.schema, diagnostics);
  const size_t errors_before = diagnostics->error_count();
  set.requests = ReadRequests(sources, files.requests, words, diagnostics);
  const bool has_all_requests = diagnostics->error_count() == errors_before;
  const Table table = ReadTable(sources, files.cases,
                                {{"usecase"},
                                 {"case"},
                                 {"column"},
                                 {"change"},
                                 {"expect"},
                                 {"by", /*required=*/false},
                                 {"note", /*required=*/false}},
                                diagnostics);
  CaseReader reader(sources, words, has_all_requests, &set, diagnostics);
  for (const TableRow& row : table.rows) {
    if (TooManyErrors(files.cases, diagnostics)) break;
    reader.Read(row);
  }
  return set;
}

}  // namespace sekisho
