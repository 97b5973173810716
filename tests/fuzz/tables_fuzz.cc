// Property: whatever the tables of a policy folder hold, reading them ends with
// errors that have places, or rules that can be printed; and a link that is
// appended to a table is read from it.
//
// An input is the texts of the files with 0x1e between them.
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "compiler/cedar/printer.h"
#include "compiler/links/links.h"
#include "compiler/matrix/small_matrix.h"
#include "compiler/obligations/obligations.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

constexpr char kBetween = '\x1e';

void CheckMatrix(const MatrixTexts& texts) {
  const SmallReading result(texts);
  (void)result.diagnostics.ToString();
  for (const Policy& policy : result.policies) (void)PrintPolicy(policy);
}

std::vector<TemplateLink> Links(const std::string& table, bool* has_errors) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  std::vector<TemplateLink> links =
      ReadLinks(sources, sources.Add(kLinksFile, table), &diagnostics);
  (void)diagnostics.ToString();
  *has_errors = diagnostics.has_errors();
  return links;
}

void CheckLinks(const std::string& table) {
  bool has_errors = false;
  const std::vector<TemplateLink> links = Links(table, &has_errors);
  if (has_errors || links.empty()) return;
  const TemplateLink& last = links.back();
  const auto longer = AppendLink(table, last);
  if (!longer.ok()) abort();
  const std::vector<TemplateLink> again = Links(*longer, &has_errors);
  if (has_errors || again.size() != links.size() + 1 ||
      again.back().id != last.id ||
      again.back().template_id != last.template_id ||
      again.back().principal != last.principal ||
      again.back().resource != last.resource) {
    abort();
  }
}

void CheckObligations(const std::string& table) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const Obligations obligations(sources, sources.Add("obligations.tsv", table),
                                &diagnostics);
  (void)diagnostics.ToString();
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const MatrixTexts matrix = SmallMatrix();
  const std::string links =
      "id\ttemplate\t?principal\t?resource\tnote\n"
      "a\tshare\tUser::\"ann\"\tFolder::\"p\"\tn\nb\town\tUser::\"b\"\n";
  const std::string obligations =
      "name\tkind\tparameter\ttype\tvalue\n"
      "limit\tobligation\tcount\tLong\tcontext.n\ntell\tadvice\n"
      "card\tadvice\tm\tSet<String>\t[\"ic\"]\n";
  const std::string between(1, kBetween);
  return {
      matrix.matrix + between + matrix.columns + between + matrix.vocabulary +
          between + matrix.corrections + between + matrix.checks,
      between + between + between + between + between + links + between +
          obligations,
      // A carriage return that ends no line.
      between + between + between + between + between + "id\ttemplate\na\tb\rc",
      // A template whose name ends in a form feed.
      between + between + between + between + between + "id\ttemplate\na\tb\f"};
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  // What no source may be is refused before it is one.
  if (!sekisho::CheckSource("x", input).ok()) return 0;
  std::vector<std::string> texts = absl::StrSplit(input, sekisho::kBetween);
  texts.resize(7);
  sekisho::CheckMatrix({texts[0], texts[1], texts[2], texts[3], texts[4]});
  sekisho::CheckLinks(texts[5]);
  sekisho::CheckObligations(texts[6]);
  return 0;
}
