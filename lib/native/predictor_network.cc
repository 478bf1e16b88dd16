// The predictor's network, forward and back (protocol 2; lib/src/predictors/network.ts is the plain version).

#include "predictor_engine.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

constexpr float kHuberDelta = 0.5f;  // protocol 3.1

// Loss of a cell and its derivative, from d = prediction - label.
float loss_of(float d, bool squared, float* slope) {
  if (squared) return *slope = 2.0f * d, d * d;
  const float near = std::min(std::max(d, -kHuberDelta), kHuberDelta);
  *slope = d == d ? near : d;  // min and max would hide that d is not a number
  return *slope * (d - 0.5f * *slope);
}

}  // namespace

// ----------------------------------------------------------------------------------------------------- graph layers

// x [rows, c] times the layer's weights, or, for the first layer, where x is null, the row of each node's label.
void Engine::multiply(int layer, const float* theta, const float* x) {
  const float* weight = theta + plan_.norms[layer].weight;
  if (x) return k_.product(batch_.rows, kWidth, x, kWidth, 1, weight, kBoth, u_.data(), false);
  for (int64_t r = 0; r < batch_.rows; r++)
    std::memcpy(u_.data() + r * kBoth, weight + batch_.hot[r] * kBoth, kBoth * sizeof(float));
}

void Engine::convolve(int layer, const float* theta, const float* x) {
  Activation& a = layers_[layer];
  multiply(layer, theta, x);
  k_.propagate(batch_, u_.data(), a.z.data(), false);
  normalise(layer, 2, theta, a.z.data());
}

void Engine::normalise(int layer, int64_t directions, const float* theta, const float* z) {
  Activation& a = layers_[layer];
  const Plan::Norm& norm = plan_.norms[layer];
  k_.normalise(batch_.rows, directions, z, theta + norm.gamma, theta + norm.beta, epsilon_, a.h.data(), a.slope.data(),
               a.mean.data(), a.variance.data(), a.deviation.data());
}

void Engine::normalise_gradient(int layer, int64_t directions, const float* theta, const float* z, const float* dh) {
  Activation& a = layers_[layer];
  const Plan::Norm& norm = plan_.norms[layer];
  k_.normalise_gradient(batch_.rows, directions, dh, z, theta + norm.gamma, a.mean.data(), a.deviation.data(),
                        a.slope.data(), gradient_.data() + norm.gamma, gradient_.data() + norm.beta);
}

// From the gradient of the layer's output to that of its weights and, unless `dx` is null, (+)= that of its input.
void Engine::convolve_gradient(int layer, const float* theta, const float* x, const float* dh, float* dx,
                               bool accumulate) {
  Activation& a = layers_[layer];
  const Plan::Norm& norm = plan_.norms[layer];
  normalise_gradient(layer, 2, theta, a.z.data(), dh);
  k_.propagate(batch_, a.slope.data(), du_.data(), true);
  float* dweight = gradient_.data() + norm.weight;
  if (x) {
    k_.product(kWidth, batch_.rows, x, 1, kWidth, du_.data(), kBoth, dweight, false);
  } else {
    std::memset(dweight, 0, plan_.features * kBoth * sizeof(float));
    for (int64_t r = 0; r < batch_.rows; r++)
      k_.add_scaled(kBoth, 1.0f, du_.data() + r * kBoth, dweight + batch_.hot[r] * kBoth);
  }
  if (!dx) return;
  k_.transpose(kWidth, kBoth, theta + norm.weight, turned_.data());
  k_.product(batch_.rows, kBoth, du_.data(), kBoth, 1, turned_.data(), kWidth, dx, accumulate);
}

// ----------------------------------------------------------------------------------------------------- code and head

// The code's dense layer: row i of a cell is its part for node i.
void Engine::code_features(const float* theta, const float* codes, float* k0) {
  const int64_t wide = plan_.nodes * kWidth;
  for (const Cell& cell : batch_.cells) {
    float* to = k0 + cell.start * kWidth;
    std::memcpy(to, theta + plan_.dense_bias, cell.nodes * kWidth * sizeof(float));
    for (int64_t k = 0; k < plan_.codes; k++)
      k_.add_scaled(cell.nodes * kWidth, codes[k], theta + plan_.dense_weight + k * wide, to);
    codes += plan_.codes;
  }
}

