import pc from 'picocolors'
import type { OutboxReport } from '../outbox/outbox-report.ts'
import { bytes } from '../units.ts'
import type { Limit, LimitName, LimitsInForce } from './limits-in-force.ts'
import type { PolicyReport } from './policy-report.ts'
import { QUIETED } from './quiet-hours.ts'

const rate = (value: number): string => `${bytes(value)}/s`

const SHOWN: { readonly [Name in LimitName]: readonly [what: string, show: (value: number) => string] } = {
  threads: ['threads', String],
  mergeThreads: ['merge threads', String],
  memoryBytes: ['memory', bytes],
  diskBytes: ['disk', bytes],
  uploadBytesPerSecond: ['upload', rate],
  downloadBytesPerSecond: ['download', rate],
  floorSamples: ['at least samples', String],
  floorPerClass: ['of a class', String],
}

type Shown = Omit<PolicyReport, 'limits'> & { readonly limits: LimitsInForce | null }

/** For a terminal: which policy, what it keeps at home, what is quiet and until when, limits and who has set them, and what waits for a person. */
export function policyLines(report: Shown): readonly string[] {
  const { digest, problem, statistics, forbidden, quiet, limits, outbox } = report
  return [
    digest === null ? 'policy: none' : `policy ${digest.slice(0, 12)}: ${summary(report)}`,
    ...(problem === null ? [] : [pc.red(`nothing leaves: ${problem}`)]),
    ...(forbidden.length === 0 ? [] : [pc.red(`the charter asks for what the policy keeps at home: ${forbidden.join(', ')}`)]), // prettier-ignore
    ...(statistics === null ? [] : [`statistics that may leave: ${statistics.join(', ') || 'none'}`]),
    ...QUIETED.flatMap((what) => (quiet[what] === null ? [] : [pc.yellow(`quiet hours: no ${what} until ${quiet[what]}`)])), // prettier-ignore
    ...(limits === null ? [] : [`limits: ${limitTexts(limits).join(', ')}`]),
    ...outbox.waiting.map(waitingLine),
  ]
}

function summary({ outbox: { required, waiting } }: Shown): string {
  if (!required) return 'contributions leave without being asked for'
  const held = waiting.filter(({ state }) => state === 'held').length
  return `everything waits for a person, ${held === 0 ? 'nothing is held' : `${held} held`}`
}

function limitTexts(limits: LimitsInForce): readonly string[] {
  return Object.entries(SHOWN).flatMap(([name, [what, show]]) => {
    const limit: Limit | null = limits[name as LimitName]
    return limit === null ? [] : [`${what} ${show(limit.value)} (${limit.from})`]
  })
}

function waitingLine({ id, state, kind, sequence, samples, bytes: size, by }: OutboxReport): string {
  const what = `${kind} ${sequence}, ${bytes(size)} of ${samples} samples`
  if (state === 'released')
    return `outbox: ${what} was released by ${by} and leaves as soon as this site sends`
  return pc.yellow(`outbox: ${what} is held (peermerge outbox show ${id.slice(0, 12)})`)
}
