/** What a node does to the bytes that it sends: each message becomes none, one or several. */
export interface Conduct {
  frames(protocol: string, frame: Uint8Array): readonly Uint8Array[]
  gossip(message: Uint8Array): readonly Uint8Array[]
}

export const HONEST: Conduct = {
  frames: (_protocol, frame) => [frame],
  gossip: (message) => [message],
}
