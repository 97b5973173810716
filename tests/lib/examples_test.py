"""An example of libsekisho beside a running sekishod."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

SEKISHOD, SEKISHO, LIBRARY, POLICIES, EXAMPLE = (
    os.path.abspath(path) for path in sys.argv[1:6]
)

def uid(type_, id_):
    return {"__entity": {"type": type_, "id": id_}}


REQUEST = {
    "principal": 'Person::"physician-1"',
    "action": 'Action::"view"',
    "resource": 'Record::"medical-record-patient-1"',
    "context": {
        "situation": uid("Situation", "firstVisit"),
        "location": uid("Location", "hospital"),
        "network": uid("Network", "encryptedPublic"),
        "device": uid("Device", "pc-hospital-1"),
        "subjectCount": 1,
        "authentication": {
            "factors": [uid("Factor", "knowledge"), uid("Factor", "facilityEntry")]
        },
    },
}


class ExampleTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.data = os.path.join(self.directory.name, "pep")
        self.server = subprocess.Popen(
            [SEKISHOD, "--listen", "127.0.0.1:0", "--data", self.path("server")],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.server.stdout.close)
        self.addCleanup(self.stop)
        address = re.fullmatch(
            r"listening on (\S+)\n", self.server.stdout.readline()
        )[1]
        self.sekisho("demo", "--server", address, "--policies", POLICIES)

    def stop(self, signal_=signal.SIGTERM):
        self.server.send_signal(signal_)
        self.server.wait()

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def sekisho(self, *args):
        done = subprocess.run(
            [SEKISHO, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def decide(self, request, store="server/store"):
        with open(self.path("request.json"), "w", encoding="utf-8") as file:
            json.dump(request, file)
        command = [self.path(store), self.data, self.path("request.json")]
        if EXAMPLE.endswith(".py"):
            command = [sys.executable, EXAMPLE, LIBRARY] + command
        else:
            command = [EXAMPLE] + command
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def test_decides_and_logs(self):
        done = self.decide(REQUEST)
        self.assertEqual(done.returncode, 0, done.stderr)
        decision = json.loads(done.stdout)
        self.assertEqual(decision["decision"], "permit")
        self.assertEqual(decision["cause"], "permitted")
        self.assertEqual([p["id"] for p in decision["determining"]], ["①-1"])
        self.assertEqual(
            decision["obligations"],
            [{"name": "limit-subjects", "parameters": {"count": 1}}],
        )
        self.assertEqual(decision["policy_version"], 1)

        at_home = json.loads(json.dumps(REQUEST))
        at_home["context"]["location"] = uid("Location", "home")
        done = self.decide(at_home)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(json.loads(done.stdout)["cause"], "not covered")

        # A writer that is gone is not missed.
        self.stop(signal.SIGKILL)
        self.assertEqual(self.decide(REQUEST).returncode, 0)

        log = self.data + "/log"
        self.assertRegex(
            self.sekisho("log", "verify", log), "the log is what was written"
        )
        self.assertRegex(self.sekisho("replay", log), "3 of them replayed: 3 same")

    def test_what_is_not_decided(self):
        done = self.decide({**REQUEST, "action": 'Action::"fly"'})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "action: ")
        done = self.decide(REQUEST, store="elsewhere")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "there is no store in ")

    def test_exports_the_interface_alone(self):
        symbols = subprocess.run(
            ["nm", "-D", "--defined-only", LIBRARY],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.split("\n")
        names = sorted(line.split()[-1] for line in symbols if line)
        self.assertEqual(
            names,
            [
                "sekisho_" + name
                for name in (
                    "close decide decode error free open refresh version".split()
                )
            ],
        )
        needed = subprocess.run(
            ["readelf", "-d", LIBRARY], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        self.assertNotRegex(needed, "grpc")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
