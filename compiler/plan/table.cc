#include "compiler/plan/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/types/span.h"

namespace sekisho {
namespace {

// A test, and what policies want of it.
struct Column {
  TestIndex test = 0;
  // Ascending, the first is 0.
  std::vector<Outcome> starts = {0};
  // By number of the policy in the state.
  std::vector<std::pair<uint32_t, absl::Span<const OutcomeRun>>> wanted;
  // How many policies each of its outcomes rules out, summed.
  double ruled_out = 0;
};

bool Has(absl::Span<const OutcomeRun> runs, Outcome outcome) {
  return std::any_of(runs.begin(), runs.end(), [outcome](const auto& run) {
    return run.first <= outcome && outcome < run.second;
  });
}

// The policies' places in the table, so that those that want the same single
// outcome of the first test stand together, among them those that agree on the
// second, and so on. Most parts of a set are then empty, and what one test has
// emptied no other set is read for.
std::vector<uint32_t> PlacesOf(size_t policies,
                               const std::vector<Column>& columns) {
  constexpr Outcome kSeveral = kErrorOutcome;
  std::vector<Outcome> keys(policies * columns.size(), kSeveral);
  for (size_t c = 0; c < columns.size(); ++c) {
    for (const auto& [i, runs] : columns[c].wanted) {
      if (runs.size() != 1) continue;
      const auto& [begin, end] = runs[0];
      const auto after = std::upper_bound(columns[c].starts.begin(),
                                          columns[c].starts.end(), begin);
      const bool is_one = after == columns[c].starts.end() || *after >= end;
      if (is_one) keys[i * columns.size() + c] = begin;
    }
  }
  const auto key = [&](uint32_t i) {
    return absl::MakeConstSpan(keys).subspan(i * columns.size(),
                                             columns.size());
  };
  std::vector<uint32_t> order(policies);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::lexicographical_compare(key(a).begin(), key(a).end(),
                                        key(b).begin(), key(b).end());
  });
  std::vector<uint32_t> places(policies);
  for (uint32_t place = 0; place < policies; ++place) {
    places[order[place]] = place;
  }
  return places;
}

}  // namespace

TableParts PartForTable(const PolicyFormulas& state, const FormulaPool& pool) {
  TableParts parts;
  std::vector<FormulaPool::Conjunct> conjuncts;
  for (const auto& entry : state) {
    conjuncts.clear();
    (pool.IsConjunction(entry.second, &conjuncts) ? parts.tabular
                                                  : parts.others)
        .push_back(entry);
  }
  return parts;
}

std::vector<uint32_t> TableWords(const PolicyFormulas& state,
                                 const std::vector<Test>& tests,
                                 const FormulaPool& pool) {
  absl::btree_map<TestIndex, Column> by_test;
  std::vector<FormulaPool::Conjunct> conjuncts;
  for (uint32_t i = 0; i < state.size(); ++i) {
    conjuncts.clear();
    pool.IsConjunction(state[i].second, &conjuncts);
    for (const auto& [test, runs] : conjuncts) {
      Column& column = by_test[test];
      column.test = test;
      column.wanted.emplace_back(i, runs);
      const uint32_t outcomes = tests[test].outcome_count();
      uint32_t held = 0;
      for (const auto& [begin, end] : runs) {
        held += end - begin;
        column.starts.push_back(begin);
        if (end < outcomes) column.starts.push_back(end);
      }
      column.ruled_out += 1 - static_cast<double>(held) / outcomes;
    }
  }
  std::vector<Column> columns;
  for (auto& [test, column] : by_test) {
    std::sort(column.starts.begin(), column.starts.end());
    column.starts.erase(std::unique(column.starts.begin(), column.starts.end()),
                        column.starts.end());
    columns.push_back(std::move(column));
  }
  std::stable_sort(columns.begin(), columns.end(),
                   [](const Column& a, const Column& b) {
                     return a.ruled_out > b.ruled_out;
                   });

  const std::vector<uint32_t> places = PlacesOf(state.size(), columns);
  const auto policies = static_cast<uint32_t>(state.size());
  const uint32_t set_words = SetWords(policies);
  std::vector<uint32_t> words = {static_cast<uint32_t>(columns.size())};
  for (const Column& column : columns) {
    words.push_back(column.test);
    words.push_back(static_cast<uint32_t>(column.starts.size()));
  }
  for (const Column& column : columns) {
    words.insert(words.end(), column.starts.begin(), column.starts.end());
  }
  const size_t names = words.size();
  words.resize(names + policies);
  for (uint32_t i = 0; i < policies; ++i) {
    words[names + places[i]] = state[i].first;
  }
  for (const Column& column : columns) {
    // Those that want nothing of the test are in each of its sets.
    std::vector<uint32_t> others(set_words, ~uint32_t{0});
    if (policies % 32 != 0) others.back() = ~(~uint32_t{0} << (policies % 32));
    for (const auto& [i, runs] : column.wanted) {
      others[places[i] / 32] &= ~(uint32_t{1} << places[i] % 32);
    }
    const size_t sets = words.size();
    for (size_t run = 0; run < column.starts.size(); ++run) {
      words.insert(words.end(), others.begin(), others.end());
    }
    uint32_t before = policies;
    for (const auto& [i, runs] : column.wanted) {
      const uint32_t word = places[i] / 32;
      const uint32_t bit = uint32_t{1} << places[i] % 32;
      if (i == std::exchange(before, i)) {
        // It wants something else of the same test too.
        for (size_t run = 0; run < column.starts.size(); ++run) {
          if (Has(runs, column.starts[run])) continue;
          words[sets + run * set_words + word] &= ~bit;
        }
        continue;
      }
      for (const auto& [begin, end] : runs) {
        auto start =
            std::lower_bound(column.starts.begin(), column.starts.end(), begin);
        for (; start != column.starts.end() && *start < end; ++start) {
          const auto run = static_cast<size_t>(start - column.starts.begin());
          words[sets + run * set_words + word] |= bit;
        }
      }
    }
  }
  return words;
}

}  // namespace sekisho
