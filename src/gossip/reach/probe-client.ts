import { MAX_PROBED_ADDRESSES, PROBE_TIMEOUT_MS } from '../constants.ts'
import type { PeerHost } from '../host/peer-host.ts'
import type { Frames } from '../wire/frames.ts'
import { decodeProbeReply, encodeProbeRequest, PROBES, type ProbeReply } from './probe-messages.ts'

/** Asks a connected member to dial these addresses of ours. @throws what a broken, refused or late exchange throws */
export async function askToProbe(
  host: Pick<PeerHost, 'openStream'>,
  peer: string,
  addresses: readonly string[],
): Promise<ProbeReply> {
  const frames = await host.openStream(peer, PROBES)
  try {
    return await probeExchange(frames, addresses)
  } finally {
    await frames.close()
  }
}

/** Without addresses: only what the member says of itself. */
export async function probeExchange(frames: Frames, addresses: readonly string[]): Promise<ProbeReply> {
  await frames.write([encodeProbeRequest(addresses.slice(0, MAX_PROBED_ADDRESSES))])
  return decodeProbeReply(await frames.read(PROBE_TIMEOUT_MS))
}
