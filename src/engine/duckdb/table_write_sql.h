#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "lake/table_write.h"

namespace sluice {

// The engine's SQL for writing new files of an Iceberg table. Pure functions.

/// One COPY that writes the rows of `select`, whose columns are the table's in their order, into
/// files below `folder`, and answers what it wrote (RETURN_STATS). kUnsupported for a schema with a
/// field that has one of the engine's own names.
Result<std::string> CopySql(const WritePlan& plan, std::string_view folder,
                            std::string_view select);

/// The engine's type that holds an Iceberg type.
std::string EngineType(const json::value& type);

/// A column or a struct's field, quoted.
std::string PathSql(const std::vector<std::string>& path);

/// The text of a partition value, as DecodePartitionText reads it behind its first character: 'v',
/// or 'h' when it stands for a value too long for a folder's name, which is in the file.
inline constexpr char kPartitionValue = 'v';
inline constexpr char kPartitionHash = 'h';
/// What a value too long is: the text of it for DecodePartitionText.
std::string PartitionTextSql(const PartitionField& field);

}  // namespace sluice
