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
  place.text = workspace_.FindText(*path);
  if (place.text == nullptr) return std::nullopt;
  place.offset =
      place.text->OffsetOf(PositionMember(params, "position"), unit_);
  if (!place.folder->ReadAt(place.file.name, place.offset)) throw NotYet{};
  return place;
}

// There may be ten thousand in one file, so that what is known of a file is
// looked up once.
Json LanguageServer::LocationsJson(const Place& from,
                                   const std::vector<FilePlace>& places) {
  Json locations = Json::array();
  const Text* text = nullptr;
  std::string uri;
  for (size_t i = 0; i < places.size(); ++i) {
    if (i == 0 || places[i].file != places[i - 1].file) {
      text = from.folder->FindText(places[i].file);
      uri = UriOfPath(JoinPath({from.file.folder, places[i].file}));
    }
    Json& location = locations.emplace_back();
    location["uri"] = uri;
    location["range"] = RangeJson(*text, places[i].span);
  }
  return locations;
}

Json LanguageServer::Hover(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  const auto hover = FindHover(*place->folder, place->file.name, place->offset);
  if (!hover) return nullptr;
  return {{"contents", MarkdownJson(hover->text)},
          {"range", RangeJson(*place->text, hover->span)}};
}

Json LanguageServer::Completion(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  Json items = Json::array();
  for (const sekisho::Completion& completion :
       FindCompletions(*place->folder, place->file.name, place->offset)) {
    Json item = {{"label", completion.label},
                 {"kind", CompletionKind(completion.kind)},
                 {"textEdit",
                  EditJson(*place->text, {completion.span, completion.label})}};
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
      edits.push_back(EditJson(*text, edit));
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
  if (edit) edits.push_back(EditJson(*workspace_.FindText(*path), *edit));
  return edits;
}

Json LanguageServer::Definition(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) return nullptr;
  return LocationsJson(*place, FindDefinitions(*place->folder, name->symbols));
}

Json LanguageServer::References(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  if (place->folder->HasWork()) throw NotYet{};
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) return nullptr;
  const bool with_definitions =
      BoolMember(Member(params, "context"), "includeDeclaration");
  return LocationsJson(
      *place, FindReferences(*place->folder, name->symbols, with_definitions));
}

Json LanguageServer::PrepareRename(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  if (!place) return nullptr;
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) return nullptr;
  return RangeJson(*place->text, name->span);
}

Json LanguageServer::Rename(const Json& params) {
  const std::optional<Place> place = PlaceOf(params);
  const std::string& to = StringMember(params, "newName");
  if (!place) return nullptr;
  if (place->folder->HasWork()) throw NotYet{};
  const auto name = FindName(*place->folder, place->file.name, place->offset);
  if (!name) throw RequestFailed{"there is no name here"};
  const auto edits = RenameAll(*place->folder, name->symbols, to);
  if (!edits.ok()) throw RequestFailed{std::string(edits.status().message())};
  Json changes = Json::object();
  for (const auto& [file, edits_of_file] : *edits) {
    const Text& text = *place->folder->FindText(file);
    Json& in_file = changes[UriOfPath(JoinPath({place->file.folder, file}))];
    for (const TextEdit& edit : edits_of_file) {
      in_file.push_back(EditJson(text, edit));
    }
  }
  return {{"changes", std::move(changes)}};
}

}  // namespace sekisho
