import { it } from 'node:test'
import { checkRandomGraph, seedsToCheck } from '../../helpers/check-random-graph.ts'
import { runtimesUnderTest } from '../../helpers/runtimes.ts'

const GRAPHS = Number(process.env['PEERMERGE_FUZZ_GRAPHS'] ?? 1000)

// The unit test has the first seeds with twelve operators; here are longer graphs, under other seeds.
const OPERATORS_EACH = 25
const FIRST = 100_000

it(`random graphs of ${OPERATORS_EACH} operators`, async (test) => {
  const runtimes = await runtimesUnderTest()
  const seeds = seedsToCheck(GRAPHS).map((seed) => (seed < FIRST ? seed + FIRST : seed))
  for (const seed of seeds) await checkRandomGraph(seed, OPERATORS_EACH, runtimes)
  test.diagnostic(`${seeds.length} graphs`)
})
