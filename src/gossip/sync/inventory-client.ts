import { FIRST_BYTE_TIMEOUT_MS, MAX_ENVELOPES_PER_BATCH, MAX_ID_PAGES } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Frames } from '../wire/frames.ts'
import type { Greeting, InventoryReply, InventoryRequest } from './inventory-messages.ts'
import { decodeInventoryReply, encodeInventoryRequest } from './inventory-messages.ts'

export interface ReconcileInit {
  readonly consortium: string
  readonly reciprocal: boolean
  readonly greeting: Greeting
  onGreeting(greeting: Greeting): void
  /** Whether this node lacks the id and has not refused it. */
  wants(id: string): boolean
  /** An id that the other side offers, wanted or not. */
  onOffered(id: string): void
  /** Takes an envelope that was asked for; returns its id, or undefined if it cannot be one of those. */
  receive(envelope: Uint8Array): Promise<string | undefined>
}

/**
 * Brings over all envelopes that the other side has and this one wants: greeting with digests; if they differ, the ids in
 * pages; then the missing envelopes in batches. Payloads follow by the chunk protocol.
 *
 * @throws RefusedError - the other side broke the protocol, or refused ours
 * @throws NetworkTimeoutError, BrokenStreamError
 */
export async function reconcile(frames: Frames, init: ReconcileInit): Promise<void> {
  try {
    const { consortium, reciprocal, greeting } = init
    const theirs = await ask(frames, { type: 'hello', consortium, reciprocal, greeting }, 'hello')
    init.onGreeting(theirs.greeting)
    if (theirs.greeting.digest !== greeting.digest) await pull(frames, init)
    await frames.close()
  } catch (thrown) {
    const error = asError(thrown)
    frames.abort(error)
    throw error
  }
}

async function pull(frames: Frames, init: ReconcileInit): Promise<void> {
  let after: string | null = null
  for (let page = 0; page < MAX_ID_PAGES; page++) {
    const { ids, more }: Reply<'ids'> = await ask(frames, { type: 'ids', after }, 'ids')
    const last = ids.at(-1)
    if (last === undefined) return
    if (after !== null && ids[0]! <= after) {
      throw new RefusedError('malformed', 'inventory reply', 'a page that does not go on')
    }
    for (const id of ids) init.onOffered(id)
    await pullEnvelopes(
      frames,
      init,
      ids.filter((id) => init.wants(id)),
    )
    if (!more) return
    after = last
  }
}

async function pullEnvelopes(frames: Frames, init: ReconcileInit, wanted: string[]): Promise<void> {
  const missing = new Set(wanted)
  while (missing.size > 0) {
    const ids = [...missing].slice(0, MAX_ENVELOPES_PER_BATCH)
    const { envelopes } = await ask(frames, { type: 'get', ids }, 'envelopes')
    let came = 0
    for (const envelope of envelopes) {
      const id = await init.receive(envelope)
      if (id === undefined || !missing.delete(id)) {
        throw new RefusedError('wrong-content', 'inventory reply', 'an envelope that was not asked for')
      }
      came++
    }
    if (came === 0) for (const id of ids) missing.delete(id) // the other side has let go of them since
  }
}

type Reply<T extends InventoryReply['type']> = Extract<InventoryReply, { type: T }>

async function ask<T extends InventoryReply['type']>(
  frames: Frames,
  request: InventoryRequest,
  expected: T,
): Promise<Reply<T>> {
  await frames.write([encodeInventoryRequest(request)])
  const reply = decodeInventoryReply(await frames.read(FIRST_BYTE_TIMEOUT_MS))
  if (reply.type === expected) return reply as Reply<T>
  const problem =
    reply.type === 'refused' ? `refused: ${reply.reason}` : `${reply.type} instead of ${expected}`
  throw new RefusedError('malformed', 'inventory reply', problem)
}
