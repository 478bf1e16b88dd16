// Node's door. Loading registers the TensorFlow operations of predictor_ops.h; `instructions` names the instruction set
// that they use, `engineInstructions` that of the engine of predictor_engine.h:
//   create(plan, repeats, epsilon, momentum, hot, adjacency, sizes) gives a handle for
//   read(handle, state), write(handle, state), restart(handle), dispose(handle),
//   train(handle, steps, size, positions, labels, codes, learning rate, squared, losses),
//   gradient(handle, size, positions, labels, codes, squared, gradients),
//   predict(handle, count, positions, codes, predictions); `codes` is empty where there are none.

#include <cstdint>
#include <cstring>

#include "instruction_sets.h"
#include "node_api.h"
#include "predictor_engine.h"
#include "predictor_ops.h"

namespace {

struct Handle {
  Engine* engine;
  napi_ref arrays[3];  // hot, adjacency, sizes: kept alive, the engine reads them
};

constexpr size_t kMost = 9;

// The arguments of a call; a wrong one throws in JavaScript and makes `good` false.
struct Arguments {
  napi_env env;
  napi_value values[kMost];
  bool good = true;

  Arguments(napi_env e, napi_callback_info info, size_t expected) : env(e) {
    size_t count = kMost;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
    if (count < expected) fail("too few arguments");
  }
  void fail(const char* message) {
    if (good) napi_throw_error(env, nullptr, message);
    good = false;
  }
  // Data of a typed array of at least `size` elements of this type.
  void* array(size_t index, napi_typedarray_type wanted, int64_t size, size_t* length = nullptr) {
    if (!good) return nullptr;
    napi_typedarray_type type;
    size_t found = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env, values[index], &type, &found, &data, nullptr, nullptr) != napi_ok ||
        type != wanted || static_cast<int64_t>(found) < size)
      fail("predictor engine: an array has the wrong type or is too short");
    if (length) *length = found;
    return data;
  }
  float* floats(size_t index, int64_t size) { return static_cast<float*>(array(index, napi_float32_array, size)); }
  double number(size_t index) {
    double value = 0;
    if (good && napi_get_value_double(env, values[index], &value) != napi_ok) fail("predictor engine: expected a number");
    return value;
  }
  int64_t whole(size_t index) { return static_cast<int64_t>(number(index)); }
  Engine* engine() {
    void* data = nullptr;
    if (good && napi_get_value_external(env, values[0], &data) != napi_ok) fail("predictor engine: expected a handle");
    if (!good) return nullptr;
    Engine* engine = static_cast<Handle*>(data)->engine;
    if (!engine) fail("predictor engine: the predictor was disposed of");
    return engine;
  }
  // Positions of cells, each of which the space has.
  const int32_t* positions(size_t index, int64_t count, const Engine& engine) {
    const auto* cells = static_cast<int32_t*>(array(index, napi_int32_array, count));
    for (int64_t i = 0; good && i < count; i++)
      if (cells[i] < 0 || cells[i] >= engine.cells()) fail("predictor engine: the space has no cell of this position");
    return cells;
  }
};

void release(napi_env env, void* data, void*) {
  auto* handle = static_cast<Handle*>(data);
  for (napi_ref array : handle->arrays) napi_delete_reference(env, array);
  delete handle->engine;
  delete handle;
}

napi_value create(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  const void* integers = arguments.array(0, napi_int32_array, kPlanIntegers);
  const int64_t repeats = arguments.whole(1);
  const double epsilon = arguments.number(2), momentum = arguments.number(3);
  if (!arguments.good) return nullptr;
  Plan plan;
  std::memcpy(&plan, integers, sizeof plan);
  const int64_t n = plan.nodes;
  size_t hot_length = 0, adjacency_length = 0, sizes_length = 0;
  Space space;
  space.hot = static_cast<uint8_t*>(arguments.array(4, napi_uint8_array, n, &hot_length));
  space.count = static_cast<int64_t>(hot_length) / n;
  space.adjacency = static_cast<uint8_t*>(arguments.array(5, napi_uint8_array, n * n, &adjacency_length));
  space.own = static_cast<int64_t>(adjacency_length) > n * n;
  space.sizes = static_cast<uint8_t*>(arguments.array(6, napi_uint8_array, 0, &sizes_length));
  if (sizes_length == 0) space.sizes = nullptr;
  if (space.own && static_cast<int64_t>(adjacency_length) < space.count * n * n) arguments.fail("adjacency too short");
  if (space.sizes && static_cast<int64_t>(sizes_length) < space.count) arguments.fail("sizes too short");
  if (!arguments.good) return nullptr;
  auto* handle = new Handle;
  handle->engine = new Engine(plan, space, repeats, static_cast<float>(epsilon), static_cast<float>(momentum));
  for (int i = 0; i < 3; i++) napi_create_reference(env, arguments.values[4 + i], 1, &handle->arrays[i]);
  napi_value result;
  napi_create_external(env, handle, release, nullptr, &result);
  return result;
}

