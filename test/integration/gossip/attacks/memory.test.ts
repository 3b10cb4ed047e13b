import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAnnouncement } from '../../../../src/gossip/announce/announcement.ts'
import { CHUNK_PROTOCOL, PROBE_PROTOCOL, SYNC_PROTOCOL } from '../../../../src/gossip/constants.ts'
import { Attacker } from '../../../helpers/gossip/attacker.ts'
import { Besieged } from '../../../helpers/gossip/besieged.ts'
import { makeContribution, noise } from '../../../helpers/gossip/contributions.ts'
import { frame } from '../../../helpers/gossip/frame.ts'
import { reachableBytes } from '../../../helpers/gossip/heap.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

const FRAME_BYTES = 15_000
const WARM_UP = 60
const FRAMES = 1_200
const MESSAGES = 4_000
const MOST_GROWTH = 16e6

/** Nothing that is refused may be kept: what is sent here is some 80 MB. */
test('after thousands of refused frames and messages a node holds no more memory than before', async () => {
  await using siege = await Besieged.start()
  const { swarm, reader, honest } = siege
  const old = await makeContribution(honest.identity, { sequence: 77, fields: { charter: '00'.repeat(32) } })
  const news = encodeAnnouncement({ type: 'contribution', envelope: old.envelope, addresses: [], holder: true }) // prettier-ignore
  const [garbler, flooder] = [
    await Attacker.start(await swarm.identity()),
    await Attacker.start(await swarm.identity()),
  ]
  try {
    for (const attacker of [garbler, flooder]) await attacker.connect(reader)
    await sendFrames(siege, WARM_UP)
    await siege.stillWork()
    const before = reachableBytes()

    await sendFrames(siege, FRAMES)
    for (let i = 0; i < MESSAGES / 2; i++) {
      await garbler.gossip(noise(FRAME_BYTES, `garbage ${i}`))
      await flooder.gossip(news)
    }
    await siege.stillWork()
    const refused = [...reader.network.counters.refusals().values()].reduce((sum, count) => sum + count, 0)
    assert.ok(refused > FRAMES / 2, `${refused} refusals`)
    let grown = Infinity
    await waitFor(
      'what gossipsub keeps for some seconds is gone',
      () => {
        grown = Math.min(grown, reachableBytes() - before)
        return grown < MOST_GROWTH
      },
      30_000,
    ).catch((cause: unknown) => assert.fail(`${grown} bytes more: ${String(cause)}`))
  } finally {
    await Promise.all([garbler, flooder].map((attacker) => attacker[Symbol.asyncDispose]()))
  }
})

/** Well-framed noise, a stream for each as the node resets it. */
async function sendFrames({ attacker, reader }: Besieged, count: number): Promise<void> {
  const protocols = [CHUNK_PROTOCOL, SYNC_PROTOCOL, PROBE_PROTOCOL]
  const inTurn = async (protocol: string): Promise<void> => {
    for (let i = 0; i < count / protocols.length; i++) {
      await attacker.say(reader, protocol, frame(noise(FRAME_BYTES, `${protocol} ${i}`)))
    }
  }
  await Promise.all(protocols.map(inTurn))
}
