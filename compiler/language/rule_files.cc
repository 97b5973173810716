#include "compiler/language/rule_files.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "absl/strings/string_view.h"
#include "compiler/cedar_source.h"

namespace sekisho {
namespace {

// Of text, in one Work(), for each thread.
constexpr size_t kBytesAtOnce = 96 << 10;
constexpr unsigned kMaxThreads = 16;
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
  const auto is_error = [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Diagnostic::Severity::kError;
  };
  return std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(),
                     is_error) ||
         std::any_of(reading.of_obligations.begin(),
                     reading.of_obligations.end(), is_error);
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

unsigned Threads() {
  static const unsigned threads =
      std::clamp(std::thread::hardware_concurrency(), 1u, kMaxThreads);
  return threads;
}

// In as many threads as there are texts, or as the machine has.
Readings ReadTexts(absl::string_view name,
                   const std::vector<absl::string_view>& texts,
                   const PolicyContext* context) {
  Readings readings(texts.size());
  std::atomic<size_t> next = 0;
  const auto read = [&] {
    for (size_t i = next++; i < texts.size(); i = next++) {
      readings[i] = std::make_shared<const PolicyReading>(
          ReadPolicyText(name, texts[i], context));
    }
  };
  std::vector<std::future<void>> others;
  for (size_t i = 1; i < texts.size() && i < Threads(); ++i) {
    // Deferred where no thread can be had: then this one has read all.
    others.push_back(
        std::async(std::launch::async | std::launch::deferred, read));
  }
  read();
  for (std::future<void>& other : others) other.get();
  return readings;
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
  ReadPieces(name, &file, fresh.begin, now);
  for (size_t i = fresh.begin; i < now; ++i) {
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
  const size_t begin = file.first_unread;
  size_t& end = file.first_unread;
  for (size_t bytes = 0;
       end < file.pieces.size() && bytes < kBytesAtOnce * Threads(); ++end) {
    const RulePiece& piece = file.pieces[end];
    if (piece.context != context_number_) bytes += piece.end - piece.begin;
  }
  ReadPieces(name, &file, begin, end);
  if (end < file.pieces.size()) return "";
  unread_.erase(name);
  return name;
}

void RuleFiles::ReadAt(const std::string& name, size_t offset) {
  const RulePiece* found = FindPiece(name, offset);
  if (found == nullptr || found->context == context_number_) return;
  File& file = files_.at(name);
  const size_t index = found - file.pieces.data();
  ReadPieces(name, &file, index, index + 1);
}

void RuleFiles::ReadPieces(const std::string& name, File* file, size_t begin,
                           size_t end) {
  const auto text_of = [&](size_t i) {
    return file->text->substr({file->pieces[i].begin, file->pieces[i].end});
  };
  std::vector<absl::string_view> unknown;
  for (size_t i = begin; i < end; ++i) {
    if (file->pieces[i].context == context_number_) continue;
    const absl::string_view text = text_of(i);
    if (readings_.try_emplace(text).second) unknown.push_back(text);
  }
  Readings read = ReadTexts(name, unknown, context_);
  for (size_t i = 0; i < unknown.size(); ++i) {
    readings_[unknown[i]] = std::move(read[i]);
  }
  for (size_t i = begin; i < end; ++i) {
    RulePiece& piece = file->pieces[i];
    if (piece.context == context_number_) continue;
    piece.context = context_number_;
    SetReading(readings_[text_of(i)], &piece);
  }
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
