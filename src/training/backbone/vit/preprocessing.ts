import { z } from 'zod'
import type { Normalisation } from '../../data/image/image-format.ts'
import { readJson } from '../read-json.ts'

const RESAMPLE_BICUBIC = 3
const perChannel = z.array(z.number()).length(3)

const schema = z.object({
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: perChannel.default([0.5, 0.5, 0.5]),
  image_std: perChannel
    .refine((std) => std.every((value) => value > 0), 'image_std must be positive')
    .default([0.5, 0.5, 0.5]),
  // Pillow's number of a filter. Bilinear (2) is the library's own default and is read too; images are resized bicubically.
  resample: z.number().int().default(RESAMPLE_BICUBIC),
})

/** Reads `preprocessor_config.json`; a directory without one gets the defaults of Hugging Face's ViTImageProcessor. */
export async function readPreprocessing(dir: string): Promise<Normalisation> {
  const config = (await readJson(dir, 'preprocessor_config.json', schema)) ?? schema.parse({})
  return {
    rescale: config.do_rescale ? config.rescale_factor : 1,
    mean: config.do_normalize ? config.image_mean : [0, 0, 0],
    std: config.do_normalize ? config.image_std : [1, 1, 1],
  }
}
