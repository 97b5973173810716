#include "bench/matrix_workload.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/draw_requests.h"
#include "bench/zipf.h"
#include "engine/model/request.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

// Where each cell's value is. The first two are attributes of stored entities.
constexpr const char* kCells[] = {
    "principal.role",  "resource.kind",  "context.situation", "context.place",
    "context.network", "context.origin", "context.purpose",   "context.grade",
    "context.device",  "context.factor", "context.approval"};
constexpr size_t kCellCount = std::size(kCells);
constexpr size_t kRole = 0;
constexpr size_t kKind = 1;
constexpr size_t kFirstOfContext = 2;
constexpr size_t kValues = 24;
// A file may not have more than two million expressions.
constexpr size_t kRowsOfFile = 10'000;

using Cell = std::vector<uint8_t>;  // None is a wildcard.
using Row = std::array<Cell, kCellCount>;
using Point = std::array<uint8_t, kCellCount>;

// The part of a cell's name that is the attribute's.
std::string AttributeOf(size_t cell) {
  const std::string name = kCells[cell];
  return name.substr(name.find('.') + 1);
}

std::string ValueOf(size_t cell, uint8_t value) {
  return absl::StrCat(AttributeOf(cell), "-", static_cast<int>(value));
}

EntityUid UserUid(size_t i) { return {"User", absl::StrCat("user-", i)}; }
EntityUid RecordUid(size_t i) { return {"Record", absl::StrCat("record-", i)}; }

// Which rows have a value: a bit each.
class RowSets {
 public:
  explicit RowSets(size_t rows) : words_((rows + 63) / 64) {
    for (auto& cell : sets_) cell.assign(kValues * words_, 0);
  }

  void Add(size_t index, const Row& row) {
    for (size_t cell = 0; cell < kCellCount; ++cell) {
      for (size_t value = 0; value < kValues; ++value) {
        const bool has = row[cell].empty() ||
                         std::count(row[cell].begin(), row[cell].end(), value);
        if (has) SetOf(cell, value)[index / 64] |= uint64_t{1} << index % 64;
      }
    }
  }

  // Whether any row added so far has a point in common with this one, which is
  // not all wildcards.
  bool Overlaps(const Row& row) const {
    for (size_t word = 0; word < words_; ++word) {
      uint64_t left = ~uint64_t{0};
      for (size_t cell = 0; cell < kCellCount && left != 0; ++cell) {
        if (row[cell].empty()) continue;
        uint64_t any = 0;
        for (const uint8_t value : row[cell]) any |= SetOf(cell, value)[word];
        left &= any;
      }
      if (left != 0) return true;
    }
    return false;
  }

  bool Covers(const Point& point) const {
    for (size_t word = 0; word < words_; ++word) {
      uint64_t left = ~uint64_t{0};
      for (size_t cell = 0; cell < kCellCount && left != 0; ++cell) {
        left &= SetOf(cell, point[cell])[word];
      }
      if (left != 0) return true;
    }
    return false;
  }

 private:
  const uint64_t* SetOf(size_t cell, size_t value) const {
    return &sets_[cell][value * words_];
  }
  uint64_t* SetOf(size_t cell, size_t value) {
    return &sets_[cell][value * words_];
  }

  const size_t words_;
  std::array<std::vector<uint64_t>, kCellCount> sets_;
};

class Maker {
 public:
  Maker(const MatrixOptions& matrix, const WorkloadOptions& options)
      : matrix_(matrix),
        options_(options),
        random_(options.seed),
        zipf_(EntitiesOf(options)),
        sets_(matrix.rows) {}

  Workload Make() {
    MakeRows();
    MakeSources();
    MakeEntities();
    MakeRequests();
    return std::move(out_);
  }

 private:
  uint8_t RandomValue() { return static_cast<uint8_t>(random_() % kValues); }

  Row RandomRow() {
    Row row;
    for (Cell& cell : row) {
      const uint64_t kind = random_() % 100;
      if (kind < matrix_.wildcards) continue;
      cell.push_back(RandomValue());
      if (kind >= 80) cell.push_back(RandomValue());
    }
    return row;
  }

  void AddRow(Row row) {
    sets_.Add(rows_.size(), row);
    rows_.push_back(std::move(row));
  }

