#include "bench/target_table.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

const char* VerdictOf(const TargetRow& row) {
  if (row.measured.empty()) return "not measured";
  return row.pass ? "pass" : "MISS";
}

std::string WithUnit(double value, const std::string& unit) {
  return absl::StrCat(InDigits(value), unit.empty() ? "" : " ", unit);
}

}  // namespace

std::string InDigits(double value) {
  if (std::abs(value) < 1000) return absl::StrFormat("%.3g", value);
  std::string digits = absl::StrFormat("%.0f", std::abs(value));
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return (value < 0 ? "-" : "") + digits;
}

void TargetTable::AtMost(const std::string& what, double measured,
                         double target, const std::string& unit,
                         const std::string& note) {
  rows_.push_back({what, "<= " + WithUnit(target, unit),
                   WithUnit(measured, unit), measured <= target, note});
}

void TargetTable::AtLeast(const std::string& what, double measured,
                          double target, const std::string& unit,
                          const std::string& note) {
  rows_.push_back({what, ">= " + WithUnit(target, unit),
                   WithUnit(measured, unit), measured >= target, note});
}

void TargetTable::NotMeasured(const std::string& what,
                              const std::string& target,
                              const std::string& why) {
  rows_.push_back({what, target, "", false, why});
}

size_t TargetTable::misses() const {
  return static_cast<size_t>(std::count_if(
      rows_.begin(), rows_.end(),
      [](const TargetRow& row) { return !row.measured.empty() && !row.pass; }));
}

std::string TargetTable::ToString() const {
  std::string out;
  for (const TargetRow& row : rows_) {
    absl::StrAppendFormat(&out, "%-12s  %-52s  %16s  %16s", VerdictOf(row),
                          row.what, row.target,
                          row.measured.empty() ? "-" : row.measured);
    absl::StrAppend(&out, row.note.empty() ? "" : "  ", row.note, "\n");
  }
  return out;
}

std::string TargetTable::ToJson() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const TargetRow& row : rows_) {
    json.push_back({{"what", row.what},
                    {"target", row.target},
                    {"measured", row.measured},
                    {"verdict", VerdictOf(row)},
                    {"note", row.note}});
  }
  return json.dump(2);
}

}  // namespace sekisho
