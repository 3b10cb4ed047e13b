/**
 * Run a site from a program of your own: a node over its home, charters, offline merges, and the pure merge itself.
 *
 * ```ts
 * import { createNode } from 'peermerge'
 *
 * await using node = await createNode({ home: './site' }) // made by `peermerge create` or `join`
 * node.subscribe((event) => console.error(event.type))
 * await node.start()
 * await node.whenDone({ signal: AbortSignal.timeout(600_000) })
 * ```
 */
import './polyfill.ts'

export { PeermergeError } from './errors.ts'
export { mergeContributions, type ContributionView, type MergeResult, type MergeSpec } from './merge/index.ts'
export * from './node/index.ts'
export {
  openLanguageSession,
  resolveBackbone,
  type FitWork,
  type GenerateOptions,
  type LanguageSession,
  type LanguageSessionInit,
} from './training/index.ts'
