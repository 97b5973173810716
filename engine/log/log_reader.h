// Reads a log from its files: records, and the evidence they cite.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<LogReader> reader,
//                    LogReader::Open("/var/lib/sekisho/log"));
//   while (true) {
//     ASSIGN_OR_RETURN(std::optional<LogEntry> entry, reader->Next());
//     if (!entry.has_value()) break;
//     if (entry->kind == LogEntry::Kind::kRecord) {
//       ASSIGN_OR_RETURN(Record record, DecodeRecord(entry->bytes));
//       ..
//
// Whatever the files hold, this ends, in time proportional to their size, with
// at most a segment in memory. It checks frames and their order, and proves
// nothing: see verify.h. A log may be read while it is written to; then the
// reader ends somewhere near the end of the log as it was.
//
// A LogReader is for one thread; several may read the same log.
#ifndef SEKISHO_ENGINE_LOG_LOG_READER_H_
#define SEKISHO_ENGINE_LOG_LOG_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

struct LogEntry {
  enum class Kind { kRecord, kEvidence };

  Kind kind = Kind::kRecord;
  // A record's place in the log, from 0; for evidence, that of the next record.
  uint64_t index = 0;
  // As hashed. Valid until the next call of the reader.
  absl::string_view bytes;
  // Where the frame is. Entries of one compressed frame share a place.
  uint64_t segment = 0;
  uint64_t offset = 0;
};

// A part of a log that is not as it was written.
struct LogDamage {
  uint64_t segment = 0;
  uint64_t offset = 0;
  // How many bytes were passed over; 0 if none but something is missing.
  uint64_t bytes = 0;
  std::string what;

  // `00000001.log, byte 24: ..`
  std::string ToString() const;
};

struct LogReaderOptions {
  // Go on behind damage where another frame is found, and report it in
  // damage(). Otherwise damage is an error and the end.
  bool skip_damage = false;
  // Only these segments, both included. Evidence may be in earlier ones.
  uint64_t first_segment = 1;
  uint64_t last_segment = UINT64_MAX;
};

class LogReader {
 public:
  // NotFound if there is no log in `directory`.
  static absl::StatusOr<std::unique_ptr<LogReader>> Open(
      const std::string& directory, const LogReaderOptions& options = {});

  // The next record or piece of evidence, in the order they were written, or
  // nothing at the end. DataLoss with the place where the log is damaged,
  // unless skip_damage; Unimplemented if a later version wrote the log; other
  // errors if a file cannot be read.
  absl::StatusOr<std::optional<LogEntry>> Next();

  // The log's name; empty until an entry was read.
  const std::string& origin() const { return origin_; }
  // What was passed over so far.
  const std::vector<LogDamage>& damage() const { return damage_; }
  // At the end: bytes behind the last frame, of a record that was being written
  // when the log ended. Nobody was told that it was there.
  uint64_t torn_bytes() const { return torn_bytes_; }
  uint64_t segments_read() const { return next_segment_; }
  // Bytes of the segments read so far, this one included.
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  LogReader(std::string directory, LogReaderOptions options,
            std::vector<uint64_t> segments)
      : directory_(std::move(directory)),
        options_(options),
        segments_(std::move(segments)) {}

  bool IsLastSegment() const { return next_segment_ == segments_.size(); }
  absl::Status NextSegment();
  // Passes over [offset_, end) and goes on there, or says what is wrong.
  absl::Status Skip(size_t end, absl::string_view what);
  size_t FindFrame() const;
  absl::Status TakeHeader(absl::string_view payload, uint64_t position);
  absl::Status CheckPosition(uint64_t position);
  absl::Status EndOfSegment();
  absl::StatusOr<std::optional<LogEntry>> NextInside();

  const std::string directory_;
  const LogReaderOptions options_;
  const std::vector<uint64_t> segments_;

  // Index into segments_ of the one to read after this.
  size_t next_segment_ = 0;
  uint64_t segment_ = 0;
  std::string bytes_;
  size_t offset_ = 0;
  // The frames of a compressed frame, read up to inner_offset_, and where it
  // began.
  std::string inner_;
  size_t inner_offset_ = 0;
  size_t outer_offset_ = 0;

  std::string origin_;
  // How many records are before the next frame, if known.
  std::optional<uint64_t> position_;
  std::vector<LogDamage> damage_;
  uint64_t torn_bytes_ = 0;
  uint64_t bytes_read_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_LOG_READER_H_
