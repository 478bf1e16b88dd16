// The engine whose maps keep a channel's pixels together, those of the whole batch: [channels][batch][size * size].
//
// A depthwise convolution, its batch norm and its activation concern one channel at a time, so a channel goes through all
// of them while its pixels are in the cache. A slice of channels is a part of its map's memory, and what is concatenated
// is made in its place. Any number of channels will do.
#pragma once

#include <map>

#include "network_engine.h"

// Masks that clear a pixel's neighbours to each side where they lie outside the image: `left` and `right` by place in a row,
// or in 16 pixels, where a row is shorter; `top` and `bottom`, for such rows, in the first and last 16 pixels of an image.
struct Edges {
  int64_t size, images;  // side of an image, and how many lie one after the other
  const int32_t *left, *right, *top, *bottom;
};

// What finishes a channel: scale * y + shift, through Mish or not.
struct Finish {
  float scale, shift;
  bool mish;
};

// A product of matrices, y [outputs][pixels] (+)= weights' x, x [inputs][pixels]; strides are from row to row (rows of what
// a product writes may lie anywhere, and come as a list), and
// weight(i, o) lies at i * weight_input + o * weight_output.
struct Product {
  int64_t inputs, outputs, pixels;
  int64_t weight_input, weight_output;
  int64_t x_stride, y_stride;
};

// An attention over channel means.
struct GateShape {
  int64_t images, channels, hidden;
};
struct GateWeights {
  const float *query, *key, *value, *projection;
};
struct GateGradients {
  float *query, *key, *value, *projection;
};

// The kernels of network_planes_kernels.h, compiled for one instruction set. Numbers of pixels are multiples of 16.
struct PlaneKernels {
  // w: nine weights, `step` floats from one to the next; turned: from the last to the first.
  void (*depthwise)(const Edges&, const float* x, const float* w, int64_t step, bool turned, float* y, bool accumulate);
  void (*depthwise_gradient)(const Edges&, const float* x, const float* dy, float* dw, int64_t step);
  void (*moments)(int64_t, const float* y, double* total, double* square);
  // z (+)= the finished y, plus `plus` unless it is null.
  void (*finish)(int64_t, const float* y, const Finish&, const float* plus, float* z, bool accumulate);
  void (*finish_gradient)(int64_t, const float* dz, const float* y, const Finish&, float* t, double* total,
                          double* product);
  void (*combine)(int64_t, const float* t, const float* y, float a, float b, float k, float* to);
  // z (+)= x, plus `plus` unless it is null.
  void (*add)(int64_t, const float* x, const float* plus, float* z, bool accumulate);
  void (*halve)(int64_t rows, int64_t size, const float* x, float* z);
  void (*halve_gradient)(int64_t rows, int64_t size, const float* dz, float* dx, bool accumulate);
  // The image's colours at each of nine shifts, 27 channels: with them a 3x3 convolution is one of 1x1.
  void (*columns)(int64_t size, const float* x, int64_t x_step, float* to, int64_t step);
  void (*image_sums)(int64_t images, int64_t pixels, const float* x, float* sums, int64_t step);
  void (*image_products)(int64_t images, int64_t pixels, const float* x, const float* y, float* sums, int64_t step);
  // z (+)= scale * x + shift of each image; without x only the shift, without shift only the product.
  void (*scale_images)(int64_t images, int64_t pixels, const float* x, const float* scale, const float* shift,
                       int64_t step, float* z, bool accumulate);
  void (*multiply)(const Product&, const float* weights, const float* x, float* const* y, bool accumulate,
                   Floats& work);
  void (*multiply_gradient)(const Product&, const float* x, const float* dy, float* dw);
  void (*gate)(const GateShape&, const GateWeights&, const float* means, float* factors, Floats& work);
  void (*gate_gradient)(const GateShape&, const GateWeights&, const float* means, const float* d_factors,
                        const GateGradients&, float* d_means, Floats& work);
};

// The kernels for this processor.
const PlaneKernels& best_plane_kernels();

// Floats before and after the channels of a map: more than a row and a vector.
constexpr int64_t kPlaneGuard = 128;

class PlaneNetwork : public Network {
 public:
  // `plan` as lib/src/convnet/plane-plan.ts writes it.
  PlaneNetwork(const int32_t* plan, float epsilon, float momentum, float* parameters, float* statistics);

