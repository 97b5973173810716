#include "compiler/language/edited_folder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar_source.h"
#include "compiler/source/read_source.h"

namespace sekisho {
namespace {

// Of text, in one Work().
constexpr size_t kBytesAtOnce = 16 << 10;
// After an edit that makes more pieces than these, the others are work.
constexpr size_t kPiecesAtOnce = 8;

bool IsPieced(absl::string_view name) {
  return IsPolicyFile(name) && FormOf(name) == CedarForm::kText;
}

Pieces PiecesOf(absl::string_view name, const Text& text) {
  if (IsPieced(name)) return Split(text.text());
  Piece whole;
  whole.end = text.size();
  return {whole};
}

// `begin` is where the diagnostic's source begins in the file.
FileDiagnostic ToFile(const Diagnostic& diagnostic, const std::string& name,
                      size_t begin) {
  const auto place = [begin](const Span& span) {
    return TextSpan{begin + span.begin, begin + span.end};
  };
  FileDiagnostic out;
  out.severity = diagnostic.severity;
  out.span = place(diagnostic.span);
  out.message = diagnostic.message;
  out.help = diagnostic.help;
  for (const Diagnostic::Note& note : diagnostic.notes) {
    out.notes.push_back({{name, place(note.span)}, note.message});
  }
  return out;
}

FileDiagnostic AtBeginning(absl::string_view message) {
  FileDiagnostic diagnostic;
  diagnostic.message = std::string(message.data(), message.size());
  return diagnostic;
}

}  // namespace

void EditedFolder::SetFile(const std::string& name, std::string text) {
  const auto [it, is_new] = files_.try_emplace(name);
  File& file = it->second;
  if (!is_new && file.text.text() == text) return;
  file.text = Text(std::move(text));
  Refresh(name, &file);
}

void EditedFolder::RemoveFile(const std::string& name) {
  const auto it = files_.find(name);
  if (it == files_.end()) return;
  for (Piece& piece : it->second.pieces) SetReading(nullptr, &piece);
  files_.erase(it);
  unread_.erase(name);
  changed_.insert(name);
  if (IsSchemaFile(name)) ReadSchema();
}

void EditedFolder::EditFile(const std::string& name, const TextEdit& edit) {
  File& file = files_.at(name);
  file.text.Replace(edit.span, edit.text);
  if (!IsPieced(name) || !file.form.ok() ||
      !CheckSource(name, edit.text).ok()) {
    return Refresh(name, &file);
  }
  Pieces replaced;
  const NewPieces fresh =
      Resplit(file.text.text(), edit.span.begin, edit.span.end,
              edit.span.begin + edit.text.size(), &file.pieces, &replaced);
  for (Piece& piece : replaced) SetReading(nullptr, &piece);
  const size_t now = std::min(fresh.end, fresh.begin + kPiecesAtOnce);
  for (size_t i = fresh.begin; i < now; ++i) {
    ReadPiece(name, file, &file.pieces[i]);
  }
  same_ids_.clear();
  if (file.first_unread > fresh.begin) file.first_unread = fresh.begin;
  if (now < fresh.end) unread_.insert(name);
  changed_.insert(name);
}

std::vector<std::string> EditedFolder::FileNames() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) names.push_back(name);
  return names;
}

const Text* EditedFolder::FindText(const std::string& name) const {
  const auto it = files_.find(name);
  return it == files_.end() ? nullptr : &it->second.text;
}

void EditedFolder::Refresh(const std::string& name, File* file) {
  same_ids_.clear();
  file->diagnostics.clear();
  file->form = CheckSource(name, file->text.text());
  if (!file->form.ok()) {
    file->diagnostics.push_back(AtBeginning(file->form.message()));
  }
  if (IsPolicyFile(name)) {
    for (Piece& piece : file->pieces) SetReading(nullptr, &piece);
    file->pieces = file->form.ok() ? PiecesOf(name, file->text) : Pieces();
    MarkUnread(name, file);
    return;
  }
  changed_.insert(name);
  if (IsSchemaFile(name)) ReadSchema();
}

void EditedFolder::ReadSchema() {
  std::string schema;
  for (auto& [name, file] : files_) {
    if (!IsSchemaFile(name)) continue;
    changed_.insert(name);
    if (!file.form.ok()) continue;
    file.diagnostics.clear();
    if (!schema.empty()) {
      file.diagnostics.push_back(AtBeginning(absl::StrCat(
          "there are two schemas, ", schema, " and ", name, "; keep one")));
      continue;
    }
    schema = name;
    SourceSet sources;
    Diagnostics diagnostics(&sources);
    std::optional<Schema> read = ReadSchemaSource(
        sources, sources.Add(name, file.text.text()), &diagnostics);
    diagnostics.Sort();
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      file.diagnostics.push_back(ToFile(diagnostic, name, 0));
    }
    // While a schema is being written policies mean what they last meant.
    if (!read) continue;
    context_ = std::make_unique<const PolicyContext>(*std::move(read));
    Forget();
  }
  if (schema.empty() && context_ != nullptr) {
    context_ = nullptr;
    Forget();
  }
}

