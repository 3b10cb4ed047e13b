// What dishonest sites can do to a merge, under no defence, the default of new charters, each of its parts, and each estimator:
//   npm run bench:attacks -- [--json] [--seeds N]
// Medians over seeds. Errors are against the merge of the honest sites alone without any defence; docs/results/attacks.md explains.
import { parseArgs } from 'node:util'
import { DEFAULT_ROBUST } from '../src/merge/robust/default-robust.ts'
import type { Term } from '../src/merge/rules/term.ts'
import type { RobustSpec } from '../src/merge/types.ts'
import { accuracies, CLASSIFIER_ATTACKS, type Rule } from './attacks/classifier-attacks.ts'
import { classifierSites } from './attacks/classifier-sites.ts'
import { ATTACKS, indefiniteGram } from './attacks/regression-attacks.ts'
import { attacked, mergeTerms, responseError, unexplained, weightError } from './attacks/regression-errors.ts'
import { regressionSites, type RegressionSettings } from './attacks/regression-sites.ts'

const SITES = 10
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '7' },
  },
})
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => String(i))

const caps: RobustSpec = { normalise: false, countCap: { times: 2 }, energyCap: 2 }
const directionalCap = { floor: 0.1, ceiling: 10 }
const DEFENCES: Readonly<Record<string, RobustSpec | undefined>> = {
  none: undefined,
  default: DEFAULT_ROBUST,
  normalise: { normalise: true, countCap: { times: 1e6 } },
  'count cap': { normalise: false, countCap: { times: 2 } },
  '+ energy cap': caps,
  '+ directions': { ...caps, directionalCap },
  '+ clip': { ...caps, clip: 1.5 },
  'default, ceiling 3': { ...DEFAULT_ROBUST, directionalCap: { floor: 0.1, ceiling: 3 } },
  'default, Krum 3': { ...DEFAULT_ROBUST, filter: { rule: 'multi-krum', byzantine: 3 } },
  'geometric median': { ...caps, directionalCap, estimator: 'geometric-median' },
  'coordinate median': { ...caps, estimator: 'coordinate-median' },
  'trimmed mean 0.2': { ...caps, estimator: { rule: 'trimmed-mean', share: 0.2 } },
}

interface Table {
  readonly title: string
  readonly rows: readonly { readonly name: string; readonly values: Readonly<Record<string, number>> }[]
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

/** Of each defence the median over the seeds. */
function row(
  name: string,
  measure: (robust: RobustSpec | undefined, seed: string) => number,
): Table['rows'][number] {
  const values = Object.entries(DEFENCES).map(([defence, robust]) => [defence, median(seeds.map((seed) => measure(robust, seed)))] as const) // prettier-ignore
  return { name, values: Object.fromEntries(values) }
}

function regressionTables(): Table[] {
  const settings: readonly (readonly [string, Omit<RegressionSettings, 'sites' | 'seed'>])[] = [
    ['alike', { own: 0, skew: 0, spread: 1 }],
    ['own targets, sizes 16-fold', { own: 0.3, skew: 0, spread: 16 }],
    ['own targets, inputs 4-fold, sizes 16-fold', { own: 0.3, skew: 1, spread: 16 }],
    ['own targets, inputs 9-fold, sizes 16-fold', { own: 0.3, skew: 2, spread: 16 }],
    ['own targets, inputs 9-fold, sizes 100-fold', { own: 0.3, skew: 2, spread: 100 }],
  ]
  const honest = settings.map(([name, setting]) =>
    row(name, (robust, seed) => {
      const sites = regressionSites({ sites: SITES, seed, ...setting })
      return unexplained(sites, mergeTerms(robust, sites.terms))
    }),
  )
  const cost = row('no attack', (robust, seed) => {
    const sites = regressionSites({ sites: SITES, seed })
    return responseError(sites, mergeTerms(robust, sites.terms), 0)
  })
  const attacks = [1, 2, 3, 4].flatMap((dishonest) =>
    Object.entries(ATTACKS).map(([name, attack]) =>
      row(`${dishonest} of ${SITES}: ${name}`, (robust, seed) => {
        const sites = regressionSites({ sites: SITES, seed })
        const merged = mergeTerms(robust, attacked(sites, attack, dishonest))
        return name.startsWith('weak')
          ? weightError(sites, merged, dishonest)
          : responseError(sites, merged, dishonest)
      }),
    ),
  )
  const indefinite = row(
    `1 of ${SITES}: honest W, indefinite Gram (none: were it not refused)`,
    (robust, seed) => {
      const sites = regressionSites({ sites: SITES, seed })
      const [first, ...others] = sites.terms as [Term, ...Term[]]
      const unchecked = [{ ...first, gram: indefiniteGram(others) }, ...others]
      return responseError(sites, mergeTerms(robust, robust === undefined ? unchecked : others), 1)
    },
  )
  return [
    { title: 'Honest sites: unexplained share of their targets', rows: honest },
    { title: 'Dishonest sites: error of the responses against the honest merge (weak direction: of the weights)', rows: [cost, indefinite, ...attacks] }, // prettier-ignore
  ]
}

function classifierTable(rule: Rule): Table {
  const rows = [0.1, 0.5, 100].flatMap((concentration) => {
    const worlds = seeds.map((seed) => classifierSites(SITES, concentration, seed))
    const cases = [
      { name: 'no attack', dishonest: 0, attack: undefined },
      ...[1, 3].flatMap((dishonest) => Object.entries(CLASSIFIER_ATTACKS[rule]).map(([name, attack]) => ({ name: `${dishonest} of ${SITES}: ${name}`, dishonest, attack }))), // prettier-ignore
    ]
    return cases.map(({ name, dishonest, attack }) => {
      const scores = worlds.map((world) =>
        accuracies(world, rule, Object.values(DEFENCES), dishonest, attack),
      )
      const values = Object.keys(DEFENCES).map((defence, d) => [defence, median(scores.map((score) => score[d]!))] as const) // prettier-ignore
      return { name: `labels Dirichlet ${concentration}, ${name}`, values: Object.fromEntries(values) }
    })
  })
  return { title: `Classifier, rule ${rule}: accuracy`, rows }
}

function markdown({ title, rows }: Table): string {
  const names = Object.keys(rows[0]!.values)
  const lines = rows.map(({ name, values }) => [name, ...names.map((defence) => shown(values[defence]!))])
  const table = [['', ...names], names.concat('').map((_, i) => (i === 0 ? '---' : '--:')), ...lines]
  return [`### ${title}`, '', ...table.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n')
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3)
}

const tables = [...regressionTables(), classifierTable('analytic'), classifierTable('counts')]
if (options.json)
  console.log(JSON.stringify({ node: process.version, sites: SITES, seeds: seeds.length, tables }, null, 2)) // prettier-ignore
else console.log(tables.map(markdown).join('\n'))
