#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

/// A data file smaller than this is worth being joined with others.
inline constexpr std::int64_t kSmallFileBytes = 16LL << 20;
/// What one rewrite joins at most.
inline constexpr std::size_t kRewriteFilesMax = 1'000;
inline constexpr std::int64_t kRewriteBytesMax = 256LL << 20;
/// Files of like size that make a rewrite worth while when the table is being written to.
inline constexpr std::size_t kBusyFilesMin = 64;
/// Files that make a rewrite worth while when the table has come to rest.
inline constexpr std::size_t kQuietFilesMin = 8;

enum class TablePace { kBusy, kQuiet };

/// Which of a table's data files, by their sizes in bytes, to join into one; none when it is not
/// worth while. At rest everything small is joined that does not drag a much larger file along. A
/// busy table has only files of like size joined, so that each byte is written a few times only,
/// however long the table is written to. Pure.
std::vector<std::size_t> ChooseSmallFiles(const std::vector<std::int64_t>& sizes, TablePace pace);

}  // namespace sluice
