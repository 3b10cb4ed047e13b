// Child of store-crash.test.ts: writes contributions without end and acknowledges each on stdout only once it is kept.
import { writeSync } from 'node:fs'
import { decode, encode } from '@ipld/dag-cbor'
import { sha256Hex } from '../../../src/merge/index.ts'
import { homePaths, prepareHome } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { openStore } from '../../../src/node/store.ts'
import type { ContributionHeader } from '../../../src/merge/index.ts'

const [home, peer] = process.argv.slice(2) as [string, string]
const paths = homePaths(home)
await prepareHome(paths)
const store = await openStore({ paths, readHeader: (bytes) => decode(bytes), logger: silentLogger() })

for (;;) {
  const sequence = store.nextSequence(peer)
  const chunks = [0, 1].map((part) => Buffer.alloc(20_000 + part, `${peer} ${sequence} ${part}`))
  const digests = chunks.map(sha256Hex)
  const header = {
    peer,
    sequence,
    payload: { digest: '', size: 0, chunks: digests },
  } as unknown as ContributionHeader
  const envelope = encode(header)
  const id = sha256Hex(envelope)
  await store.putEnvelope(id, envelope)
  for (const [part, bytes] of chunks.entries()) await store.putChunk(digests[part]!, bytes)
  await store.setVerdict(id, 'admitted', null)
  writeSync(1, `${id} ${sequence}\n`)
}