napi_value read(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  Engine* engine = arguments.engine();
  if (!engine) return nullptr;
  float* state = arguments.floats(1, engine->repeats() * engine->plan().state);
  if (arguments.good) engine->read(state);
  return nullptr;
}

napi_value write(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  Engine* engine = arguments.engine();
  if (!engine) return nullptr;
  const float* state = arguments.floats(1, engine->repeats() * engine->plan().state);
  if (arguments.good) engine->write(state);
  return nullptr;
}

napi_value restart(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  if (Engine* engine = arguments.engine()) engine->restart();
  return nullptr;
}

napi_value train(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 9);
  Engine* engine = arguments.engine();
  if (!engine) return nullptr;
  const int64_t steps = arguments.whole(1), size = arguments.whole(2), cells = engine->repeats() * steps * size;
  const int32_t* positions = arguments.positions(3, cells, *engine);
  const float* labels = arguments.floats(4, cells);
  const float* codes = arguments.floats(5, cells * engine->plan().codes);
  const double learning_rate = arguments.number(6);
  const bool squared = arguments.number(7) != 0;
  float* losses = arguments.floats(8, engine->repeats());
  if (arguments.good) engine->train(steps, size, positions, labels, codes, learning_rate, squared, losses);
  return nullptr;
}

napi_value gradient(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  Engine* engine = arguments.engine();
  if (!engine) return nullptr;
  const int64_t size = arguments.whole(1), cells = engine->repeats() * size;
  const int32_t* positions = arguments.positions(2, cells, *engine);
  const float* labels = arguments.floats(3, cells);
  const float* codes = arguments.floats(4, cells * engine->plan().codes);
  const bool squared = arguments.number(5) != 0;
  float* gradients = arguments.floats(6, engine->repeats() * engine->plan().parameters);
  if (arguments.good) engine->gradient(size, positions, labels, codes, squared, gradients);
  return nullptr;
}

napi_value predict(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  Engine* engine = arguments.engine();
  if (!engine) return nullptr;
  const int64_t count = arguments.whole(1), cells = engine->repeats() * count;
  const int32_t* positions = arguments.positions(2, cells, *engine);
  size_t length = 0;
  const auto* codes = static_cast<float*>(arguments.array(3, napi_float32_array, 0, &length));
  if (length > 0) arguments.floats(3, cells * engine->plan().codes);
  float* predictions = arguments.floats(4, cells);
  if (arguments.good) engine->predict(count, positions, length > 0 ? codes : nullptr, predictions);
  return nullptr;
}

// Frees the engine at once; the garbage collector does not see how much memory a handle stands for.
napi_value dispose(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  if (!arguments.engine()) return nullptr;
  void* data = nullptr;
  napi_get_value_external(env, arguments.values[0], &data);
  auto* handle = static_cast<Handle*>(data);
  delete handle->engine;
  handle->engine = nullptr;
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  if (!register_operations()) napi_throw_error(env, nullptr, "TensorFlow refused the operations of siamese-nas");
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"create", create}, {"read", read},         {"write", write},     {"restart", restart},
                   {"train", train},   {"gradient", gradient}, {"predict", predict}, {"dispose", dispose}};
  for (const auto& entry : functions) {
    napi_value function;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  const struct {
    const char *name, *instructions;
  } sets[] = {{"instructions", fused_instructions()}, {"engineInstructions", instructions_name()}};
  for (const auto& entry : sets) {
    napi_value instructions;
    if (napi_create_string_utf8(env, entry.instructions, NAPI_AUTO_LENGTH, &instructions) == napi_ok)
      napi_set_named_property(env, exports, entry.name, instructions);
  }
  return exports;
}
