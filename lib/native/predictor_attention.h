// Attention between the nodes of each cell (protocol 2.4), part of predictor_kernels.h.

// The weights of one row: softmax(scores * mask); entries from `nodes` on are 0.
INLINE void softmax_row(int64_t nodes, int64_t pad, const float* scores, const float* mask, float* p) {
  float largest = scores[0] * mask[0];
  for (int64_t j = 1; j < nodes; j++) {
    const float score = scores[j] * mask[j];
    largest = score > largest ? score : largest;
  }
  Vector total = {};
  for (int64_t j = 0; j < pad; j += LANES) {
    Vector weight = exponential(clamp(load(scores + j) * load(mask + j) - largest));
    for (int l = 0; l < LANES; l++) weight[l] = j + l < nodes ? weight[l] : 0.0f;
    total += weight;
    store(p + j, weight);
  }
  const Vector sum = fill(sum_of(total));
  for (int64_t j = 0; j < pad; j += LANES) store(p + j, load(p + j) / sum);
}

// A cell's features [nodes, c] as [c, pad]; columns from `nodes` on are 0.
INLINE void turn(int64_t nodes, int64_t pad, const float* x, float* turned) {
  alignas(64) float whole[kMostNodes * kWidth];
  for (int64_t i = 0; i < nodes * kWidth; i += LANES) store(whole + i, load(x + i));
  for (int64_t i = nodes * kWidth; i < pad * kWidth; i += LANES) store(whole + i, Vector{});
  transpose(pad, kWidth, whole, turned);
}

// weights [n, pad] = sum over the directions of p [D, n, pad].
INLINE void sum_directions(int64_t size, int64_t directions, const float* p, float* weights) {
  for (int64_t i = 0; i < size; i += LANES)
    store(weights + i, directions == 2 ? load(p + i) + load(p + size + i) : load(p + i));
}

static void attend(const Batch& batch, int64_t directions, const float* q, const float* k, const float* v,
                   const float* base, float* p, float* out) {
  alignas(64) float turned[kWidth * kMostNodes], scores[kMostNodes * kMostNodes];
  for (const Cell& cell : batch.cells) {
    const int64_t n = cell.nodes, pad = padded(n), at = cell.start * kWidth;
    turn(n, pad, k + at, turned);
    product(n, kWidth, q + at, kWidth, 1, turned, pad, scores, false);
    for (int64_t d = 0; d < directions; d++)
      for (int64_t i = 0; i < n; i++)
        softmax_row(n, pad, scores + i * pad, cell.graph->mask[d].data() + i * pad, p + (d * n + i) * pad);
    sum_directions(n * pad, directions, p, scores);
    for (int64_t i = 0; i < n * kWidth; i += LANES) store(out + at + i, load(base + at + i));
    product(n, n, scores, pad, 1, v + at, kWidth, out + at, true);
    p += directions * n * pad;
  }
}

// The gradient of attend for q, k and v: dv = P^T dout; the rest through the softmax to the scores.
static void attend_gradient(const Batch& batch, int64_t directions, const float* dout, const float* q, const float* k,
                            const float* v, const float* p, float* dq, float* dk, float* dv) {
  alignas(64) float turned[kWidth * kMostNodes], weights[kMostNodes * kMostNodes], of_weights[kMostNodes * kMostNodes];
  for (const Cell& cell : batch.cells) {
    const int64_t n = cell.nodes, pad = padded(n), at = cell.start * kWidth;
    sum_directions(n * pad, directions, p, weights);
    product(n, n, weights, 1, pad, dout + at, kWidth, dv + at, false);
    turn(n, pad, v + at, turned);
    product(n, kWidth, dout + at, kWidth, 1, turned, pad, of_weights, false);
    float* of_scores = weights;
    for (int64_t i = 0; i < n; i++) {
      Vector means[2] = {};
      for (int64_t d = 0; d < directions; d++) {
        Vector sum = {};
        for (int64_t j = 0; j < pad; j += LANES) sum += load(p + (d * n + i) * pad + j) * load(of_weights + i * pad + j);
        means[d] = fill(sum_of(sum));
      }
      for (int64_t j = 0; j < pad; j += LANES) {
        Vector gradient = {};
        for (int64_t d = 0; d < directions; d++)
          gradient += load(cell.graph->mask[d].data() + i * pad + j) * load(p + (d * n + i) * pad + j) *
                      (load(of_weights + i * pad + j) - means[d]);
        store(of_scores + i * pad + j, gradient);
      }
    }
    product(n, n, of_scores, pad, 1, k + at, kWidth, dq + at, false);
    product(n, n, of_scores, 1, pad, q + at, kWidth, dk + at, false);
    p += directions * n * pad;
  }
}
