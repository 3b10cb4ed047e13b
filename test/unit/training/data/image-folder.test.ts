import assert from 'node:assert/strict'
import { mkdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { listImageFolder } from '../../../../src/training/data/image/image-folder.ts'
import { stratifiedSplit } from '../../../../src/training/data/stratified-split.ts'
import { CLASSES, syntheticSite, writeInto } from '../../../fixtures/synthetic-site.ts'
import type { SyntheticSite } from '../../../fixtures/synthetic-site.ts'

const sites: SyntheticSite[] = []
after(() => Promise.all(sites.map((site) => site.remove())))

async function site(counts: Record<string, number>): Promise<SyntheticSite> {
  const made = await syntheticSite(counts)
  sites.push(made)
  return made
}

describe('listImageFolder', () => {
  it('splits every class by the fraction, in order of names, without overlap or loss', async () => {
    const { data } = await site({ across: 10, down: 3, plain: 2 })
    const { train, heldOut, skipped, warnings } = await listImageFolder(data)
    const perClass = (files: typeof train): number[] =>
      CLASSES.map((_, label) => files.filter((file) => file.label === label).length)
    assert.deepEqual(perClass(train), [7, 2, 1])
    assert.deepEqual(perClass(heldOut), [3, 1, 1])
    assert.equal(new Set([...train, ...heldOut].map(({ file }) => file)).size, 15)
    assert.deepEqual(
      train.map(({ file }) => file),
      train.map(({ file }) => file).sort(),
    )
    assert.deepEqual([skipped, warnings], [[], []])
  })

  it('splits alike for the same seed and otherwise for another', async () => {
    const { data } = await site({ across: 12, down: 12 })
    const [one, same, other] = await Promise.all(
      ['s', 's', 't'].map(async (splitSeed) => listImageFolder({ ...data, splitSeed })),
    )
    assert.deepEqual(one?.train, same?.train)
    assert.notDeepEqual(one?.train, other?.train)
  })

  it('ignores hidden entries and files beside the classes, and reports files of other types', async () => {
    const made = await site({ across: 4 })
    await writeInto(made, '.cache/x.png', '')
    await writeInto(made, 'README.txt', 'about')
    await writeInto(made, 'across/.hidden.png', '')
    const notes = await writeInto(made, 'across/notes.txt', 'mine')
    const { train, heldOut, skipped } = await listImageFolder(made.data)
    assert.equal(train.length + heldOut.length, 4)
    assert.equal(skipped.length, 1)
    assert.equal(skipped[0]?.where, notes)
    assert.match(skipped[0].reason, /not an image type/)
  })

  it('follows links to class folders', async () => {
    const [real, linking] = [await site({ across: 4 }), await site({ down: 4 })]
    await symlink(join(real.dir, 'across'), join(linking.dir, 'across'))
    const { train, heldOut } = await listImageFolder(linking.data)
    assert.equal(train.length + heldOut.length, 8)
  })

  it('warns of a class folder without images', async () => {
    const made = await site({ across: 4 })
    await mkdir(join(made.dir, 'plain'))
    const { warnings } = await listImageFolder(made.data)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]!, /class plain has a folder but no images/)
  })

  it('refuses a folder that is no class, naming it and the classes', async () => {
    const made = await site({ across: 4 })
    await mkdir(join(made.dir, 'sideways'))
    await assert.rejects(listImageFolder(made.data), {
      code: 'ERR_UNKNOWN_CLASS',
      message: /"sideways".*across, down, plain/,
    })
  })

  it('leaves out folders that are no class where that is asked for, counts their images, and splits the others as before', async () => {
    const made = await site({ across: 6, down: 5 })
    const { data } = made
    const before = await listImageFolder(data)
    for (const [folder, count] of [
      ['Plain', 3],
      ['sideways', 2],
      ['nothing', 0],
    ] as const) {
      // prettier-ignore
      await mkdir(join(made.dir, folder))
      for (let i = 0; i < count; i++) await writeInto(made, join(folder, `${i}.png`), '')
    }
    await writeInto(made, 'sideways/notes.txt', '')
    const { unknown, warnings, ...split } = await listImageFolder({ ...data, unknownLabels: 'leave-out' })
    assert.deepEqual(unknown, [{ label: 'Plain', count: 3 }, { label: 'sideways', count: 2 }]) // prettier-ignore
    assert.deepEqual([split.train, split.heldOut, split.skipped], [before.train, before.heldOut, []])
    assert.equal(warnings.length, 2)
    assert.match(warnings[0]!, /^5 images of .* were left out: 3 × "Plain", 2 × "sideways"$/)
    assert.match(warnings[1]!, /spelt otherwise: "Plain" \(3 images\) is much like "plain"$/)

    const held = { ...data, heldOutPath: data.path, unknownLabels: 'leave-out' } as const
    assert.deepEqual((await listImageFolder(held)).unknown[0], { label: 'Plain', count: 6 })
    const strange = { ...data, classes: ['one', 'two'], unknownLabels: 'leave-out' } as const
    await assert.rejects(listImageFolder(strange), {
      code: 'ERR_NO_SAMPLES',
      message: /no images; .*16 images of .*were left out/,
    })
  })

  it('refuses a site that is missing, has no image, or one', async () => {
    const [empty, single] = [await site({ across: 0 }), await site({ down: 1 })]
    const missing = { ...empty.data, path: join(empty.dir, 'nowhere') }
    await assert.rejects(listImageFolder(missing), { code: 'ERR_DATA_MISSING', message: /nowhere/ })
    await assert.rejects(listImageFolder(empty.data), {
      code: 'ERR_NO_SAMPLES',
      message: /across, down, plain/,
    })
    await assert.rejects(listImageFolder(single.data), { code: 'ERR_TOO_FEW_SAMPLES', message: /one image/ })
  })
})

describe('stratifiedSplit', () => {
  it('keeps an image on each side of every class of two, whatever the fraction', () => {
    for (const trainFraction of [0, 0.05, 0.5, 0.99, 1]) {
      for (const count of [2, 3, 7]) {
        const files = Array.from({ length: count }, (_, i) => ({ file: `${i}`, label: 0 }))
        const split = stratifiedSplit([files], { trainFraction, splitSeed: 's', classes: ['a'] })
        assert.ok(split.train.length > 0 && split.heldOut.length > 0, `${count} images at ${trainFraction}`)
        assert.equal(split.train.length + split.heldOut.length, count)
      }
    }
  })

  it('trains on a class of one, and moves no image when another class is added', () => {
    const files = (label: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({ file: `${label}/${i}`, label }))
    const rule = { trainFraction: 0.5, splitSeed: 's', classes: ['a', 'b', 'c'] }
    const before = stratifiedSplit([files(0, 9), [], files(2, 1)], rule)
    const grown = stratifiedSplit([files(0, 9), files(1, 6), files(2, 1)], rule)
    assert.equal(before.train.at(-1)?.file, '2/0')
    assert.deepEqual(
      grown.train.filter(({ label }) => label !== 1).map(({ file }) => basename(file)),
      before.train.map(({ file }) => basename(file)),
    )
  })
})
