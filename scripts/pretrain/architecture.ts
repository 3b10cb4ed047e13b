/** The backbone that is pretrained, as its config.json says it. */
export const CONFIG = {
  architectures: ['ViTModel'],
  model_type: 'vit',
  hidden_size: 128,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  intermediate_size: 512,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-6,
  image_size: 64,
  patch_size: 8,
  num_channels: 3,
  qkv_bias: true,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  initializer_range: 0.02,
} as const

export const PREPROCESSOR = {
  image_processor_type: 'ViTImageProcessor',
  do_resize: true,
  size: { height: CONFIG.image_size, width: CONFIG.image_size },
  resample: 3,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
} as const

/** Patches per side, patches per picture, numbers per patch. */
export const GRID = CONFIG.image_size / CONFIG.patch_size
export const PATCHES = GRID * GRID
export const PATCH_AREA = CONFIG.patch_size * CONFIG.patch_size
export const PATCH_NUMBERS = CONFIG.num_channels * PATCH_AREA

/** Classes of the formula set: what the heads of the pretraining tell apart. */
export const FORMULAS = { contours: 128, fractals: 64, harmonographs: 64, textures: 64 } as const
