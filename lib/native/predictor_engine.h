// The whole predictor on one core: a training step of one repeat at a time, and predictions, with everything that a step
// touches (weights, moments, activations: about 2 MB) in the second-level cache. A repeat takes many steps before the
// next one has its turn, so nothing is stacked and one repeat alone is as cheap as one of a hundred.
//
// It knows the structure of lib/src/predictors/network.ts with the options of predictor-options.ts and nothing else; a
// predictor with a layer of one's own is computed by TensorFlow's operations (tensor-engine.ts), which are also what
// the tests hold this against. Formulas: see there, and protocol 2 and 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

// Floats that begin on a line of the cache, so that no vector crosses one.
template <typename T>
struct CacheAligned {
  typedef T value_type;
  static constexpr std::align_val_t kLine{64};

  CacheAligned() = default;
  template <typename U>
  CacheAligned(const CacheAligned<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* values, std::size_t) { ::operator delete(values, kLine); }
  bool operator==(const CacheAligned&) const { return true; }
  bool operator!=(const CacheAligned&) const { return false; }
};
typedef std::vector<float, CacheAligned<float>> AlignedFloats;

constexpr int64_t kWidth = 64;         // features of a node inside the predictor, c
constexpr int64_t kBoth = 2 * kWidth;  // of both directions of a graph convolution, successors' first
constexpr int64_t kMostNodes = 64;     // of a graph
constexpr int64_t kPad = 16;           // rows of an attention matrix are a multiple of it

constexpr int64_t padded(int64_t nodes) { return (nodes + kPad - 1) / kPad * kPad; }

// A graph's edges: those of node i are list[d][begin[d][i]] up to begin[d][i + 1]; d = 0: its successors (row i of the
// adjacency), 1: its predecessors. mask[d] is the adjacency [n, padded(n)], transposed for d = 1, with zeros beyond n.
struct Graph {
  std::vector<uint16_t> begin[2];
  std::vector<uint8_t> list[2];
  AlignedFloats mask[2];

  // `adjacency`: [nodes, stride] of zeros and ones.
  void build(const uint8_t* adjacency, int64_t nodes, int64_t stride);
};

// One cell of a batch: its nodes are rows `start` to start + nodes - 1.
struct Cell {
  int64_t start, nodes;
  const Graph* graph;
};

struct Batch {
  std::vector<Cell> cells;
  std::vector<uint8_t> hot;  // of each row
  int64_t rows;
};

// Kernels that exist once for each instruction set (predictor_kernels.h). Matrices are row-major and contiguous.
struct Kernels {
  // c [rows, columns] (+)= a b; a's entry (r, k) is a[r * a_row + k * a_step]; columns: a multiple of 16.
  void (*product)(int64_t rows, int64_t inner, const float* a, int64_t a_row, int64_t a_step, const float* b,
                  int64_t columns, float* c, bool accumulate);
  // [rows, columns] to [columns, rows], both multiples of 16.
  void (*transpose)(int64_t rows, int64_t columns, const float* from, float* to);
  // target = A_d source for each direction, [rows, 2c]; `back`: with the transposed A_d, which is the gradient.
  void (*propagate)(const Batch&, const float* source, float* target, bool back);
  // Batch norm by the batch's statistics, Mish, mean over the directions; also mish' at every entry, and the statistics
  // (deviation: 1 / standard deviation).
  void (*normalise)(int64_t rows, int64_t directions, const float* z, const float* gamma, const float* beta,
                    float epsilon, float* h, float* slope, float* mean, float* variance, float* deviation);
  // The way back: `slope` holds mish' and becomes the gradient of z.
  void (*normalise_gradient)(int64_t rows, int64_t directions, const float* dh, const float* z, const float* gamma,
                             const float* mean, const float* deviation, float* slope, float* dgamma, float* dbeta);
  // Mean over the directions of mish(scale * A_d u + shift).
  void (*activate)(const Batch&, const float* u, const float* scale, const float* shift, float* h);
  // mish(scale * x + shift), one direction without a graph.
  void (*activate_plain)(int64_t rows, const float* x, const float* scale, const float* shift, float* h);
  // out = base + sum over d of p[d] v, p[d] = softmax_row(q k^T * mask[d]), in each cell; p: a cell's [D, n, padded(n)]
  // after the other's.
  void (*attend)(const Batch&, int64_t directions, const float* q, const float* k, const float* v, const float* base,
                 float* p, float* out);
  void (*attend_gradient)(const Batch&, int64_t directions, const float* dout, const float* q, const float* k,
                          const float* v, const float* p, float* dq, float* dk, float* dv);
  // y += a * x
  void (*add_scaled)(int64_t count, float a, const float* x, float* y);
  // Means of the rows of [rows, c].
  void (*row_means)(int64_t rows, const float* x, float* means);
  // Every entry of row r becomes values[r].
  void (*spread)(int64_t rows, const float* values, float* x);
  // Keras' Adam (protocol 3.3); `rate` holds the correction of both moments.
  void (*adam)(int64_t count, float rate, float* theta, float* m, float* v, const float* gradient);
};

// The kernels for this processor.
const Kernels& best_kernels();

