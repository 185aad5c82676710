#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "lake/parquet_footer.h"
#include "lake/thrift_compact.h"

/// Bytes as a footer: what is read is written again as the same thing, and stays one without the
/// annotations of integers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto value = sluice::ReadThriftStruct(bytes);
  if (!value) return 0;
  CHECK(sluice::ReadThriftStruct(sluice::WriteThriftStruct(*value)));
  const auto footer = sluice::ReadParquetFooter(bytes);
  const auto plain = sluice::WithoutIntegerAnnotations(bytes);
  CHECK(plain);
  if (!footer) return 0;
  const auto again = sluice::ReadParquetFooter(*plain);
  CHECK(again);
  CHECK_EQ(again->rows, footer->rows);
  CHECK_EQ(again->leaves.size(), footer->leaves.size());
  return 0;
}
