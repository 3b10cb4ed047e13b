import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

/** A script beside its caller, named without extension: the source under a loader, or what was built from it. */
export function workerScript(script: string, caller: string): URL {
  return new URL(`${script}${extname(fileURLToPath(caller))}`, caller)
}

const MIB = 2 ** 20

/**
 * Starts a thread; from TypeScript sources it first registers tsx, whose hooks threads do not inherit.
 *
 * @param heapBytes - most that its JavaScript objects may take, beyond which it dies of ERR_WORKER_OUT_OF_MEMORY. @default what Node gives it
 */
export function spawnWorker(script: URL, name: string, heapBytes?: number): Worker {
  const limits = heapBytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: Math.floor(heapBytes / MIB) } } // prettier-ignore
  if (extname(script.pathname) !== '.ts') return new Worker(script, { name, ...limits })
  const loader = import.meta.resolve('tsx/esm/api')
  const code = `import(${JSON.stringify(loader)}).then(({ register }) => {
    register()
    return import(${JSON.stringify(script.href)})
  })`
  return new Worker(code, { name, eval: true, ...limits })
}
