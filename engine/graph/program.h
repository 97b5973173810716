// Predicate programs: the small bytecode in which tests read the request and
// the entities. A program is straight code with forward jumps only, so it ends
// after at most as many steps as it has instructions, and leaves one value.
//
// An instruction is one word: the operation in the low 8 bits, an operand in
// the upper 24. Values live on a stack. An operation that Cedar defines as an
// error (missing attribute, overflow, wrong type) ends the program with the
// outcome "error".
#ifndef SEKISHO_ENGINE_GRAPH_PROGRAM_H_
#define SEKISHO_ENGINE_GRAPH_PROGRAM_H_

#include <cstddef>
#include <cstdint>

namespace sekisho {

// Frozen: these numbers are written into artifacts.
enum class Op : uint8_t {
  kConstant = 0,      // push constants[operand]
  kPrincipal = 1,     // push the request's principal
  kAction = 2,        // push the request's action
  kResource = 3,      // push the request's resource
  kContext = 4,       // push the request's context
  kGet = 5,           // a -> a.names[operand]
  kHas = 6,           // a -> a has names[operand]
  kExists = 7,        // a -> whether the entity a is in the store
  kNot = 8,           // a -> !a
  kNegate = 9,        // a -> -a
  kEqual = 10,        // a b -> a == b
  kLess = 11,         // a b -> a < b
  kLessEqual = 12,    // a b -> a <= b
  kAdd = 13,          // a b -> a + b
  kSubtract = 14,     // a b -> a - b
  kMultiply = 15,     // a b -> a * b
  kIn = 16,           // a b -> a in b
  kIs = 17,           // a -> a is names[operand]
  kLike = 18,         // a -> a like patterns[operand]
  kContains = 19,     // a b -> a.contains(b)
  kContainsAll = 20,  // a b -> a.containsAll(b)
  kContainsAny = 21,  // a b -> a.containsAny(b)
  kIsEmpty = 22,      // a -> a.isEmpty()
  kGetTag = 23,       // a b -> a.getTag(b)
  kHasTag = 24,       // a b -> a.hasTag(b)
  kSet = 25,          // operand values -> a set of them
  kRecord = 26,       // as many values as shapes[operand] has names -> record
  kCheckBool = 27,    // a -> a, an error if a is not a boolean
  kAndJump = 28,      // false: keep it and jump; true: drop it and go on
  kOrJump = 29,       // true: keep it and jump; false: drop it and go on
  kBranchFalse = 30,  // drop a boolean; if it was false, jump
  kJump = 31,         // jump
  kDuplicate = 32,    // a -> a a, an error if a is not an entity
  kCall = 33,         // the arguments of Function(operand) -> its result
  kLinked = 34,       // push whether a link of templates[operand] fits
};
inline constexpr uint8_t kLastOp = 34;

// Jump operands are the distance from the jump to its target, in words.
inline constexpr uint32_t EncodeInstruction(Op op, uint32_t operand = 0) {
  return static_cast<uint32_t>(op) | operand << 8;
}
inline constexpr Op OpOf(uint32_t word) { return static_cast<Op>(word & 0xff); }
inline constexpr uint32_t OperandOf(uint32_t word) { return word >> 8; }
inline constexpr uint32_t kMaxOperand = (1u << 24) - 1;

// Programs that would need a deeper stack are refused.
inline constexpr size_t kMaxProgramStack = 1024;
// So are those that put more sets and records one in the other.
inline constexpr uint8_t kMaxProgramNesting = 250;

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_PROGRAM_H_
