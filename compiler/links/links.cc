#include "compiler/links/links.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "compiler/cedar/parser.h"
#include "compiler/matrix/table.h"

namespace sekisho {
namespace {

enum Cell { kId, kTemplate, kPrincipal, kResource };

// False after an error.
bool ReadEntity(const SourceSet& sources, const TableCell& cell,
                std::optional<EntityUid>* entity, Diagnostics* diagnostics) {
  if (cell.text.empty()) return true;
  const ExprPtr expr = ParseExpression(sources, cell.span, diagnostics);
  if (expr == nullptr) return false;
  if (!expr->is_entity()) {
    diagnostics->Error(cell.span, "only an entity can stand for a slot")
        .Help("write it as in a policy, `Type::\"id\"`");
    return false;
  }
  *entity = expr->AsEntity();
  return true;
}

class Linker {
 public:
  Linker(std::vector<Policy>* policies, Diagnostics* diagnostics)
      : policies_(*policies), diagnostics_(*diagnostics) {
    for (uint32_t i = 0; i < policies_.size(); ++i) {
      by_id_.emplace(policies_[i].id, i);
      if (policies_[i].is_template()) templates_.push_back(policies_[i].id);
    }
  }

  // Null after an error.
  LinkPtr Add(const TemplateLink& link) {
    const std::optional<uint32_t> found = FindTemplate(link);
    if (!found.has_value()) return nullptr;
    const Policy& of = policies_[*found];
    // Both are looked at, that both are reported.
    const bool principal_fits = FitSlot(link, of, of.principal, link.principal,
                                        link.principal_span, "?principal");
    const bool resource_fits = FitSlot(link, of, of.resource, link.resource,
                                       link.resource_span, "?resource");
    if (!principal_fits || !resource_fits) return nullptr;
    Policy policy = LinkTemplate(of, link);
    policies_.push_back(std::move(policy));
    return std::make_shared<const Link>(
        Link{link.id, link.template_id, link.principal.value_or(EntityUid()),
             link.resource.value_or(EntityUid()),
             static_cast<uint32_t>(policies_.size() - 1)});
  }

 private:
  std::optional<uint32_t> FindTemplate(const TemplateLink& link) {
    const auto it = by_id_.find(link.template_id);
    if (it == by_id_.end()) {
      const std::string nearest = Nearest(link.template_id, templates_);
      Diagnostics::Detail error = diagnostics_.Error(
          link.template_span,
          absl::StrCat("there is no template `", link.template_id, "`"));
      if (!nearest.empty()) {
        error.Help(absl::StrCat("did you mean `", nearest, "`?"));
      }
      return std::nullopt;
    }
    const Policy& policy = policies_[it->second];
    if (policy.is_template()) return it->second;
    diagnostics_
        .Error(link.template_span,
               absl::StrCat("`", link.template_id, "` is no template"))
        .Note(policy.span, "it has neither `?principal` nor `?resource`");
    return std::nullopt;
  }

  bool FitSlot(const TemplateLink& link, const Policy& of, const Scope& scope,
               const std::optional<EntityUid>& entity, const Span& span,
               absl::string_view slot) {
    if (scope.has_slot == entity.has_value()) return true;
    if (scope.has_slot) {
      diagnostics_
          .Error(span.valid() ? span : link.span,
                 absl::StrCat("the link has no entity for `", slot, "`"))
          .Note(scope.span, absl::StrCat("template `", of.id, "` needs one"));
    } else {
      diagnostics_
          .Error(span, absl::StrCat("template `", of.id, "` has no slot `",
                                    slot, "`"))
          .Note(of.span, "it is here");
    }
    return false;
  }

