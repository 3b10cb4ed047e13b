import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sha256Hex } from '../../../../src/merge/index.ts'
import {
  checkedFile,
  readServing,
  serve,
  serveUnlessChanged,
  servedFile,
  type Served,
} from '../../../../src/node/serving/served-model.ts'

const model = (n: number): Served => ({
  kind: 'merged',
  digest: String(n).repeat(64),
  since: n,
  by: 'node',
  reason: 'a gain',
  heldOut: { correct: n, count: 10 },
  sha256: sha256Hex(Buffer.from(`model ${n}`)),
})

async function inDirectory(job: (directory: string, file: (n: number) => Promise<string>) => Promise<void>) {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-served-'))
  try {
    await job(join(root, 'served'), async (n) => {
      const file = join(root, `${n}.safetensors`)
      await writeFile(file, `model ${n}`)
      return file
    })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

test('what is served is a copy that stays when its source is gone; those before stay for a way back, the oldest go', async () => {
  await inDirectory(async (directory, file) => {
    assert.equal(await readServing(directory), undefined)
    for (const n of [1, 2, 3, 4, 5, 6, 7]) {
      const source = await file(n)
      await serve(directory, { file: source, model: model(n), follows: 'merged' })
      await rm(source)
    }
    const serving = (await readServing(directory))!
    assert.deepEqual([serving.current, ...serving.earlier], [7, 6, 5, 4, 3].map(model))
    assert.equal(await readFile(servedFile(directory, serving.current), 'utf8'), 'model 7')
    const names = (await readdir(directory)).filter((name) => name.endsWith('.safetensors'))
    assert.deepEqual(
      names.sort(),
      [3, 4, 5, 6, 7].map((n) => `${model(n).digest}.safetensors`),
    )
  })
})

test('going back takes a kept file up again, each model is listed once', async () => {
  await inDirectory(async (directory, file) => {
    for (const n of [1, 2])
      await serve(directory, { file: await file(n), model: model(n), follows: 'merged' })
    const back = { ...model(1), by: 'person', since: 9 } as const
    const serving = await serve(directory, {
      file: servedFile(directory, back),
      model: back,
      follows: 'nothing',
    })
    assert.deepEqual(serving, { v: 1, follows: 'nothing', current: back, earlier: [model(2)] })
    assert.deepEqual(await readServing(directory), serving)
    assert.equal(await readFile(servedFile(directory, back), 'utf8'), 'model 1')
  })
})

test('a file that was changed or is gone is not taken up again', async () => {
  await inDirectory(async (directory, file) => {
    const { current } = await serve(directory, { file: await file(1), model: model(1), follows: 'merged' })
    assert.equal(await checkedFile(directory, current), servedFile(directory, current))
    await writeFile(servedFile(directory, current), 'model 2')
    await assert.rejects(checkedFile(directory, current), { code: 'ERR_SERVED_DAMAGED', message: /other bytes/ }) // prettier-ignore
    await rm(servedFile(directory, current))
    await assert.rejects(checkedFile(directory, current), { code: 'ERR_SERVED_DAMAGED', message: /is gone/ })
  })
})

test('a damaged record is refused by name', async () => {
  await inDirectory(async (directory, file) => {
    await serve(directory, { file: await file(1), model: model(1), follows: 'merged' })
    await writeFile(join(directory, 'serving.json'), '{"v":1,"follows":"merged"}')
    await assert.rejects(readServing(directory), {
      code: 'ERR_INVALID_FILE',
      message: /serving\.json.*current/s,
    })
  })
})

test('who has judged by what was served then changes nothing where somebody has chosen since', async () => {
  await inDirectory(async (directory, file) => {
    const found = await serve(directory, { file: await file(1), model: model(1), follows: 'merged' })
    const chosen = await serve(directory, { file: await file(2), model: model(2), follows: 'nothing' })
    const next = { file: await file(3), model: model(3), follows: 'merged' } as const
    assert.equal(await serveUnlessChanged(directory, next, found), undefined)
    assert.deepEqual(await readServing(directory), chosen)
    assert.equal((await serveUnlessChanged(directory, next, chosen))?.current.digest, model(3).digest)
  })
})

test('of many that choose at once each is served in its turn, and none is lost', async () => {
  await inDirectory(async (directory, file) => {
    const nexts = await Promise.all([1, 2, 3, 4].map(async (n) => ({ file: await file(n), model: model(n), follows: 'merged' }) as const)) // prettier-ignore
    await Promise.all(nexts.map((next) => serve(directory, next)))
    const { current, earlier } = (await readServing(directory))!
    assert.deepEqual([current, ...earlier].map(({ since }) => since).sort(), [1, 2, 3, 4])
  })
})
