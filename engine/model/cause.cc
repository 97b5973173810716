#include "engine/model/cause.h"

namespace sekisho {

const char* CauseName(Cause cause) {
  switch (cause) {
    case Cause::kPermitted:
      return "permitted";
    case Cause::kForbidden:
      return "forbidden";
    case Cause::kForbidUndecided:
      return "forbid undecided";
    case Cause::kNotCovered:
      return "not covered";
    case Cause::kObligationUnsupported:
      return "obligation unsupported";
  }
  return "";
}

}  // namespace sekisho
