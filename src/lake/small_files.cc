#include "lake/small_files.h"

#include <algorithm>
#include <map>

namespace sluice {
namespace {

/// Files below this are of like size, whatever it is: an open costs more than their bytes.
constexpr std::int64_t kTinyFileBytes = 64LL << 10;
/// Sizes that differ by less than this factor are alike.
constexpr std::int64_t kTierFactor = 8;
/// A file this many times larger than all smaller ones together is left where it is.
constexpr std::int64_t kDragFactor = 8;

int TierOf(std::int64_t bytes) {
  int tier = 0;
  for (std::int64_t end = kTinyFileBytes; bytes >= end; end *= kTierFactor) ++tier;
  return tier;
}

/// Cuts the files, which are in ascending order of size, to what one rewrite takes.
std::vector<std::size_t> Cut(std::vector<std::size_t> files,
                             const std::vector<std::int64_t>& sizes) {
  std::int64_t bytes = 0;
  std::size_t count = 0;
  while (count < files.size() && count < kRewriteFilesMax) {
    bytes += sizes[files[count]];
    if (bytes > kRewriteBytesMax) break;
    ++count;
  }
  files.resize(count);
  return files;
}

std::vector<std::size_t> ChooseBusy(const std::vector<std::size_t>& small,
                                    const std::vector<std::int64_t>& sizes) {
  std::map<int, std::vector<std::size_t>> tiers;
  for (std::size_t file : small) tiers[TierOf(sizes[file])].push_back(file);
  for (const auto& [tier, files] : tiers) {
    if (files.size() >= kBusyFilesMin) return Cut(files, sizes);
  }
  return {};
}

std::vector<std::size_t> ChooseQuiet(const std::vector<std::size_t>& small,
                                     const std::vector<std::int64_t>& sizes) {
  std::vector<std::size_t> files;
  std::int64_t bytes = 0;
  for (std::size_t file : small) {
    if (sizes[file] > kDragFactor * std::max(bytes, kTinyFileBytes)) break;
    files.push_back(file);
    bytes += sizes[file];
  }
  files = Cut(std::move(files), sizes);
  if (files.size() < kQuietFilesMin) return {};
  return files;
}

}  // namespace

std::vector<std::size_t> ChooseSmallFiles(const std::vector<std::int64_t>& sizes, TablePace pace) {
  std::vector<std::size_t> small;
  for (std::size_t file = 0; file < sizes.size(); ++file) {
    if (sizes[file] < kSmallFileBytes) small.push_back(file);
  }
  std::sort(small.begin(), small.end(), [&sizes](std::size_t left, std::size_t right) {
    return sizes[left] != sizes[right] ? sizes[left] < sizes[right] : left < right;
  });
  return pace == TablePace::kBusy ? ChooseBusy(small, sizes) : ChooseQuiet(small, sizes);
}

}  // namespace sluice
