// What the engines share: the dense layer, the loss, Adam, and who is called when.

#include "network_engine.h"

#include <cmath>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <xmmintrin.h>
#endif

namespace {

// Numbers below 1e-38 become 0 while this lives: the moments of weights that get no gradient fade away, and arithmetic
// on such numbers is a hundred times slower.
class FlushSmallNumbers {
#if defined(__x86_64__) && defined(__GNUC__)
 public:
  FlushSmallNumbers() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~FlushSmallNumbers() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#endif
};

// Keras' defaults.
constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kAdamEpsilon = 1e-7f;

}  // namespace

std::unique_ptr<Network> make_network(const int32_t* plan, float epsilon, float momentum, float* parameters,
                                      float* statistics) {
  const auto make = *plan == 0 ? make_pixel_network : make_plane_network;
  return make(plan + 1, epsilon, momentum, parameters, statistics);
}

void Network::prepare(int64_t features) {
  features_ = features;
  pooled_.resize(batch_ * features), logits_.resize(batch_ * classes_);
  gradient_.resize(parameter_count_);
  restart();
}

void Network::restart() {
  first_.assign(parameter_count_, 0), second_.assign(parameter_count_, 0);
  steps_ = 0;
}

float Network::step(const float* images, const float* targets, float rate) {
  FlushSmallNumbers flush;
  forward(images, true, true);
  logits_from_pooled();
  const float loss = loss_and_gradient(targets);
  all_backward(true);
  steps_++;
  const double correction = std::sqrt(1 - std::pow(kBeta2, steps_)) / (1 - std::pow(kBeta1, steps_));
  adam(parameter_count_, static_cast<float>(rate * correction), kBeta1, kBeta2, kAdamEpsilon, parameters_,
       first_.data(), second_.data(), gradient_.data());
  return loss;
}

float Network::gradient(const float* images, const float* targets, float* gradient) {
  FlushSmallNumbers flush;
  forward(images, true, false);
  logits_from_pooled();
  const float loss = loss_and_gradient(targets);
  all_backward(true);
  std::memcpy(gradient, gradient_.data(), parameter_count_ * sizeof(float));
  return loss;
}

float Network::logit_gradient(const float* images, const float* weights, float* gradient) {
  FlushSmallNumbers flush;
  forward(images, false, false);
  logits_from_pooled();
  double sum = 0;
  for (int64_t i = 0; i < batch_ * classes_; i++) {
    sum += static_cast<double>(weights[i]) * logits_[i];
    logits_[i] = weights[i];
  }
  all_backward(false);
  std::memcpy(gradient, gradient_.data(), parameter_count_ * sizeof(float));
  return static_cast<float>(sum);
}

float Network::observe(const float* images, const float* targets, float* gradient, float* products,
                       double* agreements, float* image_gradient) {
  FlushSmallNumbers flush;
  forward(images, true, false);
  count_agreements(agreements);
  logits_from_pooled();
  const Floats logits = logits_;
  const float loss = loss_and_gradient(targets);
  float* dense = products + convolution_products();
  for (size_t i = 0; i < logits.size(); i++) dense[i] = logits[i] * logits_[i];
  products_ = products;
  all_backward(true);
  products_ = nullptr;
  std::memcpy(gradient, gradient_.data(), parameter_count_ * sizeof(float));
  logits_.assign(batch_ * classes_, 1);
  std::memset(image_gradient, 0, batch_ * image_floats() * sizeof(float));
  image_gradient_ = image_gradient;
  all_backward(true);
  image_gradient_ = nullptr;
  return loss;
}

void Network::predict(const float* images, float* logits) {
  FlushSmallNumbers flush;
  forward(images, false, false);
  logits_from_pooled();
  std::memcpy(logits, logits_.data(), batch_ * classes_ * sizeof(float));
}

void Network::logits_from_pooled() {
  const float *weights = parameters_ + head_weights_, *bias = parameters_ + head_bias_;
  for (int64_t b = 0; b < batch_; b++) {
    const float* mean = pooled_.data() + b * features_;
    float* logits = logits_.data() + b * classes_;
    std::memcpy(logits, bias, classes_ * sizeof(float));
    for (int64_t c = 0; c < features_; c++)
      for (int64_t n = 0; n < classes_; n++) logits[n] += mean[c] * weights[c * classes_ + n];
  }
}

// Mean cross-entropy; leaves its gradient in place of the logits.
float Network::loss_and_gradient(const float* targets) {
  double loss = 0;
  for (int64_t b = 0; b < batch_; b++, targets += classes_) {
    float* logits = logits_.data() + b * classes_;
    double largest = logits[0], sum = 0;
    for (int64_t n = 0; n < classes_; n++) largest = std::fmax(largest, logits[n]);
    for (int64_t n = 0; n < classes_; n++) sum += std::exp(logits[n] - largest);
    for (int64_t n = 0; n < classes_; n++) {
      const double log_probability = logits[n] - largest - std::log(sum);
      loss -= targets[n] * log_probability;
      logits[n] = static_cast<float>((std::exp(log_probability) - targets[n]) / batch_);
    }
  }
  return static_cast<float>(loss / batch_);
}

void Network::all_backward(bool training) {
  std::memset(gradient_.data(), 0, gradient_.size() * sizeof(float));
  const float* weights = parameters_ + head_weights_;
  float *dw = gradient_.data() + head_weights_, *db = gradient_.data() + head_bias_;
  for (int64_t b = 0; b < batch_; b++) {
    const float* d = logits_.data() + b * classes_;
    float* mean = pooled_.data() + b * features_;
    for (int64_t n = 0; n < classes_; n++) db[n] += d[n];
    for (int64_t c = 0; c < features_; c++) {
      float sum = 0;
      for (int64_t n = 0; n < classes_; n++) {
        dw[c * classes_ + n] += mean[c] * d[n];
        sum += weights[c * classes_ + n] * d[n];
      }
      mean[c] = sum;
    }
  }
  backward(training);
}
