// Each maker knows for itself which of its requests are permitted, so that half
// of them are; the reference evaluator is asked afterwards, as of any workload.
#include "bench/rule_workloads.h"

#include <algorithm>
#include <array>
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

using Random = std::mt19937_64;

EntityUid User(size_t i) { return {"User", absl::StrCat("user-", i)}; }
EntityUid Record(size_t i) { return {"Record", absl::StrCat("record-", i)}; }

std::string Rule(size_t index, const std::string& condition) {
  return absl::StrCat("@id(\"rule-", index,
                      "\") permit (principal, action, resource) when { ",
                      condition, " };\n");
}

}  // namespace

// Six numbers of 0 to 9,999; a rule has a range of a tenth of that for each of
// four.
Workload MakeRangesWorkload(size_t rules, const WorkloadOptions& options) {
  constexpr size_t kNumbers = 6;
  constexpr int64_t kLimit = 10'000;
  constexpr int64_t kWidth = kLimit / 10;
  // Where each range begins; less than nothing for none.
  using Ranges = std::array<int64_t, kNumbers>;
  Random random(options.seed);
  Workload out;
  std::string policies;
  std::vector<Ranges> all;
  for (size_t i = 0; i < rules; ++i) {
    Ranges ranges;
    for (int64_t& begin : ranges) {
      begin = static_cast<int64_t>(random() % (kLimit - kWidth));
    }
    ranges[random() % kNumbers] = -1;
    ranges[random() % kNumbers] = -1;
    std::vector<std::string> conditions;
    for (size_t n = 0; n < kNumbers; ++n) {
      if (ranges[n] < 0) continue;
      conditions.push_back(absl::StrCat("context.n", n, " >= ", ranges[n],
                                        " && context.n", n, " < ",
                                        ranges[n] + kWidth));
    }
    policies += Rule(i, absl::StrJoin(conditions, " && "));
    all.push_back(ranges);
  }
  std::string schema =
      "entity User; entity Record;\naction view appliesTo { principal: User, "
      "resource: Record, context: {";
  for (size_t n = 0; n < kNumbers; ++n) {
    absl::StrAppend(&schema, "n", n, ": Long, ");
  }
  out.sources = {{"ranges.cedar", std::move(policies)},
                 {"ranges.cedarschema", schema + "} };\n"}};
  DrawRequests(
      options.requests,
      [&](bool permit) -> DrawnRequest {
        Ranges at = all[random() % all.size()];
        for (int64_t& n : at) {
          n = n < 0 ? static_cast<int64_t>(random() % kLimit)
                    : n + static_cast<int64_t>(random() % kWidth);
        }
        if (!permit) {
          at[random() % kNumbers] = static_cast<int64_t>(random() % kLimit);
        }
        const bool permitted =
            std::any_of(all.begin(), all.end(), [&](const Ranges& ranges) {
              for (size_t n = 0; n < kNumbers; ++n) {
                if (ranges[n] >= 0 &&
                    (at[n] < ranges[n] || at[n] >= ranges[n] + kWidth)) {
                  return false;
                }
              }
              return true;
            });
        Value::Attributes context;
        for (size_t n = 0; n < kNumbers; ++n) {
          context.emplace_back(absl::StrCat("n", n), Value::Long(at[n]));
        }
        return {{User(random() % 1000),
                 {"Action", "view"},
                 Record(random() % 1000),
                 Value::Record(std::move(context))},
                permitted};
      },
      &out);
  return out;
}

