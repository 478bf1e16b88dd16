// Stacks of small graph predictors in TensorFlow: what takes about twenty passes over memory as single operations
// (adjacency, batch norm, Mish; attention; their gradients; Adam) is one pass here, over data that stays in the cache.
//
// Shapes: R repeats, `rows` = batch * nodes, D directions (2: successors and predecessors, 1: successors), c features.
//   u, z        [R, rows, D*c]   input times weights; z = adjacency applied to u, direction by direction
//   adjacency   [G, n, n]        G = 1 (shared) or R * batch (one a cell); 1 at [i, j] for an edge i -> j
//   scale, ...  [R, D*c]
//   h           [R, rows, c]     mean over the directions of mish(batch norm(z))
// All data are float32. Work is split over repeats by running several processes, so the kernels have one thread.
#pragma once

#include <cstdint>

constexpr int64_t kMostAttended = 64;  // nodes of a graph that attention takes

struct Shape {
  int64_t repeats, rows, nodes, graphs, directions, c;
  int64_t width() const { return directions * c; }
  int64_t cells() const { return rows / nodes; }
};

void convolve(const Shape& s, const float* u, const float* adjacency, const float* gamma, const float* beta,
              float epsilon, float* h, float* z, float* mean, float* variance);
void convolve_fixed(const Shape& s, const float* u, const float* adjacency, const float* scale, const float* shift,
                    float* h);
void convolve_gradient(const Shape& s, const float* dh, const float* z, const float* adjacency, const float* gamma,
                       const float* beta, const float* mean, const float* variance, float epsilon, float* du,
                       float* dgamma, float* dbeta);
void attention(const Shape& s, const float* q, const float* k, const float* v, const float* adjacency, float* out,
               float* p);
void attention_gradient(const Shape& s, const float* dout, const float* q, const float* k, const float* v,
                        const float* adjacency, const float* p, float* dq, float* dk, float* dv);
// Keras' Adam (protocol 3.3): epsilon is added to the uncorrected root; `rate` is the corrected learning rate.
void adam(int64_t size, float rate, float beta1, float beta2, float epsilon, const float* theta, const float* m,
          const float* v, const float* gradient, float* theta_out, float* m_out, float* v_out);
// The instruction set that they use on this processor.
const char* fused_instructions();
// Adds the operations to the TensorFlow library of this process; false when it refuses them.
bool register_operations();
