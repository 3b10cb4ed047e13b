import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Charter } from '../../../src/node/charter.ts'
import type { SiteConfig } from '../../../src/node/home.ts'
import { TINY_BACKBONE, writeTinySite } from '../../helpers/tiny-sites.ts'
import { peermerge, type Ran } from '../../helpers/node/run-program.ts'

let dir = ''

/** The error object that `--json` prints, as the last line where others came before. */
function failure(outcome: Ran): { code: string; message: string } {
  return (
    JSON.parse(outcome.stdout.trim().split('\n').at(-1) ?? '') as { error: { code: string; message: string } }
  ).error
}

function createArgs(home: string, changes: Record<string, string> = {}): string[] {
  const options: Record<string, string> = {
    home: join(dir, 'homes', home),
    name: 'cli',
    site: 'a',
    backbone: TINY_BACKBONE,
    data: join(dir, 'data'),
    'image-size': '16',
    adapter: 'lora',
    rank: '2',
    listen: '/ip4/127.0.0.1/tcp/0',
    ...changes,
  }
  return ['create', '--json', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])]
}

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-cli-'))
  await writeTinySite(join(dir, 'data'), [20, 20, 20], 'cli')
})
after(() => rm(dir, { recursive: true, force: true }))

describe('the command line', () => {
  test('runtimes shows what is there and why the rest is not', () => {
    const { code, stdout } = peermerge('runtimes', '--no-probe', '--json')
    assert.equal(code, 0)
    const { runtimes } = JSON.parse(stdout) as {
      runtimes: { name: string; isAvailable: boolean; detail: string; stepMs: number | null }[]
    }
    const names = runtimes.map(({ name }) => name)
    assert.deepEqual(names, ['onnx', 'onnx-webgpu', 'tfjs-native', 'tfjs-js'])
    assert.ok(runtimes[0]!.isAvailable && runtimes[3]!.isAvailable)
    for (const { name, isAvailable, detail, stepMs } of runtimes) {
      assert.equal(stepMs, null)
      if (!isAvailable) assert.match(detail, /choose (?:the|another) runtime/, name)
    }
  })

  test('an unknown runtime is refused with the names that there are', () => {
    const { code, stderr } = peermerge(...createArgs('unknown-runtime', { runtime: 'cuda' }))
    assert.equal(code, 2)
    assert.match(stderr, /onnx, onnx-webgpu, tfjs, tfjs-native, tfjs-js/)
  })

  test('the runtime that was chosen is among the settings', async () => {
    const { code } = peermerge(...createArgs('chosen-runtime', { runtime: 'tfjs-js' }))
    assert.equal(code, 0)
    const config = await readFile(join(dir, 'homes', 'chosen-runtime', 'config.json'), 'utf8')
    assert.equal((JSON.parse(config) as { runtime: string }).runtime, 'tfjs-js')
  })

  test('how others reach the site is kept among the settings; what cannot be is refused before anything is written', async () => {
    const said = { announce: 'hub.example:4001', reachable: 'yes', listen: '127.0.0.1:4005', peer: '9.9.9.9:4001' } // prettier-ignore
    assert.equal(peermerge(...createArgs('reach', said), '--relay').code, 0)
    const file = join(dir, 'homes', 'reach', 'config.json')
    const { announce, reachable, relay, listen, peers } = JSON.parse(await readFile(file, 'utf8')) as SiteConfig // prettier-ignore
    assert.deepEqual([announce, reachable, relay.serve], [['/dns/hub.example/tcp/4001'], 'yes', true])
    assert.deepEqual([listen, peers], [['/ip4/127.0.0.1/tcp/4005'], ['/ip4/9.9.9.9/tcp/4001']])
    const wrong = [
      [['--reachable', 'maybe'], /auto, yes, no/],
      [['--announce', 'hub.example'], /HOST:PORT/],
      [['--peer', '/ip4/9.9.9.9'], /HOST:PORT/],
      [['--reachable', 'no', '--relay'], /cannot relay for others/],
      [['--reachable', 'no', '--announce', 'hub.example:4001'], /listens nowhere/],
    ] as const
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = peermerge(...createArgs('bad-reach'), ...args)
      assert.equal(code, 2, args.join(' '))
      assert.match(stdout + stderr, message)
    }
    await assert.rejects(readFile(join(dir, 'homes', 'bad-reach', 'config.json')), { code: 'ENOENT' })
    const run = peermerge('run', '--json', '--home', join(dir, 'homes', 'reach'), '--reachable', 'no')
    assert.equal(run.code, 2)
    assert.match(failure(run).message, /--no-relay/)
  })

  test('create writes what is trained and how it travels', async () => {
    const said = {
      trains: 'A',
      grams: 'top-k:3',
      'wire-factors': 'BF16',
      'wire-grams': 'BF16',
      ridge: '1e-3',
    }
    assert.equal(peermerge(...createArgs('number-types', said)).code, 0)
    const file = await readFile(join(dir, 'homes', 'number-types', 'charter.json'), 'utf8')
    const { adapter, rule, grams, wire, ridge } = JSON.parse(file) as Charter
    assert.deepEqual([adapter.kind === 'lora' && adapter.trains, rule], ['A', 'lorm'])
    assert.deepEqual([grams, wire, ridge], [{ form: 'top-k', k: 3 }, { factors: 'BF16', grams: 'BF16' }, 1e-3]) // prettier-ignore
    const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ grams: 'top-k:0' }, /expected full, full:SHRINK \(0 to 1\), diagonal, top-k, top-k:K/],
      [{ grams: 'diagonal:2' }, /expected full, full:SHRINK/],
      [{ adapter: 'ravan', trains: 'A' }, /--trains A: expected --adapter lora, got ravan/],
      [{ grams: 'full', 'wire-grams': 'BF16', ridge: '1e-4' }, /ridge.*in BF16 need at least 0\.004/],
    ]
    for (const [changes, message] of wrong) {
      const { code, stderr, stdout } = peermerge(...createArgs('wrong-types', changes))
      assert.equal(code, 2)
      assert.match(stderr + stdout, message)
    }
  })

  test('help names every command and exits with 0', () => {
    const { code, stdout } = peermerge('--help')
    assert.equal(code, 0)
    for (const name of ['demo', 'create', 'join', 'run', 'status', 'merge', 'verify'])
      assert.match(stdout, new RegExp(`\\n  ${name} `))
  })

  test('an unknown option exits with 2 and points to the help', () => {
    const { code, stderr } = peermerge('status', '--colour')
    assert.equal(code, 2)
    assert.match(stderr, /unknown option '--colour'[^]*--help/)
  })

  test('create, then run: a port in use is named and exits with 3', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    assert.equal(peermerge(...createArgs('port', { listen: `/ip4/127.0.0.1/tcp/${port}` })).code, 0)
    const outcome = peermerge('run', '--home', join(dir, 'homes', 'port'), '--json')
    server.close()
    assert.equal(outcome.code, 3, outcome.stdout + outcome.stderr)
    assert.equal(failure(outcome).code, 'ERR_PORT_IN_USE')
    assert.match(failure(outcome).message, new RegExp(String(port)))
  })

  test('status of a home without a running node says how to start it', () => {
    const outcome = peermerge('status', '--home', join(dir, 'nobody'), '--json')
    assert.equal(outcome.code, 2)
    assert.equal(failure(outcome).code, 'ERR_NOT_RUNNING')
    assert.match(failure(outcome).message, /peermerge run/)
  })
})

