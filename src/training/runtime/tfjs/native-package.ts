import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import util from 'node:util'
import { env } from '@tensorflow/tfjs-core'

export const NATIVE_PACKAGE = '@tensorflow/tfjs-node'

/** Names a folder whose node_modules holds a tfjs-node that works, where none is installed beside us. */
export const NATIVE_FOLDER_VARIABLE = 'PEERMERGE_TFJS_NODE'

/** Whether tfjs-node is loaded; else why not and what to do. */
export type NativePackage =
  { readonly isLoaded: true } | { readonly isLoaded: false; readonly reason: string }

let loading: Promise<NativePackage> | undefined

/**
 * Loads tfjs-node once a process: of the folder in PEERMERGE_TFJS_NODE, or as any dependency. It registers its kernels in an engine
 * that all copies of tfjs-core in the process share. Never throws: the package is optional.
 */
export function loadNativePackage(): Promise<NativePackage> {
  loading ??= importPackage(process.env[NATIVE_FOLDER_VARIABLE])
  return loading
}

async function importPackage(folder: string | undefined): Promise<NativePackage> {
  restoreRemovedUtilities()
  env().set('PROD', true) // else it lists on the console what both copies register
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2' // TensorFlow writes about its instruction sets to standard error otherwise
  try {
    await import(folder ? entryIn(folder) : NATIVE_PACKAGE)
    return { isLoaded: true }
  } catch (error) {
    return { isLoaded: false, reason: explain(error, folder) }
  }
}

function entryIn(folder: string): string {
  return pathToFileURL(createRequire(resolve(folder, 'package.json')).resolve(NATIVE_PACKAGE)).href
}

function explain(error: unknown, folder: string | undefined): string {
  const { message } = error instanceof Error ? error : new Error(String(error))
  const where = folder ? `in ${folder} (${NATIVE_FOLDER_VARIABLE})` : 'here'
  if (/cannot find (?:package|module)/i.test(message) && message.includes(NATIVE_PACKAGE)) {
    return `${NATIVE_PACKAGE} is not installed ${where}; npm install ${NATIVE_PACKAGE}`
  }
  // Says where the binding was looked for; npm rebuild would do nothing where install scripts are denied.
  const missing = /(\S+)[\\/]lib[\\/][^\\/]+[\\/]tfjs_binding\.node/.exec(message)?.[1]
  if (missing === undefined)
    return `${NATIVE_PACKAGE} ${where} does not load: ${message.split('\n', 1)[0]!}; repair it`
  const advice = `npm run install --prefix ${missing} fetches it`
  return `${NATIVE_PACKAGE} ${where} does not load: its native part was not downloaded or built; ${advice}`
}

/** tfjs-node calls util.isNullOrUndefined, which Node 23 removed. */
function restoreRemovedUtilities(): void {
  const mutable = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean }
  mutable.isNullOrUndefined ??= (value) => value === null || value === undefined
}
