// The `sekisho` command line.
#include <CLI/CLI.hpp>

#include "cli/command.h"

int main(int argc, char** argv) {
  CLI::App app(
      "Sekisho: access control from use-case matrices and Cedar rules.");
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done (decide: permit), 1 errors in the sources or a "
      "failure,\n2 denied (decide), 3 wrong command line.");
  int status = sekisho::kExitOk;
  sekisho::AddMatrixCommand(&app, &status);
  sekisho::AddBenchCommand(&app, &status);
  sekisho::AddCheckCommand(&app, &status);
  sekisho::AddCompileCommand(&app, &status);
  sekisho::AddConformanceCommand(&app, &status);
  sekisho::AddConvertCommand(&app, &status);
  sekisho::AddDecideCommand(&app, &status);
  sekisho::AddEntitiesCommand(&app, &status);
  sekisho::AddExplainCommand(&app, &status);
  sekisho::AddDemoCommand(&app, &status);
  sekisho::AddFmtCommand(&app, &status);
  sekisho::AddGraphCommand(&app, &status);
  sekisho::AddLinkCommand(&app, &status);
  sekisho::AddLintCommand(&app, &status);
  sekisho::AddLoadCommand(&app, &status);
  sekisho::AddLogCommand(&app, &status);
  sekisho::AddLspCommand(&app, &status);
  sekisho::AddPolicyCommand(&app, &status);
  sekisho::AddReplayCommand(&app, &status);
  sekisho::AddTestCommand(&app, &status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? sekisho::kExitOk : sekisho::kExitUsage;
  }
  return status;
}