void Engine::code_gradient(const float* codes, const float* dk0) {
  const int64_t wide = plan_.nodes * kWidth;
  float *dweight = gradient_.data() + plan_.dense_weight, *dbias = gradient_.data() + plan_.dense_bias;
  std::memset(dweight, 0, plan_.codes * wide * sizeof(float));
  std::memset(dbias, 0, wide * sizeof(float));
  for (const Cell& cell : batch_.cells) {
    const float* from = dk0 + cell.start * kWidth;
    k_.add_scaled(cell.nodes * kWidth, 1.0f, from, dbias);
    for (int64_t k = 0; k < plan_.codes; k++)
      k_.add_scaled(cell.nodes * kWidth, codes[k], from, dweight + k * wide);
    codes += plan_.codes;
  }
}

// Mean over the features of each node [rows], or over the nodes of each cell [cells, c]; dense layer; sigmoid. In
// fractions.
void Engine::head(const float* theta, const float* h, AlignedFloats& means, float* predictions) {
  const float* weight = theta + plan_.head_weight;
  if (!plan_.head_of_nodes) k_.row_means(batch_.rows, h, means.data());
  for (size_t b = 0; b < batch_.cells.size(); b++) {
    const Cell& cell = batch_.cells[b];
    float* mean = means.data() + (plan_.head_of_nodes ? static_cast<int64_t>(b) * kWidth : cell.start);
    if (plan_.head_of_nodes) {
      std::memset(mean, 0, kWidth * sizeof(float));
      for (int64_t i = 0; i < cell.nodes; i++)
        k_.add_scaled(kWidth, 1.0f / cell.nodes, h + (cell.start + i) * kWidth, mean);
    }
    float logit = theta[plan_.head_bias];
    for (int64_t i = 0; i < (plan_.head_of_nodes ? kWidth : cell.nodes); i++) logit += mean[i] * weight[i];
    predictions[b] = 1.0f / (1.0f + std::exp(-logit));
  }
}

// From the gradients of the logits: that of h, in dh, and that of the head's weights, which is added to.
void Engine::head_gradient(const float* theta, const AlignedFloats& means, const float* dlogit, float* dh) {
  const float* weight = theta + plan_.head_weight;
  float* dweight = gradient_.data() + plan_.head_weight;
  for (size_t b = 0; b < batch_.cells.size(); b++) {
    const Cell& cell = batch_.cells[b];
    const float d = dlogit[b];
    gradient_[plan_.head_bias] += d;
    if (plan_.head_of_nodes) {
      k_.add_scaled(kWidth, d, means.data() + b * kWidth, dweight);
      for (int64_t i = 0; i < cell.nodes; i++) {
        float* to = dh + (cell.start + i) * kWidth;
        std::memset(to, 0, kWidth * sizeof(float));
        k_.add_scaled(kWidth, d / cell.nodes, weight, to);
      }
    } else {
      for (int64_t i = 0; i < cell.nodes; i++) {
        dweight[i] += d * means[cell.start + i];
        dmeans_[cell.start + i] = d * weight[i] / kWidth;
      }
    }
  }
  if (!plan_.head_of_nodes) k_.spread(batch_.rows, dmeans_.data(), dh);
}

// Mean loss of the batch; dlogit: its gradient with respect to the logits.
float Engine::loss(const AlignedFloats& predictions, const float* labels, bool squared, AlignedFloats& dlogit) const {
  const size_t cells = batch_.cells.size();
  float sum = 0;
  for (size_t b = 0; b < cells; b++) {
    const float p = predictions[b];
    float slope;
    sum += loss_of(p - labels[b], squared, &slope);
    dlogit[b] = slope * p * (1.0f - p) / cells;
  }
  return sum / cells;
}

// ---------------------------------------------------------------------------------------------- forward and backward

