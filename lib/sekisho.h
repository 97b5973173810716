/* libsekisho: Sekisho's decisions inside an enforcement point (PEP), without a
 * network.
 *
 *   sekisho_options options = {.size = sizeof options};
 *   options.store = "/var/lib/sekishod/store";
 *   options.data = "/var/lib/gateway";
 *   sekisho_pdp* pdp;
 *   if (sekisho_open(&options, &pdp) != SEKISHO_OK) .. sekisho_error() ..
 *
 *   sekisho_decision decision = {.size = sizeof decision};
 *   int status = sekisho_decide(pdp, SEKISHO_JSON, json, strlen(json),
 *                               &decision);
 *   if (status == SEKISHO_OK && decision.effect == SEKISHO_PERMIT) ..
 *   sekisho_free(decision.response);
 *
 *   sekisho_close(pdp);
 *
 * A decision point (PDP) is opened beside a sekishod, which keeps policies and
 * entities; it reads what that one writes, and needs it for nothing else. It
 * decides as the service does (proto/sekisho/v1/decision.proto says how), and
 * writes a decision log of its own.
 *
 * Guarantees
 * 1. What is not permitted is denied: whatever fails is a status other than
 *    SEKISHO_OK, and then the effect is SEKISHO_DENY, which is 0.
 * 2. A decision is made by one policy version and one revision of the entities,
 *    and says which.
 * 3. When sekisho_decide returns SEKISHO_OK, the decision's record is in the
 *    kernel: it survives `kill -9`. What cannot be logged is not decided.
 * 4. When sekisho_refresh returns SEKISHO_OK, decisions see all that sekishod
 *    had acknowledged before it was called. Without it they do so by
 *    themselves: see refresh_ms and max_staleness_ms.
 * 5. Whatever bytes arrive, the answer is an error, never a crash.
 *
 * Threads: all functions may be called from any thread, also for one PDP at
 * once; only sekisho_close must be the last call for its PDP. A decision waits
 * neither for another nor for a refresh. A process that forks uses a PDP on one
 * side only, and should open it after the fork.
 *
 * Ownership: what is passed in is the caller's, and is not kept. What is handed
 * out is freed with sekisho_free, but for texts that are `const char*`. Texts
 * are UTF-8 and end with a 0.
 *
 * C99 and C++. Structures begin with their size, which the caller sets, so that
 * later versions can add to their ends; what is set to 0 has its default. */
#ifndef SEKISHO_SEKISHO_H_
#define SEKISHO_SEKISHO_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return. The numbers are those of gRPC. */
enum {
  SEKISHO_OK = 0,
  /* An argument is wrong, or the request is malformed or does not fit the
   * schema; the message begins with the field. */
  SEKISHO_INVALID_ARGUMENT = 3,
  /* There is no store, or it does not hold the policy that the request
   * demands. */
  SEKISHO_NOT_FOUND = 5,
  /* The log's directory may not be created, or others than its owner may read
   * the log's key. */
  SEKISHO_PERMISSION_DENIED = 7,
  /* Too much in one request, or too much waits for the disk. */
  SEKISHO_RESOURCE_EXHAUSTED = 8,
  /* The policy store has no active policy, its entities are less fresh than the
   * request asks for, the log is another process's, or the store was written
   * by a later version. */
  SEKISHO_FAILED_PRECONDITION = 9,
  /* A fault of the library. */
  SEKISHO_INTERNAL = 13,
  /* The store cannot be read, or the log cannot be written. Worth a retry. */
  SEKISHO_UNAVAILABLE = 14,
  /* The store or the log is damaged. */
  SEKISHO_DATA_LOSS = 15
};

/* Effects. */
enum { SEKISHO_DENY = 0, SEKISHO_PERMIT = 1 };

/* Causes: the numbers of sekisho.v1.Cause. */
enum {
  SEKISHO_NO_CAUSE = 0,
  SEKISHO_PERMITTED = 1,
  /* A forbid is satisfied. */
  SEKISHO_FORBIDDEN = 2,
  /* A forbid could not be evaluated, and might have been satisfied. */
  SEKISHO_FORBID_UNDECIDED = 3,
  /* No permit is satisfied. */
  SEKISHO_NOT_COVERED = 4,
  /* A permit is satisfied, but comes with an obligation that is not among those
   * that the request says are supported. */
  SEKISHO_OBLIGATION_UNSUPPORTED = 5
};

