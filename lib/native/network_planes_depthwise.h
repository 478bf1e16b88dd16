// Depthwise 3x3 convolutions of one channel. No include guard: part of network_planes_kernels.h.
//
// A row of pixels is met three times: by the row above, by itself, and by the row below. Where rows are whole vectors, all
// three happen while the row's vectors are in registers, on a walk down a strip one vector wide. Where an image is
// narrower than a vector, the rows above and below are loaded too. What lies outside the image is cleared by masks.

// A vector with its neighbours to the left and right.
struct Three {
  Vec left, here, right;
};

INLINE Three load_three(const float* x, Ints left, Ints right) {
  return {keep(load(x - 1), left), load(x), keep(load(x + 1), right)};
}

INLINE Vec weigh(const Three& x, const Vec* w) { return x.left * w[0] + x.here * w[1] + x.right * w[2]; }

INLINE void put(float* y, Vec value, bool accumulate) { store(y, accumulate ? load(y) + value : value); }

// One image whose rows are whole vectors.
INLINE void depthwise_strips(const Edges& edges, const float* x, const Vec* tap, float* y, bool accumulate) {
  const int64_t size = edges.size;
  for (int64_t j = 0; j < size; j += LANES) {
    const Ints left = load_ints(edges.left + j), right = load_ints(edges.right + j);
    Vec above = {}, here = {};  // what earlier rows give to the row above and to this one
    const float* from = x + j;
    float* to = y + j;
    for (int64_t i = 0; i < size; i++, from += size, to += size) {
      const Three row = load_three(from, left, right);
      if (i > 0) put(to - size, above + weigh(row, tap + 6), accumulate);
      above = here + weigh(row, tap + 3);
      here = weigh(row, tap);
    }
    put(to - size, above, accumulate);
  }
}

// One image whose rows are shorter than a vector.
INLINE void depthwise_block(const Edges& edges, const float* x, const Vec* tap, float* y, bool accumulate) {
  const int64_t size = edges.size, pixels = size * size;
  const Ints left = load_ints(edges.left), right = load_ints(edges.right);
  for (int64_t i = 0; i < pixels; i += LANES) {
    Vec sum = weigh(load_three(x + i, left, right), tap + 3);
    Vec up = weigh(load_three(x + i - size, left, right), tap);
    Vec down = weigh(load_three(x + i + size, left, right), tap + 6);
    if (i == 0) up = keep(up, load_ints(edges.top));
    if (i + LANES == pixels) down = keep(down, load_ints(edges.bottom + 16 - LANES));
    put(y + i, sum + (up + down), accumulate);
  }
}

// y (+)= the sum over the neighbours of x times their weights w[step * tap]; turned: from the last tap to the first.
static void depthwise(const Edges& edges, const float* x, const float* w, int64_t step, bool turned, float* y,
                      bool accumulate) {
  const int64_t pixels = edges.size * edges.size;
  Vec tap[9];
  for (int t = 0; t < 9; t++) tap[t] = fill(w[step * (turned ? 8 - t : t)]);
  for (int64_t image = 0; image < edges.images; image++, x += pixels, y += pixels) {
    if (edges.size % LANES == 0) {
      if (accumulate) depthwise_strips(edges, x, tap, y, true);
      else depthwise_strips(edges, x, tap, y, false);
    } else {
      depthwise_block(edges, x, tap, y, accumulate);
    }
  }
}

INLINE void add_products(const Three& x, Vec d, Vec* sums) {
  sums[0] += x.left * d, sums[1] += x.here * d, sums[2] += x.right * d;
}

// dw[step * tap] += the sum over pixels of the tap's neighbour in x times dy.
static void depthwise_gradient(const Edges& edges, const float* x, const float* dy, float* dw, int64_t step) {
  const int64_t size = edges.size, pixels = size * size;
  double total[9] = {};
  Vec sum[9] = {};
  for (int64_t image = 0; image < edges.images; image++, x += pixels, dy += pixels) {
    if (size % LANES == 0) {
      for (int64_t j = 0; j < size; j += LANES) {
        const Ints left = load_ints(edges.left + j), right = load_ints(edges.right + j);
        Vec before = {}, here = load(dy + j);  // gradients of the row above and of this one
        for (int64_t i = 0; i < size; i++) {
          const Three row = load_three(x + i * size + j, left, right);
          const Vec next = i + 1 < size ? load(dy + (i + 1) * size + j) : Vec{};
          add_products(row, next, sum);
          add_products(row, here, sum + 3);
          add_products(row, before, sum + 6);
          before = here, here = next;
        }
      }
    } else {
      const Ints left = load_ints(edges.left), right = load_ints(edges.right);
      for (int64_t i = 0; i < pixels; i += LANES) {
        const Vec d = load(dy + i);
        const Vec up = i == 0 ? keep(d, load_ints(edges.top)) : d;
        const Vec down = i + LANES == pixels ? keep(d, load_ints(edges.bottom + 16 - LANES)) : d;
        add_products(load_three(x + i - size, left, right), up, sum);
        add_products(load_three(x + i, left, right), d, sum + 3);
        add_products(load_three(x + i + size, left, right), down, sum + 6);
      }
    }
    if ((image + 1) * pixels % kSummed != 0 && image + 1 < edges.images) continue;
    for (int t = 0; t < 9; t++) total[t] += sum_of(sum[t]), sum[t] = Vec{};
  }
  for (int t = 0; t < 9; t++) dw[step * t] += static_cast<float>(total[t]);
}
