// `sekisho link`: the links of templates, in a policy folder or on a server.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/server_links.h"
#include "compiler/cedar/printer.h"
#include "compiler/cedar/template.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/links/links.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/model/json.h"
#include "engine/model/link.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct LinkCommand {
  // One of the two.
  std::string folder;
  std::string server;
  std::string policy_store;

  // list, add
  std::string template_id;
  // add
  std::string new_id;
  std::string principal;
  std::string resource;
  // add, remove
  std::string table;
  // show, remove
  std::vector<std::string> ids;
  bool json = false;
};

int Fail(absl::string_view message) {
  std::cerr << "error: " << message << "\n";
  return kExitFailed;
}

int Fail(Diagnostics* diagnostics) {
  diagnostics->Sort();
  std::cerr << diagnostics->ToString();
  return kExitFailed;
}

// In the form of links.tsv, or of Cedar's `templateLinks`.
void PrintLinks(const std::vector<Link>& links, bool json) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  if (!json) std::cout << "id\ttemplate\t?principal\t?resource\n";
  for (const Link& link : links) {
    auto text = [](const EntityUid& uid) {
      return uid.type.empty() ? "" : uid.ToString();
    };
    if (!json) {
      std::cout << link.id << "\t" << link.template_id << "\t"
                << text(link.principal) << "\t" << text(link.resource) << "\n";
      continue;
    }
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    for (const auto& [slot, uid] : {std::pair("?principal", &link.principal),
                                    std::pair("?resource", &link.resource)}) {
      if (uid->type.empty()) continue;
      values[slot] = {{"type", uid->type}, {"id", uid->id}};
    }
    list.push_back({{"templateId", link.template_id},
                    {"newId", link.id},
                    {"values", std::move(values)}});
  }
  if (json) std::cout << list.dump(2) << "\n";
}

