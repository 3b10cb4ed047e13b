import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HomePaths } from '../../../src/node/home.ts'
import { peermerge } from '../../helpers/node/run-program.ts'

interface Listed {
  readonly rounds: readonly ListedRound[]
}

interface ListedRound {
  readonly round: number
  readonly contributions: readonly string[]
  readonly voters: readonly string[]
  readonly digest: string
}

/** Without names of tasks, which the charter alone does not say. */
const bare = ({ round, contributions, voters, digest }: ListedRound): ListedRound => {
  return { round, contributions, voters, digest }
}

/**
 * `rounds list` at a stopped home, and `rounds verify` on its bundle, say the same rounds; a certificate with one bit changed is an error.
 *
 * @param sizes - how many contributions each round has merged
 */
export async function listsRounds(
  { root, charter }: Pick<HomePaths, 'root' | 'charter'>,
  sizes: readonly number[],
): Promise<void> {
  const file = join(root, 'bundle', 'rounds.cbor')
  const listed = peermerge('rounds', 'list', '--home', root, '--json')
  assert.equal(listed.code, 0, listed.stderr)
  const { rounds } = JSON.parse(listed.stdout) as Listed
  assert.deepEqual(rounds.map(({ round, contributions }) => [round, contributions.length]), sizes.map((size, at) => [at, size])) // prettier-ignore
  const verify = ['rounds', 'verify', file, '--charter', charter]
  const proven = JSON.parse(peermerge(...verify, '--json').stdout) as Listed
  assert.deepEqual(proven.rounds.map(bare), rounds.map(bare))
  assert.match(peermerge(...verify).stdout, new RegExp(rounds.at(-1)!.digest.slice(0, 12)))

  const bytes = await readFile(file)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(file, bytes)
  const forged = peermerge(...verify, '--json')
  assert.notEqual(forged.code, 0)
  assert.equal((JSON.parse(forged.stdout) as { error: { code: string } }).error.code, 'ERR_REFUSED')
}
