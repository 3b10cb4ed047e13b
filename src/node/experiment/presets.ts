import { PeermergeError } from '../../errors.ts'
import { SETTINGS, type PresetName } from './preset-settings.ts'
import type { ExperimentSpec } from './spec-schema.ts'

/**
 * The settings of a published experiment with the data at hand.
 *
 * @throws PeermergeError ERR_PRESET - `data` or `backbone` is missing, which all but `demo` need
 */
export function presetSpec(
  name: PresetName,
  data: string | undefined,
  backbone: string | undefined,
): ExperimentSpec {
  const settings = SETTINGS[name]
  if (name === 'demo') return { ...settings, data: { kind: 'surface', count: 160, testPerClass: 6 } }
  if (data === undefined || backbone === undefined) {
    const text = `preset ${name} needs ${data === undefined ? '--data DIR, where its samples are' : '--backbone DIR or hf:owner/name'}`
    throw new PeermergeError('ERR_PRESET', text, { preset: name })
  }
  return { ...settings, backbone, data: dataOf(name, data) }
}

function dataOf(name: Exclude<PresetName, 'demo'>, path: string): ExperimentSpec['data'] {
  switch (name) {
    case 'clinc150':
      return { kind: 'clinc150', path, trainPerClass: 20, testPerClass: 30 }
    case 'cifar100':
      return { kind: 'images', path, trainPerClass: 30, testPerClass: 10 }
    case 'clinc150-domains':
      return { kind: 'clinc150-domains', path, trainPerClass: 10, testPerClass: 10, perSite: 2, own: 0.6 }
    case 'heart':
      return { kind: 'heart', path, heldOut: 0.4 }
    case 'pacs':
    case 'pacs-personal':
      return { kind: 'domains', path, testPerClass: 15 }
  }
}
