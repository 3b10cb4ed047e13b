import { isMainThread } from 'node:worker_threads'
import { PeermergeError } from '../../../errors.ts'

const SWITCH = 'ORT_DISABLE_TELEMETRY'

/**
 * Keeps ONNX Runtime from reporting to its maker. Its libraries for Linux and macOS do unless told otherwise before they are loaded: they keep
 * an identifier of the device and a database of events (names and hashes of models, times, the processor) in the user's cache and send them off.
 * The library asks the environment of the process, which a worker thread has only a copy of.
 *
 * @throws PeermergeError ERR_RUNTIME_REPORTS - from a worker thread of a process that was not told
 * @see github.com/microsoft/onnxruntime, docs/Privacy.md
 */
export function forbidReports(env: NodeJS.ProcessEnv = process.env, ownsEnvironment = isMainThread): void {
  if (env[SWITCH] === '1') return
  if (!ownsEnvironment) {
    const text = `onnxruntime-node reports to its maker unless ${SWITCH}=1 is in the environment of the process, which a worker thread cannot set; set it where the process starts, or open the trainer in a process of its own`
    throw new PeermergeError('ERR_RUNTIME_REPORTS', text, { variable: SWITCH })
  }
  env[SWITCH] = '1'
}
