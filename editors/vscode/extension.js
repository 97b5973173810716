// Starts `sekisho lsp` and gives it the files that it knows.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function activate() {
  const command = vscode.workspace.getConfiguration("sekisho").get("path");
  client = new LanguageClient(
    "sekisho",
    "Sekisho",
    { command, args: ["lsp"] },
    {
      documentSelector: ["cedar", "cedarschema", "sekisho-table"].map((language) => ({
        scheme: "file",
        language,
      })),
      synchronize: {
        // Files that are not open count as they are on disk.
        fileEvents: vscode.workspace.createFileSystemWatcher(
          "**/*.{cedar,cedarschema,tsv,txt,json}"
        ),
      },
    }
  );
  return client.start();
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
