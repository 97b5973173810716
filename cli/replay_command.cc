// `sekisho replay`: makes the decisions of a log again.
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/command.h"
#include "cli/policy_names.h"
#include "cli/reference_opinion.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"
#include "engine/model/json.h"
#include "engine/replay/replay.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

using Json = nlohmann::ordered_json;

// How many findings text lists of each outcome; JSON has all.
constexpr size_t kListed = 100;

struct ReplayCommand {
  std::string log;
  std::string policy;
  bool reference = false;
  std::string since;
  std::string until;
  std::string principal;
  std::string resource;
  std::string policy_id;
  std::string decision;
  std::vector<std::string> by;
  bool json = false;
};

absl::StatusOr<std::shared_ptr<const Artifact>> LoadPolicy(
    const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return Artifact::Load(path);
  ASSIGN_OR_RETURN(PolicyFolder folder, LoadPolicyFolder(path));
  Compilation compilation(&folder.sources);
  RETURN_IF_ERROR(Compile(folder, {}, &compilation));
  if (compilation.diagnostics.has_errors()) {
    compilation.diagnostics.Sort();
    return absl::InvalidArgumentError(absl::StrCat(
        "the sources have errors:\n", compilation.diagnostics.ToString()));
  }
  return Artifact::FromBytes(compilation.artifact);
}

absl::StatusOr<absl::Time> ParseTime(const std::string& text) {
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d"}) {
    if (absl::ParseTime(format, text, &time, &error)) return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("`", text,
                   "` is no time: write 2026-04-01 or "
                   "2026-04-01T09:00:00+09:00"));
}

absl::StatusOr<ReplayOptions> OptionsOf(const ReplayCommand& command) {
  ReplayOptions options;
  if (!command.policy.empty()) {
    ASSIGN_OR_RETURN(options.policy, LoadPolicy(command.policy));
  }
  if (command.reference) options.second_opinion = MakeReferenceOpinion;
  if (!command.since.empty()) {
    ASSIGN_OR_RETURN(options.filter.since, ParseTime(command.since));
  }
  if (!command.until.empty()) {
    ASSIGN_OR_RETURN(options.filter.until, ParseTime(command.until));
  }
  if (!command.principal.empty()) {
    ASSIGN_OR_RETURN(options.filter.principal, UidFromText(command.principal));
  }
  if (!command.resource.empty()) {
    ASSIGN_OR_RETURN(options.filter.resource, UidFromText(command.resource));
  }
  options.filter.policy = command.policy_id;
  if (!command.decision.empty()) {
    options.filter.permitted = command.decision == "permit";
  }
  options.by = command.by;
  options.progress = [start = absl::Now(), last = absl::Now()](
                         uint64_t records, uint64_t bytes) mutable {
    const absl::Time now = absl::Now();
    if (now - last < absl::Seconds(2)) return;
    last = now;
    std::cerr << records << " records, " << (bytes >> 20) << " MiB read, "
              << static_cast<uint64_t>(static_cast<double>(records) /
                                       absl::ToDoubleSeconds(now - start))
              << " a second\n";
  };
  return options;
}

Json ToJson(const ReplayCounts& counts) {
  Json out = {{"decisions", counts.total()}};
  for (size_t i = 0; i < kReplayOutcomes; ++i) {
    const absl::string_view name =
        ReplayOutcomeName(static_cast<ReplayOutcome>(i));
    out[std::string(name)] = counts.by_outcome[i];
  }
  return out;
}

