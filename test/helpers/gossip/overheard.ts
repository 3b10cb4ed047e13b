import type { Message } from '@chainsafe/libp2p-gossipsub'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Attacker, RawMessage } from './attacker.ts'

/** Keeps all gossip that reaches an attacker, each message as its author signed it. */
export function overhear({ host }: Attacker): readonly RawMessage[] {
  const heard: RawMessage[] = []
  host.services.pubsub.addEventListener('message', ({ detail }: CustomEvent<Message>) => {
    if (detail.type !== 'signed') return
    const seqno = new Uint8Array(8)
    new DataView(seqno.buffer).setBigUint64(0, detail.sequenceNumber)
    const { data, topic, signature, key } = detail
    const from = detail.from.toMultihash().bytes
    heard.push({ from, data, seqno, topic, signature, key: publicKeyToProtobuf(key) })
  })
  return heard
}
