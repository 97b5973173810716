// Comma-separated values as RFC 4180 has them: fields between commas, records
// between line breaks (CRLF or LF), double quotes around what has a comma, a
// line break or a quote in it, and two quotes for one within quotes.
//
//   CsvReader reader(&text);
//   ASSIGN_OR_RETURN(std::optional<CsvRecord> header, reader.Next());
#ifndef SEKISHO_CLI_CSV_READER_H_
#define SEKISHO_CLI_CSV_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/text_reader.h"

namespace sekisho {

struct CsvField {
  std::string text;
  // Between quotes: an empty one is a text, not nothing.
  bool quoted = false;
  TextPlace place;
};
using CsvRecord = std::vector<CsvField>;

class CsvReader {
 public:
  // `text` must outlive this object.
  explicit CsvReader(TextReader* text) : text_(*text) {}

  // The next record, or nothing at the end; empty lines are passed over.
  // InvalidArgument, at place(), for what is not CSV and for records longer
  // than kMaxItemBytes; the record after it can be read. Other errors are those
  // of reading.
  absl::StatusOr<std::optional<CsvRecord>> Next();

  // Of the last error, or the last record.
  const TextPlace& place() const { return place_; }

 private:
  absl::StatusOr<CsvField> ReadField(size_t* bytes);
  // Pass over the rest of the line, where quotes mean nothing any more, and of
  // the record.
  void SkipLine();
  void SkipRecord(bool in_quotes);

  TextReader& text_;
  TextPlace place_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_CSV_READER_H_
