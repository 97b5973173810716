// What the commands of `sekisho` share.
#ifndef SEKISHO_CLI_COMMAND_H_
#define SEKISHO_CLI_COMMAND_H_

#include <CLI/CLI.hpp>

namespace sekisho {

// Exit statuses of every command; documented in `sekisho --help`.
inline constexpr int kExitOk = 0;
// The sources have errors, or something could not be read, written or reached.
inline constexpr int kExitFailed = 1;
// `decide`, `explain`: the answer is a denial.
inline constexpr int kExitDenied = 2;
// The command line is wrong.
inline constexpr int kExitUsage = 3;

// Each adds its command to `app`; when the command is run, its exit status is
// put into *status.
void AddMatrixCommand(CLI::App* app, int* status);
void AddBenchCommand(CLI::App* app, int* status);
void AddCheckCommand(CLI::App* app, int* status);
void AddCompileCommand(CLI::App* app, int* status);
void AddConformanceCommand(CLI::App* app, int* status);
void AddConvertCommand(CLI::App* app, int* status);
void AddDecideCommand(CLI::App* app, int* status);
void AddDemoCommand(CLI::App* app, int* status);
void AddEntitiesCommand(CLI::App* app, int* status);
void AddExplainCommand(CLI::App* app, int* status);
void AddFmtCommand(CLI::App* app, int* status);
void AddGraphCommand(CLI::App* app, int* status);
void AddLinkCommand(CLI::App* app, int* status);
void AddLintCommand(CLI::App* app, int* status);
void AddLoadCommand(CLI::App* app, int* status);
void AddLogCommand(CLI::App* app, int* status);
void AddLspCommand(CLI::App* app, int* status);
void AddPolicyCommand(CLI::App* app, int* status);
void AddReplayCommand(CLI::App* app, int* status);
void AddTestCommand(CLI::App* app, int* status);

}  // namespace sekisho

#endif  // SEKISHO_CLI_COMMAND_H_
