#include "http/source_reader.h"

#include <exception>
#include <utility>

namespace sluice::http {

namespace {

/// Two: one slow file is not to hold up all others.
constexpr int kThreads = 2;

Result<std::string> ReadPiece(ByteSource* source, std::size_t bytes, std::string buffer) {
  try {
    TRY_VOID(ReadExactly(source, bytes, &buffer));
    return buffer;
  } catch (const std::exception& exception) {
    return FailWithDetail(ErrorCode::kInternal, exception.what(), "The answer could not be read");
  }
}

}  // namespace

SourceReader::SourceReader() : threads_(kThreads) {}

void SourceReader::Read(std::shared_ptr<ByteSource> source, std::size_t bytes, std::string buffer,
                        OnPiece on_piece) {
  threads_.Post([this, source = std::move(source), bytes, buffer = std::move(buffer),
                 on_piece = std::move(on_piece)]() mutable {
    if (stopping_.load(std::memory_order_relaxed)) return;
    on_piece(ReadPiece(source.get(), bytes, std::move(buffer)));
  });
}

void SourceReader::Discard(std::shared_ptr<ByteSource> source) {
  if (source.use_count() == 1) threads_.Post([source = std::move(source)] {});
}

void SourceReader::Stop() {
  stopping_ = true;
  threads_.Stop();
}

}  // namespace sluice::http