  std::vector<Policy>& policies_;
  Diagnostics& diagnostics_;
  absl::flat_hash_map<std::string, uint32_t> by_id_;
  std::vector<std::string> templates_;
};

}  // namespace

std::vector<TemplateLink> ReadLinks(const SourceSet& sources, SourceId source,
                                    Diagnostics* diagnostics) {
  const Table table = ReadTable(sources, source,
                                {{"id"},
                                 {"template"},
                                 {"?principal", false},
                                 {"?resource", false},
                                 {"note", false}},
                                diagnostics);
  std::vector<TemplateLink> links;
  for (const TableRow& row : table.rows) {
    if (TooManyErrors(source, diagnostics)) break;
    TemplateLink link;
    link.id = std::string(row.cells[kId].text);
    link.template_id = std::string(row.cells[kTemplate].text);
    link.span = row.span;
    link.template_span = row.cells[kTemplate].span;
    link.principal_span = row.cells[kPrincipal].span;
    link.resource_span = row.cells[kResource].span;
    bool ok = true;
    for (const Cell cell : {kId, kTemplate}) {
      if (!row.cells[cell].text.empty()) continue;
      diagnostics->Error(
          row.cells[cell].span,
          cell == kId ? "the link has no id" : "the link names no template");
      ok = false;
    }
    ok &= ReadEntity(sources, row.cells[kPrincipal], &link.principal,
                     diagnostics);
    ok &=
        ReadEntity(sources, row.cells[kResource], &link.resource, diagnostics);
    if (ok) links.push_back(std::move(link));
  }
  return links;
}

namespace {

// Whether the table has this link and no other.
bool ReadsAs(const std::string& table, const TemplateLink& link) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const std::vector<TemplateLink> read =
      ReadLinks(sources, sources.Add(kLinksFile, table), &diagnostics);
  return read.size() == 1 && read[0].id == link.id &&
         read[0].template_id == link.template_id &&
         read[0].principal == link.principal &&
         read[0].resource == link.resource;
}

}  // namespace

absl::StatusOr<std::string> AppendLink(absl::string_view table,
                                       const TemplateLink& link) {
  std::string out(table);
  if (out.empty()) out = "id\ttemplate\t?principal\t?resource\n";
  if (out.back() != '\n') out += '\n';
  absl::btree_map<absl::string_view, std::string> cells = {
      {"id", link.id}, {"template", link.template_id}};
  if (link.principal) cells["?principal"] = link.principal->ToString();
  if (link.resource) cells["?resource"] = link.resource->ToString();
  for (const auto& [column, text] : cells) {
    if (text.find_first_of("\t\n") != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(column, ": a tab or a line break cannot be written"));
    }
  }
  // The header is the first line that is neither blank nor a comment.
  absl::string_view header;
  for (absl::string_view line : absl::StrSplit(out, '\n')) {
    header = absl::StripPrefix(line, "\xef\xbb\xbf");
    if (LeadingSpace(header) < header.size() && header[0] != '#') break;
  }
  std::vector<std::string> row;
  for (absl::string_view column : absl::StrSplit(header, '\t')) {
    auto cell = cells.extract(Trimmed({column, {}}).text);
    row.push_back(cell ? cell.mapped() : "");
  }
  if (!cells.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the table has no column `", cells.begin()->first, "`"));
  }
  while (!row.empty() && row.back().empty()) row.pop_back();
  const std::string line = absl::StrJoin(row, "\t");
  if (!ReadsAs(absl::StrCat(header, "\n", line), link)) {
    return absl::InvalidArgumentError(
        "id, template: white space at an end or a `#` at the start would not "
        "be read back");
  }
  return absl::StrCat(out, line, "\n");
}

std::vector<LinkPtr> LinkPolicies(const std::vector<TemplateLink>& links,
                                  std::vector<Policy>* policies,
                                  Diagnostics* diagnostics) {
  Linker linker(policies, diagnostics);
  std::vector<LinkPtr> made;
  for (const TemplateLink& link : links) {
    if (LinkPtr added = linker.Add(link)) made.push_back(std::move(added));
  }
  return made;
}

}  // namespace sekisho
