// What a record cites by its hash, and of it the content that the decision log
// does not have yet.
//
//   Citations citations(log);
//   ASSIGN_OR_RETURN(const Sha256Digest* hash, citations.Cite(found));
//   ..
//   log.Append(record, citations.evidence());
//
// For one record, and one thread. Allocates only for what is new.
#ifndef SEKISHO_ENGINE_DECIDE_CITATIONS_H_
#define SEKISHO_ENGINE_DECIDE_CITATIONS_H_

#include <forward_list>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/sha256.h"
#include "engine/log/log_writer.h"
#include "engine/log/record_view.h"
#include "engine/model/entity.h"

namespace sekisho {

class Citations {
 public:
  // `log` must outlive this object, and all that is returned is good as long as
  // it.
  explicit Citations(const DecisionLog& log) : log_(log) {}

  // The hash of the entity's content, which is computed only where its source
  // does not know it. InvalidArgument if it cannot be kept: see EncodeEntity.
  // REQUIRES: there is an entity, and what `found` points to outlives this.
  absl::StatusOr<const Sha256Digest*> Cite(const FoundEntity& found);

  // `content` must outlive this object.
  Sha256Digest CiteContent(absl::string_view content);

  // Of a list that would take more than 16 KiB of the record: its hash, as
  // Basis::evidence_list has it. Its entities have been cited before.
  std::optional<Sha256Digest> CiteLongList(
      absl::Span<const EntityVersionView> versions);

  // What to append with the record.
  absl::Span<const LogEvidence> evidence() const { return evidence_; }

 private:
  struct Cited {
    Sha256Digest hash;
    std::string content;
  };

  const DecisionLog& log_;
  std::forward_list<Cited> cited_;
  std::vector<LogEvidence> evidence_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_DECIDE_CITATIONS_H_
