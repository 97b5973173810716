#include "cli/csv_reader.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/text_reader.h"
#include "engine/base/file.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// The records of `text`, a line each: fields between bars, quoted ones in
// quotes, and errors with their places.
std::string Read(const std::string& text) {
  const std::string path = testing::TempDir() + "/csv_reader_test.csv";
  EXPECT_TRUE(WriteFileAtomically(path, text).ok());
  auto reader = TextReader::Open(path);
  EXPECT_TRUE(reader.ok()) << reader.status();
  CsvReader csv(reader->get());
  std::string out;
  while (true) {
    auto record = csv.Next();
    if (!record.ok()) {
      absl::StrAppend(&out, csv.place().line, ":", csv.place().column, ": ",
                      record.status().message(), "\n");
      continue;
    }
    if (!record->has_value()) return out;
    for (const CsvField& field : **record) {
      absl::StrAppend(&out, "|", field.quoted ? "'" : "", field.text,
                      field.quoted ? "'" : "");
    }
    out += "\n";
  }
}

TEST(CsvReaderTest, Records) {
  const struct {
    std::string text;
    std::string records;
  } cases[] = {
      {"", ""},
      {"a,b\nc,d\n", "|a|b\n|c|d\n"},
      {"a,b\r\nc,d", "|a|b\n|c|d\n"},
      {"\n\na\n\n\nb\n\n", "|a\n|b\n"},
      {",\n,,\n", "||\n|||\n"},
      {"\"\",\n", "|''|\n"},
      {"\"a,b\",\"c\"\"d\",\"e\nf\"\n", "|'a,b'|'c\"d'|'e\nf'\n"},
      {"\xef\xbb\xbf名,前\n", "|名|前\n"},
      {" a , b\n", "| a | b\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(Read(c.text), c.records) << c.text;
}

TEST(CsvReaderTest, ErrorsHaveAPlaceAndTheNextRecordIsRead) {
  const std::string misplaced =
      "a quote within a field; put the field between quotes and write the "
      "quote twice\n";
  const std::string behind =
      "expected `,` or the end of the line after the closing quote; a quote "
      "within quotes is written twice\n";
  const struct {
    std::string text;
    std::string records;
  } cases[] = {
      {"名,b\"c\nd,e\n", absl::StrCat("1:4: ", misplaced, "|d|e\n")},
      {"a\n\"b\"c,d\ne\n", absl::StrCat("|a\n2:4: ", behind, "|e\n")},
      {"a,\"b\nc\n", "1:3: the quotes that begin here are not closed\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(Read(c.text), c.records) << c.text;
}

TEST(CsvReaderTest, RecordsAreOfLimitedLength) {
  const std::string error =
      absl::StrCat("the record is longer than ", kMaxItemBytes, " bytes\n|b\n");
  const std::string more(kMaxItemBytes + 1, 'x');
  EXPECT_EQ(Read(more + "\nb\n"), "1:1: " + error);
  EXPECT_EQ(Read("\"" + more + "\",\"\n\"\nb\n"), "1:1: " + error);
  EXPECT_EQ(Read(std::string(kMaxItemBytes + 1, ',') + "\nb\n"),
            absl::StrCat("1:", kMaxItemBytes + 1, ": ", error));
}

// Fields that are written as RFC 4180 says are read as they were.
TEST(CsvReaderTest, WhatIsQuotedIsRead) {
  const std::string alphabet = "ab,\"\n\r";
  std::string text, records;
  for (int i = 0; i < 6 * 6 * 6 * 6; ++i) {
    std::string field, quoted = "\"";
    for (int j = 0, rest = i; j < 4; ++j, rest /= 6) {
      field += alphabet[rest % 6];
      quoted += alphabet[rest % 6];
      if (field.back() == '"') quoted += '"';
    }
    quoted += '"';
    absl::StrAppend(&text, quoted, ",", quoted, "\r\n", quoted, "\n");
    absl::StrAppend(&records, "|'", field, "'|'", field, "'\n|'", field, "'\n");
  }
  EXPECT_EQ(Read(text), records);
}

}  // namespace
}  // namespace sekisho
