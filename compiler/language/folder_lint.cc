// Tested by edited_folder_test.cc.
#include "compiler/language/folder_lint.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "compiler/cedar_source.h"
#include "compiler/lint/folder_rules.h"

namespace sekisho {
namespace {

constexpr std::chrono::microseconds kMoment(500);

// Moves a place with the text around it; false if it is edited itself.
bool Move(const TextEdit& edit, TextSpan* span) {
  if (span->end <= edit.span.begin) return true;
  if (span->begin < edit.span.end) return false;
  const auto move = [&](size_t* at) {
    *at = *at - edit.span.end + edit.span.begin + edit.text.size();
  };
  move(&span->begin);
  move(&span->end);
  return true;
}

}  // namespace

FolderLint::ByFile FolderLint::Find(const ReadFolder& folder) {
  const TableReading& tables = *folder.tables;
  const SourceSet& sources = tables.folder.sources;
  // Behind the sources of the tables there is one for each file of policies.
  const auto first_rules = static_cast<SourceId>(sources.size());
  LintedFolder linted;
  linted.schema = &folder.context->schema;
  if (tables.matrix) linted.matrix = &*tables.matrix;
  linted.obligations = &tables.obligations.declarations();
  linted.links = &tables.link_set;
  linted.schema_source = tables.folder.schema;
  for (size_t i = 0; i < tables.rows.size(); ++i) {
    linted.policies.push_back({&tables.summaries[i],
                               tables.rows[i].id,
                               tables.rows[i].span,
                               CedarForm::kText,
                               {}});
  }
  size_t position = 0;
  for (size_t file = 0; file < folder.rules.size(); ++file) {
    for (const auto& [begin, reading] : folder.rules[file].readings) {
      for (size_t i = 0; i < reading->heads.size(); ++i, ++position) {
        const Policy& head = reading->heads[i];
        const PolicyReading::Linted& of_head = reading->linted[i];
        const auto at = static_cast<uint32_t>(begin);
        linted.policies.push_back(
            {&of_head.summary,
             head.id.empty() ? absl::StrCat("policy", position) : head.id,
             {first_rules + static_cast<SourceId>(file), at + head.span.begin,
              at + head.span.end},
             FormOf(folder.rules[file].name),
             of_head.allowed});
      }
    }
  }

  std::vector<LintFinding> findings = tables.lint;
  LintTogether(sources, linted, &findings);
  const auto in_rules = std::stable_partition(
      findings.begin(), findings.end(), [&](const LintFinding& finding) {
        return finding.span.source < first_rules;
      });
  std::vector<LintFinding> of_rules(std::make_move_iterator(in_rules),
                                    std::make_move_iterator(findings.end()));
  findings.erase(in_rules, findings.end());
  DropAllowed(sources, &findings);
  std::sort(of_rules.begin(), of_rules.end(),
            [](const LintFinding& a, const LintFinding& b) {
              return a.span.begin < b.span.begin;
            });

  ByFile by_file;
  const auto place = [&](const Span& span) -> FilePlace {
    return {span.source < first_rules
                ? std::string(sources.name(span.source))
                : folder.rules[span.source - first_rules].name,
            SpanInFile(span)};
  };
  for (const auto* some : {&findings, &of_rules}) {
    for (const LintFinding& finding : *some) {
      const std::string name = place(finding.span).file;
      std::vector<FileDiagnostic>& of_file = by_file[name];
      if (of_file.size() <
          (IsPolicyFile(name) ? kMaxPolicyWarnings : kMaxFileDiagnostics)) {
        of_file.push_back(ToFile(finding, place));
      }
    }
  }
  return by_file;
}

void FolderLint::Begin(ReadFolder folder) {
  next_ = std::async(std::launch::async,
                     [of = std::move(folder)] { return Find(of); });
}

bool FolderLint::Wait() {
  return next_.wait_for(kMoment) == std::future_status::ready;
}

void FolderLint::Take(absl::btree_set<std::string>* changed) {
  ByFile found = next_.get();
  by_file_.swap(found);
  const auto add_changed = [&](const ByFile& a, const ByFile& b) {
    for (const auto& [name, of_file] : a) {
      const auto it = b.find(name);
      if (it == b.end() || it->second != of_file) changed->insert(name);
    }
  };
  add_changed(by_file_, found);
  add_changed(found, by_file_);
}

void FolderLint::Edit(const std::string& name, const TextEdit& edit) {
  for (auto& [of, findings] : by_file_) {
    const bool is_edited = of == name;
    std::erase_if(findings, [&](FileDiagnostic& finding) {
      std::erase_if(finding.notes, [&](FileDiagnostic::Note& note) {
        return note.place.file == name && !Move(edit, &note.place.span);
      });
      if (!is_edited) return false;
      for (TextEdit& fix : finding.fix) {
        if (!Move(edit, &fix.span)) return true;
      }
      return !Move(edit, &finding.span);
    });
  }
}

const std::vector<FileDiagnostic>& FolderLint::Of(
    const std::string& name) const {
  static const std::vector<FileDiagnostic> kNone;
  const auto it = by_file_.find(name);
  return it == by_file_.end() ? kNone : it->second;
}

}  // namespace sekisho
