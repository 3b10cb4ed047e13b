// The same digests on other versions of Node and on another processor. Other Nodes come from the environment:
//   PEERMERGE_NODES="/path/to/node22,/path/to/node24"   PEERMERGE_ARM64="qemu-aarch64-static -L /usr/aarch64-linux-gnu /path/to/node"
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('digests-script.ts', import.meta.url))

interface Findings {
  readonly merges: Readonly<Record<string, string>>
  readonly solves: Readonly<Record<string, string | boolean>>
  readonly subnormal: Readonly<Record<string, number | string>>
}

interface Bundler {
  readonly build: (options: object) => Promise<unknown>
}

const folder = await mkdtemp(join(tmpdir(), 'peermerge-architectures-'))
after(() => rm(folder, { recursive: true, force: true }))
const bundle = join(folder, 'digests.mjs')
const { build } = (await import('esbuild')) as Bundler
await build({ entryPoints: [SCRIPT], outfile: bundle, bundle: true, platform: 'node', format: 'esm', target: 'node20' }) // prettier-ignore

/** `command` is a Node, with what runs it before it if need be. */
async function findingsOf(command: string): Promise<Findings & { readonly who: string }> {
  const [file, ...args] = command.split(' ') as [string, ...string[]]
  const version = await run(file, [...args, '-p', 'process.version + " " + process.arch'])
  const { stdout } = await run(file, [...args, bundle], { maxBuffer: 2 ** 26 })
  return { ...(JSON.parse(stdout) as Findings), who: version.stdout.trim() }
}

const here = await findingsOf(process.execPath)

test('every rule gives another digest, and kernel and plain solve agree', () => {
  const digests = Object.values(here.merges)
  assert.ok(digests.length > 5)
  assert.equal(new Set(digests).size, digests.length)
  for (const [what, agrees] of Object.entries(here.solves)) if (what.startsWith('plain')) assert.equal(agrees, true, what) // prettier-ignore
  assert.equal(here.subnormal.kernel, 1024)
})

const nodes = (process.env.PEERMERGE_NODES ?? '').split(',').filter((path) => path !== '')
test('other versions of Node', { skip: nodes.length === 0 && 'PEERMERGE_NODES names none' }, async (t) => {
  for (const node of nodes) {
    const { who, ...found } = await findingsOf(node)
    t.diagnostic(who)
    assert.deepEqual({ ...found, who: here.who }, here, who)
  }
})

const arm = process.env.PEERMERGE_ARM64 ?? ''
test('arm64', { skip: arm === '' && 'PEERMERGE_ARM64 is not set' }, async (t) => {
  const { who, ...found } = await findingsOf(arm)
  t.diagnostic(who)
  assert.match(who, /arm64$/)
  assert.deepEqual({ ...found, who: here.who }, here, who)
})
