// The small attention of a gate, image by image. No include guard: part of network_planes_kernels.h.

INLINE int64_t whole_vectors(int64_t n) { return (n + LANES - 1) / LANES * LANES; }

// What one image's attention works with, each part whole vectors long, zeros behind `hidden` numbers.
struct Attention {
  int64_t length;
  float *query, *key, *value;     // through Mish
  float *before[3];               // Mish
  float *attended, *d_attended;
  float *d_query, *d_key, *d_value;
  float *valid;                   // 1 for numbers, 0 behind them
  float *projected;               // [channels]

  Attention(const GateShape& shape, Floats& work) : length(whole_vectors(shape.hidden)) {
    work.assign(12 * length + whole_vectors(shape.channels), 0);
    float* next = work.data();
    for (float** part : {&query, &key, &value, &before[0], &before[1], &before[2], &attended, &d_attended, &d_query,
                         &d_key, &d_value, &valid}) {
      *part = next;
      next += length;
    }
    projected = next;
    for (int64_t i = 0; i < shape.hidden; i++) valid[i] = 1;
  }
};

// to[outputs] = x [inputs] times weights [inputs][outputs].
INLINE void times(int64_t inputs, int64_t outputs, const float* x, const float* weights, float* to) {
  for (int64_t o = 0; o < outputs; o++) to[o] = 0;
  for (int64_t i = 0; i < inputs; i++)
    for (int64_t o = 0; o < outputs; o++) to[o] += x[i] * weights[i * outputs + o];
}

// Adds the gradients through that product.
INLINE void times_gradient(int64_t inputs, int64_t outputs, const float* x, const float* weights, const float* d,
                           float* d_weights, float* dx) {
  for (int64_t i = 0; i < inputs; i++) {
    const float *w = weights + i * outputs;
    float* dw = d_weights + i * outputs;
    Vec sum = {};
    int64_t o = 0;
    for (; o + LANES <= outputs; o += LANES) {
      sum += load(w + o) * load(d + o);
      store(dw + o, load(dw + o) + x[i] * load(d + o));
    }
    float rest = sum_of(sum);
    for (; o < outputs; o++) {
      rest += w[o] * d[o];
      dw[o] += x[i] * d[o];
    }
    dx[i] += rest;
  }
}

// exp(query * key - largest), and 0 behind the numbers.
INLINE Vec likelihood(const Attention& a, float query, float largest, int64_t j) {
  return exponential(query * load(a.key + j) - largest) * load(a.valid + j);
}

// Largest query * key of a row.
INLINE float largest_score(const Attention& a, int64_t hidden, float query) {
  float lowest = a.key[0], highest = a.key[0];
  for (int64_t j = 1; j < hidden; j++) {
    lowest = a.key[j] < lowest ? a.key[j] : lowest;
    highest = a.key[j] > highest ? a.key[j] : highest;
  }
  return query * (query > 0 ? highest : lowest);
}

// Fills everything up to `projected`, which the hard sigmoid has yet to meet.
INLINE void attend(const GateShape& shape, const GateWeights& weights, const float* means, Attention& a) {
  const float* matrices[] = {weights.query, weights.key, weights.value};
  float* results[] = {a.query, a.key, a.value};
  for (int n = 0; n < 3; n++) {
    times(shape.channels, shape.hidden, means, matrices[n], a.before[n]);
    for (int64_t j = 0; j < a.length; j += LANES) store(results[n] + j, mish(load(a.before[n] + j)));
  }
  for (int64_t i = 0; i < shape.hidden; i++) {
    const float largest = largest_score(a, shape.hidden, a.query[i]);
    Vec sum = {}, weighted = {};
    for (int64_t j = 0; j < a.length; j += LANES) {
      const Vec p = likelihood(a, a.query[i], largest, j);
      sum += p, weighted += p * load(a.value + j);
    }
    a.attended[i] = sum_of(weighted) / sum_of(sum);
  }
  times(shape.hidden, shape.channels, a.attended, weights.projection, a.projected);
}

// factors [images][channels] from channel means [images][channels].
static void gate(const GateShape& shape, const GateWeights& weights, const float* means, float* factors,
                 Floats& work) {
  Attention a(shape, work);
  for (int64_t image = 0; image < shape.images; image++, means += shape.channels, factors += shape.channels) {
    attend(shape, weights, means, a);
    for (int64_t c = 0; c < shape.channels; c++) {
      const float shifted = a.projected[c] + 3;
      factors[c] = (shifted < 0 ? 0 : shifted > 6 ? 6 : shifted) / 6;
    }
  }
}

// The gradients of means (set) and weights (added to) from those of the factors.
static void gate_gradient(const GateShape& shape, const GateWeights& weights, const float* means,
                          const float* d_factors, const GateGradients& d_weights, float* d_means, Floats& work) {
  Attention a(shape, work);
  for (int64_t image = 0; image < shape.images; image++) {
    const float *x = means + image * shape.channels, *df = d_factors + image * shape.channels;
    float* dx = d_means + image * shape.channels;
    attend(shape, weights, x, a);
    for (int64_t c = 0; c < shape.channels; c++) {
      a.projected[c] = a.projected[c] > -3 && a.projected[c] < 3 ? df[c] / 6 : 0;  // now its gradient
      dx[c] = 0;
    }
    for (float* part : {a.d_attended, a.d_query, a.d_key, a.d_value})
      for (int64_t j = 0; j < a.length; j++) part[j] = 0;
    times_gradient(shape.hidden, shape.channels, a.attended, weights.projection, a.projected, d_weights.projection,
                   a.d_attended);
    for (int64_t i = 0; i < shape.hidden; i++) {
      const float query = a.query[i], largest = largest_score(a, shape.hidden, query), d = a.d_attended[i];
      Vec sum = {}, d_query = {};
      for (int64_t j = 0; j < a.length; j += LANES) sum += likelihood(a, query, largest, j);
      const float share = d / sum_of(sum);
      for (int64_t j = 0; j < a.length; j += LANES) {
        const Vec p = share * likelihood(a, query, largest, j);
        const Vec ds = p * (load(a.value + j) - a.attended[i]);
        store(a.d_value + j, load(a.d_value + j) + p);
        store(a.d_key + j, load(a.d_key + j) + query * ds);
        d_query += ds * load(a.key + j);
      }
      a.d_query[i] = sum_of(d_query);
    }
    const float* matrices[] = {weights.query, weights.key, weights.value};
    float* d_matrices[] = {d_weights.query, d_weights.key, d_weights.value};
    float* gradients[] = {a.d_query, a.d_key, a.d_value};
    for (int n = 0; n < 3; n++) {
      for (int64_t j = 0; j < a.length; j += LANES)
        store(gradients[n] + j, load(gradients[n] + j) * mish_slope(load(a.before[n] + j)));
      times_gradient(shape.channels, shape.hidden, x, matrices[n], gradients[n], d_matrices[n], dx);
    }
  }
}