Json ToJson(const ReplayDecision& decision) {
  Json out = {
      {"decision", decision.permitted ? "permit" : "deny"},
      {"cause", CauseName(decision.cause)},
      {"determining", decision.determining},
      {"errors", decision.errors},
      {"undecided_forbids", decision.undecided_forbids},
      {"obligations", Json::parse(ObligationsToJson(decision.obligations))},
      {"advice", Json::parse(ObligationsToJson(decision.advice))}};
  AddUnnamed(decision.unnamed, &out);
  return out;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

Json ToJson(const ReplayFinding& finding) {
  Json out = {
      {"outcome", std::string(ReplayOutcomeName(finding.outcome))},
      {"index", finding.index},
      {"id", RecordIdToString(finding.id)},
      {"time", TimeText(finding.time)},
      {"policy_store", finding.policy_store},
      {"request", Json::parse(RequestToJson(finding.request), nullptr, false)},
      {"recorded", ToJson(finding.recorded)},
      {"replayed", nullptr},
      {"message", finding.message}};
  if (finding.replayed.has_value()) {
    out["replayed"] = ToJson(*finding.replayed);
  }
  if (finding.lacking.has_value()) {
    out["lacking"] = finding.lacking->ToString();
  }
  return out;
}

void PrintJson(const ReplayReport& report) {
  Json out = {{"agrees", report.agrees()},
              {"records", report.records},
              {"decisions", report.decisions},
              {"replayed", ToJson(report.counts)},
              {"groups", Json::array()},
              {"findings", Json::array()},
              {"findings_left_off", report.findings_left_off}};
  for (const ReplayGroup& group : report.groups) {
    out["groups"].push_back({{"dimension", group.dimension},
                             {"value", group.value},
                             {"counts", ToJson(group.counts)}});
  }
  for (const ReplayFinding& finding : report.findings) {
    out["findings"].push_back(ToJson(finding));
  }
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

std::string InWords(const ReplayDecision& decision) {
  std::string out = decision.permitted ? "permit" : "deny";
  if (!decision.determining.empty()) {
    absl::StrAppend(
        &out, " by ",
        PolicyNames(decision.determining, decision.unnamed.determining));
  } else {
    absl::StrAppend(&out, " (", CauseName(decision.cause), ")");
  }
  if (!decision.errors.empty()) {
    absl::StrAppend(&out, ", errors in ",
                    PolicyNames(decision.errors, decision.unnamed.errors));
  }
  return out;
}

void PrintFinding(const ReplayFinding& finding) {
  std::cout << "  " << finding.index << " " << RecordIdToString(finding.id)
            << " " << TimeText(finding.time) << " "
            << finding.request.principal.ToString() << " "
            << finding.request.action.ToString() << " "
            << finding.request.resource.ToString() << "\n      "
            << InWords(finding.recorded);
  if (finding.replayed.has_value()) {
    std::cout << " -> " << InWords(*finding.replayed);
  }
  if (!finding.message.empty()) std::cout << "; " << finding.message;
  std::cout << "\n";
}

// What is not the same, as `3 deny to permit, 1 no decision`.
std::string InWords(const ReplayCounts& counts) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < kReplayOutcomes; ++i) {
    const auto outcome = static_cast<ReplayOutcome>(i);
    if (counts.of(outcome) == 0) continue;
    parts.push_back(
        absl::StrCat(counts.of(outcome), " ", ReplayOutcomeName(outcome)));
  }
  return absl::StrJoin(parts, ", ");
}

void PrintText(const ReplayReport& report) {
  std::cout << report.records << " records, " << report.decisions
            << " decisions, " << report.counts.total() << " of them replayed";
  if (report.counts.total() > 0) std::cout << ": " << InWords(report.counts);
  std::cout << "\n";
  std::optional<ReplayOutcome> outcome;
  size_t listed = 0;
  for (const ReplayFinding& finding : report.findings) {
    if (outcome != finding.outcome) {
      outcome = finding.outcome;
      listed = 0;
      std::cout << "\n"
                << ReplayOutcomeName(*outcome) << ": "
                << report.counts.of(*outcome) << "\n";
    }
    if (++listed <= kListed) {
      PrintFinding(finding);
    } else if (listed == kListed + 1) {
      std::cout << "  .. (--json lists more)\n";
    }
  }
  std::string dimension;
  for (const ReplayGroup& group : report.groups) {
    const bool is_changed =
        group.counts.total() != group.counts.of(ReplayOutcome::kSame);
    if (!is_changed) continue;
    if (group.dimension != dimension) {
      dimension = group.dimension;
      std::cout << "\nby " << dimension << "\n";
    }
    std::cout << "  " << group.value << ": " << InWords(group.counts) << "\n";
  }
}

int Run(const ReplayCommand& command) {
  absl::StatusOr<ReplayOptions> options = OptionsOf(command);
  absl::StatusOr<ReplayReport> report =
      options.ok() ? ReplayLog(command.log, *options)
                   : absl::StatusOr<ReplayReport>(options.status());
  if (!report.ok()) {
    std::cerr << "error: " << report.status().message() << "\n";
    return kExitFailed;
  }
  if (command.json) {
    PrintJson(*report);
  } else {
    PrintText(*report);
  }
  return report->agrees() ? kExitOk : kExitFailed;
}

}  // namespace

void AddReplayCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<ReplayCommand>();
  CLI::App* replay = app->add_subcommand(
      "replay",
      "Make the decisions of a log again, by the recorded policies or others; "
      "exit status 1 if any is not as recorded");
  replay->add_option("log", command->log, "The log's directory")
      ->required()
      ->check(CLI::ExistingDirectory);
  replay
      ->add_option("--policy", command->policy,
                   "What would this artifact or policy folder change?")
      ->check(CLI::ExistingPath);
  replay->add_flag("--reference", command->reference,
                   "Ask the reference evaluator too, with the sources that "
                   "the artifact keeps");
  replay->add_option("--since", command->since,
                     "Only decisions from this time on, such as 2026-04-01 "
                     "(UTC) or 2026-04-01T09:00:00+09:00");
  replay->add_option("--until", command->until, "Only decisions before it");
  replay->add_option("--principal", command->principal,
                     "Only of this principal, such as Person::\"nurse-1\"");
  replay->add_option("--resource", command->resource, "Only on this resource");
  replay->add_option("--policy-id", command->policy_id,
                     "Only where this policy or use case determines, as "
                     "recorded or now");
  replay
      ->add_option("--decision", command->decision,
                   "Only what was recorded as this")
      ->check(CLI::IsMember({"permit", "deny"}));
  replay->add_option("--by", command->by,
                     "Count by this attribute too, such as context.location, "
                     "principal.roles or resource.grade");
  replay->add_flag("--json", command->json, "Print the report as JSON");
  replay->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