// The structure and where a repeat's numbers lie in its state [parameters, moving statistics]; -1: the part is absent.
struct Plan {
  int32_t nodes, features, codes;
  int32_t nsam, nsam_directions, nsam_output;
  int32_t siamese, efm_directions, efm_own_value, efm_code_norm;
  int32_t head_of_nodes;  // the head averages over nodes, not features
  int32_t parameters, state;
  struct Norm {
    int32_t gamma, beta, mean, variance, bias, updates, weight;
  };
  enum { kBasic1, kBasic2, kNsamQuery, kNsamKey, kNsamValue, kNsamOutput, kBasic3, kEfmKey, kEfmQuery, kEfmValue,
         kEfmOutput, kEfmCode, kNorms };
  Norm norms[kNorms];
  int32_t dense_weight, dense_bias, head_weight, head_bias;

  int64_t head_inputs() const { return head_of_nodes ? kWidth : nodes; }
};
constexpr int64_t kPlanIntegers = sizeof(Plan) / sizeof(int32_t);

// The cells of a space; the arrays stay the caller's.
struct Space {
  int64_t count;
  const uint8_t* hot;        // [count, n]
  const uint8_t* adjacency;  // [n, n], or [count, n, n] when `own`
  bool own;
  const uint8_t* sizes;      // nodes that take part in each cell, [count]; null: all
};

// What a part of the network keeps between its way forward and its way back.
struct Activation {
  AlignedFloats z, slope, h, mean, variance, deviation, scale, shift;
};

class Engine {
 public:
  Engine(const Plan& plan, const Space& space, int64_t repeats, float epsilon, float momentum);

  // State of all repeats, [R, state].
  void read(float* state) const;
  void write(const float* state);
  // Forgets the moments of Adam.
  void restart();
  // Each repeat by itself takes `steps` steps of Adam on batches of `size` cells: positions and labels [R, steps, size],
  // labels as fractions, codes [R, steps, size, codes]. `losses`: of each repeat's last step, [R].
  void train(int64_t steps, int64_t size, const int32_t* positions, const float* labels, const float* codes,
             double learning_rate, bool squared, float* losses);
  // The gradient [R, parameters] of the same loss on one batch of each repeat.
  void gradient(int64_t size, const int32_t* positions, const float* labels, const float* codes, bool squared,
                float* gradients);
  // Predictions in percent, [R, count], from positions [R, count]; fine ones where `codes` [R, count, k] is not null.
  void predict(int64_t count, const int32_t* positions, const float* codes, float* predictions);

  const Plan& plan() const { return plan_; }
  int64_t repeats() const { return repeats_; }
  int64_t cells() const { return space_.count; }

 private:
  void gather(const int32_t* positions, int64_t size);
  void reserve(int64_t rows, int64_t cells);
  void move_statistics(float* theta);
  float* weights(int64_t repeat) { return state_.data() + repeat * stride_; }
  const float* h(int layer) const { return layers_[layer].h.data(); }
  int efm_value() const { return plan_.efm_own_value ? Plan::kEfmValue : Plan::kEfmQuery; }

  // On the batch gathered: forward, loss, backward; fills gradient_.
  float forward_backward(const float* theta, const float* labels, const float* codes, bool squared);
  const float* forward_basic(const float* theta);
  void backward_basic(const float* theta, const float* into_last);
  void forward_fusion(const float* theta, const float* codes);
  void backward_fusion(const float* theta, const float* codes);
  void multiply(int layer, const float* theta, const float* x);
  void convolve(int layer, const float* theta, const float* x);
  void normalise(int layer, int64_t directions, const float* theta, const float* z);
  void normalise_gradient(int layer, int64_t directions, const float* theta, const float* z, const float* dh);
  void convolve_gradient(int layer, const float* theta, const float* x, const float* dh, float* dx, bool accumulate);
  void code_features(const float* theta, const float* codes, float* k0);
  void code_gradient(const float* codes, const float* dk0);
  void head(const float* theta, const float* h, AlignedFloats& means, float* predictions);
  void head_gradient(const float* theta, const AlignedFloats& means, const float* dlogit, float* dh);
  float loss(const AlignedFloats& predictions, const float* labels, bool squared, AlignedFloats& dlogit) const;
  void fix_norms(const float* theta);
  void convolve_fixed(int layer, const float* theta, const float* x);
  void predict_batch(const float* theta, const float* codes, float* predictions);

  const Plan plan_;
  const Space space_;
  const Kernels& k_;
  const int64_t repeats_, stride_;
  const float epsilon_, momentum_;
  int64_t steps_ = 0, rows_ = 0;
  Graph shared_;
  std::vector<Graph> graphs_;  // of the batch's cells where they have their own
  Batch batch_;
  AlignedFloats state_, first_, second_;  // [R, stride]
  AlignedFloats gradient_;                // of one repeat; what is not trained stays 0
  Activation layers_[Plan::kNorms];
  AlignedFloats u_, du_, turned_;
  AlignedFloats nsam_, efm_, code_;  // input of NSAM's and EFM's last layer; the code's dense layer
  AlignedFloats p_nsam_, p_efm_, coarse_means_, fine_means_, coarse_, fine_;
  // Gradients: of H_b, of what comes before the last layer of a branch, of EFM's sum, of q, k, v, of the code's features.
  AlignedFloats dh_, dlast_, dattended_, dq_, dk_, dv_, dcode_, dcoarse_, dfine_, dmeans_;
};
