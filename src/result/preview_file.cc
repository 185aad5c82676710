#include "result/preview_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "result/result_set.h"

namespace sluice {

namespace {

/// Files whose lines are remembered; up to kPreviewRowsMax numbers each.
constexpr std::size_t kKnownFilesMax = 32;
constexpr std::size_t kScanBytes = 256 * 1024;

tl::unexpected<Error> Damaged(std::int64_t row) {
  return FailWithDetail(ErrorCode::kInternal, fmt::format("row {}", row),
                        "A file of the result is damaged");
}

/// Goes on where `ends` stops, until it holds `rows` rows.
class LineScan {
 public:
  LineScan(const ReadableFile& file, std::vector<std::uint64_t>* ends)
      : file_(file), ends_(ends), at_(ends->empty() ? 0 : ends->back() + 1) {}

  Result<void> Run(std::int64_t rows) {
    std::string buffer(kScanBytes, '\0');
    while (row() < rows) {
      std::size_t count = TRY(file_.Read(at_, buffer.data(), buffer.size()));
      TRY_VOID(Take(std::string_view(buffer.data(), count), rows));
      at_ += count;
      // The last line may have no end of its own.
      if (count == 0 && row() < rows) TRY_VOID(EndLine(at_));
      if (count == 0 && row() < rows) return Damaged(row());
    }
    return {};
  }

 private:
  std::int64_t row() const { return static_cast<std::int64_t>(ends_->size()); }

  Result<void> Take(std::string_view bytes, std::int64_t rows) {
    std::size_t begin = 0;
    while (begin < bytes.size() && row() < rows) {
      if (is_begin_ && bytes[begin] != '[') return Damaged(row());
      is_begin_ = false;
      const void* found = std::memchr(bytes.data() + begin, '\n', bytes.size() - begin);
      if (found == nullptr) break;
      std::size_t end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
      if (end > begin) last_ = bytes[end - 1];
      TRY_VOID(EndLine(at_ + end));
      begin = end + 1;
    }
    if (begin < bytes.size()) last_ = bytes.back();
    return {};
  }

  Result<void> EndLine(std::uint64_t end) {
    if (is_begin_ || last_ != ']') return Damaged(row());
    ends_->push_back(end);
    is_begin_ = true;
    last_ = '\0';
    return {};
  }

  const ReadableFile& file_;
  std::vector<std::uint64_t>* ends_;
  std::uint64_t at_;
  bool is_begin_ = true;  ///< of a line
  char last_ = '\0';      ///< of the line so far
};

/// The bytes [at, end) of a file with each line's end made a comma.
class RowsSource final : public ByteSource {
 public:
  RowsSource(std::unique_ptr<ReadableFile> file, std::uint64_t begin, std::uint64_t end,
             std::int64_t commas)
      : file_(std::move(file)), size_(end - begin), at_(begin), end_(end), commas_left_(commas) {}

  std::uint64_t size() const override { return size_; }

  Result<std::size_t> Read(char* buffer, std::size_t room) override {
    room = static_cast<std::size_t>(std::min<std::uint64_t>(room, end_ - at_));
    if (room == 0) return 0;
    std::size_t count = TRY(file_->Read(at_, buffer, room));
    at_ += count;
    commas_left_ -= Join(buffer, count);
    // Whoever cut or wrote over the file since its lines were found is not served half of each.
    if (count == 0 || commas_left_ < 0 || (at_ == end_ && commas_left_ != 0)) return Damaged(-1);
    return count;
  }

 private:
  static std::int64_t Join(char* bytes, std::size_t count) {
    std::int64_t joined = 0;
    char* end = bytes + count;
    while (void* found = std::memchr(bytes, '\n', static_cast<std::size_t>(end - bytes))) {
      bytes = static_cast<char*>(found);
      *bytes++ = ',';
      ++joined;
    }
    return joined;
  }

  const std::unique_ptr<ReadableFile> file_;
  const std::uint64_t size_;
  std::uint64_t at_;
  const std::uint64_t end_;
  std::int64_t commas_left_;
};

}  // namespace

std::shared_ptr<PreviewFiles::Lines> PreviewFiles::Find(const std::string& name) {
  MutexLock lock(mutex_);
  auto found = std::find_if(known_.begin(), known_.end(),
                            [&](const auto& lines) { return lines->name == name; });
  if (found == known_.end()) {
    auto made = std::make_shared<Lines>();
    made->name = name;
    known_.push_front(std::move(made));
    if (known_.size() > kKnownFilesMax) known_.pop_back();
  } else {
    known_.splice(known_.begin(), known_, found);
  }
  return known_.front();
}

Result<std::shared_ptr<ByteSource>> PreviewFiles::Open(const std::filesystem::path& path,
                                                       RowRange rows) {
  std::unique_ptr<ReadableFile> file = TRY(files_->Open(path, kPreviewBytesMax));
  const std::shared_ptr<Lines> found =
      Find(fmt::format("{} {} {}", path.string(), file->version(), file->size()));
  Lines& lines = *found;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  {
    MutexLock lock(lines.mutex);
    TRY_VOID(LineScan(*file, &lines.ends).Run(rows.end));
    if (rows.begin < rows.end) {
      end = lines.ends[static_cast<std::size_t>(rows.end) - 1];
      if (rows.begin > 0) begin = lines.ends[static_cast<std::size_t>(rows.begin) - 1] + 1;
    }
  }
  std::int64_t commas = std::max<std::int64_t>(rows.end - rows.begin - 1, 0);
  return std::shared_ptr<ByteSource>(
      std::make_shared<RowsSource>(std::move(file), begin, end, commas));
}

}  // namespace sluice
