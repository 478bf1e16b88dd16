// What TensorFlow reads from the environment when it is loaded; this must be imported before. A user's own value stays.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // else it prints two lines of build information
process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'; // else every process takes all memory of a GPU
export {};
