import type { DataSpec } from '../spec-schema.ts'
import { prepareClincDomains } from './clinc150-domains.ts'
import { prepareClinc } from './clinc150.ts'
import { prepareDomains } from './domain-folders.ts'
import { prepareHeart } from './heart.ts'
import { prepareImages } from './image-folders.ts'
import { prepareOwn } from './own-data.ts'
import { prepareSurface } from './surface.ts'
import type { PreparedData } from './prepared-data.ts'

/** Draws the samples of an experiment and lays them out under `dir`, the same on every machine. @throws DataLayoutError, PeermergeError ERR_DATA */
export function prepareData(spec: DataSpec, dir: string): Promise<PreparedData> {
  switch (spec.kind) {
    case 'clinc150':
      return prepareClinc(spec, dir)
    case 'clinc150-domains':
      return prepareClincDomains(spec, dir)
    case 'images':
      return prepareImages(spec, dir)
    case 'domains':
      return prepareDomains(spec, dir)
    case 'heart':
      return prepareHeart(spec, dir)
    case 'own':
      return prepareOwn(spec, dir)
    case 'surface':
      return prepareSurface(spec, dir)
  }
}
