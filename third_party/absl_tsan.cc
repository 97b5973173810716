// Shows ThreadSanitizer the locks of the system's Abseil.
//
// The system's library is built without ThreadSanitizer, which therefore sees
// neither its locks nor the order they impose, and reports a race on all that
// they guard. Each function below has the linker name of one of Abseil's and
// is found before it; it calls Abseil's and tells ThreadSanitizer about the
// hand-over. What Abseil reads meanwhile, evaluating the conditions of other
// waiters, is ignored.

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);

namespace {

// The object, and arguments and results that all travel in integer registers
// (a time takes two), so that one signature serves every function.
using Word = void*;
using Function = Word (*)(Word self, Word a, Word b, Word c);

Function Next(const char* symbol) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, symbol));
}

Word Call(Function function, Word released, Word acquired, Word self, Word a,
          Word b, Word c) {
  if (released != nullptr) __tsan_release(released);
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  Word result = function(self, a, b, c);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  if (acquired != nullptr) __tsan_acquire(acquired);
  return result;
}

}  // namespace

#define HAND_OVER(name, symbol, released, acquired)                        \
  extern "C" Word name(Word self, Word a, Word b, Word c) __asm__(symbol); \
  Word name(Word self, Word a, Word b, Word c) {                           \
    static const Function next = Next(symbol);                             \
    return Call(next, released, acquired, self, a, b, c);                  \
  }

#define ACQUIRE(name, symbol) HAND_OVER(name, symbol, nullptr, self)
#define RELEASE(name, symbol) HAND_OVER(name, symbol, self, nullptr)
#define RELEASE_AND_ACQUIRE(name, symbol) HAND_OVER(name, symbol, self, self)
// Waits on `self` for which mutex `a` is given up.
#define RELEASE_AND_ACQUIRE_A(name, symbol) HAND_OVER(name, symbol, a, a)

#define ABSL "_ZN4absl7debian3"
#define CONDITION "RKNS0_9ConditionE"
#define CONDITION_DURATION "RKNS0_9ConditionENS0_8DurationE"
#define CONDITION_TIME "RKNS0_9ConditionENS0_4TimeE"

ACQUIRE(Lock, ABSL "5Mutex4LockEv")
ACQUIRE(TryLock, ABSL "5Mutex7TryLockEv")
ACQUIRE(LockWhen, ABSL "5Mutex8LockWhenE" CONDITION)
ACQUIRE(LockWhenWithTimeout,
        ABSL "5Mutex19LockWhenWithTimeoutE" CONDITION_DURATION)
ACQUIRE(LockWhenWithDeadline,
        ABSL "5Mutex20LockWhenWithDeadlineE" CONDITION_TIME)
ACQUIRE(ReaderLock, ABSL "5Mutex10ReaderLockEv")
ACQUIRE(ReaderTryLock, ABSL "5Mutex13ReaderTryLockEv")
ACQUIRE(ReaderLockWhen, ABSL "5Mutex14ReaderLockWhenE" CONDITION)
ACQUIRE(ReaderLockWhenWithTimeout,
        ABSL "5Mutex25ReaderLockWhenWithTimeoutE" CONDITION_DURATION)
ACQUIRE(ReaderLockWhenWithDeadline,
        ABSL "5Mutex26ReaderLockWhenWithDeadlineE" CONDITION_TIME)
RELEASE(Unlock, ABSL "5Mutex6UnlockEv")
RELEASE(ReaderUnlock, ABSL "5Mutex12ReaderUnlockEv")
RELEASE_AND_ACQUIRE(Await, ABSL "5Mutex5AwaitE" CONDITION)
RELEASE_AND_ACQUIRE(AwaitWithTimeout,
                    ABSL "5Mutex16AwaitWithTimeoutE" CONDITION_DURATION)
RELEASE_AND_ACQUIRE(AwaitWithDeadline,
                    ABSL "5Mutex17AwaitWithDeadlineE" CONDITION_TIME)

RELEASE_AND_ACQUIRE_A(Wait, ABSL "7CondVar4WaitEPNS0_5MutexE")
RELEASE_AND_ACQUIRE_A(WaitWithTimeout, ABSL
                      "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_"
                      "8DurationE")
RELEASE_AND_ACQUIRE_A(WaitWithDeadline,
                      ABSL "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE")

RELEASE(Notify, ABSL "12Notification6NotifyEv")
ACQUIRE(WaitForNotification,
        "_ZNK4absl7debian312Notification19WaitForNotificationEv")
ACQUIRE(WaitForNotificationWithTimeout,
        "_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_"
        "8DurationE")
ACQUIRE(WaitForNotificationWithDeadline,
        "_ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_"
        "4TimeE")
RELEASE(DecrementCount, ABSL "15BlockingCounter14DecrementCountEv")
ACQUIRE(WaitForCount, ABSL "15BlockingCounter4WaitEv")
RELEASE_AND_ACQUIRE(Block, ABSL "7Barrier5BlockEv")
