// Tested by csv_reader_test.cc.
#include "cli/csv_reader.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

bool EndsField(int byte) {
  return byte == ',' || byte == '\n' || byte == '\r' ||
         byte == TextReader::kEnd;
}

absl::Status TooLong() {
  return absl::InvalidArgumentError(
      absl::StrCat("the record is longer than ", kMaxItemBytes, " bytes"));
}

}  // namespace

absl::StatusOr<std::optional<CsvRecord>> CsvReader::Next() {
  while (text_.Peek() == '\n' || text_.Peek() == '\r') text_.Get();
  place_ = text_.place();
  if (text_.Peek() == TextReader::kEnd) {
    if (!text_.status().ok()) return text_.status();
    return std::optional<CsvRecord>();
  }
  CsvRecord record;
  size_t bytes = 0;
  do {
    absl::StatusOr<CsvField> field = ReadField(&bytes);
    if (!field.ok()) return field.status();
    record.push_back(*std::move(field));
  } while (text_.Get() == ',');
  place_ = record.front().place;
  if (!text_.status().ok()) return text_.status();
  return std::make_optional(std::move(record));
}

// Leaves what ends the field.
absl::StatusOr<CsvField> CsvReader::ReadField(size_t* bytes) {
  CsvField field;
  field.place = text_.place();
  place_ = field.place;
  // Fields cost memory even if they are empty.
  if (++*bytes > kMaxItemBytes) {
    SkipRecord(/*in_quotes=*/false);
    return TooLong();
  }
  if (text_.Peek() == '"') {
    field.quoted = true;
    text_.Get();
    while (true) {
      const int byte = text_.Get();
      if (byte == TextReader::kEnd) {
        return absl::InvalidArgumentError(
            "the quotes that begin here are not closed");
      }
      if (byte == '"') {
        if (text_.Peek() != '"') break;
        text_.Get();
      }
      field.text.push_back(static_cast<char>(byte));
      if (++*bytes > kMaxItemBytes) {
        SkipRecord(/*in_quotes=*/true);
        return TooLong();
      }
    }
    if (EndsField(text_.Peek())) return field;
    place_ = text_.place();
    SkipLine();
    return absl::InvalidArgumentError(
        "expected `,` or the end of the line after the closing quote; a quote "
        "within quotes is written twice");
  }
  while (!EndsField(text_.Peek())) {
    if (text_.Peek() == '"') {
      place_ = text_.place();
      SkipLine();
      return absl::InvalidArgumentError(
          "a quote within a field; put the field between quotes and write the "
          "quote twice");
    }
    field.text.push_back(static_cast<char>(text_.Get()));
    if (++*bytes > kMaxItemBytes) {
      SkipRecord(/*in_quotes=*/false);
      return TooLong();
    }
  }
  return field;
}

void CsvReader::SkipLine() {
  int byte;
  do {
    byte = text_.Get();
  } while (byte != '\n' && byte != TextReader::kEnd);
}

void CsvReader::SkipRecord(bool in_quotes) {
  for (int byte = text_.Get(); byte != TextReader::kEnd; byte = text_.Get()) {
    if (byte == '"') in_quotes = !in_quotes;
    if (byte == '\n' && !in_quotes) return;
  }
}

}  // namespace sekisho
