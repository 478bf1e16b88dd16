// Small pieces come from where all memory comes from; large ones lie one after the other in chunks of large pages. A
// chunk is used again when nothing of it is in use: a network's memory is taken, and given back, together.

#include "network_memory.h"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace {

constexpr std::size_t kLine = 64, kLarge = 1 << 16, kLargePage = 2 << 20, kChunk = 8 * kLargePage;

struct Chunk {
  char* memory;
  std::size_t size, used, pieces;  // pieces: those in use
};

std::mutex mutex;  // engines may run in threads of their own
std::vector<Chunk> chunks;

std::size_t whole(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

Chunk& chunk_with(std::size_t bytes) {
  for (Chunk& chunk : chunks)
    if (chunk.used + bytes <= chunk.size) return chunk;
  const std::size_t size = std::max(kChunk, whole(bytes, kLargePage));
  auto* memory = static_cast<char*>(::operator new(size, std::align_val_t(kLargePage)));
#if defined(__linux__)
  madvise(memory, size, MADV_HUGEPAGE);  // a wish: where there are no large pages, nothing changes
#endif
  chunks.push_back({memory, size, 0, 0});
  return chunks.back();
}

}  // namespace

void* allocate_on_line(std::size_t bytes) {
  if (bytes < kLarge) return ::operator new(bytes, std::align_val_t(kLine));
  const std::lock_guard<std::mutex> lock(mutex);
  Chunk& chunk = chunk_with(whole(bytes, kLine));
  void* memory = chunk.memory + chunk.used;
  chunk.used += whole(bytes, kLine), chunk.pieces++;
  return memory;
}

void free_on_line(void* memory, std::size_t bytes) {
  if (bytes < kLarge) return ::operator delete(memory, std::align_val_t(kLine));
  const std::lock_guard<std::mutex> lock(mutex);
  const auto holds = [&](const Chunk& chunk) {
    return memory >= chunk.memory && memory < chunk.memory + chunk.size;
  };
  const auto chunk = std::find_if(chunks.begin(), chunks.end(), holds);
  if (--chunk->pieces > 0) return;
  chunk->used = 0;
  // One empty chunk is kept, for the next network.
  const auto empty = [](const Chunk& each) { return each.pieces == 0; };
  if (std::count_if(chunks.begin(), chunks.end(), empty) == 1) return;
  ::operator delete(chunk->memory, std::align_val_t(kLargePage));
  chunks.erase(chunk);
}
