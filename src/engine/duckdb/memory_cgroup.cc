#include "engine/duckdb/memory_cgroup.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

constexpr const char* kMountPoint = "/sys/fs/cgroup";

struct Candidate {
  std::filesystem::path parent;
  const char* limit_file;
};

/// Where a group of ours may lie: below the group this process is in, of either version.
std::vector<Candidate> FindParents() {
  std::vector<Candidate> parents;
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  const std::filesystem::path mount = kMountPoint;
  while (std::getline(groups, line)) {
    std::size_t name_end = line.rfind(":/");
    if (name_end == std::string::npos) continue;
    std::string own = line.substr(name_end + 2);
    if (line.starts_with("0::")) parents.push_back({mount / own, "memory.max"});
    if (line.find(":memory:") != std::string::npos) {
      parents.push_back({mount / "memory" / own, "memory.limit_in_bytes"});
      // In a container the path may be the host's.
      parents.push_back({mount / "memory", "memory.limit_in_bytes"});
    }
  }
  return parents;
}

bool WriteValue(const std::filesystem::path& file, const std::string& value) {
  std::ofstream out(file);
  out << value;
  out.close();
  return static_cast<bool>(out);
}

std::int64_t ReadCounter(const std::filesystem::path& file, std::string_view key) {
  std::ifstream in(file);
  std::string name;
  std::int64_t value = 0;
  while (in >> name >> value) {
    if (name == key) return value;
  }
  return 0;
}

}  // namespace

std::optional<MemoryCgroup> MemoryCgroup::Create(std::string_view name, std::uint64_t limit_bytes) {
  for (const Candidate& candidate : FindParents()) {
    std::error_code error;
    std::filesystem::path folder = candidate.parent / name;
    std::filesystem::create_directory(folder, error);
    if (error) continue;
    MemoryCgroup group(folder);
    // Made only where the controller is there; ofstream must not create a plain file elsewhere.
    bool has_limit = std::filesystem::exists(folder / candidate.limit_file, error);
    if (has_limit && WriteValue(folder / candidate.limit_file, std::to_string(limit_bytes))) {
      return group;
    }
  }
  return std::nullopt;
}

MemoryCgroup::MemoryCgroup(MemoryCgroup&& other) noexcept
    : folder_(std::exchange(other.folder_, {})) {}

MemoryCgroup& MemoryCgroup::operator=(MemoryCgroup&& other) noexcept {
  std::swap(folder_, other.folder_);
  return *this;
}

MemoryCgroup::~MemoryCgroup() {
  if (!folder_.empty()) ::rmdir(folder_.c_str());
}

bool MemoryCgroup::Add(pid_t pid) {
  return WriteValue(folder_ / "cgroup.procs", std::to_string(pid));
}

bool MemoryCgroup::HasKilled() const {
  return ReadCounter(folder_ / "memory.events", "oom_kill") > 0 ||
         ReadCounter(folder_ / "memory.oom_control", "oom_kill") > 0;
}

}  // namespace sluice