describe('a backbone that cannot be used', () => {
  test('missing', () => {
    const outcome = peermerge(...createArgs('missing', { backbone: join(dir, 'nowhere') }))
    assert.equal(outcome.code, 2)
    assert.match(failure(outcome).message, /nowhere.*config\.json/)
  })

  test('cut short', async () => {
    const broken = join(dir, 'broken')
    await cp(TINY_BACKBONE, broken, { recursive: true })
    await truncate(join(broken, 'model.safetensors'), 900)
    const outcome = peermerge(...createArgs('cut', { backbone: broken }))
    assert.equal(outcome.code, 2)
    assert.match(failure(outcome).message, /model\.safetensors|broken/)
  })

  test('another one than the charter names', async () => {
    assert.equal(peermerge(...createArgs('founder')).code, 0)
    const other = join(dir, 'other')
    await cp(TINY_BACKBONE, other, { recursive: true })
    const config = await readFile(join(other, 'config.json'), 'utf8')
    await writeFile(join(other, 'config.json'), `${config}\n`)
    const home = join(dir, 'homes', 'founder')
    const join2 = [
      'join',
      join(home, 'charter.json'),
      '--home',
      home,
      '--site',
      'a',
      '--backbone',
      other,
      '--data',
      join(dir, 'data'),
      '--json',
    ]
    const outcome = peermerge(...join2)
    assert.equal(outcome.code, 2)
    assert.equal(failure(outcome).code, 'ERR_WRONG_BACKBONE')
    assert.match(failure(outcome).message, /its digest is/)
  })
})