// Trees of groups, three below each, eight deep: group 0 is above all, and
// above group i is group (i - 1) / 3. A rule lets the members of a group at the
// fifth level see what is in a folder of such a tree at the fourth.
Workload MakeGroupsWorkload(size_t rules, const WorkloadOptions& options) {
  constexpr size_t kGroups = 9841;     // 3^0 + .. + 3^8
  constexpr size_t kFirstLeaf = 3280;  // 3^0 + .. + 3^7
  const size_t members = 2 + options.entities * 2 / 5;
  const auto draw_level = [](Random& random, size_t first, size_t count) {
    return first + random() % count;
  };
  const auto is_within = [](size_t group, size_t above) {
    while (group > above) group = (group - 1) / 3;
    return group == above;
  };
  const auto uid = [](const char* type, size_t i) {
    return EntityUid{type, absl::StrCat(type, "-", i)};
  };
  Random random(options.seed);
  Workload out;
  std::string policies;
  std::vector<std::pair<size_t, size_t>> all;
  for (size_t i = 0; i < rules; ++i) {
    all.emplace_back(draw_level(random, 40, 81), draw_level(random, 13, 27));
    policies += absl::StrCat("@id(\"rule-", i, "\") permit (principal in ",
                             uid("Group", all[i].first).ToString(),
                             ", action, resource in ",
                             uid("Folder", all[i].second).ToString(), ");\n");
  }
  out.sources = {
      {"groups.cedar", std::move(policies)},
      {"groups.cedarschema",
       "entity Group in [Group]; entity Folder in [Folder];\n"
       "entity User in [Group]; entity Record in [Folder];\n"
       "action view appliesTo { principal: User, resource: Record };\n"}};
  for (const char* type : {"Group", "Folder"}) {
    for (size_t i = 0; i < kGroups; ++i) {
      Entity group;
      group.uid = uid(type, i);
      if (i > 0) group.parents = {uid(type, (i - 1) / 3)};
      out.entities.push_back(std::move(group));
    }
  }
  std::vector<size_t> user_groups;
  std::vector<size_t> record_folders;
  for (size_t i = 0; i < members; ++i) {
    user_groups.push_back(draw_level(random, kFirstLeaf, kGroups - kFirstLeaf));
    record_folders.push_back(
        draw_level(random, kFirstLeaf, kGroups - kFirstLeaf));
    Entity user;
    user.uid = User(i);
    user.parents = {uid("Group", user_groups[i])};
    Entity record;
    record.uid = Record(i);
    record.parents = {uid("Folder", record_folders[i])};
    out.entities.push_back(std::move(user));
    out.entities.push_back(std::move(record));
  }
  const Zipf zipf(members);
  DrawRequests(
      options.requests,
      [&](bool) -> DrawnRequest {
        const size_t user = zipf.Draw(random);
        const size_t record = zipf.Draw(random);
        const bool permitted =
            std::any_of(all.begin(), all.end(), [&](const auto& rule) {
              return is_within(user_groups[user], rule.first) &&
                     is_within(record_folders[record], rule.second);
            });
        return {{User(user), {"Action", "view"}, Record(record)}, permitted};
      },
      &out);
  return out;
}

// A person of the rule's ward sees records of the patients in a set of theirs.
Workload MakeSetsWorkload(size_t rules, const WorkloadOptions& options) {
  constexpr size_t kPatientsOfOne = 200;
  const size_t persons = 2 + options.entities / 50;
  const size_t patients = 2 + options.entities / 5;
  const auto patient = [](size_t i) {
    return EntityUid{"Patient", absl::StrCat("patient-", i)};
  };
  Random random(options.seed);
  Workload out;
  std::string policies;
  for (size_t i = 0; i < rules; ++i) {
    policies += Rule(
        i, absl::StrCat("principal.ward == \"ward-", i,
                        "\" && principal.patients.contains(resource.patient) "
                        "&& context.purposes.containsAny([\"purpose-",
                        i % 5, "\", \"purpose-", 5 + i % 5, "\"])"));
  }
  out.sources = {{"sets.cedar", std::move(policies)},
                 {"sets.cedarschema",
                  "entity Patient;\n"
                  "entity User { ward: String, patients: Set<Patient> };\n"
                  "entity Record { patient: Patient };\n"
                  "action view appliesTo { principal: User, resource: Record,\n"
                  "  context: { purposes: Set<String> } };\n"}};
  std::vector<std::vector<size_t>> patients_of(persons);
  for (size_t i = 0; i < persons; ++i) {
    Value::Elements own;
    for (size_t n = 0; n < kPatientsOfOne; ++n) {
      patients_of[i].push_back(random() % patients);
      own.push_back(Value::Entity(patient(patients_of[i].back())));
    }
    out.entities.push_back({User(i),
                            Value::Record({{"ward", Value::String(absl::StrCat(
                                                        "ward-", i % rules))},
                                           {"patients", Value::Set(own)}}),
                            Value::Record({}),
                            {}});
  }
  // Two of each patient.
  for (size_t i = 0; i < 2 * patients; ++i) {
    out.entities.push_back(
        {Record(i),
         Value::Record({{"patient", Value::Entity(patient(i % patients))}}),
         Value::Record({}),
         {}});
  }
  const Zipf zipf(persons);
  DrawRequests(
      options.requests,
      [&](bool permit) -> DrawnRequest {
        const size_t user = zipf.Draw(random);
        const std::vector<size_t>& own = patients_of[user];
        const size_t of =
            permit ? own[random() % own.size()] : random() % patients;
        const size_t record = of + patients * (random() % 2);
        const size_t purpose = permit ? user % rules % 5 : random() % 5;
        const bool permitted = purpose == user % rules % 5 &&
                               std::count(own.begin(), own.end(), of) > 0;
        Value::Elements purposes = {
            Value::String(absl::StrCat("purpose-", purpose)),
            Value::String(absl::StrCat("other-", random() % 1000)),
            Value::String(absl::StrCat("other-", random() % 1000))};
        return {{User(user),
                 {"Action", "view"},
                 Record(record),
                 Value::Record({{"purposes", Value::Set(purposes)}})},
                permitted};
      },
      &out);
  return out;
}

