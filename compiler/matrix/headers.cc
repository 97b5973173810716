// Printed headers against the data.
//
// The headers of a table are two lines. A header of the upper line that is no
// column's and has some of the lower line below it, up to where the next upper
// one stands, names a group; all others are leaves, and each leaf should stand
// above the data of the column whose header it is. Positions are those of most
// rows of the table. Tested by structure_test.cc and the golden findings.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "compiler/matrix/structure.h"

namespace sekisho {
namespace {

struct Leaf {
  TableCell cell;
  size_t position = 0;
  bool top = false;
  // The column whose header it is, or whose place it takes.
  std::optional<size_t> column;
  bool stand_in = false;
  // The header of the upper line above it; empty for those of that line.
  absl::string_view group;
};

struct HeaderLayout {
  const MatrixTable* table = nullptr;
  // Where the data of the first column stand.
  size_t first = 0;
  // Those above the service and the numbers.
  std::vector<TableCell> leading;
  // By position.
  std::vector<Leaf> leaves;

  const Leaf* FindColumn(size_t column) const {
    for (const Leaf& leaf : leaves) {
      if (leaf.column == column) return &leaf;
    }
    return nullptr;
  }
  bool Prints(absl::string_view text) const {
    return std::any_of(leaves.begin(), leaves.end(), [&](const Leaf& leaf) {
      return leaf.cell.text == text;
    });
  }
};

class HeaderChecker {
 public:
  explicit HeaderChecker(const Matrix& matrix) : matrix_(matrix) {
    for (size_t i = 0; i < matrix.columns.size(); ++i) {
      column_of_.emplace(matrix.columns[i].header, i);
    }
    column_of_.erase("");
  }

  std::vector<Finding> Check() {
    for (const MatrixTable& table : matrix_.tables) {
      if (table.rows.begin == table.rows.end) continue;
      if (table.headers.cells.empty()) continue;
      layouts_.push_back(ReadLayout(table));
    }
    for (HeaderLayout& layout : layouts_) FindStandIns(&layout);
    for (const HeaderLayout& layout : layouts_) {
      CheckRepeated(layout);
      CheckUnknown(layout);
      CheckMissing(layout);
      CheckPositions(layout);
      CheckGroups(layout);
    }
    return std::move(findings_);
  }

 private:
  void Add(const TableCell& cell, absl::string_view column,
           std::string message) {
    findings_.push_back({FindingKind::kHeader,
                         cell.span,
                         {},
                         std::string(column),
                         std::move(message)});
  }

  const std::string& KeyOf(size_t column) const {
    return matrix_.columns[column].key;
  }

  HeaderLayout ReadLayout(const MatrixTable& table) const {
    HeaderLayout layout;
    layout.table = &table;
    layout.first = UsualOffset(matrix_, table) + 2;
    const std::vector<TableCell>& top = table.top_headers.cells;
    const std::vector<TableCell>& bottom = table.headers.cells;
    absl::string_view group;
    // The leaf that the last upper header is, unless a lower one follows.
    std::optional<Leaf> pending;
    for (size_t i = 0; i < std::max(top.size(), bottom.size()); ++i) {
      const TableCell above = i < top.size() ? Trimmed(top[i]) : TableCell();
      const TableCell below =
          i < bottom.size() ? Trimmed(bottom[i]) : TableCell();
      if (i < layout.first) {
        if (!above.text.empty()) layout.leading.push_back(above);
        if (!below.text.empty()) layout.leading.push_back(below);
        continue;
      }
      if (!above.text.empty()) {
        if (pending) layout.leaves.push_back(*pending);
        pending = MakeLeaf(above, i, /*top=*/true, "");
        if (pending->column) {
          layout.leaves.push_back(*pending);
          pending.reset();
        } else {
          group = above.text;
        }
      }
      if (!below.text.empty()) {
        pending.reset();
        layout.leaves.push_back(MakeLeaf(below, i, /*top=*/false, group));
      }
    }
    if (pending) layout.leaves.push_back(*pending);
    return layout;
  }

  Leaf MakeLeaf(const TableCell& cell, size_t position, bool top,
                absl::string_view group) const {
    Leaf leaf{cell, position, top, std::nullopt, false, group};
    const auto found = column_of_.find(cell.text);
    if (found != column_of_.end()) leaf.column = found->second;
    return leaf;
  }

  // A header that is none of the columns', right after that of one column,
  // where another table prints the header of the next.
  void FindStandIns(HeaderLayout* layout) const {
    std::optional<size_t> previous;
    for (Leaf& leaf : layout->leaves) {
      const size_t next = previous ? *previous + 1 : 0;
      if (!leaf.column && next < matrix_.columns.size() &&
          layout->FindColumn(next) == nullptr &&
          IsPrintedElsewhere(next, leaf)) {
        leaf.column = next;
        leaf.stand_in = true;
      }
      if (leaf.column) previous = leaf.column;
    }
  }