float Engine::forward_backward(const float* theta, const float* labels, const float* codes, bool squared) {
  const float* into_last = forward_basic(theta);
  const float* features = h(Plan::kBasic3);
  head(theta, features, coarse_means_, coarse_.data());
  float sum = loss(coarse_, labels, squared, dcoarse_);
  std::fill(gradient_.begin() + plan_.head_weight, gradient_.begin() + plan_.head_weight + plan_.head_inputs(), 0.0f);
  gradient_[plan_.head_bias] = 0;
  head_gradient(theta, coarse_means_, dcoarse_.data(), dh_.data());
  if (plan_.siamese) {
    forward_fusion(theta, codes);
    head(theta, h(Plan::kEfmOutput), fine_means_, fine_.data());
    sum += loss(fine_, labels, squared, dfine_);
    head_gradient(theta, fine_means_, dfine_.data(), dlast_.data());
    backward_fusion(theta, codes);
  }
  backward_basic(theta, into_last);
  return sum;
}

// Up to the features H_b; returns the input of the last graph convolution.
const float* Engine::forward_basic(const float* theta) {
  convolve(Plan::kBasic1, theta, nullptr);
  convolve(Plan::kBasic2, theta, h(Plan::kBasic1));
  const float* into_last = h(Plan::kBasic2);
  if (plan_.nsam) {
    for (int layer : {Plan::kNsamQuery, Plan::kNsamKey, Plan::kNsamValue}) convolve(layer, theta, into_last);
    k_.attend(batch_, plan_.nsam_directions, h(Plan::kNsamQuery), h(Plan::kNsamKey), h(Plan::kNsamValue), into_last,
              p_nsam_.data(), nsam_.data());
    if (plan_.nsam_output) convolve(Plan::kNsamOutput, theta, nsam_.data());
    into_last = plan_.nsam_output ? h(Plan::kNsamOutput) : nsam_.data();
  }
  convolve(Plan::kBasic3, theta, into_last);
  return into_last;
}

// Back from the gradient of H_b, in dh_.
void Engine::backward_basic(const float* theta, const float* into_last) {
  convolve_gradient(Plan::kBasic3, theta, into_last, dh_.data(), dlast_.data(), false);
  float* d = dlast_.data();  // of the input of the last graph convolution
  if (plan_.nsam) {
    if (plan_.nsam_output) {
      convolve_gradient(Plan::kNsamOutput, theta, nsam_.data(), d, dh_.data(), false);
      d = dh_.data();
    }
    k_.attend_gradient(batch_, plan_.nsam_directions, d, h(Plan::kNsamQuery), h(Plan::kNsamKey), h(Plan::kNsamValue),
                       p_nsam_.data(), dq_.data(), dk_.data(), dv_.data());
    const float* x = h(Plan::kBasic2);
    convolve_gradient(Plan::kNsamQuery, theta, x, dq_.data(), d, true);
    convolve_gradient(Plan::kNsamKey, theta, x, dk_.data(), d, true);
    convolve_gradient(Plan::kNsamValue, theta, x, dv_.data(), d, true);
  }
  float* before = d == dh_.data() ? dlast_.data() : dh_.data();
  convolve_gradient(Plan::kBasic2, theta, h(Plan::kBasic1), d, before, false);
  convolve_gradient(Plan::kBasic1, theta, nullptr, before, nullptr, false);
}

void Engine::forward_fusion(const float* theta, const float* codes) {
  const float* features = h(Plan::kBasic3);
  code_features(theta, codes, code_.data());
  if (plan_.efm_code_norm) normalise(Plan::kEfmCode, 1, theta, code_.data());
  convolve(Plan::kEfmKey, theta, plan_.efm_code_norm ? h(Plan::kEfmCode) : code_.data());
  convolve(Plan::kEfmQuery, theta, features);
  if (plan_.efm_own_value) convolve(Plan::kEfmValue, theta, features);
  k_.attend(batch_, plan_.efm_directions, h(Plan::kEfmQuery), h(Plan::kEfmKey), h(efm_value()), features, p_efm_.data(),
            efm_.data());
  convolve(Plan::kEfmOutput, theta, efm_.data());
}

