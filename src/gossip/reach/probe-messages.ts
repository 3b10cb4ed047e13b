import {
  MAX_ADDRESS_LENGTH,
  MAX_PROBE_FRAME_BYTES,
  MAX_PROBE_STREAMS_PER_PEER,
  MAX_PROBED_ADDRESSES,
  PROBE_PROTOCOL,
} from '../constants.ts'
import type { Protocol } from '../host/peer-host.ts'
import { decodeWire, digestBytes, encodeWire, Fields, textItem } from '../wire/wire.ts'

export const PROBES: Protocol = {
  name: PROBE_PROTOCOL,
  maxFrameBytes: MAX_PROBE_FRAME_BYTES,
  maxBufferBytes: 2 * MAX_PROBE_FRAME_BYTES,
  maxStreamsPerPeer: MAX_PROBE_STREAMS_PER_PEER,
}

/** `unreachable`: the prober does not say why; `declined`: it does not dial such an address for this asker. */
export const VERDICTS = ['reachable', 'refused', 'timed-out', 'unreachable', 'declined', 'busy'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface ProbedAddress {
  readonly address: string
  readonly verdict: Verdict
}

/** What a member says of itself, and of how it sees the asker. */
export interface ProbeReply {
  /** Its clock, milliseconds since 1970. */
  readonly time: number
  /** Version of its merge kernel. */
  readonly kernel: number
  /** Digest of the charter that it goes by. */
  readonly charter: string
  /** Digest of its set of signed statements; null where membership is fixed. */
  readonly ledger: string | null
  /** Where the asker's connection comes from; null through a relay. */
  readonly observed: string | null
  readonly probed: readonly ProbedAddress[]
}

export function encodeProbeRequest(addresses: readonly string[]): Uint8Array {
  return encodeWire('probe request', { v: 1, addresses: [...addresses] }, MAX_PROBE_FRAME_BYTES)
}

/** The addresses to be tried; @throws RefusedError `too-large`, `malformed` */
export function decodeProbeRequest(bytes: Uint8Array): string[] {
  return decodeWire('probe request', bytes, MAX_PROBE_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return fields.list('addresses', MAX_PROBED_ADDRESSES, textItem(MAX_ADDRESS_LENGTH))
  })
}

export function encodeProbeReply(reply: ProbeReply): Uint8Array {
  const value = {
    v: 1,
    time: reply.time,
    kernel: reply.kernel,
    charter: digestBytes(reply.charter),
    ledger: digestBytes(reply.ledger ?? ''),
    observed: reply.observed ?? '',
    probed: reply.probed.map(({ address, verdict }) => ({ address, verdict })),
  }
  return encodeWire('probe reply', value, MAX_PROBE_FRAME_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeProbeReply(bytes: Uint8Array): ProbeReply {
  return decodeWire('probe reply', bytes, MAX_PROBE_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const observed = fields.text('observed', MAX_ADDRESS_LENGTH)
    return {
      time: fields.integer('time', 0, Number.MAX_SAFE_INTEGER),
      kernel: fields.integer('kernel', 0, 1_000_000),
      charter: fields.digest('charter'),
      ledger: fields.digests('ledger', 1)[0] ?? null,
      observed: observed === '' ? null : observed,
      probed: fields.list('probed', MAX_PROBED_ADDRESSES, probedAddress),
    }
  })
}

function probedAddress(value: unknown, operand: string): ProbedAddress {
  const fields = new Fields(operand, value)
  const address = fields.text('address', MAX_ADDRESS_LENGTH)
  const verdict = fields.oneOf('verdict', VERDICTS)
  fields.done()
  return { address, verdict }
}
