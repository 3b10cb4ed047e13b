/**
 * Nodes of Helia that exchange files by bitswap, in a process of their own: read from stdin by a Node that Helia supports, in the folder
 * where it is installed. A message names the seed of a round; the answer has its milliseconds and processor time.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { MemoryBlockstore } from 'blockstore-core'
import { createHeliaLight } from 'helia'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'

const [count, payloadBytes] = [Number(process.env.NODES), Number(process.env.PAYLOAD_BYTES)]
const CHUNK_BYTES = 1024 * 1024
const nodes = []

async function started() {
  const light = createHeliaLight({ blockstore: new MemoryBlockstore() })
  const connected = withLibp2pLight(light, {
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
    connectionManager: { inboundConnectionThreshold: Infinity, maxIncomingPendingConnections: 100 },
  })
  const helia = withBitswap(connected)
  await helia.start()
  return { helia, files: unixfs(helia) }
}

/** As long as the files of the others, and as random. */
function bytesOf(seed) {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(payloadBytes))
}

async function read(files, cid) {
  let size = 0
  for await (const piece of files.cat(cid, { signal: AbortSignal.timeout(600_000) })) size += piece.byteLength
  if (size !== payloadBytes) throw new Error(`a file of ${size} bytes instead of ${payloadBytes}`)
}

async function spread(payloads) {
  const options = { rawLeaves: true, chunker: fixedSize({ chunkSize: CHUNK_BYTES }) }
  const cids = await Promise.all(nodes.map(({ files }, i) => files.addBytes(payloads[i], options)))
  await Promise.all(nodes.map(({ files }, i) => readAll(files, [...cids.slice(i + 1), ...cids.slice(0, i)])))
}

/** One after another: of all at once, 90 at 10 nodes, none had ended after minutes. */
async function readAll(files, cids) {
  for (const cid of cids) await read(files, cid)
}

async function round(seed) {
  const payloads = nodes.map((_, i) => bytesOf(`${seed} ${i}`))
  globalThis.gc?.()
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  await spread(payloads)
  const { user, system } = process.cpuUsage(cpu)
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 }
}

for (let i = 0; i < count; i++) {
  const node = await started()
  for (const { helia } of nodes) await node.helia.libp2p.dial(helia.libp2p.getMultiaddrs())
  nodes.push(node)
}
process.on('disconnect', () => process.exit())
process.on('message', (seed) => {
  round(seed).then(
    (timed) => process.send(timed),
    (thrown) => process.send({ error: String(thrown.stack ?? thrown) }),
  )
})
process.send('ready')
