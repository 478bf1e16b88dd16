// TensorFlow prints two lines of build information when it is loaded; this must be set before that happens.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
export {};
