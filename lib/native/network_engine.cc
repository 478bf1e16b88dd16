#include "network_engine.h"

#include <algorithm>
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

Network::Network(const int32_t* plan, float epsilon, float momentum, float* parameters, float* statistics)
    : epsilon_(epsilon), momentum_(momentum), parameters_(parameters), statistics_(statistics), k_(best_kernels()) {
  batch_ = *plan++, classes_ = *plan++;
  maps_.resize(*plan++), layers_.resize(*plan++);
  head_input_ = *plan++, head_weights_ = *plan++, head_bias_ = *plan++, parameter_count_ = *plan++;
  for (FeatureMap& map : maps_) {
    map.size = *plan++, map.channels = *plan++;
    map.values.assign(batch_ * map.image(), 0);
  }
  for (Layer& layer : layers_) {
    layer.kind = static_cast<Layer::Kind>(*plan++);
    layer.input = *plan++, layer.output = *plan++;
    const FeatureMap& output = maps_[layer.output];
    layer.terms.resize(*plan++);
    for (Term& term : layer.terms) {
      int* const fields[] = {&term.input, &term.activated, &term.pool,  &term.kernel, &term.stride,
                             &term.start, &term.weights,   &term.gamma, &term.beta,   &term.statistics};
      for (int* field : fields) *field = *plan++;
      if (!term.normed()) continue;
      if (term.kernel > 0) term.convolved.resize(batch_ * output.size * output.size * output.channels);
      term.scale.resize(output.channels), term.shift.resize(output.channels);
      term.mean.resize(output.channels), term.variance.resize(output.channels);
    }
  }
  const FeatureMap& head = maps_[head_input_];
  pooled_.resize(batch_ * head.channels), logits_.resize(batch_ * classes_);
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
  const float loss = loss_and_gradient(targets);
  backward(true);
  steps_++;
  const double correction = std::sqrt(1 - std::pow(kBeta2, steps_)) / (1 - std::pow(kBeta1, steps_));
  k_.adam(parameter_count_, static_cast<float>(rate * correction), kBeta1, kBeta2, kAdamEpsilon, parameters_,
          first_.data(), second_.data(), gradient_.data());
  return loss;
}

float Network::gradient(const float* images, const float* targets, float* gradient) {
  FlushSmallNumbers flush;
  forward(images, true, false);
  const float loss = loss_and_gradient(targets);
  backward(true);
  std::memcpy(gradient, gradient_.data(), parameter_count_ * sizeof(float));
  return loss;
}

float Network::logit_gradient(const float* images, const float* weights, float* gradient) {
  FlushSmallNumbers flush;
  forward(images, false, false);
  double sum = 0;
  for (int64_t i = 0; i < batch_ * classes_; i++) {
    sum += static_cast<double>(weights[i]) * logits_[i];
    logits_[i] = weights[i];
  }
  backward(false);
  std::memcpy(gradient, gradient_.data(), parameter_count_ * sizeof(float));
  return static_cast<float>(sum);
}

void Network::predict(const float* images, float* logits) {
  FlushSmallNumbers flush;
  forward(images, false, false);
  std::memcpy(logits, logits_.data(), batch_ * classes_ * sizeof(float));
}

void Network::forward(const float* images, bool training, bool moving) {
  FeatureMap& input = maps_[0];
  for (int64_t b = 0; b < batch_; b++)
    for (int64_t i = 0; i < input.size; i++, images += input.size * input.channels)
      std::memcpy(input.values.data() + b * input.image() + input.inner() + i * input.line(), images,
                  input.size * input.channels * sizeof(float));
  for (Layer& layer : layers_) {
    if (layer.kind == Layer::kSum) {
      forward_sum(layer, training, moving);
      continue;
    }
    FeatureMap &x = maps_[layer.input], &y = maps_[layer.output];
    for (int64_t b = 0; b < batch_; b++) {
      const float* from = x.values.data() + b * x.image() + x.inner();
      float* to = y.values.data() + b * y.image() + y.inner();
      if (layer.kind == Layer::kRelu) k_.relu(x.rows(), from, to, x.line());
      if (layer.kind == Layer::kHalve) k_.halve(y.rows(), y.channels, from, x.line(), to, y.line());
    }
  }
  const FeatureMap& head = maps_[head_input_];
  std::memset(pooled_.data(), 0, pooled_.size() * sizeof(float));
  const float *weights = parameters_ + head_weights_, *bias = parameters_ + head_bias_;
  for (int64_t b = 0; b < batch_; b++) {
    float* mean = pooled_.data() + b * head.channels;
    for (int64_t i = 0; i < head.size; i++) {
      const float* row = head.values.data() + b * head.image() + head.inner() + i * head.line();
      for (int64_t n = 0; n < head.size * head.channels; n++) mean[n % head.channels] += row[n];
    }
    float* logits = logits_.data() + b * classes_;
    std::memcpy(logits, bias, classes_ * sizeof(float));
    for (int64_t c = 0; c < head.channels; c++) {
      mean[c] /= head.size * head.size;
      for (int64_t n = 0; n < classes_; n++) logits[n] += mean[c] * weights[c * classes_ + n];
    }
  }
}

