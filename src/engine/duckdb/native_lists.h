#pragma once

#include <string_view>

#include "engine/duckdb/native_call.h"

namespace sluice {

/// The results of a call that gives lists of texts, filled row by row in order. Lives as long as
/// the call; used by one thread.
class TextLists {
 public:
  explicit TextLists(NativeCall* call)
      : call_(*call),
        entries_(call->Results<duckdb_list_entry>()),
        child_(call->api().list_vector_get_child(call->output())) {
    for (idx_t row = 0; row < call_.rows(); ++row) entries_[row] = {0, 0};
  }
  void Begin(idx_t row) { entries_[row] = {size_, 0}; }
  void Add(idx_t row, std::string_view text) {
    Grow(row);
    call_.api().unsafe_vector_assign_string_element_len(child_, size_ - 1, text.data(),
                                                        text.size());
  }
  void AddNull(idx_t row) {
    Grow(row);
    call_.api().vector_ensure_validity_writable(child_);
    std::uint64_t* validity = call_.api().vector_get_validity(child_);
    validity[(size_ - 1) / 64] &= ~(std::uint64_t{1} << ((size_ - 1) % 64));
  }

 private:
  void Grow(idx_t row) {
    if (size_ == capacity_) {
      capacity_ = capacity_ == 0 ? call_.rows() : capacity_ * 2;
      call_.api().list_vector_reserve(call_.output(), capacity_);
    }
    call_.api().list_vector_set_size(call_.output(), ++size_);
    ++entries_[row].length;
  }

  NativeCall& call_;
  duckdb_list_entry* entries_;
  duckdb_vector child_;
  idx_t size_ = 0;
  idx_t capacity_ = 0;
};

}  // namespace sluice
