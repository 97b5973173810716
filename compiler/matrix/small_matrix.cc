#include "compiler/matrix/small_matrix.h"

#include "compiler/matrix/lower_rows.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kMatrix[] =
    "サービス\t旧\t新\t誰が\t何を\t\t備考\n"
    "\t\t\t職種\t文書\t方法\t\n"
    "①診療サービス\t①-2\t①-1\t医師\t診療記録、処方箋\t職員証 又は "
    "旅券及び指紋\tなし\n"
    "\t①-4\t①-2\t看護師\t処方箋\t職員証\t急ぎ\n"
    "\n"
    "凡例\n";

constexpr char kColumns[] =
    "column\theader\tenglish\tbecomes\tgrammar\tvouched\tobliges\n"
    "role\t職種\tRole\tcondition\tphrase\tstore\n"
    "document\t文書\tDocument\tcondition\tlist\tstore\n"
    "login\t方法\tLogin\tcondition\tformula\trequest\tlog, warn\n"
    "remark\t備考\tRemark\tannotation\tphrase\t-\n";

constexpr char kVocabulary[] =
    "column\tphrase\tmeaning\tenglish\taliases\tfinding\tnote\n"
    "# Connectives.\n"
    "*\t又は\tor\n"
    "*\t及び\tand\n"
    "*\t、\t,\n"
    "role\t医師\tprincipal is Physician\tphysician\t医者 | ドクター\n"
    "role\t看護師\tprincipal is Nurse && principal.onDuty\tnurse\t\todd\tOnly "
    "on duty.\n"
    "document\t診療記録\taction == Action::\"view\" && context.record && "
    "resource is Record\trecord\n"
    "document\t処方箋\tcontext.prescription\tprescription\n"
    "login\t職員証\tcontext.card\tstaff card\n"
    "login\t旅券\tcontext.passport\tpassport\n"
    "login\t指紋\tcontext.finger\tfingerprint\t\t\tAny finger.\n"
    "remark\tなし\t-\tnone\n"
    "remark\t急ぎ\turgent\turgent\t\tvague\tHow urgent is not said.\n";

constexpr char kCorrections[] =
    "usecase\tcolumn\tprinted\tadopted\treason\n"
    "①-2\tlogin\t職員証\t指紋\tThe card has no chip.\n";

constexpr char kChecks[] =
    "when\tcolumn\tfinding\tmessage\n"
    "role=看護師 & document!~診療記録\tdocument\tincomplete\tA nurse without "
    "records.\n";

}  // namespace

MatrixTexts SmallMatrix() {
  return {kMatrix, kColumns, kVocabulary, kCorrections, kChecks};
}

void Spoil(std::string* text, absl::string_view from, absl::string_view to) {
  const size_t at = text->find(from.data(), 0, from.size());
  ASSERT_NE(at, std::string::npos) << from;
  text->replace(at, from.size(), to.data(), to.size());
}

SmallReading::SmallReading(const MatrixTexts& texts) : diagnostics(&sources) {
  MatrixSources files;
  files.matrix = sources.Add("matrix.txt", texts.matrix);
  files.columns = sources.Add("columns.tsv", texts.columns);
  files.vocabulary = sources.Add("vocabulary.tsv", texts.vocabulary);
  files.corrections = sources.Add("corrections.tsv", texts.corrections);
  files.checks = sources.Add("checks.tsv", texts.checks);
  reading = ReadMatrix(sources, files, &diagnostics);
  policies = LowerRows(reading, &diagnostics);
}

}  // namespace sekisho
