// Depthwise 3x3 convolutions of one channel. No include guard: part of network_planes_kernels.h.
//
// A vector's neighbours are loaded from one pixel to the left, to the right, a row up and down; where that is outside the
// image, the edges' masks clear what was read.

struct Around {
  Ints left, right, top, bottom;
  bool at_top, at_bottom;
};

// The masks of the vector at `pixel` of an image.
INLINE Around around(const Edges& edges, int64_t pixel) {
  const int64_t size = edges.size, period = size > 16 ? size : 16, place = pixel % period;
  const int64_t last = pixel - (size * size - period);
  Around masks;
  masks.left = load_ints(edges.left + place), masks.right = load_ints(edges.right + place);
  masks.at_top = pixel < size, masks.at_bottom = pixel + LANES > size * size - size;
  masks.top = masks.at_top ? load_ints(edges.top + pixel) : ~Ints{};
  masks.bottom = masks.at_bottom ? load_ints(edges.bottom + last) : ~Ints{};
  return masks;
}

// y (+)= the sum over the neighbours of x times their weights w[step * tap]; turned: from the last tap to the first.
static void depthwise(const Edges& edges, const float* x, const float* w, int64_t step, bool turned, float* y,
                      bool accumulate) {
  const int64_t size = edges.size, pixels = size * size;
  Vec tap[9];
  for (int t = 0; t < 9; t++) tap[t] = fill(w[step * (turned ? 8 - t : t)]);
  for (int64_t image = 0; image < edges.images; image++, x += pixels, y += pixels)
    for (int64_t i = 0; i < pixels; i += LANES) {
      const Around masks = around(edges, i);
      const auto row = [&](const float* at, const Vec* weights) __attribute__((always_inline)) {
        return keep(load(at - 1), masks.left) * weights[0] + load(at) * weights[1] +
               keep(load(at + 1), masks.right) * weights[2];
      };
      const Vec sum = row(x + i, tap + 3) + keep(row(x + i - size, tap), masks.top) +
                      keep(row(x + i + size, tap + 6), masks.bottom);
      store(y + i, accumulate ? load(y + i) + sum : sum);
    }
}

// dw[step * tap] += the sum over pixels of the tap's neighbour in x times dy.
static void depthwise_gradient(const Edges& edges, const float* x, const float* dy, float* dw, int64_t step) {
  const int64_t size = edges.size, pixels = size * size;
  double total[9] = {};
  for (int64_t image = 0; image < edges.images; image++, x += pixels, dy += pixels) {
    Vec sum[9] = {};
    for (int64_t i = 0; i < pixels; i += LANES) {
      const Around masks = around(edges, i);
      const Vec d = load(dy + i);
      const auto row = [&](const float* at, Vec here, Vec* sums) __attribute__((always_inline)) {
        sums[0] += keep(load(at - 1), masks.left) * here;
        sums[1] += load(at) * here;
        sums[2] += keep(load(at + 1), masks.right) * here;
      };
      row(x + i - size, keep(d, masks.top), sum);
      row(x + i, d, sum + 3);
      row(x + i + size, keep(d, masks.bottom), sum + 6);
    }
    for (int t = 0; t < 9; t++) total[t] += sum_of(sum[t]);
  }
  for (int t = 0; t < 9; t++) dw[step * t] += static_cast<float>(total[t]);
}
