/**
 * Shows that the simulator bites: each entry is a fault put into a copy of the product, and some seed must fail on it.
 * An entry whose text is no longer in the file fails by name, so that the list stays true to the code.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { MUTATIONS } from '../../simulation/mutations.ts'
import { ROUND_MUTATIONS } from '../../simulation/rounds/mutations.ts'

const MOST_SEEDS = 150
let copy: string

before(() => {
  copy = mkdtempSync(join(tmpdir(), 'peermerge-mutant-'))
  const parts = [
    'src',
    'test/simulation',
    'test/helpers/gossip',
    'test/unit/node',
    'package.json',
    'tsconfig.json',
  ]
  for (const part of parts) {
    cpSync(part, join(copy, part), { recursive: true })
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
})

after(() => rmSync(copy, { recursive: true, force: true }))

const all = [
  ...MUTATIONS.map((mutation) => ({ ...mutation, main: 'test/simulation/main.ts' })),
  ...ROUND_MUTATIONS.map((mutation) => ({ ...mutation, main: 'test/simulation/rounds/main.ts' })),
]

for (const { fault, file, from, to, main } of all) {
  test(`found: ${fault}`, () => {
    const path = join(copy, file)
    const sound = readFileSync(path, 'utf8')
    assert.ok(sound.includes(from), `${file} no longer has the text that this fault replaces`)
    writeFileSync(path, sound.replace(from, to))
    try {
      const script = ['--import', 'tsx', main, '--seed', '0', '--runs', String(MOST_SEEDS), '--stop']
      const { status, stdout } = spawnSync(process.execPath, script, { cwd: copy, encoding: 'utf8' })
      assert.equal(status, 1, `no seed of ${MOST_SEEDS} has found it: ${stdout}`)
      assert.match(stdout, /replay: npm run simulate/)
    } finally {
      writeFileSync(path, sound)
    }
  })
}
