// Tested by tests/cases/demo_test.cc.
#include "cli/demo.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/client.h"
#include "compiler/cases/compiled_cases.h"
#include "compiler/matrix/matrix.h"
#include "engine/base/status_macros.h"
#include "engine/base/text_width.h"
#include "engine/base/utf8.h"
#include "engine/model/cause.h"
#include "proto/codec.h"

namespace sekisho {
namespace {

// In terminal columns; together a line has 80.
constexpr int kUseCaseWidth = 5;
constexpr int kWhoWidth = 16;
constexpr int kWhatWidth = 28;
constexpr int kDecisionWidth = 6;
constexpr int kReasonWidth = 11;
constexpr absl::string_view kGap = "  ";

// Far below the server's limits on one write.
constexpr size_t kEntitiesPerWrite = 500;

// `text` in exactly `width` columns, cut with `…` where it is longer.
std::string Fit(absl::string_view text, int width) {
  if (TerminalWidth(text) <= width) return PadRight(text, width);
  std::string out;
  int used = 0;
  for (size_t offset = 0; offset < text.size();) {
    const char32_t c = NextCodePoint(text, &offset);
    used += CodePointWidth(c);
    if (used > width - 1) break;
    AppendUtf8(c, &out);
  }
  return PadRight(absl::StrCat(out, "…"), width);
}

std::vector<std::string> DeterminingIds(const v1::DecideResponse& response) {
  std::vector<std::string> ids;
  for (const v1::PolicyReference& policy : response.determining()) {
    ids.push_back(policy.id());
  }
  return ids;
}

bool IsExpected(const Case& c, const v1::DecideResponse& response) {
  const bool permit = c.expect == Expectation::kPermit;
  return response.decision() == (permit ? v1::PERMIT : v1::DENY) &&
         DeterminingIds(response) == c.by;
}

class Demo {
 public:
  Demo(const DemoOptions& options, std::ostream& out, std::ostream& progress)
      : options_(options),
        out_(out),
        progress_(progress),
        client_(options.server, {.policy_store = options.policy_store}) {}

  // False if an answer was not the expected one.
  absl::StatusOr<bool> Run() {
    RETURN_IF_ERROR(Prepare());
    PrintHeader();
    const std::vector<MatrixRow>& rows = all_->compilation.matrix->matrix.rows;
    for (size_t i = 0; i < rows.size(); ++i) {
      const std::string use_case(rows[i].number.text);
      const Case* permit = FindPermit(use_case);
      const Case* near_miss = FindNearMiss(use_case, i);
      for (const Case* c : {permit, near_miss}) {
        if (c != nullptr) RETURN_IF_ERROR(Ask(rows[i], *c));
      }
      // Each use case has both, or the demo shows less than it says.
      if (permit == nullptr || near_miss == nullptr) {
        progress_ << "error: " << use_case
                  << " has no permit or no near miss\n";
        ++unexpected_;
      }
    }
    PrintSummary(rows.size());
    return unexpected_ == 0;
  }

 private:
  // Compiles, activates and writes the population.
  absl::Status Prepare() {
    absl::Time start = absl::Now();
    progress_ << "demo: compiling " << options_.policies << std::endl;
    ASSIGN_OR_RETURN(all_, CompileWithCases(options_.policies));
    if (!all_->compilation.matrix) {
      return absl::InvalidArgumentError(
          absl::StrCat(options_.policies, " has no matrix"));
    }
    progress_ << "demo: " << all_->compilation.policies.size() << " rules in "
              << Since(start) << ", activating them at " << options_.server
              << std::endl;
    ASSIGN_OR_RETURN(const v1::ActivatePolicyResponse activated,
                     client_.Activate(all_->compilation.artifact));
    const std::vector<Entity>& population = all_->set.population;
    progress_ << "demo: version " << activated.activation().version()
              << " in force, policy "
              << activated.activation().hash().substr(0, 12) << "; writing "
              << population.size() << " entities" << std::endl;
    start = absl::Now();
    for (size_t i = 0; i < population.size(); i += kEntitiesPerWrite) {
      const size_t end = std::min(i + kEntitiesPerWrite, population.size());
      RETURN_IF_ERROR(
          client_.Write({population.begin() + i, population.begin() + end}, {})
              .status());
    }
    for (const Entity& entity : population) {
      population_.emplace(entity.uid, &entity);
    }
    progress_ << "demo: written in " << Since(start) << ", asking" << std::endl;
    return absl::OkStatus();
  }

  static std::string Since(absl::Time start) {
    return absl::StrFormat("%.1f s",
                           absl::ToDoubleSeconds(absl::Now() - start));
  }

  const Case* FindPermit(const std::string& use_case) const {
    for (const Case& c : all_->set.cases) {
      if (c.request_name == use_case && c.expect == Expectation::kPermit &&
          !c.is_near_miss() && c.change.empty()) {
        return &c;
      }
    }
    return nullptr;
  }

  // A denied near miss, if possible one that takes another request only. Which
  // one changes from row to row, so that the table shows several columns fail.
  const Case* FindNearMiss(const std::string& use_case, size_t row) const {
    std::vector<const Case*> requests;
    std::vector<const Case*> others;
    for (const Case& c : all_->set.cases) {
      if (c.request_name != use_case || !c.is_near_miss() ||
          c.expect != Expectation::kDeny) {
        continue;
      }
      (c.changes_entities() ? others : requests).push_back(&c);
    }
    const std::vector<const Case*>& choice =
        requests.empty() ? others : requests;
    return choice.empty() ? nullptr : choice[row % choice.size()];
  }

