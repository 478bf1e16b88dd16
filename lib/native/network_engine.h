// A convolutional network trained on one core: one call is a whole step (forward, backward, Adam).
//
// TensorFlow needs hundreds of operations a step for the small networks that an estimation code is measured on, and its
// convolutions are made for wider ones; here a step is loops over memory that stays in the cache. The TypeScript side
// (lib/src/convnet/network.ts) says which layers there are; lib/src/convnet/plain-engine.ts computes the same with
// TensorFlow's own operations, and the tests hold one against the other.
//
// Two ways to lay out a feature map have an engine each: PixelNetwork keeps a pixel's channels together, which suits full
// 3x3 convolutions; PlaneNetwork a channel's pixels, which suits depthwise ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "network_memory.h"

constexpr int kImageSide = 32, kImageFloats = 3 * kImageSide * kImageSide;

// What becomes of one axis of an image: pixel o is the sum over k < 3 of weights[3 o + k] * input[sources[3 o + k]].
struct Axis {
  const int32_t* sources;
  const float* weights;
};

// What both engines share: the dense layer at the end, the loss, and Adam.
class Network {
 public:
  virtual ~Network() = default;

  // Mean cross-entropy of the images [batch, size, size, colours] with target distributions [batch, classes]; then one
  // step of Adam on the parameters. `rate` is the learning rate without correction.
  float step(const float* images, const float* targets, float rate);
  // The same loss and its gradient [parameters], without a step.
  float gradient(const float* images, const float* targets, float* gradient);
  // Sum of the logits [batch, classes] times weights of the same shape, and its gradient [parameters]; batch norms use
  // the moving statistics, as constants.
  float logit_gradient(const float* images, const float* weights, float* gradient);
  // Logits [batch, classes] with the moving statistics of the batch norms.
  void predict(const float* images, float* logits);
  // Forgets the moments of Adam.
  void restart();

  // What lib/src/convnet/probe.ts reads of a pass; batch norms use the batch. Only networks of pixels have all of it.
  // The loss and its gradient [parameters]; for each convolution in the plan's order, and then for the dense layer, the
  // sum over pixels of its output times that output's gradient, [batch, channels]; and of all pairs of images how many
  // units before a ReLU have the same state, [batch, batch], once for each convolution that reads the ReLU; and the
  // gradient of the sum of all logits to the images.
  float observe(const float* images, const float* targets, float* gradient, float* products, double* agreements,
                float* image_gradient);
  // From now on a unit is active or not as it was in the last pass forward; until `thaw`.
  virtual void freeze() {}
  virtual void thaw() {}
  int64_t product_count() const { return convolution_products() + batch_ * classes_; }

  int64_t batch() const { return batch_; }
  int64_t classes() const { return classes_; }
  int64_t parameter_count() const { return parameter_count_; }
  virtual int64_t image_floats() const = 0;

 protected:
  Network(float epsilon, float momentum, float* parameters, float* statistics)
      : epsilon_(epsilon), momentum_(momentum), parameters_(parameters), statistics_(statistics) {}

  // To be called when the counts below are known; `features`: channels of the map that the dense layer reads means of.
  void prepare(int64_t features);
  // Fills `pooled_`. Training: batch norms use the batch's moments; moving: these move the statistics.
  virtual void forward(const float* images, bool training, bool moving) = 0;
  // Adds the gradient of everything before the means to `gradient_`, from theirs, which stands in `pooled_`.
  virtual void backward(bool training) = 0;
  virtual int64_t convolution_products() const { return 0; }
  virtual void count_agreements(double*) const {}

  // Where a pass back leaves what it is watched for; null while nobody watches. A pass back to the images leaves out the
  // gradients of the convolutions' weights.
  float *products_ = nullptr, *image_gradient_ = nullptr;
  int64_t batch_ = 0, classes_ = 0, parameter_count_ = 0;
  int head_weights_ = 0, head_bias_ = 0;
  float epsilon_, momentum_;
  float *parameters_, *statistics_;
  Floats gradient_, pooled_;  // pooled_ [batch, features]

 private:
  void logits_from_pooled();
  float loss_and_gradient(const float* targets);
  // From the logits' gradient, which stands in their place.
  void all_backward(bool training);

  int64_t steps_ = 0, features_ = 0;
  Floats first_, second_, logits_;
};

// The engine that the plan is for. Both arrays stay the caller's and are read and written.
std::unique_ptr<Network> make_network(const int32_t* plan, float epsilon, float momentum, float* parameters,
                                      float* statistics);
std::unique_ptr<Network> make_pixel_network(const int32_t* plan, float epsilon, float momentum, float* parameters,
                                            float* statistics);
std::unique_ptr<Network> make_plane_network(const int32_t* plan, float epsilon, float momentum, float* parameters,
                                            float* statistics);

// Keras' Adam: epsilon is added to the uncorrected root; `rate` already holds the correction of both moments.
void adam(int64_t size, float rate, float beta1, float beta2, float epsilon, float* theta, float* m, float* v,
          const float* gradient);

// to += scale * image after the changes of both axes (lib/src/convnet/augmentation.ts).
void add_image(const uint8_t* pixels, const Axis& across, const Axis& down, float scale, float* to);
