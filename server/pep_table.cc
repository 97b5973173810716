// One pass over the lines. A row is made at its header and filled by the lines
// below it; all errors are collected, and a table with any is no table.
//
// Tested by pep_table_test.cc.
#include "server/pep_table.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr size_t kMaxErrors = 100;
constexpr size_t kMaxPathLength = 16;
constexpr size_t kMaxListedRows = 8;
// What the kernel says of users that have no number in the server's user
// namespace: many users, so never one.
constexpr uid_t kOverflowUid = 65534;

constexpr char kLoopback[] = "loopback";
constexpr char kAll[] = "*";
constexpr char kFormsOfRows[] =
    "rows are [unix:UID], [unix:UID:GID], [mtls:NAME] and [loopback]";

std::string UnixRow(uid_t uid) { return absl::StrCat("unix:", uid); }
std::string UnixRow(uid_t uid, gid_t gid) {
  return absl::StrCat("unix:", uid, ":", gid);
}
std::string CertificateRow(absl::string_view name) {
  return absl::StrCat("mtls:", name);
}

// A user's or group's number as the kernel has it, written in the only way.
bool IsId(absl::string_view text) {
  uint32_t id;
  return absl::SimpleAtoi(text, &id) && id != UINT32_MAX &&
         absl::StrCat(id) == text;
}

bool IsTypeName(absl::string_view text) {
  for (absl::string_view part : absl::StrSplit(text, "::")) {
    if (part.empty() || absl::ascii_isdigit(part.front())) return false;
    if (!absl::c_all_of(
            part, [](char c) { return absl::ascii_isalnum(c) || c == '_'; })) {
      return false;
    }
  }
  return true;
}

std::shared_ptr<PepGrants> Everything() {
  auto grants = std::make_shared<PepGrants>();
  grants->permissions.set();
  grants->policy_stores.AddAll();
  grants->context.Add({});
  grants->entity_types.AddAll();
  return grants;
}

class Parser {
 public:
  Parser(absl::string_view name, std::string text)
      : source_(sources_.Add(name, std::move(text))), errors_(&sources_) {}

  using Rows = std::map<std::string, std::shared_ptr<const PepGrants>>;

  absl::StatusOr<Rows> Parse() {
    for (absl::string_view line :
         absl::StrSplit(sources_.text(source_), '\n')) {
      ParseLine(WithoutComment(line));
      if (errors_.error_count() >= kMaxErrors) break;
    }
    EndRow();
    if (errors_.has_errors()) {
      errors_.Sort();
      return absl::InvalidArgumentError(errors_.ToString());
    }
    Rows rows;
    for (auto& [name, row] : rows_) rows.emplace(name, std::move(row.grants));
    return rows;
  }

 private:
  struct Row {
    Span header;
    std::shared_ptr<PepGrants> grants = std::make_shared<PepGrants>();
    bool has_stores = false;
  };
  struct Key {
    absl::string_view name;
    void (Parser::*add)(absl::string_view value);
  };
  static constexpr size_t kKeys = 4;
  static const std::array<Key, kKeys> kKeyTable;

