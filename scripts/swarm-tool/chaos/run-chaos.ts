import { siteContainers } from '../site-containers.ts'
import { holds } from '../verdict.ts'
import { chaosReport, type ChaosReport, type FaultRecord } from './chaos-report.ts'
import { doFault } from './do-fault.ts'
import { planFaults } from './fault-plan.ts'
import { memoryOfSites } from './memory.ts'
import { hasCaughtUp, waitUntil } from './wait-for.ts'

export interface ChaosOptions {
  readonly name: string
  readonly seed: string
  readonly minutes: number
  /** After each fault, and at the end. */
  readonly patienceMs: number
  readonly say: (text: string) => void
}

/** More than can be done in the time, as a fault and the wait after it take some ten seconds at least. */
const FAULTS_A_MINUTE = 6
const MOST_ADDED = 3

/**
 * Does one fault after the other for so many minutes, and after each waits until everybody has what had been made by then; at the end until all
 * are done and hold the same merge.
 */
export async function runChaos({ name, seed, minutes, patienceMs, say }: ChaosOptions): Promise<ChaosReport> {
  const seen = new Map<string, number>()
  const memory = new Map<string, number>()
  say('waiting until every site answers')
  await waitUntil(name, ({ silent }) => silent.length === 0, patienceMs, seen)
  const began = performance.now()
  const elapsed = (): number => performance.now() - began
  const sites = (await siteContainers(name)).length
  const faults: FaultRecord[] = []
  const plan = planFaults({
    seed,
    faults: Math.ceil(minutes * FAULTS_A_MINUTE),
    sites,
    mostAdded: MOST_ADDED,
  })
  for (const fault of plan) {
    if (elapsed() > minutes * 60_000) break
    const atMs = elapsed()
    const what = await doFault(name, fault).catch((error: unknown) => `${fault.kind}, not done: ${(error as Error).message}`) // prettier-ignore
    await waitUntil(name, () => true, 0, seen)
    const { held, ms } = await waitUntil(name, hasCaughtUp(new Map(seen)), patienceMs, seen)
    faults.push({ what, atMs, agreedAfterMs: held ? ms : null })
    await noteMemory(name, memory)
    say(`${(atMs / 1000).toFixed(0)} s: ${what}; ${held ? `caught up after ${(ms / 1000).toFixed(0)} s` : 'NOT caught up'}`) // prettier-ignore
  }
  say('waiting until all is done')
  const end = await waitUntil(name, holds, patienceMs, seen)
  await noteMemory(name, memory)
  const settledAfterMs = end.held ? end.ms : null
  return chaosReport({ seed, ms: elapsed(), faults, verdict: end.verdict, settledAfterMs, memory })
}

async function noteMemory(name: string, most: Map<string, number>): Promise<void> {
  for (const [site, bytes] of await memoryOfSites(name)) most.set(site, Math.max(bytes, most.get(site) ?? 0))
}
