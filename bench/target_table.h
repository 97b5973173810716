// The table of what is promised and what was measured.
//
//   TargetTable table;
//   table.AtMost("p50 of a decision, 39 rules", 380, 400, "ns");
//   table.NotMeasured("p50 of a miss", "<= 20 us", "takes an hour to prepare");
//   std::cout << table.ToString();
#ifndef SEKISHO_BENCH_TARGET_TABLE_H_
#define SEKISHO_BENCH_TARGET_TABLE_H_

#include <string>
#include <vector>

namespace sekisho {

struct TargetRow {
  std::string what;
  std::string target;
  // Empty: not measured.
  std::string measured;
  bool pass = false;
  // What else there is to know, or why it was not measured.
  std::string note;
};

class TargetTable {
 public:
  // Each adds a row that passes if `measured` is not beyond `target`.
  void AtMost(const std::string& what, double measured, double target,
              const std::string& unit, const std::string& note = "");
  void AtLeast(const std::string& what, double measured, double target,
               const std::string& unit, const std::string& note = "");
  void NotMeasured(const std::string& what, const std::string& target,
                   const std::string& why);

  const std::vector<TargetRow>& rows() const { return rows_; }
  size_t misses() const;

  // A line each, with `pass`, `MISS` or `not measured`.
  std::string ToString() const;
  // [{"what": .., "target": .., "measured": .., "verdict": .., "note": ..}]
  std::string ToJson() const;

 private:
  std::vector<TargetRow> rows_;
};

// Three digits that count, at least, as `1,234,567` or `0.0123`.
std::string InDigits(double value);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_TARGET_TABLE_H_
