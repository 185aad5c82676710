#pragma once

#include <filesystem>

#include "base/result.h"

namespace sluice {

// The store's file as bytes: made and examined without SQLite, which would take an empty file for a
// new database and repair what it should report.

enum class StoreFileState { kAbsent, kSound };

/// What is at the path. kFailedPrecondition with one line, file and reason, when there is something
/// that is no sound store file; kUnavailable when it cannot be read. Changes nothing.
Result<StoreFileState> ExamineStoreFile(const std::filesystem::path& file);

/// Makes a new store with the newest schema: complete under another name, then renamed, so that a
/// crash leaves either no store or a whole one.
Result<void> CreateStoreFile(const std::filesystem::path& file);

/// "The job store <file> <reason>" as kFailedPrecondition.
Error UnusableStore(const std::filesystem::path& file, std::string_view reason);

/// Whether the write-ahead log beside the file holds anything.
bool HasLog(const std::filesystem::path& file);

}  // namespace sluice
