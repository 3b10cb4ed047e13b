/** A node in this program's own process: started, followed until it is done or Ctrl-C, stopped. */
import { once } from 'node:events'
import { createLogger, createNode, PeermergeError, type NodeEvent } from 'peermerge'

/** A line for the few events that are told here, undefined for the rest. */
function describe(event: NodeEvent): string | undefined {
  if (event.type === 'published')
    return `published number ${event.sequence}: ${event.kind} of ${event.count} samples, ${event.bytes} bytes`
  if (event.type === 'admitted') return `has number ${event.sequence} of ${event.name}`
  if (event.type === 'merged')
    return `merge ${event.digest.slice(0, 12)} of ${event.cut.length} contribution${event.cut.length === 1 ? '' : 's'}`
  if (event.type === 'problem') return `${event.code}: ${event.message}`
  return undefined
}

const [home] = process.argv.slice(2)
if (home === undefined) throw new Error('usage: run-node.ts HOME, as peermerge create or join has made it')

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())
const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(3_600_000)])

try {
  await using node = await createNode({ home, logger: createLogger({ level: 'warn' }) })
  node.subscribe((event) => {
    const line = describe(event)
    if (line !== undefined) console.log(line)
  })
  await node.start() // the node stops where this block ends, whatever happens in it
  await node.whenDone({ signal }) // everything of its own is published
  console.log(`done: ${node.status().merge?.digest ?? 'no merge'}; goes on for the others until Ctrl-C`)
  if (!signal.aborted) await Promise.race([once(signal, 'abort'), node.whenStopped()])
} catch (error) {
  if (error instanceof PeermergeError) console.error(`${error.code}: ${error.message}`)
  else if (!signal.aborted) throw error
  process.exitCode = signal.aborted ? 0 : 1
}
