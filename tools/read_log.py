#!/usr/bin/env python3
"""Reads and checks a decision log, from docs/log_format.md alone.

usage: read_log.py DIRECTORY VKEY...        the log's public keys

Prints each record as a line of JSON. Exits with 1, and says why, if the log is
not what its checkpoints were signed for. Needs nothing but Python 3, and
libzstd for compressed segments.
"""
import base64, ctypes, ctypes.util, hashlib, ipaddress, json, os, struct, sys


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# CRC-32C, of every byte and then of texts.
CRC = []
for c in range(256):
    for _ in range(8):
        c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    CRC.append(c)


def crc32c(data):
    c = 0xFFFFFFFF
    for byte in data:
        c = c >> 8 ^ CRC[(c ^ byte) & 255]
    return c ^ 0xFFFFFFFF


# Ed25519 (RFC 8032), on points (x, y) of the curve.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(p, q):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = p, q
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise ValueError("not a point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    try:
        a, r_point = point(key), point(r)
    except ValueError:
        return False
    h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
    x1, y1, z1, _ = multiply(s, BASE)
    x2, y2, z2, _ = add(r_point, multiply(h, a))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


class Tree:
    """RFC 6962: the roots of the perfect subtrees, the largest first."""

    def __init__(self):
        self.size, self.roots = 0, []

    def append(self, leaf):
        self.roots.append(sha256(b"\0", leaf))
        n, self.size = self.size, self.size + 1
        while n & 1:
            right = self.roots.pop()
            self.roots[-1], n = sha256(b"\1", self.roots[-1], right), n >> 1

    def root(self):
        if not self.roots:
            return sha256()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = sha256(b"\1", left, root)
        return root


KINDS = ("", "decision", "refusal", "explanation", "activation", "write",
         "opened", "closed", "links")
SHAPES = {
    "record_head": "salt bytes16, id bytes16, timeNs time, policyStore string,"
    "pep pep, face string, requestId string, batch batch?",
    "pep": "kind string, name string",
    "batch": "id bytes16, item varint",
    "decision": "request request, basis basis, permitted bool, cause cause,"
    "determining string*, errors string*, undecidedForbids string*,"
    "obligations duty*, advice duty*, durationNs varint",
    # What versions add to it.
    "decision_2": "links link*",
    "decision_3": "links link*?, unnamed unnamed, evidenceList hash?",
    "unnamed": "determining varint, errors varint, undecidedForbids varint",
    "refusal": "request request, basis basis, code varint, message string",
    "explanation": "request request, basis basis, decisionId bytes16?,"
    "redacted bool",
    "activation": "policyHash string, policyVersion varint,"
    "previousHash string, artifact hash, reason string",
    "write": "revision varint, source string, count varint, entities version*",
    "opened": "software string, verifierKey string, cutBytes varint",
    "closed": "reason string",
    "links": "revision varint, linked varint, unlinked varint, change hash",
    "link": "id string, templateId string, principal uid, resource uid",
    "request": "principal uid, action uid, resource uid, context fields,"
    "entities entity*, supportedObligations string*?, demandedPolicy string,"
    "atLeastRevision varint?, maxAge age*",
    "age": "source string, ns varint",
    "basis": "policyHash string, policyVersion varint, mode mode,"
    "entityRevision varint, addedContext fields, evidence version*",
    "version": "uid uid, hash hash?",
    "duty": "name string, parameters fields",
    "entity": "uid uid, attrs fields, tags fields, parents uid*",
    "uid": "type string, id string",
    "field": "name string, value value",
}


class Reader:
    """The parts of a record, read off the front of its bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, size):
        if size > len(self.data) - self.at:
            raise ValueError("it ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def byte(self):
        return self.bytes(1)[0]

    def varint(self):
        n = shift = 0
        while True:
            byte = self.byte()
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                if shift > 7 and byte == 0 or n >> 64:
                    raise ValueError("a number is written oddly")
                return n

    def string(self):
        return self.bytes(self.varint()).decode("utf-8", "replace")

    def read(self, what):
        """`what` is a shape, a method, or either with `*` (list), `?`."""
        if what.endswith("*"):
            return [self.read(what[:-1]) for _ in range(self.varint())]
        if what.endswith("?"):
            return self.read(what[:-1]) if self.bool() else None
        if what not in SHAPES:
            return getattr(self, what)()
        parts = [part.split() for part in SHAPES[what].split(",")]
        return {name: self.read(part) for name, part in parts}

    def choice(self, names):
        choice = self.byte()
        if choice >= len(names):
            raise ValueError("it has a number that means nothing")
        return names[choice]

    def bool(self):
        return self.choice([False, True])

    def mode(self):
        return self.choice(["fail_closed", "cedar"])

    def cause(self):
        return self.choice(["permitted", "forbidden", "forbid_undecided",
                            "not_covered", "obligation_unsupported"])

    def bytes16(self):
        return self.bytes(16).hex()

    def hash(self):
        return self.bytes(32).hex()

    def time(self):
        return int.from_bytes(self.bytes(8), "little", signed=True)

    def fields(self):
        return {f["name"]: f["value"] for f in self.read("field*")}

    def integer(self):
        n = self.varint()
        return n >> 1 ^ -(n & 1)

    def value(self):
        kind = self.byte()
        if kind < 2:
            return kind == 1
        if kind == 4:
            return {"__entity": self.read("uid")}
        names = ("integer", "string", "", "value*", "fields", "decimal", "ipv4",
                 "ipv6", "datetime", "duration")
        if kind - 2 >= len(names):
            raise ValueError("it has a value of a kind that there is not")
        return self.read(names[kind - 2])

    def extension(self, fn, arg):
        return {"__extn": {"fn": fn, "arg": arg}}

    def decimal(self):
        n = self.integer()
        digits = f"{abs(n) // 10000}.{abs(n) % 10000:04}".rstrip("0")
        return self.extension("decimal", "-" * (n < 0) + digits
                              + "0" * digits.endswith("."))

    def ip(self, size):
        address, prefix = self.bytes(size), self.byte()
        if prefix > 8 * size:
            raise ValueError("it has a prefix longer than the address")
        text = str(ipaddress.ip_address(address))
        if prefix < 8 * size:
            text += f"/{prefix}"
        return self.extension("ip", text)

    def ipv4(self):
        return self.ip(4)

    def ipv6(self):
        return self.ip(16)

    def datetime(self):
        ms = {"__extn": {"fn": "duration", "arg": f"{self.integer()}ms"}}
        epoch = {"__extn": {"fn": "datetime", "arg": "1970-01-01"}}
        return {"__extn": {"fn": "offset", "args": [epoch, ms]}}

    def duration(self):
        return self.extension("duration", f"{self.integer()}ms")

    def record(self):
        version = self.byte()
        if version not in (1, 2, 3):
            return {"kind": "of a later version"}
        kind = self.choice(KINDS)
        record = {"kind": kind, **self.read("record_head"),
                  "body": self.read(kind)}
        body = record["body"]
        if version > 1 and kind == "decision":
            body.update(self.read(f"decision_{version}"))
            if version == 3 and not any(body["unnamed"].values()) \
                    and not body["evidenceList"]:
                raise ValueError("it does not need its version")
        elif version == 3 and kind == "explanation":
            body["evidenceList"] = self.hash()
        elif version != 1 + (kind == "links"):
            raise ValueError("it does not need its version")
        if body.get("evidenceList") and body["basis"]["evidence"]:
            raise ValueError("it lists its evidence twice")
        if self.at != len(self.data):
            raise ValueError("something follows it")
        return record


def cited(record):
    body = record.get("body", {})
    versions = body.get("entities", body.get("basis", {}).get("evidence", []))
    return [v["hash"] for v in versions if v["hash"]] + (
        [body[name] for name in ("artifact", "change", "evidenceList")
         if body.get(name)])


def decompress(data):
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    for name in "ZSTD_getFrameContentSize", "ZSTD_decompress":
        getattr(zstd, name).restype = ctypes.c_ulonglong
    size = zstd.ZSTD_getFrameContentSize(data, ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(min(size, 1 << 28))
    got = zstd.ZSTD_decompress(out, ctypes.c_size_t(len(out)), data,
                               ctypes.c_size_t(len(data)))
    if got != size:
        raise ValueError("a compressed frame is damaged")
    return out.raw


def frames(data, is_last=False):
    """The type, position and payload of each frame."""
    at = 0
    while data[at : at + 8].strip(b"\0"):
        size, crc = struct.unpack_from("<II", data, at)
        end = at + 15 + size
        payload, place = data[at + 16 : end], data[at + 8 : at + 16]
        next_frame = (end + 7) // 8 * 8
        if (size == 0 or len(payload) + 1 != size
                or crc32c(payload + place) != crc
                or data[end:next_frame].strip(b"\0")):
            raise ValueError(f"the frame at byte {at} is damaged")
        yield place[0], int.from_bytes(place[1:], "little"), payload
        at = next_frame
    if data[at:].strip(b"\0") and not is_last:
        raise ValueError(f"something stands behind byte {at}")


def read_checkpoint(note, keys):
    text, signatures = note.rsplit("\n\n", 1)
    origin, size, root = text.split("\n")
    trusted = False
    for line in signatures.rstrip("\n").split("\n"):
        _, name, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        key = keys.get((name, blob[:4]))
        if key and not is_signed(key, (text + "\n").encode(), blob[4:]):
            raise ValueError("a signature is wrong")
        trusted = trusted or key is not None
    if not trusted:
        raise ValueError("no trusted key signed a checkpoint")
    return origin, int(size), base64.b64decode(root, validate=True)


def read_key(vkey):
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    if sha256(name.encode(), b"\n", key)[:4].hex() != key_id or key[0] != 1:
        raise ValueError(f"{vkey} is not an Ed25519 key")
    return (name, bytes.fromhex(key_id)), key[1:]


def read_log(directory, vkeys, show):
    """Calls `show` for each record, and returns how many are signed for.

    Raises ValueError if anything is wrong.
    """
    def read(name):
        with open(os.path.join(directory, name), "rb") as file:
            return file.read()

    keys = dict(map(read_key, vkeys))
    notes = read("checkpoints").decode().split("\n\n")
    if notes.pop() != "" or len(notes) % 2 or not notes:
        raise ValueError("`checkpoints` has no whole checkpoint at its end")
    notes = [f"{text}\n\n{signatures}\n"
             for text, signatures in zip(notes[::2], notes[1::2])]
    if read("checkpoint").decode() not in notes:
        raise ValueError("`checkpoint` is not among `checkpoints`")
    checkpoints = [read_checkpoint(note, keys) for note in notes]
    origins = {origin for origin, _, _ in checkpoints}
    sizes = [size for _, size, _ in checkpoints]
    if sizes != sorted(sizes):
        raise ValueError("the checkpoints are not in order")

    tree, evidence, waiting = Tree(), set(), list(checkpoints)

    def take(kind, position, payload):
        if position != tree.size:
            raise ValueError(f"record {tree.size} is not where it must be")
        if kind == 2:
            evidence.add(sha256(payload).hex())
        elif kind == 3:
            record = Reader(payload).record()
            missing = set(cited(record)) - evidence
            if missing:
                raise ValueError(f"record {position} cites {missing.pop()}, "
                                 "which is not there")
            tree.append(payload)
            show({"index": position, **record})
        elif kind == 4:
            for frame in frames(decompress(payload)):
                take(*frame)
        while waiting and waiting[0][1] <= tree.size:
            if waiting.pop(0)[2] != tree.root():
                raise ValueError(f"the first {tree.size} records are not those "
                                 "that were signed")

    names = sorted(n for n in os.listdir(directory)
                   if n.endswith(".log") and n[:-4].isdigit())
    for number, name in enumerate(names, 1):
        try:
            segment = list(frames(read(name), number == len(names)))
            if not segment and number == len(names):
                continue
            header = Reader(segment[0][2] if segment else b"")
            if (int(name[:-4]) != number or header.bytes(9) != b"SEKISHO\n\1"
                    or header.varint() != number
                    or {header.string()} != origins):
                raise ValueError("this is another segment or another log")
            for i, frame in enumerate(segment):
                if (frame[0] == 1) != (i == 0):
                    raise ValueError("the header is not where it must be")
                take(*frame)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    if waiting:
        raise ValueError(f"a checkpoint is of {waiting[0][1]} records, and the "
                         f"log has {tree.size}")
    return tree.size, sizes[-1]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        size, signed = read_log(
            sys.argv[1], sys.argv[2:],
            lambda r: print(json.dumps(r, ensure_ascii=False, sort_keys=True)))
    except (ValueError, OSError, RecursionError) as error:
        sys.exit(f"read_log: {error}")
    print(f"{size} records; the first {signed} are signed for", file=sys.stderr)


if __name__ == "__main__":
    main()
