#!/usr/bin/env python3
"""How long an author waits for `sekisho lsp` among many policies.

usage: lsp_latency.py SEKISHO HEALTHCARE [--policies N] [--files N] [--edits N]

Makes a folder of N policies, those of HEALTHCARE/golden again and again under
other ids, opens a file, asks for all references of a type as soon as something
is said of that file, which waits until all files have been read, types
conditions into policies of it character by character, and prints for each kind
of answer the median, the 99th percentile and the longest time in milliseconds.
While a string is being written, all that follows it means something else; these
edits count too. Each policy has a reference or two to what is asked for.

  bazel build --config=release //cli:sekisho
  bench/lsp_latency.py bazel-bin/cli/sekisho policies/healthcare
"""

import argparse
import json
import math
import os
import random
import re
import shutil
import subprocess
import tempfile
import time

TYPED = 'context has "location" && '
ASKED = (
    "hover",
    "definition",
    "completion",
    "codeAction",
    "references",
    "prepareRename",
    "rename",
)


class Server:
    """The command, as a client sees it."""

    def __init__(self, sekisho):
        self.process = subprocess.Popen(
            [sekisho, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.requests = 0

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def receive(self):
        length = int(self.process.stdout.readline().split(b":")[1])
        self.process.stdout.readline()
        return self.process.stdout.read(length)

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def request(self, method, params):
        """Returns the answer, and the seconds until it came."""
        self.requests += 1
        begin = time.perf_counter()
        self.send({"id": self.requests, "method": method, "params": params})
        while True:
            body = self.receive()
            came = time.perf_counter()
            message = json.loads(body)
            if message.get("id") == self.requests:
                return message["result"], came - begin

    def wait_for_diagnostics(self, uri, version):
        """Returns when they came, before looking into them."""
        while True:
            body = self.receive()
            came = time.perf_counter()
            params = json.loads(body).get("params", {})
            if params.get("uri") == uri and params.get("version") == version:
                return came

    def stop(self):
        self.request("shutdown", None)
        self.notify("exit", None)
        if self.process.wait() != 0:
            raise SystemExit("sekisho lsp failed")


def write_folder(folder, healthcare, policies, files):
    """Returns the path of the first file of policies."""
    with open(os.path.join(healthcare, "golden", "policies.cedar")) as source:
        texts = [part for part in re.split(r"(?m)^(?=@id)", source.read()) if "permit" in part]
    for name in ("healthcare.cedarschema", "obligations.tsv"):
        shutil.copy(os.path.join(healthcare, name), folder)
    paths = [os.path.join(folder, f"rules{i}.cedar") for i in range(files)]
    for i, path in enumerate(paths):
        with open(path, "w") as out:
            for n in range(i, policies, files):
                text = texts[n % len(texts)]
                out.write(re.sub(r"@id\(.*\)", f'@id("policy {n}")', text, count=1))
    return paths[0]


class Times:
    def __init__(self):
        self.seconds = {}

    def add(self, what, seconds):
        self.seconds.setdefault(what, []).append(seconds)

    def print(self):
        print(f"{'':28}{'n':>6}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
        for what, all_seconds in self.seconds.items():
            ordered = sorted(all_seconds)
            row = [
                ordered[math.ceil(share * len(ordered)) - 1] * 1000
                for share in (0.5, 0.99, 1)
            ]
            print(f"{what:28}{len(ordered):6}" + "".join(f"{ms:10.2f}" for ms in row))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sekisho")
    parser.add_argument("healthcare")
    parser.add_argument("--policies", type=int, default=10000)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--edits", type=int, default=20, help="conditions typed")
    options = parser.parse_args()

    draw = random.Random(1)
    times = Times()
    with tempfile.TemporaryDirectory() as folder:
        path = write_folder(folder, options.healthcare, options.policies, options.files)
        uri = "file://" + path
        with open(path) as source:
            lines = source.read().split("\n")
        places = [i for i, line in enumerate(lines) if line.startswith("when {")]
        server = Server(options.sekisho)
        server.request("initialize", {"capabilities": {}})
        begin = time.perf_counter()
        server.notify(
            "textDocument/didOpen",
            {
                "textDocument": {
                    "uri": uri,
                    "languageId": "cedar",
                    "version": 1,
                    "text": "\n".join(lines),
                }
            },
        )
        times.add("open", server.wait_for_diagnostics(uri, 1) - begin)
        document = {"uri": uri, "version": 1}

        def place(line, character):
            return {"line": line, "character": character}

        def edit(line, first, last, text):
            document["version"] += 1
            edited = {"start": place(line, first), "end": place(line, last)}
            change = {"range": edited, "text": text}
            begin = time.perf_counter()
            server.notify(
                "textDocument/didChange",
                {"textDocument": document, "contentChanges": [change]},
            )
            return server.wait_for_diagnostics(uri, document["version"]) - begin

        def ask(method, line, character, what=None):
            answer, seconds = server.request(
                "textDocument/" + method,
                {
                    "textDocument": {"uri": uri},
                    "position": {"line": line, "character": character},
                    "range": {"start": place(line, 0), "end": place(line, character)},
                    "context": {"includeDeclaration": True, "diagnostics": []},
                    "newName": "renamed",
                },
            )
            times.add(what or method, seconds)
            if answer is None:
                raise SystemExit(f"{method} found nothing")

        types = [i for i, line in enumerate(lines) if line.startswith("  principal is ")]
        ask("references", types[0], len("  principal is P"), "references, all read")
        column = len("when {")
        for _ in range(options.edits):
            line = draw.choice(places)
            for i, character in enumerate(TYPED):
                at = column + i
                in_string = TYPED[: i + 1].count('"') % 2 == 1
                what = "type, a string being open" if in_string else "type"
                times.add(what, edit(line, at, at, character))
            for method in ASKED:
                ask(method, line, column + TYPED.index("location") + 2)
            times.add("delete", edit(line, column, column + len(TYPED), ""))
        server.stop()
    print(f"{options.policies} policies in {options.files} files")
    times.print()


if __name__ == "__main__":
    main()