// Back from the gradient of the fused features, in dlast_; adds to that of H_b, in dh_.
void Engine::backward_fusion(const float* theta, const float* codes) {
  const float* features = h(Plan::kBasic3);
  const int64_t size = batch_.rows * kWidth;
  convolve_gradient(Plan::kEfmOutput, theta, efm_.data(), dlast_.data(), dattended_.data(), false);
  k_.add_scaled(size, 1.0f, dattended_.data(), dh_.data());
  k_.attend_gradient(batch_, plan_.efm_directions, dattended_.data(), h(Plan::kEfmQuery), h(Plan::kEfmKey),
                     h(efm_value()), p_efm_.data(), dq_.data(), dk_.data(), dv_.data());
  if (plan_.efm_own_value) {
    convolve_gradient(Plan::kEfmValue, theta, features, dv_.data(), dh_.data(), true);
  } else {
    k_.add_scaled(size, 1.0f, dv_.data(), dq_.data());
  }
  convolve_gradient(Plan::kEfmQuery, theta, features, dq_.data(), dh_.data(), true);
  const float* into_key = plan_.efm_code_norm ? h(Plan::kEfmCode) : code_.data();
  convolve_gradient(Plan::kEfmKey, theta, into_key, dk_.data(), dcode_.data(), false);
  if (!plan_.efm_code_norm) return code_gradient(codes, dcode_.data());
  normalise_gradient(Plan::kEfmCode, 1, theta, code_.data(), dcode_.data());
  code_gradient(codes, layers_[Plan::kEfmCode].slope.data());
}

// ------------------------------------------------------------------------------------------------------- prediction

// Bias and batch norm with moving statistics become one scale and shift, for predict_batch.
void Engine::fix_norms(const float* theta) {
  for (int i = 0; i < Plan::kNorms; i++) {
    const Plan::Norm& norm = plan_.norms[i];
    if (norm.gamma < 0) continue;
    for (int64_t c = 0; c < (i == Plan::kEfmCode ? kWidth : kBoth); c++) {
      const float scale = theta[norm.gamma + c] / std::sqrt(theta[norm.variance + c] + epsilon_);
      const float bias = norm.bias < 0 ? 0.0f : theta[norm.bias + c];
      layers_[i].scale[c] = scale;
      layers_[i].shift[c] = theta[norm.beta + c] + (bias - theta[norm.mean + c]) * scale;
    }
  }
}

void Engine::convolve_fixed(int layer, const float* theta, const float* x) {
  Activation& a = layers_[layer];
  multiply(layer, theta, x);
  k_.activate(batch_, u_.data(), a.scale.data(), a.shift.data(), a.h.data());
}

// Predictions in percent for the cells gathered: coarse ones, or with `codes` fine ones.
void Engine::predict_batch(const float* theta, const float* codes, float* predictions) {
  convolve_fixed(Plan::kBasic1, theta, nullptr);
  convolve_fixed(Plan::kBasic2, theta, h(Plan::kBasic1));
  const float* x = h(Plan::kBasic2);
  if (plan_.nsam) {
    for (int layer : {Plan::kNsamQuery, Plan::kNsamKey, Plan::kNsamValue}) convolve_fixed(layer, theta, x);
    k_.attend(batch_, plan_.nsam_directions, h(Plan::kNsamQuery), h(Plan::kNsamKey), h(Plan::kNsamValue), x,
              p_nsam_.data(), nsam_.data());
    if (plan_.nsam_output) convolve_fixed(Plan::kNsamOutput, theta, nsam_.data());
    x = plan_.nsam_output ? h(Plan::kNsamOutput) : nsam_.data();
  }
  convolve_fixed(Plan::kBasic3, theta, x);
  const float* features = h(Plan::kBasic3);
  if (codes) {
    code_features(theta, codes, code_.data());
    Activation& norm = layers_[Plan::kEfmCode];
    if (plan_.efm_code_norm)
      k_.activate_plain(batch_.rows, code_.data(), norm.scale.data(), norm.shift.data(), norm.h.data());
    convolve_fixed(Plan::kEfmKey, theta, plan_.efm_code_norm ? norm.h.data() : code_.data());
    convolve_fixed(Plan::kEfmQuery, theta, features);
    if (plan_.efm_own_value) convolve_fixed(Plan::kEfmValue, theta, features);
    k_.attend(batch_, plan_.efm_directions, h(Plan::kEfmQuery), h(Plan::kEfmKey), h(efm_value()), features,
              p_efm_.data(), efm_.data());
    convolve_fixed(Plan::kEfmOutput, theta, efm_.data());
    features = h(Plan::kEfmOutput);
  }
  head(theta, features, coarse_means_, predictions);
  for (size_t b = 0; b < batch_.cells.size(); b++) predictions[b] *= 100.0f;
}
