// What TensorFlow needs when it is loaded; this must be imported before it.
import util from 'node:util';

// A user's own value stays.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // else it prints two lines of build information
process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'; // else every process takes all memory of a GPU

// tfjs-node 4.22 calls these two in four places. Node 23 removed them, and Node 22 warns of one of them; danfojs-node
// loads the same package.
Object.assign(util, {
  isArray: Array.isArray,
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
});
