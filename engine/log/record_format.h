// The bytes of a record: what is stored, and what is hashed into the tree.
//
//   record       := version kind salt id time store pep face request-id batch
//                   body
//   version      := 0x01 | 0x02 | 0x03    the first that can say it: 2 of links
//                                         and of decisions with links, 3 of
//                                         large decisions and explanations
//   kind         := byte                  1 decision, 2 refusal, 3 explanation,
//                                         4 activation, 5 write, 6 opened,
//                                         7 closed, 8 links
//   salt, id     := 16 bytes
//   time         := 8 bytes               nanoseconds since 1970 UTC, signed,
//                                         the low byte first
//   store, face, request-id := string
//   pep          := string string         kind, name
//   batch        := 0x00 | 0x01 16 bytes varint         batch id, item
//
//   decision     := request basis permitted cause policies policies policies
//                   duties duties duration later
//                                         determining, errors, undecided
//                                         forbids, obligations, advice
//   later        := | linked              version 1; version 2: the links that
//                                         fit the request, where the policy
//                                         store had any
//                   | (0x00 | 0x01 linked) varint varint varint
//                     (0x00 | 0x01 32 bytes)
//                                         version 3: how many more determining
//                                         policies, errors, undecided forbids
//                                         than are named; SHA-256 of a list of
//                                         evidence, `versions`, which then is
//                                         empty in the basis; something is not
//                                         0
//   refusal      := request basis varint string         status code, message
//   explanation  := request basis explained redacted list
//                                         list: 32 bytes in version 3, as in
//                                         `later`; nothing in version 1
//   activation   := string varint string 32 bytes string
//                                         policy hash, policy version, previous
//                                         hash, SHA-256 of the artifact, reason
//   write        := varint string varint versions
//                                         revision, source, count
//   opened       := string string varint  software, vkey, bytes cut off
//   closed       := string                reason
//   links        := varint varint varint 32 bytes
//                                         revision, number linked and unlinked,
//                                         SHA-256 of the change
//
//   request      := uid uid uid fields    principal, action, resource, context
//                   count entity*
//                   supported string optional ages
//                                         .., demanded policy hash, revision at
//                                         least, ages at most
//   basis        := string varint mode varint fields versions
//                                         policy hash, policy version, ..,
//                                         entity revision, context added,
//                                         evidence
//   entity       := uid fields fields count uid*
//                                         attributes, tags, parents
//   supported    := 0x00 | 0x01 policies
//   optional     := 0x00 | 0x01 varint
//   ages         := count (string varint)*
//                                         source, nanoseconds
//   explained    := 0x00 | 0x01 16 bytes  id of the decision
//   permitted, redacted := 0x00 | 0x01
//   mode         := 0x00 fail closed | 0x01 Cedar's
//   cause        := 0x00 permitted | 0x01 forbidden | 0x02 forbid undecided
//                 | 0x03 not covered | 0x04 obligation unsupported
//   duration     := varint                nanoseconds
//   policies     := count string*
//   duties       := count (string fields)*
//   linked       := count (string string uid uid)*
//                                         id, template, principal, resource;
//                                         without a slot, the uid is empty;
//                                         ids of a decision's strictly ascend
//   change       := linked policies       kept as evidence; ids unlinked
//   versions     := count (uid version)*
//   version      := 0x00 | 0x01 32 bytes  no such entity, or SHA-256 of its
//   form
//
//   name         := string
//   fields, uid, string, count, varint: as engine/model/value_format.h says
//
// Parents are strictly ascending (as EntityUid orders them). So a record has
// exactly one encoding.
//
// The layout and the numbers are frozen. A later version may add fields at the
// end of a body, and kinds; it gets the next version number, and a reader that
// does not know it can check its hash and nothing else.
#ifndef SEKISHO_ENGINE_LOG_RECORD_FORMAT_H_
#define SEKISHO_ENGINE_LOG_RECORD_FORMAT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/log/record.h"
#include "engine/log/record_view.h"
#include "engine/model/link.h"

namespace sekisho {

// The latest.
inline constexpr uint8_t kRecordVersion = 3;

// The limit of C2SP's tiled logs. What does not fit is refused.
inline constexpr size_t kMaxRecordSize = 65535;

// Replaces `*out` by the bytes of `record`. InvalidArgument if a value is
// nested too deeply (kMaxFormatDepth) or there are more than kMaxRecordSize.
// Reusing `*out` saves allocations.
absl::Status EncodeRecord(const Record& record, std::string* out);

// As EncodeRecord, of a decision: the same bytes as of the record that says the
// same. Returns what it wrote, at the beginning of `*buffer`; a buffer that is
// used again allocates nothing.
absl::StatusOr<absl::string_view> EncodeDecision(
    const DecisionRecordView& record, std::string* buffer);

// What Basis::evidence_list cites.
std::string EncodeVersions(absl::Span<const EntityVersionView> versions);
// DataLoss if `bytes` is not what EncodeVersions yields.
absl::StatusOr<std::vector<EntityVersion>> DecodeVersions(
    absl::string_view bytes);

// What a LinksBody cites: the links made, and the ids of those removed.
std::string EncodeLinkChange(const std::vector<LinkPtr>& linked,
                             const std::vector<std::string>& unlinked);

// DataLoss if `bytes` is not exactly what EncodeRecord yields for some record,
// Unimplemented if a later version wrote it. Whatever the bytes, this returns,
// in time and memory proportional to their number.
absl::StatusOr<Record> DecodeRecord(absl::string_view bytes);

// The same into `*record`, whose memory is used again, whatever it held. After
// an error it holds parts of anything.
absl::Status DecodeRecord(absl::string_view bytes, Record* record);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_RECORD_FORMAT_H_
