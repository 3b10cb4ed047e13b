import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../../src/merge/index.ts'
import { MemoryBudget } from '../../../../src/training/data/memory-budget.ts'
import { recordStore } from '../../../../src/training/data/record-store.ts'
import { openSpillFile, spillInto } from '../../../../src/training/data/spill-file.ts'
import type { SpillFile } from '../../../../src/training/data/spill-file.ts'

const MIB = 1024 ** 2

let dir: string
before(() => (dir = mkdtempSync(join(tmpdir(), 'peermerge-records-'))))
after(() => rmSync(dir, { recursive: true, force: true }))

const openSpill = (): SpillFile => openSpillFile(dir)

/** Bytes that tell their record and place. */
function record(index: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (index * 31 + i * 7) % 251)
}

describe('recordStore', () => {
  it('gives back what was appended, from memory and file, in any order', () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(MIB + 5000)), { maxLength: 12 })
    fc.assert(
      fc.property(sizes, fc.nat(4 * MIB), fc.string(), (sizes, bytes, seed) => {
        const store = recordStore({ budget: new MemoryBudget(bytes), openSpill })
        try {
          for (const [i, size] of sizes.entries()) store.append(record(i, size))
          assert.deepEqual([...store.sizes()], sizes)
          for (const i of createRandom(seed).shuffle([...sizes.keys()]))
            assert.ok(Buffer.from(record(i, sizes[i]!)).equals(store.read(i)), `record ${i}`)
        } finally {
          store.close()
        }
      }),
      { numRuns: 30 },
    )
  })

  it('reads records that are still to be written to the file', () => {
    const store = recordStore({ budget: new MemoryBudget(0), openSpill })
    for (let i = 0; i < 3; i++) store.append(record(i, 10))
    assert.deepEqual([...store.read(1)], [...record(1, 10)])
    store.close()
  })

  it('shares a budget and gives it back', () => {
    const budget = new MemoryBudget(2 * MIB)
    let opened = 0
    const counting = (): SpillFile => (opened++, openSpillFile(dir))
    const [a, b, c] = [0, 1, 2].map(() => recordStore({ budget, openSpill: counting }))
    for (const store of [a!, b!]) store.append(record(0, 100))
    assert.equal(opened, 0)
    c!.append(record(0, 100))
    assert.equal(opened, 1)
    a!.close()
    const d = recordStore({ budget, openSpill: counting })
    d.append(record(0, 100))
    assert.equal(opened, 1)
    for (const store of [a!, b!, c!, d]) store.close()
  })

  it('leaves no file behind, not even while it is open', () => {
    const store = recordStore({ budget: new MemoryBudget(0), openSpill })
    store.append(record(0, 3 * MIB))
    if (process.platform !== 'win32') assert.deepEqual(readdirSync(dir), [])
    assert.deepEqual(store.read(0), record(0, 3 * MIB))
    store.close()
    store.close()
    assert.deepEqual(readdirSync(dir), [])
    assert.throws(() => store.read(0), /closed/)
    assert.throws(() => store.append(record(0, 1)), /closed/)
  })

  it('refuses an index that it does not hold', () => {
    const store = recordStore()
    store.append(record(0, 4))
    for (const index of [-1, 1, NaN]) assert.throws(() => store.read(index), RangeError)
    store.close()
  })

  it('says where when the disk is full', { skip: process.platform !== 'linux' }, () => {
    const store = recordStore({
      budget: new MemoryBudget(0),
      openSpill: () => spillInto(openSync('/dev/full', 'r+'), '/scratch'),
    })
    assert.throws(() => store.append(record(0, 2 * MIB)), {
      code: 'ERR_SPILL',
      message: /^temporary file in \/scratch: the disk is full; free some space there/,
    })
    store.close()
  })

  it('says what failed when the file cannot be opened, or has been cut off', () => {
    assert.throws(() => openSpillFile(join(dir, 'absent')), {
      code: 'ERR_SPILL',
      message: /absent: it cannot be opened \(ENOENT\); .*TMPDIR/,
    })
    const path = join(dir, 'cut')
    writeFileSync(path, 'abc')
    const file = spillInto(openSync(path, 'r'), dir)
    assert.throws(() => file.read(new Uint8Array(5), 1), {
      code: 'ERR_SPILL',
      message: /it ends before byte 6/,
    })
    assert.throws(() => file.write(new Uint8Array(5), 1), { code: 'ERR_SPILL', message: /cannot be written/ })
    file.close()
    rmSync(path)
  })

  it('takes no more memory than its budget for a set eight times as large', () => {
    const script = `
      const { recordStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../../../src/training/data/record-store.ts'))})
      const { MemoryBudget } = await import(${JSON.stringify(join(import.meta.dirname, '../../../../src/training/data/memory-budget.ts'))})
      const { openSpillFile } = await import(${JSON.stringify(join(import.meta.dirname, '../../../../src/training/data/spill-file.ts'))})
      const store = recordStore({ budget: new MemoryBudget(32 * 1024 ** 2), openSpill: () => openSpillFile(${JSON.stringify(dir)}) })
      const bytes = new Uint8Array(64 * 1024)
      gc()
      const before = process.memoryUsage().rss
      let most = 0
      for (let i = 0; i < 4096; i++) { bytes.fill(i % 251); store.append(bytes); if (i % 64 === 0) most = Math.max(most, process.memoryUsage().rss) }
      let wrong = 0
      for (let k = 0; k < 4096; k++) { const i = (k * 1237) % 4096; const got = store.read(i); if (got[0] !== i % 251 || got[65535] !== i % 251) wrong++ }
      most = Math.max(most, process.memoryUsage().rss)
      store.close()
      console.log(JSON.stringify({ wrong, more: most - before }))
    `
    const output = execFileSync(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    )
    const { wrong, more } = JSON.parse(output) as { wrong: number; more: number }
    assert.equal(wrong, 0)
    assert.ok(more < 64 * MIB, `${Math.round(more / MIB)} MiB for 256 MiB of records within a budget of 32`)
  })
})
