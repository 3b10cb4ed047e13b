import { MAX_HELD } from '../../src/gossip/constants.ts'
import type { Simulation } from './simulation.ts'
import type { NodeRun, SimNode } from './sim-node.ts'

type Running = SimNode & { readonly run: NodeRun }

/** Honest nodes have all that honest nodes have published, and nothing of it is still on its way. */
export function hasSpread(simulation: Simulation): boolean {
  return missing(simulation).length === 0
}

/** What of the honest contributions is not admitted everywhere. */
export function missing({ honest, excused }: Simulation): string[] {
  const wanted = honest.flatMap((node) => [...node.published.keys()]).filter((id) => !excused.has(id))
  return honest.flatMap((node) => {
    if (node.run === undefined) return [`${node.name} does not run`]
    const admitted = new Set(node.admitted())
    return wanted.filter((id) => !admitted.has(id)).map((id) => `${node.name} has not admitted ${id}`)
  })
}

/**
 * All honest nodes have admitted the same. What a liar has announced and shown to some alone may stay unfetched at others for
 * ever; it is in nobody's merge.
 */
export function isSame({ honest }: Simulation): boolean {
  const [first, ...rest] = honest.map((node) => node.admitted().join())
  return rest.every((admitted) => admitted === first)
}

/** Everything else that must hold at the end, with the healed network quiet; empty if it does. */
export function violations(simulation: Simulation): string[] {
  const nodes = simulation.honest.filter((node): node is Running => node.run !== undefined)
  return [
    ...simulation.mishaps,
    ...nodes.flatMap((node) => [
      ...unconnected(node, nodes),
      ...admittedBad(simulation, node),
      ...struck(node, nodes),
      ...unbounded(node),
      ...doubled(node, nodes),
    ]),
  ]
}

/** Two that nobody can dial never meet without a relay. */
function unconnected(node: Running, nodes: readonly Running[]): string[] {
  return nodes
    .filter((other) => other !== node && (node.init.isReachable || other.init.isReachable))
    .filter(({ peer }) => !node.run.host.isConnected(peer))
    .map((other) => `${node.name} is not connected to ${other.name}`)
}

function admittedBad({ forbidden }: Simulation, node: Running): string[] {
  return node
    .admitted()
    .filter((id) => forbidden.has(id))
    .map((id) => `${node.name} has admitted ${id} of a liar`)
}

function struck(node: Running, nodes: readonly Running[]): string[] {
  return nodes
    .filter(({ peer }) => node.run.holders.scoreOf(peer) < 0)
    .map((other) => `${node.name} has struck ${other.name}, which is honest`)
}

function unbounded({ name, run }: Running): string[] {
  const { held } = run.network.counts()
  return held > MAX_HELD ? [`${name} holds ${held} headers`] : []
}

/** An honest node never signs one number twice, whatever happened to its disk. */
function doubled({ name, run }: Running, nodes: readonly Running[]): string[] {
  const honest = new Set(nodes.map(({ peer }) => peer))
  const seen = new Set<string>()
  return [...run.store.list('admitted'), ...run.store.list('fetching')].flatMap(
    ({ header: { peer, sequence } }) => {
      const key = `${peer} ${sequence}`
      if (honest.has(peer) && seen.has(key))
        return [`${name} has two contributions ${key} of an honest author`]
      seen.add(key)
      return []
    },
  )
}
