"""Decides one request beside a sekishod, and says why.

    decide.py /usr/lib/libsekisho.so /var/lib/sekishod/store /var/lib/gateway \\
        request.json

Exit status: 0 permitted, 2 denied, 1 not decided, which is to be treated as
denied.
"""

import ctypes
import json
import sys

OK = 0
JSON = 2


class Options(ctypes.Structure):
    """sekisho_options"""

    _fields_ = [
        ("size", ctypes.c_size_t),
        ("store", ctypes.c_char_p),
        ("data", ctypes.c_char_p),
        ("log_origin", ctypes.c_char_p),
        ("policy_store", ctypes.c_char_p),
        ("entity_cache_bytes", ctypes.c_uint64),
        ("refresh_ms", ctypes.c_uint32),
        ("max_staleness_ms", ctypes.c_uint32),
        ("log_sync", ctypes.c_int32),
    ]


class Decision(ctypes.Structure):
    """sekisho_decision"""

    _fields_ = [
        ("size", ctypes.c_size_t),
        ("effect", ctypes.c_int32),
        ("cause", ctypes.c_int32),
        ("decision_id", ctypes.c_char * 33),
        ("has_obligations", ctypes.c_uint8),
        ("response", ctypes.c_void_p),
        ("response_size", ctypes.c_size_t),
    ]


class NotDecided(Exception):
    """Deny."""


class DecisionPoint:
    """A PEP opens one, and asks it from all its threads."""

    def __init__(self, library, store, data):
        self._lib = ctypes.CDLL(library)
        self._lib.sekisho_error.restype = ctypes.c_char_p
        self._lib.sekisho_free.argtypes = [ctypes.c_void_p]
        options = Options(
            size=ctypes.sizeof(Options), store=store.encode(), data=data.encode()
        )
        self._pdp = ctypes.c_void_p()
        self._check(
            self._lib.sekisho_open(ctypes.byref(options), ctypes.byref(self._pdp))
        )

    def decide(self, request):
        """The decision on a request in Cedar's JSON, as a dictionary."""
        text = json.dumps(request).encode()
        decision = Decision(size=ctypes.sizeof(Decision))
        self._check(
            self._lib.sekisho_decide(
                self._pdp,
                JSON,
                text,
                ctypes.c_size_t(len(text)),
                ctypes.byref(decision),
            )
        )
        decoded = ctypes.c_char_p()
        try:
            self._check(
                self._lib.sekisho_decode(
                    ctypes.c_void_p(decision.response),
                    ctypes.c_size_t(decision.response_size),
                    ctypes.byref(decoded),
                )
            )
            return json.loads(decoded.value)
        finally:
            self._lib.sekisho_free(decoded)
            self._lib.sekisho_free(decision.response)

    def refresh(self):
        self._check(self._lib.sekisho_refresh(self._pdp))

    def close(self):
        self._check(self._lib.sekisho_close(self._pdp))

    def _check(self, status):
        # The library keeps the message for this thread.
        if status != OK:
            raise NotDecided(self._lib.sekisho_error().decode())


def main():
    library, store, data, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    try:
        point = DecisionPoint(library, store, data)
        decision = point.decide(request)
        point.close()
    except NotDecided as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(decision, ensure_ascii=False))
    # A PEP now fulfils all that is listed under "obligations", or denies.
    return 0 if decision["decision"] == "permit" else 2


if __name__ == "__main__":
    sys.exit(main())
