// `sekisho link`.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "compiler/cedar/printer.h"
#include "compiler/cedar/template.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/links/links.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/model/json.h"
#include "engine/model/link.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct LinkCommand {
  std::string policies;
  std::string template_id;
  std::string new_id;
  std::string principal;
  std::string resource;
  std::string print;
  bool json = false;
};

int Fail(absl::string_view message) {
  std::cerr << "error: " << message << "\n";
  return kExitFailed;
}

absl::StatusOr<TemplateLink> WantedLink(const LinkCommand& command) {
  TemplateLink link;
  link.template_id = command.template_id;
  link.id = command.new_id;
  if (!command.principal.empty()) {
    ASSIGN_OR_RETURN(link.principal, UidFromText(command.principal));
  }
  if (!command.resource.empty()) {
    ASSIGN_OR_RETURN(link.resource, UidFromText(command.resource));
  }
  return link;
}

// The folder with the table of links replaced.
absl::StatusOr<PolicyFolder> WithTable(const PolicyFolder& folder,
                                       const std::string& table) {
  std::vector<std::pair<std::string, std::string>> files;
  for (SourceId id = 0; id < folder.sources.size(); ++id) {
    if (id == folder.links) continue;
    files.emplace_back(folder.sources.name(id), folder.sources.text(id));
  }
  files.emplace_back(kLinksFile, table);
  return MakePolicyFolder(std::move(files));
}

void PrintLinks(const Compilation& compilation, bool json) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const LinkPtr& link : compilation.links) {
    auto text = [](const EntityUid& uid) {
      return uid.type.empty() ? "" : uid.ToString();
    };
    if (!json) {
      std::cout << link->id << "\t" << link->template_id << "\t"
                << text(link->principal) << "\t" << text(link->resource)
                << "\n";
      continue;
    }
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    for (const auto& [slot, uid] : {std::pair("?principal", &link->principal),
                                    std::pair("?resource", &link->resource)}) {
      if (uid->type.empty()) continue;
      values[slot] = {{"type", uid->type}, {"id", uid->id}};
    }
    list.push_back({{"templateId", link->template_id},
                    {"newId", link->id},
                    {"values", std::move(values)}});
  }
  if (json) std::cout << list.dump(2) << "\n";
}

int Run(const LinkCommand& command) {
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(command.policies);
  if (!folder.ok()) return Fail(folder.status().message());
  const bool adds = !command.new_id.empty();
  std::string table;
  if (adds) {
    absl::StatusOr<TemplateLink> link = WantedLink(command);
    if (!link.ok()) return Fail(link.status().message());
    absl::StatusOr<std::string> appended = AppendLink(
        folder->links == kNoSource ? "" : folder->sources.text(folder->links),
        *link);
    if (!appended.ok()) return Fail(appended.status().message());
    table = *std::move(appended);
    folder = WithTable(*folder, table);
    if (!folder.ok()) return Fail(folder.status().message());
  }
  Compilation compilation(&folder->sources);
  if (adds) {
    if (absl::Status status = Compile(*folder, {}, &compilation);
        !status.ok()) {
      return Fail(status.message());
    }
  } else {
    ReadPolicies(*folder, {}, &compilation);
  }
  compilation.diagnostics.Sort();
  std::cerr << compilation.diagnostics.ToString();
  if (compilation.diagnostics.has_errors()) return kExitFailed;
  if (adds) {
    const std::filesystem::path path =
        std::filesystem::path(command.policies) / kLinksFile;
    if (absl::Status status = WriteFileAtomically(path.string(), table);
        !status.ok()) {
      return Fail(status.message());
    }
  }
  const std::string& shown = adds ? command.new_id : command.print;
  if (shown.empty()) {
    PrintLinks(compilation, command.json);
    return kExitOk;
  }
  const auto link =
      std::find_if(compilation.links.begin(), compilation.links.end(),
                   [&](const LinkPtr& each) { return each->id == shown; });
  if (link == compilation.links.end()) {
    return Fail("there is no link `" + shown + "`");
  }
  std::cout << PrintPolicy(compilation.policies[(*link)->policy]);
  return kExitOk;
}

}  // namespace

void AddLinkCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<LinkCommand>();
  CLI::App* link = app->add_subcommand(
      "link",
      "List the links of a policy folder's templates, or add one to its "
      "links.tsv");
  link->add_option("policies", command->policies, "The folder")
      ->required()
      ->check(CLI::ExistingDirectory);
  CLI::Option* new_id = link->add_option(
      "-n,--new-id", command->new_id,
      "Add a link: the id of the policy that it makes, which is printed");
  CLI::Option* template_id = link->add_option(
      "-t,--template-id", command->template_id, "Of the template to link");
  new_id->needs(template_id);
  template_id->needs(new_id);
  link->add_option("--principal", command->principal,
                   "What stands for `?principal`, as Type::\"id\"")
      ->needs(new_id);
  link->add_option("--resource", command->resource,
                   "What stands for `?resource`")
      ->needs(new_id);
  CLI::Option* print = link->add_option(
      "--print", command->print, "Print the policy that this link makes");
  print->excludes(new_id);
  link->add_flag("--json", command->json,
                 "List the links in the form of Cedar's `templateLinks`")
      ->excludes(new_id)
      ->excludes(print);
  link->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
