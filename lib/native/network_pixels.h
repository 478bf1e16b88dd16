// The engine whose maps keep a pixel's channels together: sums of convolutions, pools and norms, with ReLU.
#pragma once

#include "network_engine.h"

// Where a convolution reads and writes, in floats: y[i * y_row + j * y_step + c] from x[i * x_row + j * x_step + c].
struct Window {
  int64_t height, width;  // of the output
  int64_t x_row, x_step, x_channels;
  int64_t y_row, y_step, y_channels;
};

struct Tap {
  int64_t offset;        // of the input pixel, from the pixel under the output
  const float* weights;  // [x_channels][y_channels]
};

struct Rows {
  int64_t height, width;  // rows, and floats in each
};

// What a 3x3 convolution of stride 1 reads and writes, in floats, in tiles of 4x4 pixels (network_winograd.h).
struct Tiling {
  int64_t images, size, channels;  // of square maps
  int64_t x_image, x_row;
  int64_t y_image, y_row;

  int64_t count() const { return images * (size / 4) * (size / 4); }
};

constexpr int64_t kPoints = 36;  // of a tile, in Winograd's domain
constexpr int64_t kTiles = 16;   // worked on together

// Floats from one point of a block of tiles to the next; the 16 keep a tile's points out of one set of the cache.
constexpr int64_t point_stride(int64_t channels) { return kTiles * channels + 16; }

// The kernels of network_pixels_kernels.h and network_winograd.h, compiled for one instruction set.
struct Kernels {
  void (*convolve)(const Window&, const Tap*, int, const float*, float*, bool);
  void (*convolve_gradient)(const Window&, int, int64_t, int64_t, const float*, const float*, float*);
  void (*winograd_weights)(int64_t, const float*, float*);
  void (*winograd_weights_gradient)(int64_t, const float*, float*);
  void (*winograd_convolve)(const Tiling&, const float*, float, const float*, float*, const float*, bool, float*);
  void (*winograd_gradient)(const Tiling&, const float*, float, const float*, float*, float*);
  void (*moments)(const Rows&, const float*, int64_t, int64_t, double*, double*);
  void (*products)(const Rows&, const float*, int64_t, const float*, int64_t, int64_t, double*, double*);
  void (*affine)(const Rows&, const float*, int64_t, int64_t, const float*, const float*, float*, int64_t, bool);
  void (*norm_gradient)(const Rows&, const float*, int64_t, const float*, int64_t, int64_t, const float*, const float*,
                        const float*, float*, int64_t, bool);
  void (*add)(const Rows&, const float*, int64_t, float*, int64_t, bool);
  void (*relu)(const Rows&, const float*, float*, int64_t);
  void (*relu_gradient)(const Rows&, const float*, const float*, float*, int64_t, bool);
  void (*pool_three)(const Rows&, int64_t, const float*, const float*, bool, float*, int64_t, bool);
  void (*halve)(const Rows&, int64_t, const float*, int64_t, float*, int64_t);
  void (*halve_gradient)(const Rows&, int64_t, const float*, int64_t, float*, int64_t, bool);
  void (*add_image)(const uint8_t*, const Axis&, const Axis&, float, float*);
  void (*adam)(int64_t, float, float, float, float, float*, float*, float*, const float*);
};

// The kernels for this processor.
const Kernels& best_kernels();

// One image of a feature map lies in `image()` floats with its border; a pixel's channels are neighbours.
struct FeatureMap {
  int64_t size, channels;
  Floats values, gradients;  // gradients: while they are needed on the way back
  bool has_gradient = false;

  int64_t line() const { return (size + 2) * channels; }
  int64_t image() const { return (size + 2) * line(); }
  int64_t inner() const { return line() + channels; }  // offset of the first pixel that is not border
  Rows rows() const { return {size, size * channels}; }
};

struct SpareGradients {
  int64_t size, channels;
  Floats values;  // with borders of zeros
};

// Images of one shape whose borders stay zero from one use to the next.
struct Bordered {
  int64_t size = 0, channels = 0;
  Floats values;

  float* of(const FeatureMap& map, int64_t images) {
    if (map.size != size || map.channels != channels || static_cast<int64_t>(values.size()) < images * map.image()) {
      size = map.size, channels = map.channels;
      values.assign(images * map.image(), 0);
    }
    return values.data();
  }
};

// What the convolutions of a sum work with, by their place in it; the next sum uses the same memory.
struct Workspace {
  Floats turned;                   // [taps][outputs][inputs], for the way back
  Floats points, points_gradient;  // of the weights (network_winograd.h)
  Bordered activated;              // the input after its ReLU
};

