import { setTimeout as delay } from 'node:timers/promises'
import { NO_FAULTS } from '../../switchboard/faults.ts'
import { putFaults } from '../links.ts'
import { siteContainers } from '../site-containers.ts'
import { add, kill, pause, restart } from '../site-faults.ts'
import type { PlannedFault } from './fault-plan.ts'

/** What stops a site, and the state of its container until it goes on. */
const STOPS = { kill: { act: kill, state: 'exited' }, pause: { act: pause, state: 'paused' } } as const

/** Does a fault, leaves it for as long as it lasts, and undoes it. Returns what was done, in words. */
export async function doFault(name: string, fault: PlannedFault): Promise<string> {
  const sites = (await siteContainers(name)).map(({ site }) => site)
  const victims = fault.victims.map((index) => sites[index % sites.length]!)
  const each = async (act: (name: string, site: string) => Promise<void>): Promise<void> => {
    await Promise.all(victims.map((site) => act(name, site)))
  }
  const what = `${fault.kind} ${victims.join(', ')}`
  const forSoLong = `for ${Math.round(fault.lastsMs / 1000)} s`
  switch (fault.kind) {
    case 'add':
      return `add ${await add(name, 'south')}`
    case 'restart':
      await each(restart)
      return what
    case 'slow': {
      const { delayMs, bytesPerSecond, lastsMs } = fault
      const slow = Object.fromEntries(victims.map((site) => [site, { delayMs, bytesPerSecond }]))
      await between(
        () => putFaults(name, { groups: [], slow }),
        lastsMs,
        () => putFaults(name, NO_FAULTS),
      )
      return `${what} ${forSoLong}: ${delayMs} ms, ${bytesPerSecond / 1024} KiB/s`
    }
    case 'partition': {
      const others = sites.filter((site) => !victims.includes(site))
      const groups = [others, victims]
      await between(() => putFaults(name, { groups, slow: {} }), fault.lastsMs, () => putFaults(name, NO_FAULTS)) // prettier-ignore
      return `partition ${others.join(',')}|${victims.join(',')} ${forSoLong}`
    }
    case 'kill':
    case 'pause': {
      const { act, state } = STOPS[fault.kind]
      await between(
        () => each(act),
        fault.lastsMs,
        () => each(restartFrom(state)),
      )
      return `${what} ${forSoLong}`
    }
  }
}

async function between(begin: () => Promise<void>, lastsMs: number, end: () => Promise<void>): Promise<void> {
  try {
    await begin()
    await delay(lastsMs)
  } finally {
    await end()
  }
}

/** Not where the engine has done it already, as in a stack. */
const restartFrom = (state: string) => async (name: string, site: string): Promise<void> => {
  const sites = await siteContainers(name)
  if (sites.some((one) => one.site === site && one.state === state)) await restart(name, site)
} // prettier-ignore
