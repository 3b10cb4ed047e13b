import type { GraphInputs } from '../backbone/backbone.ts'
import type { Modality } from '../data/samples.ts'
import { input } from '../graph/index.ts'

/** The inputs through which a batch enters a graph; what a sample format's feeds fill. */
export function sampleInputs(
  modality: Modality,
  { size, extent }: { readonly size: number; readonly extent: number },
): GraphInputs {
  switch (modality) {
    case 'image':
      return new Map([['pixels', input('pixels', [size, 3, extent, extent])]])
    case 'text':
      return new Map([
        ['tokens', input('tokens', [size, extent], 'i32')],
        ['mask', input('mask', [size, extent])],
      ])
  }
}