  int64_t image_floats() const override { return 3 * maps_[0].size * maps_[0].size; }

 private:
  // A map, which lies in the memory of the map `root` from channel `first` on. A root's own memory begins and ends with
  // kPlaneGuard floats that are read (a neighbour outside the image) but do not matter. Gradients lie channel by channel
  // wherever a plane was free: what is passed on unchanged is passed on by its plane.
  struct Map {
    int64_t size, channels;
    int root, first;
    Floats values;                  // of a root
    std::vector<float*> gradients;  // of a root, by channel; null where there is none yet or any more
  };

  struct Term {
    int input, kernel, depthwise, weights, mish, gamma, beta, statistics;
    Floats convolved;  // [channels][plane], what a convolution of all channels gives; on the way back, its gradient
    std::vector<Finish> finish;
    std::vector<double> mean, deviation;  // deviation: 1 / sqrt(variance + epsilon)

    bool normed() const { return gamma >= 0; }
    bool full() const { return kernel > 0 && !depthwise; }
  };

  struct Layer {
    enum Kind { kSum = 0, kHalve = 1, kGate = 2 } kind;
    int input, output;
    std::vector<Term> terms;
    int hidden, query, key, value, projection;
    Floats means, factors;  // of a gate, [batch][channels]
  };

  void read_layer(Layer& layer, const int32_t*& plan);
  void forward(const float* images, bool training, bool moving) override;
  void backward(bool training) override;
  void read_images(const float* images);
  const float* columns_of(int64_t image);
  void forward_sum(Layer& layer, bool training, bool moving);
  // The norm of a channel of a term, from the batch's moments or the moving ones.
  void norm_channel(Term& term, int64_t channels, int64_t c, int64_t pixels, const float* y, bool training, bool moving);
  void forward_gate(Layer& layer);
  void backward_sum(Layer& layer, bool training);
  // Adds the gradient of a sum's channel to those of the terms that are added as they are, and leaves it to one of them.
  void pass_on(const Layer& layer, int64_t c, int64_t pixels);
  // Leaves in `to` the gradient of what the term's norm reads, from dz.
  void term_gradient(const Term& term, int64_t c, int64_t pixels, const float* dz, const float* y, float* to,
                     bool training);
  void backward_halve(Layer& layer);
  void backward_gate(Layer& layer);
  // The product that a full convolution is; a 3x3 one is a product for each image.
  Product product_of(const Term& term, const Map& output) const;

  int64_t pixels_of(const Map& map) const { return batch_ * map.size * map.size; }
  // Floats from a channel to the next; the 16 keep channels out of one set of the cache.
  int64_t plane_of(const Map& map) const { return pixels_of(map) + 16; }
  const float* values_of(int map, int64_t channel) const;
  float* values_of(int map, int64_t channel);
  // Where a channel's gradient lies.
  float*& gradient_slot(int map, int64_t channel);
  // Where to add a channel's gradient (`accumulate`) or to put it.
  float* gradients_of(int map, int64_t channel, bool& accumulate);
  // The same for all channels of a map.
  float* const* gradients_of(int map, bool& accumulate);
  // Gradients of a map that nothing more is added to; null when no way leads to the logits. Channels without are zeros.
  float* const* finished_gradients(int map);
  float* lend_plane(const Map& map);
  void take_planes_back(int map);
  // A list of rows that lie `step` floats apart.
  float* const* rows_of(float* first, int64_t rows, int64_t step);
  const Edges& edges_of(int64_t size);

  int head_input_;
  std::vector<Map> maps_;
  std::vector<Layer> layers_;
  Floats colours_, columns_;  // [3][batch][size + 2][size + 2], zeros around; of one image, [27][pixels and 16]
  Floats convolved_, turned_;  // a channel after its depthwise convolution, and the gradient of that
  Floats work_;
  std::vector<Floats> slabs_;  // memory of gradients
  std::map<int64_t, std::vector<float*>> spare_;  // its planes that nobody uses, by their length
  std::vector<float*> rows_;
  struct Masks {
    std::vector<int32_t> left, right, top, bottom;
    Edges edges;
  };
  std::vector<std::unique_ptr<Masks>> masks_;
  const PlaneKernels& k_;
};