describe('data that cannot be used', () => {
  test('a folder that is not there', () => {
    const outcome = peermerge(...createArgs('nodata', { data: join(dir, 'no-data') }))
    assert.equal(outcome.code, 2)
    assert.equal(failure(outcome).code, 'ERR_DATA_LAYOUT')
  })

  test('a table without the named columns, and one for a backbone that reads images', async () => {
    const table = join(dir, 'texts.csv')
    await writeFile(table, 'say,kind\na,x\nb,y\n')
    const unnamed = peermerge(...createArgs('unnamed', { data: table }))
    assert.equal(unnamed.code, 2)
    assert.equal(failure(unnamed).code, 'ERR_NO_COLUMN')
    assert.match(failure(unnamed).message, /columns found: "say", "kind"/)
    const columns = { data: table, 'text-column': 'say', 'label-column': 'kind' }
    assert.equal(peermerge(...createArgs('texts', columns)).code, 0)
    const home = join(dir, 'homes', 'texts')
    const charter = JSON.parse(await readFile(join(home, 'charter.json'), 'utf8')) as { classes: unknown }
    assert.deepEqual(charter.classes, ['x', 'y'])
    const config = JSON.parse(await readFile(join(home, 'config.json'), 'utf8')) as { columns: unknown }
    assert.deepEqual(config.columns, { text: 'say', label: 'kind' })
    const outcome = peermerge('run', '--home', home, '--json')
    assert.equal(outcome.code, 2)
    assert.equal(failure(outcome).code, 'ERR_MODALITY')
    assert.match(failure(outcome).message, /reads images: give a folder/)
  })

  test('a site with one image', async () => {
    await writeTinySite(join(dir, 'single'), [1, 0, 0], 'single')
    assert.equal(
      peermerge(...createArgs('single', { data: join(dir, 'single'), classes: 'blue,green,red' })).code,
      0,
    )
    const outcome = peermerge('run', '--home', join(dir, 'homes', 'single'), '--json')
    assert.equal(outcome.code, 2)
    assert.equal(failure(outcome).code, 'ERR_TOO_FEW_SAMPLES')
  })

  test('a folder that is no class of the charter', async () => {
    await mkdir(join(dir, 'stranger'), { recursive: true })
    await writeTinySite(join(dir, 'stranger'), [9, 9, 9], 'stranger')
    assert.equal(
      peermerge(...createArgs('stranger', { data: join(dir, 'stranger'), classes: 'blue,green' })).code,
      0,
    )
    const outcome = peermerge('run', '--home', join(dir, 'homes', 'stranger'), '--json')
    assert.equal(outcome.code, 2)
    assert.equal(failure(outcome).code, 'ERR_UNKNOWN_CLASS')
    assert.match(failure(outcome).message, /"red".*blue, green/)
  })
})

test('who is no member cannot join, and learns what to ask for', async () => {
  assert.equal(peermerge(...createArgs('closed')).code, 0)
  const charter = join(dir, 'homes', 'closed', 'charter.json')
  const outcome = peermerge(
    'join',
    charter,
    '--home',
    join(dir, 'outsider'),
    '--site',
    'x',
    '--backbone',
    TINY_BACKBONE,
    '--data',
    join(dir, 'data'),
    '--json',
  )
  assert.equal(outcome.code, 2)
  assert.match(failure(outcome).message, /12D3KooW.* is not among its 1 member; ask a member for a ticket/)
  await assert.rejects(readFile(join(dir, 'outsider', 'config.json')), /ENOENT/)
})
