// Memory for maps and weights: on a line of the cache, and of large pages. A network's maps are half a megabyte each and
// are gone through one after the other; on pages of 4 KB the way to a page costs as much as what is read there.
#pragma once

#include <cstddef>
#include <vector>

// Memory that begins on a line of the cache; `free_on_line` takes it back, by the same number of bytes.
void* allocate_on_line(std::size_t bytes);
void free_on_line(void* memory, std::size_t bytes);

// Floats that begin on a line of the cache, so that no vector of 8 or 16 crosses one.
template <typename T>
struct OnLine {
  typedef T value_type;
  OnLine() = default;
  template <typename U>
  OnLine(const OnLine<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_on_line(count * sizeof(T))); }
  void deallocate(T* values, std::size_t count) { free_on_line(values, count * sizeof(T)); }
  bool operator==(const OnLine&) const { return true; }
  bool operator!=(const OnLine&) const { return false; }
};
typedef std::vector<float, OnLine<float>> Floats;
