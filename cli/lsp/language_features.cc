// The requests about places in documents.
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "cli/lsp/language_server.h"
#include "cli/lsp/params.h"
#include "cli/lsp/uri.h"
#include "compiler/language/actions.h"
#include "compiler/language/completion.h"
#include "compiler/language/hover.h"
#include "compiler/language/navigation.h"

namespace sekisho {

using Json = nlohmann::json;

namespace {

// The protocol's numbers.
int CompletionKind(Completion::Kind kind) {
  switch (kind) {
    case Completion::Kind::kKeyword:
      return 14;
    case Completion::Kind::kVariable:
      return 6;
    case Completion::Kind::kType:
      return 7;
    case Completion::Kind::kAttribute:
      return 5;
    case Completion::Kind::kMethod:
      return 2;
    case Completion::Kind::kValue:
      return 12;
  }
  return 1;
}

}  // namespace

std::optional<LanguageServer::Place> LanguageServer::PlaceOf(
    const Json& params) {
  const std::optional<std::string> path = PathMember(params);
  if (!path) return std::nullopt;
  Place place;
  place.file = SplitPath(*path);
  place.folder = workspace_.FindFolder(place.file);
  const Text* text = workspace_.FindText(*path);
  if (text == nullptr) return std::nullopt;
  place.offset = text->OffsetOf(PositionMember(params, "position"), unit_);
  place.folder->ReadAt(place.file.name, place.offset);
  return place;
}

Json LanguageServer::Hover(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  const auto hover = FindHover(*place->folder, place->file.name, place->offset);
  if (!hover) return nullptr;
  return {{"contents", MarkdownJson(hover->text)},
          {"range", RangeJson(JoinPath(place->file), hover->span)}};
}

Json LanguageServer::Completion(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  Json items = Json::array();
  for (const sekisho::Completion& completion :
       FindCompletions(*place->folder, place->file.name, place->offset)) {
    Json item = {{"label", completion.label},
                 {"kind", CompletionKind(completion.kind)},
                 {"textEdit", EditJson(JoinPath(place->file),
                                       {completion.span, completion.label})}};
    if (!completion.detail.empty()) item["detail"] = completion.detail;
    items.push_back(std::move(item));
  }
  return {{"isIncomplete", false}, {"items", std::move(items)}};
}

Json LanguageServer::CodeAction(const Json& params) {
  const std::optional<std::string> path = PathMember(params);
  if (!path) return nullptr;
  const FileName file = SplitPath(*path);
  const Text* text = workspace_.FindText(*path);
  if (text == nullptr) return nullptr;
  const TextSpan at = text->SpanOf(RangeMember(params, "range"), unit_);
  Json actions = Json::array();
  for (const Fix& fix :
       FindFixes(*workspace_.FindFolder(file), file.name, at)) {
    Json edits = Json::array();
    for (const TextEdit& edit : fix.edits) {
      edits.push_back(EditJson(*path, edit));
    }
    actions.push_back(
        {{"title", fix.title},
         {"kind", "quickfix"},
         {"diagnostics", Json::array({DiagnosticJson(*path, fix.of)})},
         {"edit", {{"changes", {{UriOfPath(*path), std::move(edits)}}}}}});
  }
  return actions;
}

Json LanguageServer::Formatting(const Json& params) {
  const std::optional<std::string> path = PathMember(params);
  if (!path) return nullptr;
  const FileName file = SplitPath(*path);
  const EditedFolder* folder = workspace_.FindFolder(file);
  if (folder == nullptr) return nullptr;
  const std::optional<TextEdit> edit = FormatFile(*folder, file.name);
  Json edits = Json::array();
  if (edit) edits.push_back(EditJson(*path, *edit));
  return edits;
}

Json LanguageServer::Definition(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) return nullptr;
  Json locations = Json::array();
  for (const FilePlace& found :
       FindDefinitions(*place->folder, name->symbols)) {
    locations.push_back(LocationJson(place->file.folder, found));
  }
  return locations;
}

Json LanguageServer::References(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  while (place->folder->HasWork()) place->folder->Work();
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) return nullptr;
  const bool with_definitions =
      BoolMember(Member(params, "context"), "includeDeclaration");
  Json locations = Json::array();
  for (const FilePlace& found :
       FindReferences(*place->folder, name->symbols, with_definitions)) {
    locations.push_back(LocationJson(place->file.folder, found));
  }
  return locations;
}

Json LanguageServer::PrepareRename(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) return nullptr;
  return RangeJson(JoinPath(place->file), name->span);
}

Json LanguageServer::Rename(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  const std::string& to = StringMember(params, "newName");
  if (!place) return nullptr;
  while (place->folder->HasWork()) place->folder->Work();
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) throw RequestFailed{"there is no name here"};
  const auto edits = RenameAll(*place->folder, name->symbols, to);
  if (!edits.ok()) throw RequestFailed{std::string(edits.status().message())};
  Json changes = Json::object();
  for (const auto& [file, edit] : *edits) {
    const std::string path = JoinPath({place->file.folder, file});
    changes[UriOfPath(path)].push_back(EditJson(path, edit));
  }
  return {{"changes", std::move(changes)}};
}

}  // namespace sekisho
