import { encodeAnnouncement } from '../../src/gossip/announce/announcement.ts'
import { CHUNK_PROTOCOL } from '../../src/gossip/constants.ts'
import { decodeEnvelope, encodeEnvelope, signEnvelope } from '../../src/gossip/index.ts'
import {
  contributionId,
  encodeHeader,
  payloadChunks,
  type ContributionHeader,
} from '../../src/merge/index.ts'
import { assembleContribution, type AssembledContribution } from '../../src/node/assemble-contribution.ts'
import { HONEST, type Conduct } from './conduct.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimNode } from './sim-node.ts'

/** A node of the product whose messages are changed on their way out, and who now and then does worse on purpose. */
export interface Liar {
  readonly conduct: (scheduler: Scheduler) => Conduct
  /** Called every few seconds while the node runs. Returns the ids of what must not be admitted anywhere. */
  readonly act?: (node: SimNode) => Promise<readonly string[]>
}

function onFrames(
  change: (frame: Uint8Array, protocol: string, s: Scheduler) => readonly Uint8Array[],
): Liar {
  return {
    conduct: (scheduler) => ({ ...HONEST, frames: (protocol, frame) => change(frame, protocol, scheduler) }),
  }
}

/** The same length, other bytes. */
function noiseOf(frame: Uint8Array, scheduler: Scheduler): Uint8Array {
  return frame.map(() => scheduler.below(256))
}

function flipped(frame: Uint8Array, scheduler: Scheduler): Uint8Array {
  const at = scheduler.below(frame.byteLength)
  return frame.map((byte, i) => (i === at ? byte ^ (1 << scheduler.below(8)) : byte))
}

function replayer(): Liar {
  return {
    conduct: (scheduler) => {
      const old = new Map<string, Uint8Array[]>()
      return {
        gossip: (message) => [message, message],
        frames: (protocol, frame) => {
          const kept = old.get(protocol) ?? []
          old.set(protocol, [...kept.slice(-20), frame])
          return kept.length > 0 && scheduler.chance(0.3) ? [scheduler.pick(kept)] : [frame]
        },
      }
    },
  }
}

/** Signs what it publishes, and what it publishes is not admissible. */
function badContributions(spoil: (good: AssembledContribution) => Partial<ContributionHeader>): Liar {
  return {
    conduct: () => HONEST,
    act: async (node) => {
      const made = contributionOf(node)
      const header = encodeHeader({ ...made.header, ...spoil(made) })
      await keepChunks(node, made)
      await gossip(node, encodeEnvelope(await signEnvelope(header, node.init.identity)))
      return [contributionId(header)]
    },
  }
}

function contributionOf(
  node: SimNode,
  sequence = node.run!.store.nextSequence(node.peer),
): AssembledContribution {
  const { consortium, site } = node.init
  const number = site + node.init.world.scheduler.below(12)
  return assembleContribution(consortium.charter, node.peer, sequence, consortium.draft(1, number))
}

async function keepChunks(node: SimNode, { header, payload }: AssembledContribution): Promise<void> {
  for (const [i, chunk] of payloadChunks(payload).entries()) {
    await node.run?.store.putChunk(header.payload.chunks[i]!, chunk)
  }
}

async function gossip(node: SimNode, envelope: Uint8Array): Promise<void> {
  await node.run?.host.publish(
    encodeAnnouncement({ type: 'contribution', envelope, addresses: [], holder: true }),
  )
}

/** Headers of honest members with signatures that are not theirs, or changed after they signed. */
async function forge(node: SimNode): Promise<readonly string[]> {
  const [victim] = node.run!.store.list('admitted').filter(({ header }) => header.peer !== node.peer)
  if (victim === undefined) return []
  const sequence = victim.header.sequence + 1
  const header = encodeHeader({ ...victim.header, sequence, base: otherDigest })
  const { signature } = decodeEnvelope((await node.run!.store.getEnvelope(victim.id))!)
  await gossip(node, encodeEnvelope({ header, signature }))
  await gossip(node, encodeEnvelope(await signEnvelope(header, node.init.identity)))
  const wrong = { header: encodeHeader(victim.header), signature: new Uint8Array(64) }
  await gossip(node, encodeEnvelope(wrong)) // the id is an honest one and must not suffer
  return [contributionId(header)]
}

/** Two contributions under one number, the second only for those who ask. */
async function equivocate(node: SimNode): Promise<readonly string[]> {
  const { store } = node.run!
  const { consortium, identity } = node.init
  const sequence = store.nextSequence(node.peer)
  for (const generation of [1, 2]) {
    const draft = consortium.draft(generation, generation)
    const made = assembleContribution(consortium.charter, node.peer, sequence, draft)
    await keepChunks(node, made)
    const envelope = encodeEnvelope(await signEnvelope(made.headerBytes, identity))
    await store.putOwn(made.id, envelope)
    if (generation === 1) await gossip(node, envelope)
  }
  return []
}

const otherDigest = 'ab'.repeat(32)

export const LIARS: Readonly<Record<string, Liar>> = {
  garbler: onFrames((frame, _, s) => [s.chance(0.3) ? noiseOf(frame, s) : frame]),
  'bit flipper': onFrames((frame, _, s) => [s.chance(0.3) ? flipped(frame, s) : frame]),
  'holder of wrong chunks': onFrames((frame, protocol, s) => [
    protocol === CHUNK_PROTOCOL && frame.byteLength > 256 ? noiseOf(frame, s) : frame,
  ]),
  'withholder of chunks': onFrames((frame, protocol) =>
    protocol === CHUNK_PROTOCOL && frame.byteLength > 256 ? [] : [frame],
  ),
  mute: onFrames((frame, _, s) => (s.chance(0.5) ? [] : [frame])),
  'sender of too much': onFrames((frame, _, s) =>
    s.chance(0.2) ? Array<Uint8Array>(20).fill(frame) : [frame],
  ),
  'sender of long frames': onFrames((frame, _, s) => [s.chance(0.2) ? new Uint8Array(300_000) : frame]),
  replayer: replayer(),
  forger: { conduct: () => HONEST, act: forge },
  equivocator: { conduct: () => HONEST, act: equivocate },
  'author of another charter': badContributions(() => ({ charter: otherDigest })),
  'author of wrong counts': badContributions(() => ({ count: 999 })),
  'author of wrong payloads': badContributions(({ header: { payload } }) => ({
    payload: { ...payload, digest: otherDigest },
  })),
  'author without payload': badContributions(({ header: { payload } }) => ({
    payload: { ...payload, chunks: payload.chunks.map(() => otherDigest) },
  })),
  'author from the future': badContributions(() => ({ generation: 1_000_000 })),
}
