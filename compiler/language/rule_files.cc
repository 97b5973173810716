#include "compiler/language/rule_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "compiler/cedar_source.h"

namespace sekisho {
namespace {

// Of text, in one Work().
constexpr size_t kBytesAtOnce = 8 << 10;
// After an edit that makes more pieces than these, the others are work.
constexpr size_t kPiecesAtOnce = 8;

bool SameScope(const Scope& a, const Scope& b) {
  return a.kind == b.kind && a.type == b.type && a.uids == b.uids &&
         a.has_slot == b.has_slot;
}

bool SameHead(const Policy& a, const Policy& b) {
  return a.id == b.id && SameScope(a.principal, b.principal) &&
         SameScope(a.action, b.action) && SameScope(a.resource, b.resource) &&
         std::equal(a.annotations.begin(), a.annotations.end(),
                    b.annotations.begin(), b.annotations.end(),
                    [](const Annotation& x, const Annotation& y) {
                      return x.name == y.name && x.value == y.value;
                    });
}

bool HasErrors(const PolicyReading& reading) {
  return std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(),
                     [](const Diagnostic& diagnostic) {
                       return diagnostic.severity ==
                              Diagnostic::Severity::kError;
                     });
}

using Readings = std::vector<std::shared_ptr<const PolicyReading>>;

std::vector<const Policy*> HeadsOf(const Readings& readings) {
  std::vector<const Policy*> heads;
  for (const auto& reading : readings) {
    if (reading == nullptr) continue;
    for (const Policy& head : reading->heads) heads.push_back(&head);
  }
  return heads;
}

bool SameHeads(const Readings& a, const Readings& b) {
  const std::vector<const Policy*> x = HeadsOf(a);
  const std::vector<const Policy*> y = HeadsOf(b);
  return std::equal(
      x.begin(), x.end(), y.begin(), y.end(),
      [](const Policy* p, const Policy* q) { return SameHead(*p, *q); });
}

}  // namespace

void RuleFiles::Set(const std::string& name, const Text* text) {
  Remove(name);
  File& file = files_[name];
  file.text = text;
  if (FormOf(name) == CedarForm::kText) {
    file.pieces = Split(text->text());
  } else {
    RulePiece whole;
    whole.end = text->size();
    file.pieces = {whole};
  }
  MarkUnread(name, &file);
}

void RuleFiles::Remove(const std::string& name) {
  const auto it = files_.find(name);
  if (it == files_.end()) return;
  for (RulePiece& piece : it->second.pieces) SetReading(nullptr, &piece);
  files_.erase(it);
  unread_.erase(name);
}

void RuleFiles::Edit(const std::string& name, size_t begin, size_t old_end,
                     size_t new_end) {
  File& file = files_.at(name);
  if (FormOf(name) == CedarForm::kJson) return Set(name, file.text);
  RulePieces replaced;
  const NewRulePieces fresh = Resplit(file.text->text(), begin, old_end,
                                      new_end, &file.pieces, &replaced);
  const uint64_t version = heads_version_;
  Readings before;
  for (RulePiece& piece : replaced) {
    before.push_back(piece.reading);
    SetReading(nullptr, &piece);
  }
  const size_t now = std::min(fresh.end, fresh.begin + kPiecesAtOnce);
  Readings after;
  for (size_t i = fresh.begin; i < now; ++i) {
    ReadPiece(name, file, &file.pieces[i]);
    after.push_back(file.pieces[i].reading);
  }
  if (now < fresh.end) {
    file.first_unread = std::min(file.first_unread, fresh.begin);
    unread_.insert(name);
  }
  // Most edits leave all heads as they are.
  if (now == fresh.end && SameHeads(before, after)) heads_version_ = version;
}

void RuleFiles::SetContext(const PolicyContext* context) {
  context_ = context;
  ++context_number_;
  readings_.clear();
  for (auto& [name, file] : files_) MarkUnread(name, &file);
}

void RuleFiles::MarkUnread(const std::string& name, File* file) {
  file->first_unread = 0;
  unread_.insert(name);
}

std::string RuleFiles::Work() {
  const std::string name = *unread_.begin();
  File& file = files_.at(name);
  size_t bytes = 0;
  size_t& i = file.first_unread;
  for (; i < file.pieces.size() && bytes < kBytesAtOnce; ++i) {
    RulePiece& piece = file.pieces[i];
    if (piece.context == context_number_) continue;
    ReadPiece(name, file, &piece);
    bytes += piece.end - piece.begin;
  }
  if (i < file.pieces.size()) return "";
  unread_.erase(name);
  return name;
}

void RuleFiles::ReadAt(const std::string& name, size_t offset) {
  const RulePiece* found = FindPiece(name, offset);
  if (found == nullptr || found->context == context_number_) return;
  File& file = files_.at(name);
  ReadPiece(name, file, &file.pieces[found - file.pieces.data()]);
}

void RuleFiles::ReadPiece(const std::string& name, const File& file,
                          RulePiece* piece) {
  const absl::string_view text = file.text->substr({piece->begin, piece->end});
  std::shared_ptr<const PolicyReading>& reading = readings_[text];
  if (reading == nullptr) {
    reading = std::make_shared<const PolicyReading>(
        ReadPolicyText(name, text, context_));
  }
  piece->context = context_number_;
  SetReading(reading, piece);
  if (readings_.size() <= readings_limit_) return;
  absl::erase_if(readings_,
                 [](const auto& kept) { return kept.second.use_count() == 1; });
  readings_limit_ = 2 * readings_.size() + 1000;
}

void RuleFiles::SetReading(std::shared_ptr<const PolicyReading> reading,
                           RulePiece* piece) {
  piece->reading.swap(reading);
  if (!SameHeads({piece->reading}, {reading})) ++heads_version_;
  if (reading != nullptr) {
    pieces_with_errors_ -= sekisho::HasErrors(*reading);
    for (const Policy& head : reading->heads) ids_.Add(head.id, -1);
  }
  if (piece->reading != nullptr) {
    pieces_with_errors_ += sekisho::HasErrors(*piece->reading);
    for (const Policy& head : piece->reading->heads) ids_.Add(head.id, 1);
  }
}

const RulePiece* RuleFiles::FindPiece(const std::string& name,
                                      size_t offset) const {
  const auto it = files_.find(name);
  if (it == files_.end()) return nullptr;
  const RulePieces& pieces = it->second.pieces;
  const auto after = std::partition_point(
      pieces.begin() + 1, pieces.end(),
      [offset](const RulePiece& piece) { return piece.begin <= offset; });
  return &*(after - 1);
}

std::vector<const Policy*> RuleFiles::Heads() const {
  std::vector<const Policy*> heads;
  for (const auto& [name, file] : files_) {
    for (const RulePiece& piece : file.pieces) {
      if (piece.reading == nullptr) continue;
      for (const Policy& head : piece.reading->heads) heads.push_back(&head);
    }
  }
  return heads;
}

}  // namespace sekisho