void Network::forward_sum(Layer& layer, bool training, bool moving) {
  FeatureMap& z = maps_[layer.output];
  const int64_t convolved_line = z.size * z.channels, convolved_image = z.size * convolved_line;
  std::vector<double> total(z.channels), square(z.channels);
  bool accumulate = false;
  for (Term& term : layer.terms) {
    const FeatureMap& x = maps_[term.input];
    const bool convolution = term.kernel > 0;
    const int64_t together = term.together(x, z);
    if (convolution) prepare_convolution(term, z);
    if (term.normed() && training) {
      total.assign(z.channels, 0), square.assign(z.channels, 0);
    }
    for (int64_t b = 0; b < batch_; b++) {
      const float* from = x.values.data() + b * x.image();
      float* to = z.values.data() + b * z.image() + z.inner();
      const int64_t images = b % together > 0 ? 0 : std::min(together, batch_ - b);  // convolved now
      if (term.pool) {
        k_.pool_three(z.rows(), z.channels, from + x.inner(), shares(z.size), false, to, z.line(), accumulate);
      } else if (convolution && !term.normed()) {
        convolve(term, z, b, images, to, z.line(), z.image(), accumulate);
      } else if (convolution) {
        float* y = term.convolved.data() + b * convolved_image;
        convolve(term, z, b, images, y, convolved_line, convolved_image, false);
        if (training) k_.moments(z.rows(), y, convolved_line, z.channels, total.data(), square.data());
      } else if (term.normed()) {
        if (training) k_.moments(z.rows(), from + x.inner(), x.line(), z.channels, total.data(), square.data());
      } else {
        k_.add(z.rows(), from + x.inner(), x.line(), to, z.line(), accumulate);
      }
    }
    if (term.normed()) {
      norm_from(term, z, total.data(), square.data(), training, moving);
      for (int64_t b = 0; b < batch_; b++) {
        const float* y = convolution ? term.convolved.data() + b * convolved_image
                                         : x.values.data() + b * x.image() + x.inner();
        k_.affine(z.rows(), y, convolution ? convolved_line : x.line(), z.channels, term.scale.data(),
                  term.shift.data(), z.values.data() + b * z.image() + z.inner(), z.line(), accumulate);
      }
    }
    accumulate = true;
  }
}

void Network::norm_from(Term& term, const FeatureMap& map, const double* total, const double* square, bool training,
                        bool moving) {
  const double count = static_cast<double>(batch_ * map.size * map.size);
  float *mean = statistics_ + term.statistics, *variance = mean + map.channels;
  for (int64_t c = 0; c < map.channels; c++) {
    if (training) {
      term.mean[c] = total[c] / count;
      term.variance[c] = std::fmax(square[c] / count - term.mean[c] * term.mean[c], 0);
    } else {
      term.mean[c] = mean[c], term.variance[c] = variance[c];
    }
    if (moving) {
      mean[c] += (1 - momentum_) * (static_cast<float>(term.mean[c]) - mean[c]);
      variance[c] += (1 - momentum_) * (static_cast<float>(term.variance[c] * count / (count - 1)) - variance[c]);
    }
    term.scale[c] = static_cast<float>(parameters_[term.gamma + c] / std::sqrt(term.variance[c] + epsilon_));
    term.shift[c] = static_cast<float>(parameters_[term.beta + c] - term.mean[c] * term.scale[c]);
  }
}