  bool IsPrintedElsewhere(size_t column, const Leaf& instead) const {
    for (const HeaderLayout& other : layouts_) {
      const Leaf* leaf = other.FindColumn(column);
      if (leaf != nullptr && !leaf->stand_in && leaf->top == instead.top &&
          !other.Prints(instead.cell.text)) {
        return true;
      }
    }
    return false;
  }

  void CheckRepeated(const HeaderLayout& layout) {
    std::vector<TableCell> cells = layout.leading;
    for (const Leaf& leaf : layout.leaves) cells.push_back(leaf.cell);
    absl::flat_hash_map<absl::string_view, size_t> seen;
    for (const TableCell& cell : cells) {
      if (++seen[cell.text] != 2) continue;
      Add(cell, "",
          absl::StrCat("`", cell.text,
                       "` heads two columns, and "
                       "nothing says how they differ"));
    }
  }

  void CheckUnknown(const HeaderLayout& layout) {
    for (const Leaf& leaf : layout.leaves) {
      const std::string name = absl::StrCat("`", leaf.cell.text, "`");
      if (leaf.stand_in) {
        const Column& column = matrix_.columns[*leaf.column];
        Add(leaf.cell, column.key,
            absl::StrCat(name, " is printed where another table has `",
                         column.header, "`"));
      } else if (!leaf.column && leaf.top) {
        Add(leaf.cell, "",
            absl::StrCat("nothing stands below the header ", name));
      } else if (!leaf.column) {
        Add(leaf.cell, "", absl::StrCat("the header ", name, " has no data"));
      }
    }
  }

  void CheckMissing(const HeaderLayout& layout) {
    for (size_t i = 0; i < matrix_.columns.size(); ++i) {
      if (layout.FindColumn(i) != nullptr) continue;
      const TableLine& line = layout.table->headers;
      const size_t position = layout.first + i;
      const TableCell cell =
          position < line.cells.size()
              ? line.cells[position]
              : TableCell{"", {line.span.source, line.span.end, line.span.end}};
      Add(cell, KeyOf(i),
          absl::StrCat("the data of `", matrix_.columns[i].Label(), "`, cell ",
                       position + 1, ", have no header"));
    }
  }

  static int Shift(const HeaderLayout& layout, const Leaf& leaf) {
    if (!leaf.column) return 0;
    return static_cast<int>(leaf.position) -
           static_cast<int>(layout.first + *leaf.column);
  }

  void CheckPositions(const HeaderLayout& layout) {
    const std::vector<Leaf>& leaves = layout.leaves;
    for (size_t i = 0; i < leaves.size();) {
      const int shift = Shift(layout, leaves[i]);
      size_t end = i + 1;
      while (end < leaves.size() && Shift(layout, leaves[end]) == shift) ++end;
      if (shift != 0) AddShift(leaves[i], leaves[end - 1], shift);
      i = end;
    }
  }

  void AddShift(const Leaf& first, const Leaf& last, int shift) {
    const bool one = first.cell.span == last.cell.span;
    const std::string names =
        one ? absl::StrCat("`", first.cell.text, "` stands")
            : absl::StrCat("`", first.cell.text, "` to `", last.cell.text,
                           "` stand");
    const int cells = shift < 0 ? -shift : shift;
    Add(first.cell, one ? absl::string_view(KeyOf(*first.column)) : "",
        absl::StrCat(one ? "the header " : "the headers ", names, " ", cells,
                     cells == 1 ? " cell " : " cells ",
                     shift < 0 ? "left" : "right", " of ",
                     one ? "its" : "their", " data"));
  }

  // Against the first table that prints the column.
  void CheckGroups(const HeaderLayout& layout) {
    for (const Leaf& leaf : layout.leaves) {
      if (!leaf.column) continue;
      const Leaf* first = nullptr;
      uint32_t line = 0;
      for (const HeaderLayout& other : layouts_) {
        first = other.FindColumn(*leaf.column);
        line = other.table->top_headers.line;
        if (first != nullptr) break;
      }
      if (first == nullptr || first->group == leaf.group) continue;
      Add(leaf.cell, KeyOf(*leaf.column),
          absl::StrCat("`", leaf.cell.text, "` stands ", UnderGroup(leaf),
                       " here and ", UnderGroup(*first),
                       " in the table of line ", line));
    }
  }

  static std::string UnderGroup(const Leaf& leaf) {
    if (leaf.group.empty()) return "by itself";
    return absl::StrCat("under `", leaf.group, "`");
  }

  const Matrix& matrix_;
  absl::flat_hash_map<absl::string_view, size_t> column_of_;
  std::vector<HeaderLayout> layouts_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> HeaderFindings(const Matrix& matrix) {
  return HeaderChecker(matrix).Check();
}

}  // namespace sekisho