  // A comment is a `#` that begins a line or follows a space.
  static absl::string_view WithoutComment(absl::string_view line) {
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '#' && (i == 0 || absl::ascii_isspace(line[i - 1]))) {
        return line.substr(0, i);
      }
    }
    return line;
  }

  // `part` is a view of the text.
  Span SpanOf(absl::string_view part) const {
    const auto begin =
        static_cast<uint32_t>(part.data() - sources_.text(source_).data());
    return {source_, begin, begin + static_cast<uint32_t>(part.size())};
  }
  Diagnostics::Detail Error(absl::string_view part, absl::string_view message) {
    return errors_.Error(SpanOf(part), message);
  }

  void ParseLine(absl::string_view line) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) return;
    if (line.front() == '[') {
      EndRow();
      BeginRow(line);
      return;
    }
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos) {
      Error(line, "this is neither a row nor a key with its values")
          .Help("write `[unix:1000]` to begin a row, `may = decide` in it");
      return;
    }
    if (row_ == nullptr && !row_is_bad_) {
      Error(line, "this stands before the first row").Help(kFormsOfRows);
      return;
    }
    ParseKey(absl::StripAsciiWhitespace(line.substr(0, equals)),
             line.substr(equals + 1));
  }

  void BeginRow(absl::string_view line) {
    // Unless all is well with it, what follows is checked and goes nowhere.
    row_ = nullptr;
    row_is_bad_ = true;
    absl::string_view name = line.substr(1);
    if (!absl::ConsumeSuffix(&name, "]")) {
      Error(line, "the name of the row does not end with `]`")
          .Help("write `[unix:1000]` on a line of its own");
      return;
    }
    if (!CheckRowName(name)) return;
    auto [place, is_new] = rows_.try_emplace(std::string(name));
    if (!is_new) {
      Error(name, absl::StrCat("`", name, "` has a row already"))
          .Note(place->second.header, "it is here");
      return;
    }
    row_ = &place->second;
    row_->header = SpanOf(name);
    row_is_bad_ = false;
  }

  bool CheckRowName(absl::string_view name) {
    if (name == kLoopback) return true;
    absl::string_view rest = name;
    if (absl::ConsumePrefix(&rest, "mtls:")) {
      if (!rest.empty() && absl::StripAsciiWhitespace(rest) == rest)
        return true;
      Error(name,
            "the name in the certificate is missing, or has spaces "
            "around it")
          .Help("write `[mtls:gateway.example]`");
      return false;
    }
    if (!absl::ConsumePrefix(&rest, "unix:")) {
      Error(name, absl::StrCat("`", name, "` is no enforcement point"))
          .Help(kFormsOfRows);
      return false;
    }
    const std::pair<absl::string_view, absl::string_view> ids =
        absl::StrSplit(rest, absl::MaxSplits(':', 1));
    const bool has_group = absl::StrContains(rest, ":");
    if (!IsId(ids.first) || (has_group && !IsId(ids.second))) {
      Error(rest, absl::StrCat("`", rest,
                               "` is not the number of a user, nor of a user "
                               "and a group"))
          .Help("`id -u NAME` prints the number of a user");
      return false;
    }
    if (ids.first == absl::StrCat(kOverflowUid)) {
      Error(ids.first,
            "this number stands for every user that the kernel "
            "cannot name here, and so for none")
          .Help("run the enforcement point as a user of its own");
      return false;
    }
    return true;
  }

  void EndRow() {
    if (row_ == nullptr) return;
    if (row_->grants->permissions.none()) {
      errors_
          .Error(row_->header, "the row has no `may`: it would grant nothing")
          .Help("write `may = decide`, or leave the row out");
    }
    if (!row_->has_stores) row_->grants->policy_stores.Add("default");
    row_ = nullptr;
  }

  void ParseKey(absl::string_view name, absl::string_view values) {
    const auto key = absl::c_find_if(
        kKeyTable, [name](const Key& k) { return k.name == name; });
    if (key == kKeyTable.end()) {
      std::vector<std::string> names;
      for (const Key& k : kKeyTable) names.emplace_back(k.name);
      Error(name, absl::StrCat("`", name, "` is no key"))
          .Help(absl::StrCat("the keys are ", absl::StrJoin(names, ", ")));
      return;
    }
    for (absl::string_view value : absl::StrSplit(values, ',')) {
      const absl::string_view word = absl::StripAsciiWhitespace(value);
      if (word.empty()) {
        Error(value, "a value is missing")
            .Help(
                "values stand between commas; to grant nothing, leave the "
                "key out");
      } else if (absl::c_any_of(word, absl::ascii_isspace)) {
        Error(word, "there is a space within the value")
            .Help("values stand between commas");
      } else {
        (this->*key->add)(word);
      }
    }
  }

  // What a bad row would have granted.
  PepGrants& grants() { return row_ == nullptr ? ignored_ : *row_->grants; }

  void AddMay(absl::string_view value) {
    std::bitset<kPermissions>& permissions = grants().permissions;
    if (value == kAll) {
      permissions.set();
      return;
    }
    const auto found = absl::c_find(kPermissionNames, value);
    if (found == kPermissionNames.end()) {
      const std::vector<std::string> names(kPermissionNames.begin(),
                                           kPermissionNames.end());
      Error(value, absl::StrCat("`", value, "` is nothing that can be granted"))
          .Help(absl::StrCat("there is ", absl::StrJoin(names, ", "),
                             ", and * for all"));
      return;
    }
    permissions.set(static_cast<size_t>(found - kPermissionNames.begin()));
  }

  void AddContext(absl::string_view value) {
    if (value == kAll) {
      grants().context.Add({});
      return;
    }
    const std::vector<absl::string_view> path = absl::StrSplit(value, '.');
    if (path.size() > kMaxPathLength) {
      Error(value,
            absl::StrCat("the path has more than ", kMaxPathLength, " names"))
          .Help("grant one of the records that it leads through");
      return;
    }
    for (absl::string_view name : path) {
      if (!name.empty() && !absl::StrContains(name, kAll)) continue;
      Error(value, absl::StrCat("`", value, "` is no path of attributes"))
          .Help(
              "write `device` for all that is in it, `device.type` for a "
              "part, * for the whole context");
      return;
    }
    grants().context.Add(path);
  }

  void AddEntities(absl::string_view value) {
    if (value == kAll) {
      grants().entity_types.AddAll();
    } else if (IsTypeName(value)) {
      grants().entity_types.Add(value);
    } else {
      Error(value, absl::StrCat("`", value, "` is not an entity type"))
          .Help(
              "write it as the schema does: `Device`, `Clinic::Device`, or * "
              "for all");
    }
  }

  void AddStores(absl::string_view value) {
    if (row_ != nullptr) row_->has_stores = true;
    if (value == kAll) {
      grants().policy_stores.AddAll();
    } else {
      grants().policy_stores.Add(value);
    }
  }

  SourceSet sources_;
  const SourceId source_;
  Diagnostics errors_;
  std::map<std::string, Row> rows_;
  // The row whose lines these are, or null.
  Row* row_ = nullptr;
  bool row_is_bad_ = false;
  PepGrants ignored_;
};