void EditedFolder::Forget() {
  ++context_number_;
  readings_.clear();
  for (auto& [name, file] : files_) {
    if (IsPolicyFile(name)) MarkUnread(name, &file);
  }
}

void EditedFolder::MarkUnread(const std::string& name, File* file) {
  file->first_unread = 0;
  unread_.insert(name);
}

void EditedFolder::Work() {
  if (unread_.empty()) return;
  const std::string name = *unread_.begin();
  File& file = files_.at(name);
  size_t bytes = 0;
  size_t& i = file.first_unread;
  for (; i < file.pieces.size() && bytes < kBytesAtOnce; ++i) {
    Piece& piece = file.pieces[i];
    if (piece.context == context_number_) continue;
    ReadPiece(name, file, &piece);
    bytes += piece.end - piece.begin;
  }
  if (i < file.pieces.size()) return;
  unread_.erase(name);
  changed_.insert(name);
}

void EditedFolder::ReadPiece(const std::string& name, const File& file,
                             Piece* piece) {
  const absl::string_view text = file.text.substr({piece->begin, piece->end});
  std::shared_ptr<const PolicyReading>& reading = readings_[text];
  if (reading == nullptr) {
    reading = std::make_shared<const PolicyReading>(
        ReadPolicyText(name, text, context_.get()));
  }
  piece->context = context_number_;
  SetReading(reading, piece);
  if (readings_.size() <= readings_limit_) return;
  absl::erase_if(readings_,
                 [](const auto& kept) { return kept.second.use_count() == 1; });
  readings_limit_ = 2 * readings_.size() + 1000;
}

void EditedFolder::SetReading(std::shared_ptr<const PolicyReading> reading,
                              Piece* piece) {
  piece->reading.swap(reading);
  if (piece->reading != nullptr) {
    for (const Policy& head : piece->reading->heads) CountId(head.id, 1);
  }
  if (reading != nullptr) {
    for (const Policy& head : reading->heads) CountId(head.id, -1);
  }
}

void EditedFolder::CountId(const std::string& id, int by) {
  if (id.empty()) return;
  int& count = id_counts_[id];
  const bool was_same = count > 1;
  count += by;
  const bool is_same = count > 1;
  if (count == 0) id_counts_.erase(id);
  if (!was_same && !is_same) return;
  // The first of several may be another one now.
  same_ids_.clear();
  turned_ids_.insert(id);
  if (was_same != is_same) same_id_count_ += is_same ? 1 : -1;
}

const absl::flat_hash_map<std::string, FilePlace>& EditedFolder::FindSameIds()
    const {
  if (same_id_count_ == 0 || !same_ids_.empty()) return same_ids_;
  for (const auto& [name, file] : files_) {
    for (const Piece& piece : file.pieces) {
      if (piece.reading == nullptr) continue;
      for (const Policy& head : piece.reading->heads) {
        if (head.id.empty() || id_counts_.at(head.id) < 2) continue;
        same_ids_.emplace(head.id, FilePlace{name,
                                             {piece.begin + head.span.begin,
                                              piece.begin + head.span.end}});
      }
    }
  }
  return same_ids_;
}

std::vector<std::string> EditedFolder::TakeChanged() {
  if (!turned_ids_.empty()) {
    for (const auto& [name, file] : files_) {
      for (const Piece& piece : file.pieces) {
        if (piece.reading == nullptr) continue;
        for (const Policy& head : piece.reading->heads) {
          if (turned_ids_.contains(head.id)) changed_.insert(name);
        }
      }
    }
    turned_ids_.clear();
  }
  const std::vector<std::string> changed(changed_.begin(), changed_.end());
  changed_.clear();
  return changed;
}

std::vector<FileDiagnostic> EditedFolder::Diagnose(
    const std::string& name) const {
  const auto it = files_.find(name);
  if (it == files_.end()) return {};
  const File& file = it->second;
  std::vector<FileDiagnostic> out = file.diagnostics;
  const absl::flat_hash_map<std::string, FilePlace>& same_ids = FindSameIds();
  for (const Piece& piece : file.pieces) {
    if (piece.reading == nullptr) continue;
    for (const Diagnostic& diagnostic : piece.reading->diagnostics) {
      out.push_back(ToFile(diagnostic, name, piece.begin));
    }
    if (same_ids.empty()) continue;
    for (const Policy& head : piece.reading->heads) {
      const auto first = same_ids.find(head.id);
      if (first == same_ids.end()) continue;
      const TextSpan span{piece.begin + head.span.begin,
                          piece.begin + head.span.end};
      if (first->second.file == name && first->second.span == span) continue;
      FileDiagnostic& same = out.emplace_back();
      same.span = span;
      same.message =
          absl::StrCat("there are two policies with the id `", head.id, "`");
      same.help = "give one of them another `@id`";
      same.notes.push_back({first->second, "the first is here"});
    }
    if (out.size() > kMaxFileDiagnostics) break;
  }
  if (out.size() > kMaxFileDiagnostics) out.resize(kMaxFileDiagnostics);
  return out;
}

}  // namespace sekisho
