/* Decides one request beside a sekishod, and says why.
 *
 *   cc -std=c99 decide.c -lsekisho -o decide
 *   ./decide /var/lib/sekishod/store /var/lib/gateway request.json
 *
 * Exit status: 0 permitted, 2 denied, 1 not decided, which is to be treated as
 * denied. */
#include <stdio.h>
#include <stdlib.h>

#include "sekisho.h"

/* A request may have 1 MiB. */
static char request[1 << 20];

static int fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, sekisho_error());
  return 1;
}

/* A PEP opens its decision point once, and asks it from all its threads. */
static int decide(sekisho_pdp* pdp, size_t size) {
  sekisho_decision decision = {.size = sizeof decision};
  char* json = NULL;

  if (sekisho_decide(pdp, SEKISHO_JSON, request, size, &decision) !=
      SEKISHO_OK) {
    return fail("not decided");
  }
  if (sekisho_decode(decision.response, decision.response_size, &json) ==
      SEKISHO_OK) {
    puts(json);
  }
  sekisho_free(json);
  sekisho_free(decision.response);
  /* A PEP now fulfils all that is listed under "obligations", or denies. */
  return decision.effect == SEKISHO_PERMIT ? 0 : 2;
}

int main(int argc, char** argv) {
  sekisho_options options = {.size = sizeof options};
  sekisho_pdp* pdp;
  FILE* file;
  size_t size;
  int status;

  if (argc != 4) {
    fprintf(stderr, "usage: decide STORE DATA REQUEST\n");
    return 1;
  }
  file = fopen(argv[3], "rb");
  if (file == NULL) {
    perror(argv[3]);
    return 1;
  }
  size = fread(request, 1, sizeof request, file);
  fclose(file);

  options.store = argv[1];
  options.data = argv[2];
  if (sekisho_open(&options, &pdp) != SEKISHO_OK) return fail("open");
  status = decide(pdp, size);
  if (sekisho_close(pdp) != SEKISHO_OK) return fail("close");
  return status;
}