void PrintChange(const LinkCommand& command, absl::string_view what,
                 size_t count, uint64_t revision) {
  if (command.json) {
    const nlohmann::ordered_json out = {{std::string(what), count},
                                        {"revision", revision}};
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << what << " " << count << ", revision " << revision << "\n";
  }
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

// Prints the policy that the link makes.
int PrintLinked(const Compilation& compilation, const std::string& id) {
  const auto link =
      std::find_if(compilation.links.begin(), compilation.links.end(),
                   [&](const LinkPtr& each) { return each->id == id; });
  if (link == compilation.links.end()) {
    return Fail(absl::StrCat("there is no link `", id, "`"));
  }
  std::cout << PrintPolicy(compilation.policies[(*link)->policy]);
  return kExitOk;
}

// Lists the folder's links, or prints the policy that one makes.
int ReadFolder(const LinkCommand& command) {
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(command.folder);
  if (!folder.ok()) return Fail(folder.status().message());
  Compilation compilation(&folder->sources);
  ReadPolicies(*folder, {}, &compilation);
  if (compilation.diagnostics.has_errors()) {
    return Fail(&compilation.diagnostics);
  }
  if (!command.ids.empty()) return PrintLinked(compilation, command.ids[0]);
  std::vector<Link> links;
  for (const LinkPtr& link : compilation.links) {
    if (command.template_id.empty() ||
        link->template_id == command.template_id) {
      links.push_back(*link);
    }
  }
  PrintLinks(links, command.json);
  return kExitOk;
}

// Adds a line to the folder's table if the folder still compiles with it.
int AddToFolder(const LinkCommand& command) {
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(command.folder);
  if (!folder.ok()) return Fail(folder.status().message());
  absl::StatusOr<TemplateLink> link = WantedLink(command);
  if (!link.ok()) return Fail(link.status().message());
  const absl::StatusOr<std::string> table = AppendLink(
      folder->links == kNoSource ? "" : folder->sources.text(folder->links),
      *link);
  if (!table.ok()) return Fail(table.status().message());
  folder = WithTable(*folder, *table);
  if (!folder.ok()) return Fail(folder.status().message());
  Compilation compilation(&folder->sources);
  absl::Status status = Compile(*folder, {}, &compilation);
  if (!status.ok()) return Fail(status.message());
  if (compilation.diagnostics.has_errors()) {
    return Fail(&compilation.diagnostics);
  }
  status = WriteFileAtomically(
      (std::filesystem::path(command.folder) / kLinksFile).string(), *table);
  if (!status.ok()) return Fail(status.message());
  return PrintLinked(compilation, command.new_id);
}

int ListServer(const LinkCommand& command) {
  ServerLinks server(command.server, command.policy_store);
  const absl::StatusOr<std::vector<Link>> links =
      server.List(command.template_id);
  if (!links.ok()) return Fail(links.status().message());
  PrintLinks(*links, command.json);
  return kExitOk;
}

// The links to add or remove, with their places if they are in a table.
absl::StatusOr<std::vector<TemplateLink>> ReadWanted(const LinkCommand& command,
                                                     SourceSet* sources,
                                                     Diagnostics* diagnostics) {
  if (!command.table.empty()) {
    ASSIGN_OR_RETURN(std::string text, ReadSource(command.table));
    const SourceId source = sources->Add(command.table, std::move(text));
    return ReadLinks(*sources, source, diagnostics);
  }
  std::vector<TemplateLink> links;
  if (!command.new_id.empty()) {
    ASSIGN_OR_RETURN(TemplateLink link, WantedLink(command));
    links.push_back(std::move(link));
  }
  for (const std::string& id : command.ids) links.emplace_back().id = id;
  return links;
}

int ChangeServer(const LinkCommand& command, bool add) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const absl::StatusOr<std::vector<TemplateLink>> wanted =
      ReadWanted(command, &sources, &diagnostics);
  if (!wanted.ok()) return Fail(wanted.status().message());
  if (diagnostics.has_errors()) return Fail(&diagnostics);
  if (wanted->empty()) return Fail("the table has no links");

  ServerLinks server(command.server, command.policy_store);
  absl::StatusOr<uint64_t> revision;
  if (add) {
    std::vector<Link> links;
    for (const TemplateLink& link : *wanted) {
      links.push_back({link.id, link.template_id,
                       link.principal.value_or(EntityUid()),
                       link.resource.value_or(EntityUid())});
    }
    revision = server.Add(links);
  } else {
    std::vector<std::string> ids;
    for (const TemplateLink& link : *wanted) ids.push_back(link.id);
    revision = server.Remove(ids);
  }
  const char* const what = add ? "added" : "removed";
  if (revision.ok()) {
    PrintChange(command, what, server.done(), *revision);
    return kExitOk;
  }
  const std::string message(revision.status().message());
  const std::optional<size_t> culprit = server.culprit();
  if (culprit.has_value() && *culprit < wanted->size() &&
      (*wanted)[*culprit].span.valid()) {
    diagnostics.Error((*wanted)[*culprit].span, message);
    Fail(&diagnostics);
  } else {
    Fail(message);
  }
  if (server.done() > 0) {
    std::cerr << "help: the first " << server.done() << " were " << what
              << "; go on with the others\n";
  }
  return kExitFailed;
}

// How the links are found: one of the two.
struct Place {
  CLI::Option* folder = nullptr;
  CLI::Option* server = nullptr;
};

CLI::Option* AddFolder(CLI::App* app, LinkCommand* command) {
  return app->add_option("FOLDER", command->folder, "A policy folder")
      ->check(CLI::ExistingDirectory);
}

CLI::Option* AddServer(CLI::App* app, LinkCommand* command) {
  return app
      ->add_option("--server", command->server, "Where the server listens")
      ->type_name("ADDRESS");
}

void AddPolicyStore(CLI::App* app, CLI::Option* server, LinkCommand* command) {
  app->add_option("--policy-store", command->policy_store,
                  "Whose links; \"default\" by default")
      ->type_name("ID")
      ->needs(server);
}

