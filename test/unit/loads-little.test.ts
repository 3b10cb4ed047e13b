import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from 'esbuild'

const COMMANDS = ['status', 'merge', 'verify', 'contributions', 'egress', 'audit', 'choose', 'task', 'eval']
const command = (name: string): string => `src/node/cli/commands/${name}.ts`
const WORKER = 'src/node/merge-worker.ts'

const { metafile } = await build({
  entryPoints: [...[...COMMANDS, 'run'].map(command), WORKER],
  outdir: 'nowhere',
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
})

/** Files and packages that are loaded before anything is done: what is imported when it is needed is not among them. */
function loaded(entry: string): string[] {
  const found = new Set([entry])
  for (const file of found) {
    const imports = metafile.inputs[file]?.imports ?? []
    for (const { path, kind } of imports) if (kind !== 'dynamic-import') found.add(path)
  }
  return [...found]
}

test('commands that start no network load no sockets', () => {
  for (const name of COMMANDS) assert.ok(!loaded(command(name)).includes('libp2p'), name)
  assert.ok(loaded(command('run')).includes('libp2p'), 'that is what is looked for')
})

test('a thread that merges loads nothing of gossip and training', () => {
  const files = loaded(WORKER)
  assert.deepEqual(files.filter((file) => /^src\/(gossip|training)\//.test(file)), []) // prettier-ignore
  assert.ok(files.includes('src/merge/merge.ts'))
})
