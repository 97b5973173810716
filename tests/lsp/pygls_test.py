"""The language server driven by pygls: each answer has the protocol's types.

usage: pygls_test.py SEKISHO HEALTHCARE

pygls is no package of Debian 12. Where it is not installed and cannot be
fetched, the test says so and is skipped.
"""

import asyncio
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SEKISHO, HEALTHCARE = (os.path.abspath(path) for path in sys.argv[1:3])
PACKAGE = "pygls==2.1.1"
PATIENCE_SECONDS = 60


def import_pygls(folder):
    """Whether it can be imported, from `folder` if need be."""
    try:
        importlib.import_module("pygls.lsp.client")
        return True
    except ImportError:
        pass
    fetched = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, PACKAGE],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    return fetched.returncode == 0


class PyglsTest(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        if not import_pygls(os.path.join(cls.folder.name, "packages")):
            raise unittest.SkipTest(f"{PACKAGE} is not installed and cannot be fetched")
        cls.policies = os.path.join(cls.folder.name, "policies")
        os.mkdir(cls.policies)
        for source, target in (
            ("healthcare.cedarschema", "healthcare.cedarschema"),
            ("obligations.tsv", "obligations.tsv"),
            ("golden/policies.cedar", "rules.cedar"),
        ):
            shutil.copyfile(
                os.path.join(HEALTHCARE, source), os.path.join(cls.policies, target)
            )

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    async def asyncSetUp(self):
        from lsprotocol import types
        from pygls.lsp.client import LanguageClient

        self.types = types
        self.client = LanguageClient("test", "1")
        self.published = asyncio.Queue()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def publish(params):
            await self.published.put(params)

        await self.client.start_io(SEKISHO, "lsp")
        self.server = await self.client.initialize_async(
            types.InitializeParams(capabilities=types.ClientCapabilities())
        )
        self.uri = "file://" + os.path.join(self.policies, "rules.cedar")
        with open(os.path.join(self.policies, "rules.cedar")) as rules:
            self.lines = rules.read().split("\n")
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(
                types.TextDocumentItem(self.uri, "cedar", 1, "\n".join(self.lines))
            )
        )

    async def asyncTearDown(self):
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    async def wait_for(self, holds):
        """The first published diagnostics of which that holds."""
        while True:
            params = await asyncio.wait_for(self.published.get(), PATIENCE_SECONDS)
            if params.uri == self.uri and holds(params):
                return params.diagnostics

    def place(self, text, into):
        for number, line in enumerate(self.lines):
            if text in line:
                column = line.index(text) + into
                before = line[:column].encode("utf-16-le")
                return self.types.Position(number, len(before) // 2)
        raise KeyError(text)

    def about(self, text, into):
        return {
            "text_document": self.types.TextDocumentIdentifier(self.uri),
            "position": self.place(text, into),
        }

    async def test_answers_have_the_protocols_types(self):
        types = self.types
        self.assertEqual(self.server.capabilities.position_encoding, "utf-16")
        about = self.about("principal.roles.contains", 12)
        hover = await self.client.text_document_hover_async(types.HoverParams(**about))
        self.assertIn("Person.roles: Set<Role>", hover.contents.value)
        definition = await self.client.text_document_definition_async(
            types.DefinitionParams(**about)
        )
        self.assertTrue(definition[0].uri.endswith("healthcare.cedarschema"))
        references = await self.client.text_document_references_async(
            types.ReferenceParams(types.ReferenceContext(False), **about)
        )
        self.assertEqual(len(references), sum(line.count(".roles") for line in self.lines))
        completion = await self.client.text_document_completion_async(
            types.CompletionParams(**about)
        )
        self.assertIn("roles", [item.label for item in completion.items])
        rename = await self.client.text_document_rename_async(
            types.RenameParams(new_name="jobs", **about)
        )
        self.assertEqual(len(rename.changes[self.uri]), len(references))
        formatting = await self.client.text_document_formatting_async(
            types.DocumentFormattingParams(
                types.TextDocumentIdentifier(self.uri), types.FormattingOptions(2, True)
            )
        )
        self.assertIsInstance(formatting, (list, tuple))

    async def test_errors_come_and_go_with_a_fix(self):
        types = self.types
        document = types.VersionedTextDocumentIdentifier(2, self.uri)

        def errors(params):
            return [d for d in params.diagnostics if d.severity == types.DiagnosticSeverity.Error]

        def change(version, begin, end, text):
            document.version = version
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    document,
                    [types.TextDocumentContentChangePartial(types.Range(begin, end), text)],
                )
            )

        begin = self.place("principal.roles", 10)
        after = types.Position(begin.line, begin.character + 1)
        change(2, begin, after, "")
        found = await self.wait_for(lambda p: p.version == 2 and errors(p))
        self.assertIn("`Person` has no attribute `oles`", found[0].message)
        actions = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(self.uri),
                types.Range(begin, begin),
                types.CodeActionContext([]),
            )
        )
        self.assertEqual([action.title for action in actions], ["write `roles`"])
        change(3, begin, begin, "r")
        await self.wait_for(lambda p: p.version == 3 and not errors(p))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
