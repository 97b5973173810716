"""sekisho_client.py against a running sekishod."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc

from sekisho_client import Client, Uid, entity, record, uid, value

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

    def request(self, person, **context):
        return {
            "principal": uid("Person", person),
            "action": uid("Action", "view"),
            "resource": uid("Record", "chart-7"),
            "context": record({"location": "hospital", **context}),
        }

    def decide(self, person, **context):
        return self.client.call(
            DECISIONS, "Decide", self.request(person, **context)
        )

    def assertRefused(self, request, code, details):
        with self.assertRaises(grpc.RpcError) as caught:
            self.client.call(DECISIONS, "Decide", request)
        self.assertEqual(caught.exception.code(), code)
        self.assertRegex(caught.exception.details(), details)

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

    def test_a_pinned_policy(self):
        active = self.decide("patient-1")["policy_hash"]
        request = self.request("patient-1")
        answer = self.client.call(
            DECISIONS, "Decide", {**request, "policy_hash": active}
        )
        self.assertEqual(answer["decision"], "PERMIT")
        self.assertRefused(
            {**request, "policy_hash": "0" * 64},
            grpc.StatusCode.NOT_FOUND,
            "does not hold the policy 0",
        )

    def test_entities_of_the_request(self):
        chart = entity(
            uid("Record", "chart-7"),
            {"owner": Uid("Person", "patient-2"), "grades": {"A"}},
        )
        request = self.request("patient-2")
        answer = self.client.call(
            DECISIONS, "Decide", {**request, "entities": [chart]}
        )
        self.assertEqual(answer["decision"], "PERMIT")
        self.assertEqual(self.decide("patient-2")["decision"], "DENY")

    def test_freshness(self):
        request = self.request("patient-1")
        revision = int(self.decide("patient-1")["entity_revision"])
        self.client.call(
            DECISIONS, "Decide", {**request, "at_least_as_fresh": revision}
        )
        self.assertRefused(
            {**request, "at_least_as_fresh": revision + 1000},
            grpc.StatusCode.FAILED_PRECONDITION,
            "^at_least_as_fresh: ",
        )

    def test_a_retry_is_the_same_decision(self):
        request = {**self.request("patient-1"), "request_id": "retry"}
        first = self.client.call(DECISIONS, "Decide", request)
        self.assertEqual(self.client.call(DECISIONS, "Decide", request), first)
        self.assertRefused(
            {**self.request("patient-2"), "request_id": "retry"},
            grpc.StatusCode.INVALID_ARGUMENT,
            "^request_id: `retry` was used for another request$",
        )

    def test_what_an_explanation_suggests_helps(self):
        request = self.request("patient-1", location="home")
        answer = self.client.call(
            DECISIONS,
            "Explain",
            {"request": request, "detail": "FULL", "languages": ["ja"]},
        )
        self.assertEqual(answer["cause"], "NOT_COVERED")
        (text,) = answer["texts"]
        self.assertIn("拒否", text["text"])
        (nearest,) = answer["full"]["nearest"]
        self.assertEqual(nearest["policy"]["use_case"], "①-1")
        (edit,) = nearest["plan"]
        self.assertEqual(
            (edit["owner"], edit["operation"], edit["attributes"]),
            ("CONTEXT", "ASSIGN", ["location"]),
        )
        changed = {
            **request,
            "context": {
                "attributes": [
                    {"name": edit["attributes"][0], "value": edit["value"]}
                ]
            },
        }
        decision = self.client.call(DECISIONS, "Decide", changed)
        self.assertEqual(decision["decision"], "PERMIT")

    def test_a_logged_decision_is_explained(self):
        denied = self.decide("patient-2")
        answer = self.client.call(
            DECISIONS,
            "Explain",
            {"logged": {"decision_id": denied["decision_id"]}},
        )
        self.assertEqual(answer["decision"], "DENY")
        self.assertEqual(answer["decision_id"], denied["decision_id"])
        self.assertNotIn("full", answer)
        self.assertNotIn("own", json.dumps(answer["texts"]))

    def test_a_batch_with_defaults(self):
        answer = self.client.call(
            DECISIONS,
            "DecideBatch",
            {
                "defaults": self.request("patient-1"),
                "items": [
                    {},
                    {"principal": uid("Person", "patient-2")},
                    {"context": record({"location": "street"})},
                    {"context": record({"location": 7})},
                ],
            },
        )
        decisions = [
            result.get("decision", {}).get("decision")
            for result in answer["results"]
        ]
        self.assertEqual(decisions, ["PERMIT", "DENY", "DENY", None])
        self.assertEqual(answer["results"][3]["error"]["code"], 3)
        self.assertEqual(len(answer["policy_hash"]), 64)

    def test_a_stream(self):
        persons = [f"patient-{i % 3}" for i in range(500)]
        results = self.client.stream(
            DECISIONS,
            "DecideStream",
            (
                {**self.request(person), "request_id": f"stream-{i}"}
                for i, person in enumerate(persons)
            ),
        )
        for i, result in enumerate(results):
            decision = result["decision"]
            self.assertEqual(decision["request_id"], f"stream-{i}")
            self.assertEqual(decision["decision"] == "PERMIT", i % 3 == 1)
        self.assertEqual(i, len(persons) - 1)

    def activate(self, store):
        """The same policies in a policy store of their own."""
        artifact = self.client.call(
            POLICIES, "Get", {"include_artifact": True}
        )["artifact"]
        answer = self.client.call(
            POLICIES, "Activate", {**store, "artifact": artifact}
        )
        return answer["activation"]["hash"]

    def test_a_rollback(self):
        store = {"policy_store": "rollback"}
        self.activate(store)
        active = self.activate(store)
        with self.assertRaises(grpc.RpcError) as caught:
            self.client.call(POLICIES, "Rollback", store)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
        answer = self.client.call(
            POLICIES,
            "Rollback",
            {**store, "hash": active, "expected_hash": active},
        )
        self.assertEqual(answer["activation"]["version"], "3")

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

    def test_writes(self):
        store = {"policy_store": "writes"}
        self.activate(store)
        ward, nurse = uid("Ward", "w"), uid("Person", "nurse")
        written = self.client.call(
            ENTITIES,
            "Write",
            {
                **store,
                "mutations": [
                    {"put": entity(ward, {})},
                    {"put": entity(nurse, {"level": 1, "wing": "east"})},
                    {
                        "patch": {
                            "uid": nurse,
                            "set_attributes": record({"level": 2}),
                            "removed_attributes": ["wing"],
                            "added_parents": [ward],
                        }
                    },
                    {"delete": ward},
                ],
                "expected_revision": "0",
                "source": "staff",
                "watermark": "2026-04-01T00:00:00Z",
            },
        )
        self.assertEqual(written["revision"], "1")
        read = self.client.call(
            ENTITIES, "Read", {**store, "uids": [ward, nurse]}
        )
        self.assertNotIn("entity", read["results"][0])
        patched = read["results"][1]["entity"]
        self.assertEqual(
            patched["attributes"]["attributes"],
            [{"name": "level", "value": {"long_value": "2"}}],
        )
        self.assertEqual(patched["parents"], [ward])
        with self.assertRaises(grpc.RpcError) as caught:
            self.client.call(
                ENTITIES,
                "Write",
                {
                    **store,
                    "mutations": [{"delete": nurse}],
                    "expected_revision": "0",
                },
            )
        self.assertEqual(caught.exception.code(), grpc.StatusCode.ABORTED)

    def test_an_import_goes_on_where_it_was_and_is_exported(self):
        people = [uid("Person", f"p{i}") for i in range(5)]

        def chunk(first, count):
            puts = [{"put": entity(p, {})} for p in people[first:][:count]]
            return {"chunk": {"sequence": str(first), "mutations": puts}}

        store = {"policy_store": "import"}
        self.activate(store)
        header = {"header": {**store, "import_id": "census"}}
        first = list(
            self.client.stream(ENTITIES, "Import", [header, chunk(0, 2)])
        )
        self.assertEqual(first[-1]["applied"], "2")
        rest = list(
            self.client.stream(
                ENTITIES,
                "Import",
                # The second is sent twice and applied once.
                [header, chunk(1, 4), {"end": {"total": "5"}}],
            )
        )
        self.assertEqual(rest[0]["applied"], "2")
        self.assertTrue(rest[-1]["complete"])
        exported = list(
            self.client.stream(ENTITIES, "Export", [store])
        )
        self.assertEqual(
            [e["uid"] for answer in exported for e in answer["entities"]],
            people,
        )

    def test_links(self):
        friend, chart = uid("Person", "friend"), uid("Record", "chart-7")
        link = {
            "id": "of-friend",
            "template_id": "shared",
            "principal": friend,
            "resource": chart,
        }
        self.assertEqual(self.decide("friend")["decision"], "DENY")
        linked = self.client.call(POLICIES, "Link", {"links": [link]})
        answer = self.decide("friend")
        self.assertEqual(answer["decision"], "PERMIT")
        self.assertEqual(answer["determining"][0]["id"], "of-friend")
        self.assertGreaterEqual(
            int(answer["entity_revision"]), int(linked["revision"])
        )
        listed = self.client.call(POLICIES, "ListLinks", {})
        self.assertEqual(listed["links"], [link])
        self.client.call(POLICIES, "Unlink", {"ids": ["of-friend"]})
        self.assertEqual(self.decide("friend")["decision"], "DENY")

    def test_obligations(self):
        answer = self.decide("patient-1")
        self.assertEqual(
            answer["obligations"],
            [
                {
                    "name": "watermark",
                    "parameters": record({"text": "hospital"}),
                }
            ],
        )
        self.assertEqual(answer["advice"], [{"name": "thank", "parameters": {}}])
        request = self.request("patient-1")
        for names, decision in ((["watermark"], "PERMIT"), ([], "DENY")):
            answer = self.client.call(
                DECISIONS,
                "Decide",
                {**request, "supported_obligations": {"names": names}},
            )
            self.assertEqual(answer["decision"], decision)
        self.assertEqual(answer["cause"], "OBLIGATION_UNSUPPORTED")
        self.assertEqual(answer["unsupported_obligations"], ["watermark"])

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
