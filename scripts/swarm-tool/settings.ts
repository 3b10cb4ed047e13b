/** How a swarm is raised; what is not said is as in the files. */
export interface SwarmSettings {
  readonly name: string
  /** Sites in all, the founder (and with compose the relay) among them. */
  readonly peers: number
  readonly contributions: number
  readonly epochs: number
  /** Pictures of each site. */
  readonly pictures: number
  readonly cpus: string
  readonly memory: string
}

/** For the variables in stack.yaml and compose.yaml. */
export function settingsEnvironment(settings: SwarmSettings): Record<string, string> {
  return {
    PEERMERGE_SECRETS: settings.name,
    PEERMERGE_REPLICAS: String(settings.peers - 1),
    PEERMERGE_CONTRIBUTIONS: String(settings.contributions),
    PEERMERGE_EPOCHS: String(settings.epochs),
    PEERMERGE_DEMO_COUNT: String(settings.pictures),
    PEERMERGE_CPUS: settings.cpus,
    PEERMERGE_MEMORY: settings.memory,
  }
}

/** Sites of a compose swarm besides founder and relay: the odd one is in the north. */
export function northAndSouth(peers: number): { north: number; south: number } {
  const rest = Math.max(0, peers - 2)
  return { north: Math.ceil(rest / 2), south: Math.floor(rest / 2) }
}