  void MakeRows() {
    // Of four rows that overlap, one is a wide one that is there anyway.
    const size_t narrower =
        matrix_.any_overlap ? 0
                            : matrix_.rows * matrix_.overlapping / 100 * 3 / 4;
    const size_t apart = matrix_.rows - narrower;
    while (rows_.size() < apart) {
      Row row = RandomRow();
      // A wildcard in every cell would overlap all.
      if (std::all_of(row.begin(), row.end(),
                      [](const Cell& cell) { return cell.empty(); })) {
        continue;
      }
      if (matrix_.any_overlap || !sets_.Overlaps(row)) AddRow(std::move(row));
    }
    // Three narrower ones within each of some rows, which overlap it and each
    // other: each asks for one more of what the row leaves open, or has two
    // values of.
    for (size_t at = 0; rows_.size() < matrix_.rows; ++at) {
      const Row base = rows_[at % apart];
      std::array<uint8_t, kCellCount> inside;
      for (size_t cell = 0; cell < kCellCount; ++cell) {
        inside[cell] = base[cell].empty() ? RandomValue() : base[cell][0];
      }
      std::vector<size_t> wider;
      for (size_t cell = 0; cell < kCellCount; ++cell) {
        if (base[cell].size() != 1) wider.push_back(cell);
      }
      if (wider.size() < 3) continue;
      for (size_t i = 0; i < 3 && rows_.size() < matrix_.rows; ++i) {
        Row row = base;
        row[wider[i]] = {inside[wider[i]]};
        AddRow(std::move(row));
      }
    }
  }

  void MakeSources() {
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (i % kRowsOfFile == 0) {
        out_.sources.emplace_back(
            absl::StrCat("rows-", 100 + out_.sources.size(), ".cedar"), "");
      }
      std::vector<std::string> conditions;
      for (size_t cell = 0; cell < kCellCount; ++cell) {
        if (rows_[i][cell].empty()) continue;
        conditions.push_back(absl::StrCat(
            "(",
            absl::StrJoin(rows_[i][cell], " || ",
                          [&](std::string* out, uint8_t value) {
                            absl::StrAppend(out, kCells[cell], " == \"",
                                            ValueOf(cell, value), "\"");
                          }),
            ")"));
      }
      absl::StrAppend(&out_.sources.back().second, "@id(\"row-", i,
                      "\") permit (principal, action, resource) when { ",
                      absl::StrJoin(conditions, " && "), " };\n");
    }
    std::string schema =
        "entity User { role: String };\nentity Record { kind: String };\n"
        "action view appliesTo {\n  principal: User, resource: Record,\n"
        "  context: {";
    for (size_t cell = kFirstOfContext; cell < kCellCount; ++cell) {
      absl::StrAppend(&schema, AttributeOf(cell), ": String, ");
    }
    schema += "} };\n";
    out_.sources.emplace_back("matrix.cedarschema", std::move(schema));
  }

  // Of each type; at least enough that one has any value.
  static size_t EntitiesOf(const WorkloadOptions& options) {
    return std::max(2 * kValues, options.entities / 2);
  }

  void MakeEntities() {
    for (size_t i = 0; i < EntitiesOf(options_); ++i) {
      roles_.push_back(static_cast<uint8_t>(i < kValues ? i : RandomValue()));
      out_.entities.push_back(
          {UserUid(i),
           Value::Record({{"role", Value::String(ValueOf(kRole, roles_[i]))}}),
           Value::Record({}),
           {}});
      kinds_.push_back(static_cast<uint8_t>(i < kValues ? i : RandomValue()));
      out_.entities.push_back(
          {RecordUid(i),
           Value::Record({{"kind", Value::String(ValueOf(kKind, kinds_[i]))}}),
           Value::Record({}),
           {}});
    }
  }

  // One that has the value.
  size_t DrawEntity(const std::vector<uint8_t>& values, uint8_t value) {
    for (;;) {
      const size_t at = zipf_.Draw(random_);
      if (values[at] == value) return at;
    }
  }

  // Within the row, but for one of its conditions unless `meets`.
  Point DrawPoint(const Row& row, bool meets) {
    Point point;
    for (size_t cell = 0; cell < kCellCount; ++cell) {
      point[cell] = row[cell].empty() ? RandomValue()
                                      : row[cell][random_() % row[cell].size()];
    }
    if (!meets) point[random_() % kCellCount] = RandomValue();
    return point;
  }

  void MakeRequests() {
    DrawRequests(
        options_.requests,
        [&](bool permit) -> DrawnRequest {
          const Point point =
              DrawPoint(rows_[random_() % rows_.size()], permit);
          const bool permitted = sets_.Covers(point);
          if (permitted != permit) return {Request(), permitted};
          Value::Attributes context;
          for (size_t cell = kFirstOfContext; cell < kCellCount; ++cell) {
            context.emplace_back(AttributeOf(cell),
                                 Value::String(ValueOf(cell, point[cell])));
          }
          return {{UserUid(DrawEntity(roles_, point[kRole])),
                   {"Action", "view"},
                   RecordUid(DrawEntity(kinds_, point[kKind])),
                   Value::Record(std::move(context))},
                  permitted};
        },
        &out_);
  }

  const MatrixOptions matrix_;
  const WorkloadOptions& options_;
  std::mt19937_64 random_;
  const Zipf zipf_;
  RowSets sets_;
  std::vector<Row> rows_;
  // By the number of the entity.
  std::vector<uint8_t> roles_;
  std::vector<uint8_t> kinds_;
  Workload out_;
};

}  // namespace

Workload MakeMatrixWorkload(const MatrixOptions& matrix,
                            const WorkloadOptions& options) {
  return Maker(matrix, options).Make();
}

}  // namespace sekisho
