// Expressions of Cedar's JSON policy format.
#ifndef SEKISHO_COMPILER_JSON_EXPRESSION_READER_H_
#define SEKISHO_COMPILER_JSON_EXPRESSION_READER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/parser.h"
#include "compiler/json/reader.h"

namespace sekisho {

class JsonExpressionReader {
 public:
  // `reader` must outlive this object. Reads MaxExpressions of a source of that
  // size.
  JsonExpressionReader(JsonReader* reader, size_t source_bytes)
      : reader_(*reader), max_size_(MaxExpressions(source_bytes)) {}

  // Null after an error.
  ExprPtr Read(JsonValue value) { return ReadExpr(value, 1); }

  // {"type": "T", "id": "x"}, or that as the member `__entity`. False after an
  // error.
  bool ReadUid(JsonValue value, EntityUid* uid);

 private:
  // Each returns null after an error. `depth` is the expression's own.
  ExprPtr ReadExpr(JsonValue value, int depth);
  ExprPtr ReadOperator(absl::string_view name, JsonValue value,
                       const JsonMember& member, int depth);
  ExprPtr ReadOperands(ExprParts expr, JsonValue operands,
                       const std::vector<std::string>& names, int depth);
  ExprPtr ReadFunction(ExprParts expr, JsonValue operands, int depth);
  ExprPtr ReadExtension(JsonValue value);
  ExprPtr ReadChain(ExprParts expr, const JsonMember& member, int depth);
  ExprPtr ReadAttribute(ExprParts expr, JsonValue operands, int depth);
  ExprPtr ReadHasPath(ExprParts expr, JsonValue target, JsonValue path,
                      int depth);
  ExprPtr ReadLike(ExprParts expr, JsonValue operands, int depth);
  ExprPtr ReadIs(ExprParts expr, JsonValue operands, int depth);
  ExprPtr ReadSet(ExprParts expr, JsonValue elements, bool literal, int depth);
  ExprPtr ReadRecord(ExprParts expr, JsonValue members, bool literal,
                     int depth);
  ExprPtr ReadVariable(ExprParts expr, JsonValue name);
  ExprPtr ReadLiteral(JsonValue value, int depth);

  bool ReadPattern(JsonValue value, Pattern* pattern);
  // Null, and an error, if it is one expression too many.
  ExprPtr Make(ExprParts expr);
  bool CheckDepth(JsonValue value, int depth);

  JsonReader& reader_;
  const size_t max_size_;
  // Of all expressions so far, counting a shared one each time.
  size_t size_ = 0;
  // One expression too many has been reported.
  bool is_too_large_ = false;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_EXPRESSION_READER_H_
