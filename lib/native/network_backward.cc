// The way back through a network: the loss, and the gradient of the parameters.

#include <cmath>
#include <cstring>

#include "network_engine.h"

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

void Network::backward(bool training) {
  std::memset(gradient_.data(), 0, gradient_.size() * sizeof(float));
  for (FeatureMap& map : maps_) map.has_gradient = false;
  FeatureMap& head = maps_[head_input_];
  const float* weights = parameters_ + head_weights_;
  float *dw = gradient_.data() + head_weights_, *db = gradient_.data() + head_bias_;
  std::vector<float> row(head.size * head.channels);
  for (int64_t b = 0; b < batch_; b++) {
    const float *d = logits_.data() + b * classes_, *mean = pooled_.data() + b * head.channels;
    for (int64_t n = 0; n < classes_; n++) db[n] += d[n];
    for (int64_t c = 0; c < head.channels; c++) {
      float sum = 0;
      for (int64_t n = 0; n < classes_; n++) {
        dw[c * classes_ + n] += mean[c] * d[n];
        sum += weights[c * classes_ + n] * d[n];
      }
      for (int64_t j = 0; j < head.size; j++) row[j * head.channels + c] = sum / (head.size * head.size);
    }
    for (int64_t i = 0; i < head.size; i++)
      std::memcpy(head.gradients.data() + b * head.image() + head.inner() + i * head.line(), row.data(),
                  row.size() * sizeof(float));
  }
  head.has_gradient = true;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    FeatureMap& y = maps_[layer->output];
    if (!y.has_gradient) continue;
    if (layer->kind == Layer::kSum) {
      backward_sum(*layer, training);
      continue;
    }
    FeatureMap& x = maps_[layer->input];
    for (int64_t b = 0; b < batch_; b++) {
      const int64_t in = b * x.image() + x.inner(), out = b * y.image() + y.inner();
      const float* d = y.gradients.data() + out;
      float* to = x.gradients.data() + in;
      if (layer->kind == Layer::kRelu)
        k_.relu_gradient(x.rows(), d, y.values.data() + out, to, x.line(), x.has_gradient);
      if (layer->kind == Layer::kHalve)
        k_.halve_gradient(y.rows(), y.channels, d, y.line(), to, x.line(), x.has_gradient);
    }
    x.has_gradient = true;
  }
}

void Network::backward_sum(Layer& layer, bool training) {
  FeatureMap& z = maps_[layer.output];
  const int64_t channels = z.channels, convolved_line = z.size * channels, convolved_image = z.size * convolved_line;
  const double count = static_cast<double>(batch_ * z.size * z.size);
  std::vector<float> a(channels), b(channels), k(channels);
  std::vector<double> total(channels), product(channels);
  for (Term& term : layer.terms) {
    FeatureMap& x = maps_[term.input];
    const bool convolution = term.kernel > 0;
    const auto value = [&](int64_t image) {
      return convolution ? term.convolved.data() + image * convolved_image
                         : x.values.data() + image * x.image() + x.inner();
    };
    const int64_t value_line = convolution ? convolved_line : x.line();
    if (term.normed()) {
      total.assign(channels, 0), product.assign(channels, 0);
      for (int64_t image = 0; image < batch_; image++)
        k_.products(z.rows(), z.gradients.data() + image * z.image() + z.inner(), z.line(), value(image), value_line,
                    channels, total.data(), product.data());
      for (int64_t c = 0; c < channels; c++) {
        const double deviation = 1 / std::sqrt(term.variance[c] + epsilon_);
        const double dgamma = deviation * (product[c] - term.mean[c] * total[c]);
        gradient_[term.gamma + c] += static_cast<float>(dgamma);
        gradient_[term.beta + c] += static_cast<float>(total[c]);
        // dy = scale (dz - mean(dz) - normed y * mean(dz * normed y)), as a * dz + b * y + k
        const double slope = training ? -term.scale[c] * deviation * dgamma / count : 0;
        a[c] = term.scale[c], b[c] = static_cast<float>(slope);
        k[c] = training ? static_cast<float>(-term.scale[c] * total[c] / count - slope * term.mean[c]) : 0;
      }
    }
    if (convolution) transpose(term, x.channels, channels);
    if (convolution && term.normed()) scratch_.assign(z.image(), 0);
    for (int64_t image = 0; image < batch_; image++) {
      const float* dz = z.gradients.data() + image * z.image();
      float* dx = x.gradients.data() + image * x.image() + x.inner();
      if (convolution && term.normed()) {
        k_.norm_gradient(z.rows(), dz + z.inner(), z.line(), value(image), value_line, channels, a.data(), b.data(),
                         k.data(), scratch_.data() + z.inner(), z.line(), false);
        backward_convolution(term, z, scratch_.data(), image);
      } else if (convolution) {
        backward_convolution(term, z, dz, image);
      } else if (term.normed()) {
        k_.norm_gradient(z.rows(), dz + z.inner(), z.line(), value(image), value_line, channels, a.data(), b.data(),
                         k.data(), dx, x.line(), x.has_gradient);
      } else if (term.pool) {
        k_.pool_three(z.rows(), channels, dz + z.inner(), shares(z.size), true, dx, x.line(), x.has_gradient);
      } else {
        k_.add(z.rows(), dz + z.inner(), z.line(), dx, x.line(), x.has_gradient);
      }
    }
    x.has_gradient = true;
  }
}

