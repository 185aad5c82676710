#include "lake/write_notes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "lake/json_access.h"

namespace sluice {
namespace {

constexpr std::size_t kNoteBytesMax = 16'384;

std::string NameOf(const AttemptFence& attempt) {
  return fmt::format("{}-{}", attempt.job.value(), attempt.attempt);
}

std::string Encode(const WriteNote& note) {
  return json::serialize(json::object{{"job", JsonText(note.attempt.job.value())},
                                      {"attempt", note.attempt.attempt},
                                      {"project", JsonText(note.table.project.value())},
                                      {"table", JsonText(note.table.uuid)},
                                      {"folder", JsonText(note.folder)},
                                      {"snapshot", note.snapshot_id}});
}

std::optional<WriteNote> Decode(std::string_view text) {
  Result<json::value> value = ParseJson(text);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  WriteNote note;
  note.attempt.job = JobId(FindText(*object, "job"));
  note.attempt.attempt = static_cast<int>(FindInt(*object, "attempt").value_or(0));
  note.table.project = ProjectId(FindText(*object, "project"));
  note.table.uuid = FindText(*object, "table");
  note.folder = FindText(*object, "folder");
  note.snapshot_id = FindInt(*object, "snapshot").value_or(0);
  if (note.folder.empty() || note.table.uuid.empty()) return std::nullopt;
  return note;
}

}  // namespace

std::filesystem::path WriteNotes::PathOf(const AttemptFence& attempt) const {
  return folder_ / NameOf(attempt);
}

Result<void> WriteNotes::Add(const WriteNote& note) {
  MutexLock lock(mutex_);
  if (!folder_made_) TRY_VOID(files_->MakeFolders(folder_));
  folder_made_ = true;
  TRY_VOID(files_->Write(PathOf(note.attempt), Encode(note), FileSync::kLater));
  open_[NameOf(note.attempt)] = note.table.uuid;
  return {};
}

void WriteNotes::Remove(const AttemptFence& attempt) {
  {
    MutexLock lock(mutex_);
    open_.erase(NameOf(attempt));
  }
  Result<void> removed = files_->RemoveAll(PathOf(attempt));
  if (!removed) LogError(LogLevel::kWarning, "the note of a write stays", removed.error());
}

Result<std::vector<WriteNote>> WriteNotes::List() const {
  std::vector<WriteNote> notes;
  Result<std::vector<std::string>> names = files_->List(folder_);
  if (!names && names.error().code == ErrorCode::kNotFound) return notes;
  if (!names) return Fail(std::move(names.error()));
  for (const std::string& name : *names) {
    Result<std::string> text = files_->Read(folder_ / name, kNoteBytesMax);
    std::optional<WriteNote> note = text ? Decode(*text) : std::nullopt;
    if (note) {
      notes.push_back(*std::move(note));
    } else {
      Log(LogLevel::kWarning, "the note of a write cannot be read", {{"note", name}});
    }
  }
  return notes;
}

bool WriteNotes::HasWriter(const TableKey& table) const {
  MutexLock lock(mutex_);
  return std::any_of(open_.begin(), open_.end(),
                     [&table](const auto& note) { return note.second == table.uuid; });
}

}  // namespace sluice
