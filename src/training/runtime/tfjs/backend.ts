import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { PeermergeError } from '../../../errors.ts'

/** `tensorflow`: native, from the optional package tfjs-node. `cpu`: plain JavaScript, slow, always there. */
export type TfjsBackend = 'tensorflow' | 'cpu'

const NATIVE_PACKAGE = '@tensorflow/tfjs-node'
let native: Promise<boolean> | undefined

/**
 * Makes a backend the current one; `auto` is tensorflow when it loads, else cpu.
 *
 * @throws PeermergeError ERR_RUNTIME_MISSING - tensorflow is asked for and tfjs-node does not load
 */
export async function selectBackend(wanted: TfjsBackend | 'auto'): Promise<TfjsBackend> {
  tf.env().set('PROD', true) // without it the cpu backend advertises tfjs-node on the console
  const backend = wanted === 'auto' ? ((await loadNative()) ? 'tensorflow' : 'cpu') : wanted
  if (backend === 'tensorflow' && !(await loadNative())) {
    const text = `${NATIVE_PACKAGE} is not installed or does not load; install it, or choose the backend cpu`
    throw new PeermergeError('ERR_RUNTIME_MISSING', text, { runtime: 'tfjs', backend })
  }
  await tf.setBackend(backend)
  return backend
}

/** Whether tfjs-node is installed and its native library loads. */
function loadNative(): Promise<boolean> {
  native ??= importNative()
  return native
}

async function importNative(): Promise<boolean> {
  restoreRemovedUtilities()
  try {
    await import(NATIVE_PACKAGE)
    return true
  } catch {
    return false // optional: the caller falls back to plain JavaScript
  }
}

/** tfjs-node calls util.isNullOrUndefined, which Node 23 removed. */
function restoreRemovedUtilities(): void {
  const mutable = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean }
  mutable.isNullOrUndefined ??= (value) => value === null || value === undefined
}
