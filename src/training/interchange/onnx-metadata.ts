import type { SampleFormat } from '../data/samples.ts'
import type { Model } from '../model/model-graph.ts'

/**
 * What somebody who has only the file needs to run it: class names, and how samples become its inputs.
 *
 *   classes         JSON array, in the order of the logits
 *   modality        image or text
 *   preprocessing   JSON; of images: size, mean, std of RGB levels divided by 255; of texts: the tokenizer's place and the length
 *   backbone        the family
 */
export function onnxMetadata(model: Model, classes: readonly string[]): Record<string, string> {
  const { backbone, extent, format } = model
  const preprocessing = backbone.modality === 'image' ? ofImages(format, extent) : ofTexts(extent)
  return {
    classes: JSON.stringify(classes),
    modality: backbone.modality,
    preprocessing: JSON.stringify(preprocessing),
    backbone: backbone.family,
  }
}

function ofImages(format: SampleFormat, side: number): object {
  const black = levels(format, side, 0)
  const white = levels(format, side, 255)
  const std = black.map((low, channel) => 1 / (white[channel]! - low))
  const mean = black.map((low, channel) => -low * std[channel]!)
  return {
    layout: 'batch, channel, row, column; channels red, green, blue',
    size: [side, side],
    resize: 'both sides, bicubic with antialiasing, nothing is cropped',
    rescale: 1 / 255,
    mean: mean.map(rounded),
    std: std.map(rounded),
  }
}

/** What the format makes of an image of one grey level, a number a channel. */
function levels(format: SampleFormat, side: number, level: number): number[] {
  const feeds = format.feeds(1, side)
  format.write(new Uint8Array(3 * side * side).fill(level), feeds, 0, side)
  return [0, 1, 2].map((channel) => feeds['pixels']![channel * side * side]!)
}

/** Mean and deviation are written with few digits in the backbone's own files; float32 has blurred the last. */
function rounded(value: number): number {
  return Number(value.toPrecision(6))
}

function ofTexts(length: number): object {
  return {
    tokenizer: "the backbone's tokenizer.json, its special tokens included",
    length,
    tokens: 'cut to the length, filled up with the padding id',
    mask: '1 for a token, 0 for filling',
  }
}
