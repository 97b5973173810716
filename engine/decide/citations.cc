// Tested by record_decision_test.cc.
#include "engine/decide/citations.h"

#include <utility>

#include "engine/base/status_macros.h"
#include "engine/log/record_format.h"
#include "engine/model/entity_format.h"

namespace sekisho {

namespace {

constexpr size_t kLongList = size_t{16} << 10;

}  // namespace

absl::StatusOr<const Sha256Digest*> Citations::Cite(const FoundEntity& found) {
  const Sha256Digest* const known = found.digest();
  if (known != nullptr && log_.HasEvidence(*known)) return known;
  ASSIGN_OR_RETURN(std::string content, EncodeEntity(*found));
  Cited& cited = cited_.emplace_front(Cited{{}, std::move(content)});
  if (known != nullptr) {
    evidence_.push_back({*known, cited.content});
    return known;
  }
  cited.hash = CiteContent(cited.content);
  return &cited.hash;
}

Sha256Digest Citations::CiteContent(absl::string_view content) {
  const Sha256Digest hash = Sha256(content);
  if (!log_.HasEvidence(hash)) evidence_.push_back({hash, content});
  return hash;
}

std::optional<Sha256Digest> Citations::CiteLongList(
    absl::Span<const EntityVersionView> versions) {
  size_t bytes = 0;
  for (const EntityVersionView& version : versions) {
    bytes +=
        version.uid.type.size() + version.uid.id.size() + sizeof(Sha256Digest);
  }
  if (bytes <= kLongList) return std::nullopt;
  cited_.push_front({{}, EncodeVersions(versions)});
  return CiteContent(cited_.front().content);
}

}  // namespace sekisho