// pool(input), or norm(convolution(input)) with either part left out; kernel 0: no convolution, gamma < 0: no norm. The
// input of a convolution may be activated, max(input, 0): a map of its own would only cost memory.
struct Term {
  int input, activated, pool, kernel, stride, start, weights, gamma, beta, statistics;
  int place;                       // in its sum
  int64_t products;                // where its products begin, of a convolution that is watched
  Floats convolved, scale, shift;  // [batch, size, size, channels]; the norm as y * scale + shift
  std::vector<double> mean, variance;
  // Over pixels, of what the norm reads: sums of it and of its square; on the way back of the gradient and of both.
  std::vector<double> total, product;
  Floats of_gradient, of_value, rest;  // the norm's gradient as of_gradient * dz + of_value * y + rest
  bool accumulates;                    // whether its input has gradients already

  bool normed() const { return gamma >= 0; }
  // A convolution that can be cut between any two rows.
  bool pointwise() const { return kernel == 1 && stride == 1; }
  // Whether it is a convolution that network_winograd.h has tiles for.
  bool tiled(const FeatureMap& x, const FeatureMap& y) const {
    const int64_t c = y.channels;
    return kernel == 3 && stride == 1 && start == 0 && x.channels == c && y.size % 4 == 0 &&
           (c == 8 || c == 16 || c == 32 || c == 64);
  }
};

struct Layer {
  enum Kind { kRelu = 0, kHalve = 1, kSum = 2 } kind;
  int input, output;
  std::vector<Term> terms;
  Floats states;  // of a ReLU: positive where it is active, in the layout of its map, while states are frozen
};

class PixelNetwork : public Network {
 public:
  // `plan` as lib/src/convnet/pixel-plan.ts writes it.
  PixelNetwork(const int32_t* plan, float epsilon, float momentum, float* parameters, float* statistics);

  int64_t image_floats() const override { return maps_[0].size * maps_[0].size * maps_[0].channels; }
  void freeze() override;
  void thaw() override { frozen_ = false; }

 private:
  int64_t convolution_products() const override { return convolution_products_; }
  void count_agreements(double* agreements) const override;
  // Where a ReLU takes its states from on the way back.
  const Floats& states_of(const Layer& layer) const { return frozen_ ? layer.states : maps_[layer.output].values; }
  // Leaves the products of a convolution.
  void watch_convolution(const Term& term, const FeatureMap& output);
  void add_image_gradient(const Term& term, const FeatureMap& output, int64_t image, const float* dy);
  void forward(const float* images, bool training, bool moving) override;
  void backward(bool training) override;
  void forward_sum(Layer& layer, bool training, bool moving);
  void norm_from(Term& term, const FeatureMap& map, bool training, bool moving);
  void backward_sum(Layer& layer, bool training);
  // Leaves the gradients of the term's norm and how it passes a gradient on, from the sums over pixels.
  void norm_gradient_from(Term& term, const FeatureMap& map, bool training);
  // Gives a map gradients, of no value yet, or takes them back for the next map of its shape.
  void lend_gradients(FeatureMap& map);
  void return_gradients(FeatureMap& map);
  // What a norm reads of an image, and the floats from line to line.
  const float* normed_values(const Term& term, const FeatureMap& output, int64_t image) const;
  int64_t normed_line(const Term& term, const FeatureMap& output) const;
  // Images convolved in one call: of small maps, as many as fill a block with their tiles.
  int64_t together(const FeatureMap& output) const;
  // Rows convolved in one call: as many of an input to be activated as stay in the first cache with what they become.
  int64_t rows_together(const Term& term, const FeatureMap& output) const;
  // Rows of one image of the term's input, activated or not, as if the image began with the first of them.
  const float* input_of(const Term& term, int64_t image, int64_t row, int64_t rows);
  // Turns the term's weights into points, for `convolve`, when it works in tiles.
  void prepare_convolution(const Term& term, const FeatureMap& output);
  // y (+)= the convolution of `images` images of the term's input from `image` on; y's floats from line to line and from
  // image to image.
  void convolve(const Term& term, const FeatureMap& output, int64_t image, int64_t images, float* y, int64_t y_line,
                int64_t y_image, bool accumulate);
  // The same for the way back: from the output's gradients to those of the input and, at last, the weights.
  void prepare_convolution_gradient(const Term& term, const FeatureMap& output);
  void convolve_gradient(const Term& term, const FeatureMap& output, int64_t image, int64_t images);
  void convolve_rows_gradient(const Term& term, const FeatureMap& output, int64_t image, int64_t row, int64_t rows);
  void finish_convolution_gradient(const Term& term, const FeatureMap& output);
  // Rows of one image of the gradient of what the term's norm reads, as if the image began with the first of them; put
  // to `to` where there is a norm.
  const float* gradient_of_normed(const Term& term, const FeatureMap& output, int64_t image, int64_t row, int64_t rows,
                                  float* to);
  const float* shares(int64_t size);

  int head_input_;
  int64_t convolution_products_ = 0;
  bool frozen_ = false;
  std::vector<FeatureMap> maps_;
  std::vector<Layer> layers_;
  std::vector<Workspace> work_;
  Bordered scratch_;  // gradients of what norms read
  Floats from_output_, tiles_;  // gradients of an activated input; blocks of tiles (network_winograd.h)
  std::vector<Floats> shares_;
  std::vector<SpareGradients> spare_;
  const Kernels& k_;
};