// From dy (one image with its border) to the weights' gradient and the input's.
void Network::backward_convolution(const Term& term, const FeatureMap& output, const float* dy, int64_t image) {
  FeatureMap& x = maps_[term.input];
  const Window window = {output.size,   output.size,     term.stride * x.line(), term.stride * x.channels, x.channels,
                         output.line(), output.channels, output.channels};
  k_.convolve_gradient(window, term.kernel, x.line(), x.channels,
                       x.values.data() + image * x.image() + term.start * x.inner(), dy + output.inner(),
                       gradient_.data() + term.weights);
  if (term.input == 0) return;
  // dx is a convolution of dy; with a stride, pixels of equal remainder (a phase) meet the same taps.
  const int64_t stride = term.stride, tap_size = x.channels * output.channels;
  const Window back = {x.size / stride,   x.size / stride,      output.line(), output.channels, output.channels,
                       stride * x.line(), stride * x.channels, x.channels};
  for (int64_t phase = 0; phase < stride * stride; phase++) {
    const int64_t py = phase / stride, px = phase % stride;
    Tap taps[9];
    int count = 0;
    for (int64_t t = 0; t < term.kernel * term.kernel; t++) {
      const int64_t y = py + 1 - term.start - t / term.kernel, across = px + 1 - term.start - t % term.kernel;
      if (y % stride != 0 || across % stride != 0) continue;
      taps[count++] = {(y / stride + 1) * output.line() + (across / stride + 1) * output.channels,
                       transposed_.data() + t * tap_size};
    }
    k_.convolve(back, taps, count, dy, x.gradients.data() + image * x.image() + (1 + py) * x.line() +
                (1 + px) * x.channels, x.has_gradient);
  }
}

// transposed_ [taps][outputs][inputs] from the term's weights [taps][inputs][outputs].
void Network::transpose(const Term& term, int64_t inputs, int64_t outputs) {
  transposed_.resize(term.kernel * term.kernel * inputs * outputs);
  const float* from = parameters_ + term.weights;
  for (int64_t t = 0; t < term.kernel * term.kernel; t++)
    for (int64_t i = 0; i < inputs; i++)
      for (int64_t o = 0; o < outputs; o++) transposed_[(t * outputs + o) * inputs + i] = *from++;
}

// What a pixel of a 3x3 mean weighs: 1 / neighbours inside the image, with a border of zeros.
const float* Network::shares(int64_t size) {
  for (const auto& table : shares_)
    if (static_cast<int64_t>(table.size()) == (size + 2) * (size + 2)) return table.data();
  std::vector<float> table((size + 2) * (size + 2), 0);
  const auto reach = [size](int64_t i) { return 3 - (i == 0) - (i == size - 1); };
  for (int64_t i = 0; i < size; i++)
    for (int64_t j = 0; j < size; j++) table[(i + 1) * (size + 2) + j + 1] = 1.0f / (reach(i) * reach(j));
  shares_.push_back(table);
  return shares_.back().data();
}
