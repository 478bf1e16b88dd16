// The predictor's state, batches, training steps and predictions; the network's way forward and back is in
// predictor_network.cc.

#include "predictor_engine.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999;  // of Adam, protocol 3.3

// Rows that are predicted at once: their activations stay in the first-level cache.
constexpr int64_t kPredictedRows = 80;

int64_t rounded_up(int64_t count) { return (count + 15) / 16 * 16; }

}  // namespace

void Graph::build(const uint8_t* adjacency, int64_t nodes, int64_t stride) {
  const int64_t pad = padded(nodes);
  for (int d = 0; d < 2; d++) {
    begin[d].assign(1, 0);
    list[d].clear();
    mask[d].assign(nodes * pad, 0.0f);
    for (int64_t i = 0; i < nodes; i++) {
      for (int64_t j = 0; j < nodes; j++) {
        if (!(d == 0 ? adjacency[i * stride + j] : adjacency[j * stride + i])) continue;
        list[d].push_back(static_cast<uint8_t>(j));
        mask[d][i * pad + j] = 1.0f;
      }
      begin[d].push_back(static_cast<uint16_t>(list[d].size()));
    }
  }
}

Engine::Engine(const Plan& plan, const Space& space, int64_t repeats, float epsilon, float momentum)
    : plan_(plan), space_(space), k_(best_kernels()), repeats_(repeats), stride_(rounded_up(plan.state)),
      epsilon_(epsilon), momentum_(momentum) {
  state_.resize(repeats * stride_);
  gradient_.resize(stride_);
  for (int i = 0; i < Plan::kNorms; i++)
    for (AlignedFloats* of : {&layers_[i].mean, &layers_[i].variance, &layers_[i].deviation, &layers_[i].scale,
                              &layers_[i].shift})
      of->resize(kBoth);
  if (!space.own && !space.sizes) shared_.build(space.adjacency, plan.nodes, plan.nodes);
}

void Engine::read(float* state) const {
  for (int64_t r = 0; r < repeats_; r++)
    std::memcpy(state + r * plan_.state, state_.data() + r * stride_, plan_.state * sizeof(float));
}

void Engine::write(const float* state) {
  for (int64_t r = 0; r < repeats_; r++)
    std::memcpy(weights(r), state + r * plan_.state, plan_.state * sizeof(float));
}

void Engine::restart() {
  steps_ = 0;
  std::fill(first_.begin(), first_.end(), 0.0f);
  std::fill(second_.begin(), second_.end(), 0.0f);
}

// Makes these cells the batch.
void Engine::gather(const int32_t* positions, int64_t size) {
  const int64_t n = plan_.nodes;
  const bool each = space_.own || space_.sizes;
  if (each && static_cast<int64_t>(graphs_.size()) < size) graphs_.resize(size);
  reserve(size * n, size);
  batch_.cells.clear();
  batch_.rows = 0;
  for (int64_t b = 0; b < size; b++) {
    const int64_t position = positions[b];
    const int64_t nodes = space_.sizes ? space_.sizes[position] : n;
    if (each) graphs_[b].build(space_.adjacency + (space_.own ? position * n * n : 0), nodes, n);
    batch_.cells.push_back({batch_.rows, nodes, each ? &graphs_[b] : &shared_});
    std::memcpy(batch_.hot.data() + batch_.rows, space_.hot + position * n, nodes);
    batch_.rows += nodes;
  }
}

// Makes room for a batch.
void Engine::reserve(int64_t rows, int64_t cells) {
  if (rows <= rows_) return;
  rows_ = rows;
  batch_.hot.resize(rows);
  for (Activation& layer : layers_) {
    layer.z.resize(rows * kBoth);
    layer.slope.resize(rows * kBoth);
    layer.h.resize(rows * kWidth);
  }
  for (AlignedFloats* wide : {&u_, &du_}) wide->resize(rows * kBoth);
  for (AlignedFloats* narrow : {&nsam_, &efm_, &code_, &dh_, &dlast_, &dattended_, &dq_, &dk_, &dv_, &dcode_})
    narrow->resize(rows * kWidth);
  turned_.resize(kWidth * kBoth);
  for (AlignedFloats* weights : {&p_nsam_, &p_efm_}) weights->resize(cells * 2 * plan_.nodes * padded(plan_.nodes));
  const int64_t means = std::max(rows, cells * kWidth);
  for (AlignedFloats* of : {&coarse_means_, &fine_means_, &dmeans_}) of->resize(means);
  for (AlignedFloats* of : {&coarse_, &fine_, &dcoarse_, &dfine_}) of->resize(cells);
}

void Engine::train(int64_t steps, int64_t size, const int32_t* positions, const float* labels, const float* codes,
                   double learning_rate, bool squared, float* losses) {
  first_.resize(repeats_ * stride_);
  second_.resize(repeats_ * stride_);
  for (int64_t r = 0; r < repeats_; r++) {
    float* theta = weights(r);
    for (int64_t s = 0; s < steps; s++) {
      const int64_t at = (r * steps + s) * size;
      gather(positions + at, size);
      losses[r] = forward_backward(theta, labels + at, codes + at * plan_.codes, squared);
      const double t = static_cast<double>(steps_ + s + 1);
      const double rate = learning_rate * std::sqrt(1.0 - std::pow(kBeta2, t)) / (1.0 - std::pow(kBeta1, t));
      k_.adam(rounded_up(plan_.parameters), static_cast<float>(rate), theta, first_.data() + r * stride_,
              second_.data() + r * stride_, gradient_.data());
      move_statistics(theta);
    }
  }
  steps_ += steps;
}

void Engine::gradient(int64_t size, const int32_t* positions, const float* labels, const float* codes, bool squared,
                      float* gradients) {
  for (int64_t r = 0; r < repeats_; r++) {
    gather(positions + r * size, size);
    forward_backward(weights(r), labels + r * size, codes + r * size * plan_.codes, squared);
    std::memcpy(gradients + r * plan_.parameters, gradient_.data(), plan_.parameters * sizeof(float));
  }
}

// moving <- momentum * moving + (1 - momentum) * batch, as often as the layer is called (protocol 2.1, 2.5). The batch's
// statistics were measured without the bias.
void Engine::move_statistics(float* theta) {
  for (int i = 0; i < Plan::kNorms; i++) {
    const Plan::Norm& norm = plan_.norms[i];
    if (norm.gamma < 0) continue;
    const float rate = static_cast<float>(1.0 - std::pow(static_cast<double>(momentum_), norm.updates));
    const int64_t width = i == Plan::kEfmCode ? kWidth : kBoth;
    for (int64_t c = 0; c < width; c++) {
      const float bias = norm.bias < 0 ? 0.0f : theta[norm.bias + c];
      float &mean = theta[norm.mean + c], &variance = theta[norm.variance + c];
      mean += (layers_[i].mean[c] + bias - mean) * rate;
      variance += (layers_[i].variance[c] - variance) * rate;
    }
  }
}

void Engine::predict(int64_t count, const int32_t* positions, const float* codes, float* predictions) {
  const int64_t block = std::max<int64_t>(1, kPredictedRows / plan_.nodes);
  for (int64_t r = 0; r < repeats_; r++) {
    fix_norms(weights(r));
    for (int64_t from = 0; from < count; from += block) {
      const int64_t at = r * count + from;
      gather(positions + at, std::min(block, count - from));
      predict_batch(weights(r), codes ? codes + at * plan_.codes : nullptr, predictions + at);
    }
  }
}
