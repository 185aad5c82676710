#include "base/byte_source.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace sluice {

namespace {

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}

  std::uint64_t size() const override { return text_.size(); }

  Result<std::size_t> Read(char* buffer, std::size_t room) override {
    std::size_t count = std::min(room, text_.size() - done_);
    std::memcpy(buffer, text_.data() + done_, count);
    done_ += count;
    return count;
  }

 private:
  const std::string text_;
  std::size_t done_ = 0;
};

class EnclosedSource final : public ByteSource {
 public:
  EnclosedSource(std::string before, std::shared_ptr<ByteSource> middle, std::string behind)
      : parts_{MakeTextSource(std::move(before)), std::move(middle),
               MakeTextSource(std::move(behind))} {}

  std::uint64_t size() const override {
    std::uint64_t size = 0;
    for (const auto& part : parts_) size += part->size();
    return size;
  }

  Result<std::size_t> Read(char* buffer, std::size_t room) override {
    while (part_ < parts_.size()) {
      std::size_t count = TRY(parts_[part_]->Read(buffer, room));
      if (count > 0 || room == 0) return count;
      ++part_;
    }
    return 0;
  }

 private:
  const std::array<std::shared_ptr<ByteSource>, 3> parts_;
  std::size_t part_ = 0;
};

}  // namespace

std::shared_ptr<ByteSource> MakeTextSource(std::string text) {
  return std::make_shared<TextSource>(std::move(text));
}

std::shared_ptr<ByteSource> Enclose(std::string before, std::shared_ptr<ByteSource> middle,
                                    std::string behind) {
  return std::make_shared<EnclosedSource>(std::move(before), std::move(middle), std::move(behind));
}

Result<void> ReadExactly(ByteSource* source, std::size_t bytes, std::string* out) {
  out->resize(bytes);
  std::size_t done = 0;
  while (done < bytes) {
    std::size_t count = TRY(source->Read(out->data() + done, bytes - done));
    if (count == 0) {
      return FailWithDetail(ErrorCode::kInternal, fmt::format("{} bytes are missing", bytes - done),
                            "What was to be sent ended too soon");
    }
    done += count;
  }
  return {};
}

}  // namespace sluice
