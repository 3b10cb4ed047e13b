/** Version of every rule, byte layout and operation order in this folder; part of each digest. */
export const KERNEL_VERSION = 1

/** Payloads travel and are verified in pieces of 1 MiB: large enough for few requests, small enough to resume. */
export const CHUNK_BYTES = 1_048_576

/** Largest payload; adapters and statistics of the largest admissible spec stay well below. */
export const MAX_PAYLOAD_BYTES = 512 * CHUNK_BYTES

/** A header travels inside one gossip message, which is limited to 64 KiB. */
export const MAX_HEADER_BYTES = 61_440

/** The JSON part of a safetensors file: about 120 bytes per tensor, so 1 MiB holds thousands. */
export const MAX_SAFETENSORS_HEADER_BYTES = 1_048_576

/** Tensors in one safetensors file. */
export const MAX_TENSORS = 16_384

/** Float32 counts integers exactly up to 2²⁴, and counts travel inside float32 statistics. */
export const MAX_COUNT = 16_777_216

export const MAX_SEQUENCE = 4_294_967_295
export const MAX_GENERATION = 1_000_000
/** Rounds of the staged schedule: one an hour for a century. */
export const MAX_ROUND = 1_000_000

/** Classes of one classifier; keeps the class counts of a header below its limit. */
export const MAX_CLASSES = 4096

/** Width of any matrix that the kernel factors: a Gram of 8192 features is 268 MB in float32. */
export const MAX_FEATURES = 8192

export const MAX_RANK = 1024
export const MAX_HEADS = 256
export const MAX_MODULES = 4096

/**
 * Sum of squared inputs per sample, over all tokens and features. Normalised activations stay below 1e8; beyond this
 * bound a Gram is an attempt to outweigh everybody else or a broken model.
 */
export const MAX_ENERGY_PER_SAMPLE = 1e12

/** Rounding to float32 moves an eigenvalue of a singular Gram by up to 4e-8·tr/d; the ridge must exceed it. */
export const MIN_RIDGE = 1e-7

/** Batches' products in float32 move an eigenvalue of a whole input Gram by up to 5e-6·tr/d (ViT-Tiny); half of the ridge must exceed it. */
export const MIN_RIDGE_FULL = 1e-5

/** Largest entry where factors travel in F16, which ends at 65504; a start value within ±1 comes on top. */
export const MAX_ABS_FLOAT16 = 65_000

/** Rounding to bfloat16 moves an eigenvalue by about 2e-3·tr/d; half of the ridge exceeds it, and a site raises what it does not heal. */
export const MIN_RIDGE_BFLOAT16 = 4e-3

/** Least ridge of the analytic classifier, relative to the mean diagonal. */
export const MIN_CLASSIFIER_RIDGE = 1e-6

/** Half of it is more than admission lets the scatter within classes fall below zero, 1e-4 of the mean energy. */
export const MIN_DISCRIMINANT_RIDGE = 1e-3
