import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { PeermergeError } from '../../../errors.ts'
import { loadNativePackage } from './native-package.ts'

/** `tensorflow`: native, from the optional package tfjs-node. `cpu`: plain JavaScript, slow, always there. */
export type TfjsBackend = 'tensorflow' | 'cpu'

/**
 * Makes a backend the current one; `auto` is tensorflow when it loads, else cpu.
 *
 * @throws PeermergeError ERR_RUNTIME_MISSING - tensorflow is asked for and tfjs-node does not load
 */
export async function selectBackend(wanted: TfjsBackend | 'auto'): Promise<TfjsBackend> {
  tf.env().set('PROD', true) // without it the cpu backend advertises tfjs-node on the console
  const native = wanted === 'cpu' ? undefined : await loadNativePackage()
  if (wanted === 'tensorflow' && native?.isLoaded === false) {
    const text = `runtime tfjs-native: ${native.reason}, or choose the runtime tfjs-js`
    throw new PeermergeError('ERR_RUNTIME_MISSING', text, { runtime: 'tfjs-native' })
  }
  const backend = native?.isLoaded === true ? 'tensorflow' : 'cpu'
  await tf.setBackend(backend)
  return backend
}