Place AddPlace(CLI::App* app, LinkCommand* command) {
  CLI::Option_group* group = app->add_option_group("Where");
  const Place place = {AddFolder(group, command), AddServer(group, command)};
  group->require_option(1);
  AddPolicyStore(app, place.server, command);
  return place;
}

CLI::Option* AddTable(CLI::App* app, LinkCommand* command) {
  return app->add_option("-f,--file", command->table,
                         "A table in the form of links.tsv; `-`: standard "
                         "input");
}

void AddList(CLI::App* app, const std::shared_ptr<LinkCommand>& command,
             int* status) {
  CLI::App* sub =
      app->add_subcommand("list", "Prints the links in the form of links.tsv");
  AddPlace(sub, command.get());
  sub->add_option("-t,--template-id", command->template_id,
                  "Only those of this template");
  sub->add_flag("--json", command->json,
                "In the form of Cedar's `templateLinks`");
  sub->callback([command, status] {
    *status =
        command->server.empty() ? ReadFolder(*command) : ListServer(*command);
  });
}

void AddAdd(CLI::App* app, const std::shared_ptr<LinkCommand>& command,
            int* status) {
  CLI::App* sub = app->add_subcommand(
      "add",
      "Adds a link to a folder's links.tsv and prints the policy that it "
      "makes, or adds\nlinks to a server");
  const Place place = AddPlace(sub, command.get());
  CLI::Option_group* what = sub->add_option_group("What");
  CLI::Option* new_id =
      what->add_option("-n,--new-id", command->new_id,
                       "The id of the policy that the link makes");
  AddTable(what, command.get())->excludes(place.folder);
  what->require_option(1);
  CLI::Option* template_id = sub->add_option(
      "-t,--template-id", command->template_id, "Of the template to link");
  new_id->needs(template_id);
  template_id->needs(new_id);
  sub->add_option("--principal", command->principal,
                  "What stands for `?principal`, as Type::\"id\"")
      ->needs(new_id);
  sub->add_option("--resource", command->resource,
                  "What stands for `?resource`")
      ->needs(new_id);
  sub->add_flag("--json", command->json, "Print a summary as JSON")
      ->excludes(place.folder);
  sub->callback([command, status] {
    *status = command->server.empty() ? AddToFolder(*command)
                                      : ChangeServer(*command, /*add=*/true);
  });
}

void AddRemove(CLI::App* app, const std::shared_ptr<LinkCommand>& command,
               int* status) {
  CLI::App* sub = app->add_subcommand("remove", "Removes links from a server");
  CLI::Option_group* what = sub->add_option_group("What");
  what->add_option("ID", command->ids, "The links");
  AddTable(what, command.get());
  what->require_option(1);
  AddPolicyStore(sub, AddServer(sub, command.get())->required(), command.get());
  sub->add_flag("--json", command->json, "Print a summary as JSON");
  sub->callback(
      [command, status] { *status = ChangeServer(*command, /*add=*/false); });
}

void AddShow(CLI::App* app, const std::shared_ptr<LinkCommand>& command,
             int* status) {
  CLI::App* sub =
      app->add_subcommand("show", "Prints the policy that a link makes");
  AddFolder(sub, command.get())->required();
  sub->add_option("ID", command->ids, "The link")->required()->expected(1);
  sub->callback([command, status] { *status = ReadFolder(*command); });
}

}  // namespace

void AddLinkCommand(CLI::App* app, int* status) {
  CLI::App* sub = app->add_subcommand(
      "link",
      "The links of templates: of a policy folder, compiled with it, and of a "
      "server,\nmade while it runs");
  sub->require_subcommand(1);
  auto command = std::make_shared<LinkCommand>();
  AddList(sub, command, status);
  AddAdd(sub, command, status);
  AddRemove(sub, command, status);
  AddShow(sub, command, status);
}

}  // namespace sekisho