  absl::Status Ask(const MatrixRow& row, const Case& c) {
    if (c.changes_entities()) {
      RETURN_IF_ERROR(client_.Write(c.put, c.deleted).status());
    }
    const absl::StatusOr<v1::DecideResponse> response =
        client_.Decide(c.request);
    if (c.changes_entities()) {
      RETURN_IF_ERROR(client_.Write(Originals(c), {}).status());
    }
    // Without a server there is no point in going on.
    if (absl::IsUnavailable(response.status()) ||
        absl::IsDeadlineExceeded(response.status())) {
      return response.status();
    }
    Print(row, c, response);
    return absl::OkStatus();
  }

  // The entities that the case changes, as they were.
  std::vector<Entity> Originals(const Case& c) const {
    std::vector<Entity> originals;
    for (const Entity& entity : c.put) {
      originals.push_back(*population_.at(entity.uid));
    }
    for (const EntityUid& uid : c.deleted) {
      originals.push_back(*population_.at(uid));
    }
    return originals;
  }

  void PrintHeader() {
    PrintLine("", "who", "what", "answer", "by / cause", "us");
    PrintLine(std::string(kUseCaseWidth, '-'), std::string(kWhoWidth, '-'),
              std::string(kWhatWidth, '-'), std::string(kDecisionWidth, '-'),
              std::string(kReasonWidth, '-'), "----");
  }

  void PrintLine(absl::string_view use_case, absl::string_view who,
                 absl::string_view what, absl::string_view decision,
                 absl::string_view reason, absl::string_view microseconds) {
    out_ << Fit(use_case, kUseCaseWidth) << kGap << Fit(who, kWhoWidth) << kGap
         << Fit(what, kWhatWidth) << kGap << Fit(decision, kDecisionWidth)
         << kGap << Fit(reason, kReasonWidth) << kGap
         << absl::StrFormat("%4s", std::string(microseconds)) << std::endl;
  }

  std::string CellText(const MatrixRow& row, absl::string_view column) const {
    const TableCell* cell =
        all_->compilation.matrix->matrix.FindCell(row, column);
    return cell == nullptr ? "" : std::string(Trimmed(*cell).text);
  }

  // Kind and action; of a long kind only the beginning.
  std::string What(const MatrixRow& row) const {
    const std::string kind = CellText(row, "kind");
    const std::string action = CellText(row, "action");
    const int room = kWhatWidth - 1 - TerminalWidth(action);
    if (TerminalWidth(kind) <= room) return absl::StrCat(kind, " ", action);
    // An action of that length is cut itself.
    return absl::StrCat(room < 2 ? "" : Fit(kind, room), " ", action);
  }

  void Print(const MatrixRow& row, const Case& c,
             const absl::StatusOr<v1::DecideResponse>& response) {
    // A near miss stands below its use case and says what differs.
    const std::string use_case = c.is_near_miss() ? "" : c.request_name;
    const std::string who = c.is_near_miss() ? absl::StrCat(" but ", c.column)
                                             : CellText(row, "role");
    const std::string what = c.is_near_miss() ? c.note : What(row);
    ++asked_;
    if (!response.ok()) {
      ++unexpected_;
      PrintLine(use_case, who, what, "error", "", "");
      out_ << "      !! " << response.status().ToString() << std::endl;
      return;
    }
    const bool permit = response->decision() == v1::PERMIT;
    const std::string ids = absl::StrJoin(DeterminingIds(*response), ", ");
    permitted_ += permit;
    times_ns_.push_back(response->evaluation_ns());
    PrintLine(use_case, who, what, permit ? "permit" : "deny",
              ids.empty() ? CauseName(CauseFromProto(response->cause())) : ids,
              absl::StrFormat("%.0f", response->evaluation_ns() / 1000.0));
    if (IsExpected(c, *response)) return;
    ++unexpected_;
    out_ << "      !! expected " << ExpectationName(c.expect)
         << (c.by.empty() ? "" : " by ") << absl::StrJoin(c.by, ", ")
         << std::endl;
  }

  void PrintSummary(size_t use_cases) {
    out_ << "\n"
         << use_cases << " use cases, " << asked_ << " requests: " << permitted_
         << " permitted, " << times_ns_.size() - permitted_ << " denied; ";
    if (unexpected_ == 0) {
      out_ << "all as expected";
    } else {
      out_ << unexpected_ << " NOT AS EXPECTED";
    }
    if (!times_ns_.empty()) {
      std::sort(times_ns_.begin(), times_ns_.end());
      out_ << absl::StrFormat("\nserver time: median %.1f us, at most %.1f us",
                              times_ns_[times_ns_.size() / 2] / 1000.0,
                              times_ns_.back() / 1000.0);
    }
    out_ << std::endl;
  }

  const DemoOptions& options_;
  std::ostream& out_;
  std::ostream& progress_;
  Client client_;
  std::unique_ptr<CompiledCases> all_;
  absl::flat_hash_map<EntityUid, const Entity*> population_;
  size_t asked_ = 0;
  size_t permitted_ = 0;
  size_t unexpected_ = 0;
  std::vector<uint64_t> times_ns_;
};

}  // namespace

int RunDemo(const DemoOptions& options, std::ostream& out,
            std::ostream& progress) {
  const absl::StatusOr<bool> as_expected = Demo(options, out, progress).Run();
  if (!as_expected.ok()) {
    progress << "error: " << as_expected.status().message() << "\n";
    return 1;
  }
  return *as_expected ? 0 : 1;
}

}  // namespace sekisho