/* Forms of requests. */
enum {
  /* A sekisho.v1.DecideRequest: all that the service takes, and the faster
   * form. Its policy_store is empty or that of the PDP. */
  SEKISHO_PROTOBUF = 1,
  /* Cedar's JSON, UTF-8, with or without a 0 at its end:
   *   {"principal": "Person::\"physician-1\"", "action": "Action::\"view\"",
   *    "resource": "Record::\"r1\"", "context": {"location": "hospital"}}
   * Within the context an entity is {"__entity": {"type": "Location",
   * "id": "hospital"}}, and an extension value {"__extn": {"fn": "ip",
   * "arg": "10.0.0.1"}}. */
  SEKISHO_JSON = 2
};

/* For refresh_ms. */
#define SEKISHO_NEVER UINT32_MAX

typedef struct sekisho_pdp sekisho_pdp;

typedef struct sekisho_options {
  /* sizeof(sekisho_options). */
  size_t size;

  /* The store of a sekishod: DIR/store of its --data DIR. Only read, by a user
   * who may read all that is in it. Required. */
  const char* store;
  /* Directory of this PDP's decision log (`log`) and its key (`log.key`), which
   * are created if missing, for their owner alone. One PDP at a time can have
   * it. Required. */
  const char* data;
  /* The log's name, unique among logs. NULL: that of its key, which is made at
   * random with the key. */
  const char* log_origin;
  /* Whose policies and entities decide. NULL: "default". */
  const char* policy_store;

  /* Memory for entities that decisions read. Less than 1 MiB keeps none; 0: 64
   * MiB. */
  uint64_t entity_cache_bytes;
  /* How often to look whether sekishod wrote anything, in milliseconds; less
   * often if reading what it wrote takes more than a tenth of that.
   * SEKISHO_NEVER: only sekisho_refresh does. 0: 1,000. */
  uint32_t refresh_ms;
  /* For how long decisions go on by what was last read while the store cannot
   * be read, in milliseconds; then they are SEKISHO_UNAVAILABLE. Counts from
   * the last look that succeeded; longer than refresh_ms. That sekishod is not
   * running is no such failure. Without effect if refresh_ms is SEKISHO_NEVER.
   * 0: 60,000. */
  uint32_t max_staleness_ms;
  /* Not 0: a decision returns when the disk has its record, so that a power cut
   * costs none. Slower by orders of magnitude. */
  int32_t log_sync;
} sekisho_options;

typedef struct sekisho_decision {
  /* sizeof(sekisho_decision). The rest is set by sekisho_decide. */
  size_t size;

  /* SEKISHO_DENY or SEKISHO_PERMIT. */
  int32_t effect;
  /* Why, such as SEKISHO_NOT_COVERED. */
  int32_t cause;
  /* Its name in the log: 32 hexadecimal digits and a 0. */
  char decision_id[33];
  /* Whether it comes with obligations, which `response` has. Who cannot fulfil
   * all of them denies. */
  uint8_t has_obligations;
  /* A sekisho.v1.DecideResponse, encoded: all there is to say about the
   * decision. For sekisho_decode, or any protobuf library. Freed with
   * sekisho_free; NULL after an error. */
  void* response;
  size_t response_size;
} sekisho_decision;

/* Opens a decision point. Takes as long as it takes to read the policy, and to
 * open the database. On an error *pdp is NULL. */
int sekisho_open(const sekisho_options* options, sekisho_pdp** pdp);

/* Decides a request of at most 1 MiB. A request that is refused for what it
 * says is logged, like a decision; one that cannot be read is not. */
int sekisho_decide(sekisho_pdp* pdp, int form, const void* request,
                   size_t request_size, sekisho_decision* decision);

/* The response of a decision as JSON, on one line: decision, cause, the
 * determining policies, those that failed, obligations, advice, policy,
 * revision, time, and its place in the log. docs/library.md has an example. */
int sekisho_decode(const void* response, size_t response_size, char** json);

/* Reads what sekishod wrote since the last time; returns at once if that is
 * nothing. After an error decisions are made as before. */
int sekisho_refresh(sekisho_pdp* pdp);

/* Signs off and closes the log, and frees the PDP, whatever it returns. NULL is
 * allowed. */
int sekisho_close(sekisho_pdp* pdp);

/* Frees what this library handed out. NULL is allowed. */
void sekisho_free(void* memory);

/* Why the last call of this thread that failed did so. Valid until the thread
 * calls again; never NULL. */
const char* sekisho_error(void);

/* The library's version. */
const char* sekisho_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SEKISHO_SEKISHO_H_ */
