import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PeermergeError } from '../../../errors.ts'
import { parseJson } from '../../parse-json.ts'
import { prepareClinc } from './clinc150.ts'
import type { PreparedData } from './prepared-data.ts'

const schema = z.record(z.string(), z.array(z.string()))

interface ClincDomainsSpec {
  readonly path: string
  readonly trainPerClass?: number | undefined
  readonly testPerClass?: number | undefined
  /** Domains that are one site's. */
  readonly perSite: number
  /** Share of a class's samples that the site of its domain has; the others have the rest in equal parts. */
  readonly own: number
}

/**
 * The intents of CLINC150 at sites that each have some domains for their own: most samples of those intents, and a few of every other one.
 * Training and held-out samples are dealt alike.
 *
 * @throws PeermergeError ERR_EXPERIMENT_DATA - an intent of no domain, or domains for one site alone
 * @see Larson et al. 2019, `domains.json`
 */
export async function prepareClincDomains(spec: ClincDomainsSpec, dir: string): Promise<PreparedData> {
  const data = await prepareClinc(spec, dir)
  const file = join(spec.path, 'domains.json')
  const domains = Object.entries(parseJson(schema, await readFile(file, 'utf8'), file))
  const sites = Math.ceil(domains.length / spec.perSite)
  if (sites < 2) throw unusable(`${domains.length} domains, ${spec.perSite} a site, are one site; expected two at least`) // prettier-ignore
  const siteOf = new Map(domains.flatMap(([, intents], i) => intents.map((intent) => [intent, Math.floor(i / spec.perSite)]))) // prettier-ignore
  const lost = data.classes.filter((name) => !siteOf.has(name))
  if (lost.length > 0) throw unusable(`${file}: no domain has ${lost.slice(0, 3).join(', ')}`)
  const dealt = (counts: readonly number[]): number[] =>
    counts.flatMap((count, c) => dealtClass(count, spec.own, siteOf.get(data.classes[c]!)!, sites, c))
  return {
    ...data,
    domains: dealt(data.trainCounts),
    testDomains: dealt(data.testCounts),
    domainNames: Array.from(
      { length: sites },
      (_, site) =>
      domains.slice(site * spec.perSite, (site + 1) * spec.perSite).map(([name]) => name).join(', '), // prettier-ignore
    ),
  }
}

/** Whose each of a class's samples is: the first ones its own site's, then the others' in turns, which begin elsewhere for every class. */
function dealtClass(count: number, own: number, home: number, sites: number, first: number): number[] {
  const others = Array.from({ length: sites - 1 }, (_, i) => (home + 1 + i) % sites)
  const kept = Math.round(own * count)
  return Array.from({ length: count }, (_, i) => (i < kept ? home : others[(first + i) % others.length]!))
}

function unusable(text: string): PeermergeError {
  return new PeermergeError('ERR_EXPERIMENT_DATA', text)
}