const std::array<Parser::Key, Parser::kKeys> Parser::kKeyTable = {{
    {"may", &Parser::AddMay},
    {"context", &Parser::AddContext},
    {"entities", &Parser::AddEntities},
    {"stores", &Parser::AddStores},
}};

}  // namespace

absl::StatusOr<std::shared_ptr<const PepTable>> PepTable::Parse(
    absl::string_view name, std::string text) {
  RETURN_IF_ERROR(CheckSource(name, text));
  ASSIGN_OR_RETURN(Rows rows, Parser(name, std::move(text)).Parse());
  return std::shared_ptr<const PepTable>(new PepTable(std::move(rows)));
}

absl::StatusOr<std::shared_ptr<const PepTable>> PepTable::Read(
    absl::string_view path) {
  ASSIGN_OR_RETURN(std::string text, ReadSource(path, {kMaxBytes}));
  return Parse(path, std::move(text));
}

std::shared_ptr<const PepTable> PepTable::Default() {
  Rows rows;
  rows[kLoopback] = rows[UnixRow(geteuid())] = Everything();
  return std::shared_ptr<const PepTable>(new PepTable(std::move(rows)));
}

std::shared_ptr<const PepGrants> PepTable::Find(const std::string& row) const {
  const auto found = rows_.find(row);
  return found == rows_.end() ? nullptr : found->second;
}

IdentifiedPep PepTable::FindUnix(uid_t uid, gid_t gid) const {
  Pep pep = {"unix", absl::StrCat(uid, ":", gid)};
  if (uid == kOverflowUid) return {std::move(pep), nullptr};
  std::shared_ptr<const PepGrants> grants = Find(UnixRow(uid, gid));
  if (grants == nullptr) grants = Find(UnixRow(uid));
  return {std::move(pep), std::move(grants)};
}

IdentifiedPep PepTable::FindCertificate(
    const std::vector<std::string>& names) const {
  std::vector<std::string> known;
  for (const std::string& name : names) {
    if (rows_.contains(CertificateRow(name))) known.push_back(name);
  }
  if (known.size() != 1) {
    return {{"mtls", absl::StrJoin(known.empty() ? names : known, ",")},
            nullptr};
  }
  return {{"mtls", known.front()}, Find(CertificateRow(known.front()))};
}

IdentifiedPep PepTable::FindLoopback() const {
  return {{kLoopback, ""}, Find(kLoopback)};
}

std::string PepTable::ToString() const {
  std::vector<std::string> rows;
  for (const auto& [name, grants] : rows_) {
    if (rows.size() == kMaxListedRows) {
      rows.push_back(
          absl::StrCat("and ", rows_.size() - kMaxListedRows, " more"));
      break;
    }
    std::vector<absl::string_view> may;
    for (size_t i = 0; i < kPermissions; ++i) {
      if (grants->permissions[i]) may.push_back(kPermissionNames[i]);
    }
    rows.push_back(absl::StrCat(
        name, " (",
        may.size() == kPermissions ? "all" : absl::StrJoin(may, ", "), ")"));
  }
  return rows.empty() ? "none" : absl::StrJoin(rows, ", ");
}

}  // namespace sekisho
