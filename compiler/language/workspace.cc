#include "compiler/language/workspace.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/folder.h"
#include "compiler/language/case_reading.h"
#include "compiler/source/read_source.h"

namespace sekisho {
namespace {

constexpr char kCasesFolder[] = "cases";

bool IsKnown(absl::string_view name) {
  return IsSourceOfFolder(name) || IsCaseFile(name);
}

}  // namespace

FileName SplitPath(const std::string& path) {
  const std::filesystem::path file(path);
  const std::filesystem::path folder = file.parent_path();
  if (folder.filename() == kCasesFolder) {
    return {folder.parent_path().string(),
            absl::StrCat(kCasesFolder, "/", file.filename().string())};
  }
  return {folder.string(), file.filename().string()};
}

std::string JoinPath(const FileName& file) {
  return (std::filesystem::path(file.folder) / file.name).string();
}

void Workspace::LoadFolder(const FileName& open, EditedFolder* folder) {
  const auto load = [&](const std::filesystem::path& directory) {
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(directory, error)) {
      const FileName file = SplitPath(entry.path().string());
      if (file.folder != open.folder || file == open || !IsKnown(file.name)) {
        continue;
      }
      // What cannot be read is missed where it is needed.
      absl::StatusOr<std::string> text = ReadSource(entry.path().string());
      if (text.ok()) folder->SetFile(file.name, *std::move(text));
    }
  };
  load(open.folder);
  load(std::filesystem::path(open.folder) / kCasesFolder);
}

void Workspace::Open(const std::string& path, std::string text) {
  const FileName file = SplitPath(path);
  open_.insert(path);
  const auto [folder, is_new] = folders_.try_emplace(file.folder);
  if (is_new) LoadFolder(file, &folder->second);
  folder->second.SetFile(file.name, std::move(text));
}

void Workspace::Close(const std::string& path) {
  if (open_.erase(path) == 0) return;
  const FileName file = SplitPath(path);
  const bool is_last =
      std::none_of(open_.begin(), open_.end(), [&](const std::string& other) {
        return SplitPath(other).folder == file.folder;
      });
  if (!is_last) return Reload(path);
  for (const std::string& name : folders_.at(file.folder).FileNames()) {
    forgotten_.push_back(JoinPath({file.folder, name}));
  }
  folders_.erase(file.folder);
}

void Workspace::Edit(const std::string& path, const TextEdit& edit) {
  const FileName file = SplitPath(path);
  folders_.at(file.folder).EditFile(file.name, edit);
}

void Workspace::Reload(const std::string& path) {
  if (IsOpen(path)) return;
  const FileName file = SplitPath(path);
  EditedFolder* folder = FindFolder(file);
  if (folder == nullptr) return;
  absl::StatusOr<std::string> text = absl::NotFoundError(path);
  if (IsKnown(file.name)) text = ReadSource(path);
  if (text.ok()) {
    folder->SetFile(file.name, *std::move(text));
  } else {
    folder->RemoveFile(file.name);
  }
}

EditedFolder* Workspace::FindFolder(const FileName& file) {
  const auto it = folders_.find(file.folder);
  return it == folders_.end() ? nullptr : &it->second;
}

const Text* Workspace::FindText(const std::string& path) {
  const FileName file = SplitPath(path);
  const EditedFolder* folder = FindFolder(file);
  return folder == nullptr ? nullptr : folder->FindText(file.name);
}

bool Workspace::HasWork() const {
  return std::any_of(folders_.begin(), folders_.end(), [](const auto& folder) {
    return folder.second.HasWork();
  });
}

void Workspace::Work() {
  for (auto& [path, folder] : folders_) {
    if (folder.HasWork()) return folder.Work();
  }
}

bool Workspace::HasLint() const {
  return std::any_of(folders_.begin(), folders_.end(), [](const auto& folder) {
    return folder.second.HasLint();
  });
}

void Workspace::Lint() {
  for (auto& [path, folder] : folders_) {
    if (folder.HasLint()) return folder.Lint();
  }
}

std::vector<std::string> Workspace::TakeChanged() {
  std::vector<std::string> changed = std::move(forgotten_);
  forgotten_.clear();
  for (auto& [path, folder] : folders_) {
    for (const std::string& name : folder.TakeChanged()) {
      changed.push_back(JoinPath({path, name}));
    }
  }
  return changed;
}

std::vector<FileDiagnostic> Workspace::Diagnose(const std::string& path) {
  const FileName file = SplitPath(path);
  const EditedFolder* folder = FindFolder(file);
  if (folder == nullptr) return {};
  return folder->Diagnose(file.name);
}

}  // namespace sekisho