// `/site-3/*/unit-14/*.txt`
Workload MakeLikesWorkload(size_t rules, const WorkloadOptions& options) {
  Random random(options.seed);
  Workload out;
  std::string policies;
  for (size_t i = 0; i < rules; ++i) {
    policies += Rule(i, absl::StrCat("context.path like \"/site-", i % 7,
                                     "/*/unit-", i, "/*.txt\""));
  }
  out.sources = {{"likes.cedar", std::move(policies)},
                 {"likes.cedarschema",
                  "entity User; entity Record;\n"
                  "action view appliesTo { principal: User, resource: Record,\n"
                  "  context: { path: String } };\n"}};
  DrawRequests(
      options.requests,
      [&](bool permit) -> DrawnRequest {
        const size_t rule = random() % rules;
        const size_t site = permit ? rule % 7 : (rule + 1 + random() % 6) % 7;
        return {{User(random() % 1000),
                 {"Action", "view"},
                 Record(random() % 1000),
                 Value::Record(
                     {{"path",
                       Value::String(absl::StrCat(
                           "/site-", site, "/year-", random() % 50, "/unit-",
                           rule, "/file-", random() % 100'000, ".txt"))}})},
                permit};
      },
      &out);
  return out;
}

// Each rule wants two of sixty conditions, any of which may hold with any
// other: whatever is asked first, all rules on other conditions are still open.
Workload MakeAdversaryWorkload(size_t rules, const WorkloadOptions& options) {
  constexpr size_t kConditions = 60;
  Random random(options.seed);
  Workload out;
  std::string policies;
  std::vector<std::pair<size_t, size_t>> all;
  for (size_t i = 0; i < rules; ++i) {
    const size_t a = random() % kConditions;
    const size_t b = (a + 1 + random() % (kConditions - 1)) % kConditions;
    all.emplace_back(a, b);
    policies += Rule(i, absl::StrCat("context.c", a, " && context.c", b));
  }
  std::string schema =
      "entity User; entity Record;\naction view appliesTo { principal: User, "
      "resource: Record, context: {";
  for (size_t n = 0; n < kConditions; ++n) {
    absl::StrAppend(&schema, "c", n, ": Bool, ");
  }
  out.sources = {{"adversary.cedar", std::move(policies)},
                 {"adversary.cedarschema", schema + "} };\n"}};
  DrawRequests(
      options.requests,
      [&](bool permit) -> DrawnRequest {
        // Few conditions hold, so that about half of the requests are
        // permitted whatever the number of rules.
        std::array<bool, kConditions> holds{};
        const size_t wanted = permit ? 12 : 4;
        for (size_t n = 0; n < wanted; ++n) {
          holds[random() % kConditions] = true;
        }
        const bool permitted =
            std::any_of(all.begin(), all.end(), [&](const auto& rule) {
              return holds[rule.first] && holds[rule.second];
            });
        Value::Attributes context;
        for (size_t n = 0; n < kConditions; ++n) {
          context.emplace_back(absl::StrCat("c", n), Value::Bool(holds[n]));
        }
        return {{User(random() % 1000),
                 {"Action", "view"},
                 Record(random() % 1000),
                 Value::Record(std::move(context))},
                permitted};
      },
      &out);
  return out;
}

}  // namespace sekisho
