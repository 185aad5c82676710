#include "lake/write_notes.h"

#include <algorithm>
#include <charconv>
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

/// Of "note-7"; 0 for another name.
int NumberOf(std::string_view name) {
  constexpr std::string_view kHead = "note-";
  int number = 0;
  if (name.starts_with(kHead)) {
    std::from_chars(name.data() + kHead.size(), name.data() + name.size(), number);
  }
  return number;
}

}  // namespace

Result<void> WriteNotes::Add(const WriteNote& note) {
  MutexLock lock(mutex_);
  if (!folder_made_) TRY_VOID(files_->MakeFolders(folder_));
  folder_made_ = true;
  std::string file;
  if (free_files_.empty()) {
    file = fmt::format("note-{}", ++last_file_);
  } else {
    file = std::move(free_files_.back());
    free_files_.pop_back();
  }
  Result<void> written = files_->Write(folder_ / file, Encode(note), FileSync::kLater);
  if (!written) {
    free_files_.push_back(std::move(file));
    return written;
  }
  open_[NameOf(note.attempt)] = {std::move(file), note.table.uuid};
  return {};
}

void WriteNotes::Remove(const AttemptFence& attempt) {
  MutexLock lock(mutex_);
  auto found = open_.find(NameOf(attempt));
  if (found == open_.end()) return;
  std::string file = std::move(found->second.file);
  open_.erase(found);
  Result<void> emptied = files_->Write(folder_ / file, "", FileSync::kLater);
  // A note that stays is read at the next start, and says what is true then.
  if (!emptied) return LogError(LogLevel::kWarning, "the note of a write stays", emptied.error());
  free_files_.push_back(std::move(file));
}

Result<std::vector<WriteNote>> WriteNotes::TakeOld() {
  std::vector<WriteNote> notes;
  MutexLock lock(mutex_);
  Result<std::vector<std::string>> names = files_->List(folder_);
  if (!names && names.error().code == ErrorCode::kNotFound) return notes;
  if (!names) return Fail(std::move(names.error()));
  for (const std::string& name : *names) {
    Result<std::string> text = files_->Read(folder_ / name, kNoteBytesMax);
    std::optional<WriteNote> note = text ? Decode(*text) : std::nullopt;
    if (note) {
      open_[NameOf(note->attempt)] = {name, note->table.uuid};
      notes.push_back(*std::move(note));
    } else if (text && text->empty()) {
      free_files_.push_back(name);
    } else {
      Log(LogLevel::kWarning, "the note of a write cannot be read", {{"note", name}});
    }
    last_file_ = std::max(last_file_, NumberOf(name));
  }
  return notes;
}

bool WriteNotes::HasWriter(const TableKey& table) const {
  MutexLock lock(mutex_);
  return std::any_of(open_.begin(), open_.end(),
                     [&table](const auto& note) { return note.second.table_uuid == table.uuid; });
}

}  // namespace sluice
