"""sekisho_client.py against a running sekishod."""

import base64
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc

from sekisho_client import Client, Uid, record, uid, value

SEKISHOD, SEKISHO, CLIENT = (os.path.abspath(path) for path in sys.argv[1:4])

POLICY = os.path.join(os.path.dirname(CLIENT), "policy")

DECISIONS = "sekisho.v1.DecisionService"
ENTITIES = "sekisho.v1.EntityService"
POLICIES = "sekisho.v1.PolicyService"


class PythonClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = tempfile.TemporaryDirectory()
        cls.server = subprocess.Popen(
            [SEKISHOD, "--listen", "127.0.0.1:0", "--data", cls.data.name + "/store"],
            stdout=subprocess.PIPE,
            text=True,
        )
        cls.address = re.fullmatch(
            r"listening on (\S+)\n", cls.server.stdout.readline()
        )[1]
        cls.client = Client(cls.address)
        compiled = os.path.join(cls.data.name, "test.sekisho")
        subprocess.run(
            [SEKISHO, "compile", POLICY, "-o", compiled],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with open(compiled, "rb") as artifact:
            cls.client.call(
                POLICIES,
                "Activate",
                {"artifact": base64.b64encode(artifact.read()).decode()},
            )
        cls.client.call(
            ENTITIES,
            "Write",
            {
                "mutations": [
                    {
                        "put": {
                            "uid": uid("Record", "chart-7"),
                            "attributes": record(
                                {
                                    "owner": Uid("Person", "patient-1"),
                                    "grades": {"A", "B"},
                                }
                            ),
                        }
                    }
                ]
            },
        )

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.send_signal(signal.SIGTERM)
        status = cls.server.wait(timeout=30)
        cls.server.stdout.close()
        cls.data.cleanup()
        assert status == 0, f"sekishod ended with {status}"

    def decide(self, person, **context):
        return self.client.call(
            DECISIONS,
            "Decide",
            {
                "principal": uid("Person", person),
                "action": uid("Action", "view"),
                "resource": uid("Record", "chart-7"),
                "context": record({"location": "hospital", **context}),
            },
        )

    def test_services(self):
        services = self.client.services()
        for service in (DECISIONS, ENTITIES, POLICIES):
            self.assertIn(service, services)
        self.assertIn("Decide", self.client.methods(DECISIONS))

    def test_permit(self):
        answer = self.decide("patient-1")
        self.assertEqual(answer["decision"], "PERMIT")
        self.assertEqual(answer["cause"], "PERMITTED")
        self.assertEqual(answer["determining"][0]["id"], "own")
        self.assertEqual(answer["determining"][0]["use_case"], "①-1")
        self.assertEqual(answer["determining"][0]["source"], "rules.cedar")
        self.assertEqual(len(answer["policy_hash"]), 64)

    def test_denials(self):
        for person, location, cause in (
            ("patient-2", "hospital", "NOT_COVERED"),
            ("patient-1", "home", "NOT_COVERED"),
            ("patient-1", "street", "FORBIDDEN"),
        ):
            answer = self.decide(person, location=location)
            self.assertEqual(answer["decision"], "DENY")
            self.assertEqual(answer["cause"], cause)

    def test_errors_name_the_field(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.decide("patient-1", location=7)
        self.assertEqual(
            caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT
        )
        self.assertRegex(caught.exception.details(), "^context.location: ")

    def test_entities_are_read_back(self):
        answer = self.client.call(
            ENTITIES, "Read", {"uids": [uid("Record", "chart-7")]}
        )
        entity = answer["results"][0]["entity"]
        self.assertEqual(
            entity["attributes"],
            {
                "attributes": [
                    {"name": "grades", "value": value(["A", "B"])},
                    {
                        "name": "owner",
                        "value": value(Uid("Person", "patient-1")),
                    },
                ]
            },
        )

    def test_from_the_shell(self):
        def run(*arguments):
            return subprocess.run(
                [sys.executable, CLIENT, self.address, *arguments],
                capture_output=True,
                text=True,
                timeout=60,
            )

        self.assertIn(DECISIONS, run().stdout.splitlines())
        policy = run(POLICIES, "Get", "{}")
        self.assertEqual(policy.returncode, 0, policy.stderr)
        self.assertIn('"use_case": "①-1"', policy.stdout)
        refused = run(DECISIONS, "Decide", "{}")
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(
            refused.stderr, "INVALID_ARGUMENT: principal: is not set\n"
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
