import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readConfig } from '../../../src/node/home.ts'
import { lockHome } from '../../../src/node/home-lock.ts'
import { exportModel } from '../../../src/node/interchange.ts'
import type { LabelledAnswer } from '../../../src/node/predict/answer.ts'
import { findModel, type FoundModel } from '../../../src/node/predict/find-model.ts'
import { parseModelChoice } from '../../../src/node/predict/model-choice.ts'
import { predictInputs, type NamedAnswer, type PredictInit, type PredictionCount } from '../../../src/node/predict/predict.ts' // prettier-ignore
import { siteDataOf } from '../../../src/node/site-data.ts'
import { openSource } from '../../../src/training/index.ts'
import { peermerge, peermergeWith } from '../../helpers/node/run-program.ts'
import { TINY_CLASSES } from '../../helpers/tiny-sites.ts'
import { homeWithModels, type HomeWithModels } from './home-with-models.ts'

let home: HomeWithModels
let files: string[]
before(async () => {
  home = await homeWithModels()
  files = await heldOutFiles()
})
after(() => home.remove())

async function heldOutFiles(): Promise<string[]> {
  const source = await openSource(siteDataOf({ classes: TINY_CLASSES }, await readConfig(home.paths)))
  const found: string[] = []
  for await (const { split, source: file } of source.samples()) if (split === 'heldOut') found.push(file)
  return found
}

interface Answered extends PredictionCount {
  readonly by: FoundModel
  readonly answers: readonly NamedAnswer[]
}

async function predict(inputs: readonly string[], change: Partial<PredictInit> = {}): Promise<Answered> {
  let by: FoundModel | undefined
  const answers: NamedAnswer[] = []
  const init = { inputs, top: 3, stdin: process.stdin, signal: AbortSignal.timeout(60_000), ...change }
  const count = await predictInputs(home.paths, init, {
    onModel: (model) => (by = model),
    onAnswers: (some) => answers.push(...some),
  })
  return { ...count, by: by!, answers }
}

function labelled({ answer }: NamedAnswer): LabelledAnswer {
  assert.ok('label' in answer, JSON.stringify(answer))
  return answer
}

const labelOrCode = ({ answer }: NamedAnswer): string =>
  'error' in answer ? answer.error.code : answer.label

describe('predictions', () => {
  it('are those that the node has scored as right on held-out files, by its merge; probabilities sum to 1', async () => {
    const { answers, by } = await predict(files)
    assert.deepEqual(by.name, { kind: 'merged', digest: home.status.merge!.digest })
    const own = home.status.scores.tasks[0]!.own!
    const right = answers.filter((one) => basename(dirname(one.input)) === labelled(one).label).length
    assert.deepEqual([answers.length, right], [own.count, own.correct])
    assert.ok(right > 0 && right < answers.length, 'so that the comparison says something')
    for (const answer of answers.map(labelled)) {
      const [first, second, third] = answer.top.map(({ probability }) => probability)
      assert.deepEqual([answer.top[0]!.label, first], [answer.label, answer.probability])
      assert.ok(first! >= second! && second! >= third!)
      assert.ok(Math.abs(first! + second! + third! - 1) < 1e-12)
    }
  })

  it('are made of folders, also while another process has the home; what is broken is named, the others are answered', async () => {
    const folder = join(home.paths.root, 'new')
    await mkdir(join(folder, 'below'), { recursive: true })
    await copyFile(files[0]!, join(folder, 'below', 'a.png'))
    await copyFile(files[1]!, join(folder, 'c.png'))
    await writeFile(join(folder, 'b.png'), (await readFile(files[0]!)).subarray(0, 60))
    await writeFile(join(folder, 'notes.txt'), 'no image')
    await writeFile(join(folder, '.hidden.png'), 'no image either')
    const lock = await lockHome(home.paths.root, home.paths.lock)
    const { answers, answered, failed } = await predict([folder, 'nowhere.png'], { top: 1 })
    await lock.release()
    assert.deepEqual([answered, failed], [2, 2])
    const names = ['b.png', 'below/a.png', 'c.png'].map((name) => join(folder, name))
    assert.deepEqual(answers.map(({ input }) => input), [...names, 'nowhere.png']) // prettier-ignore
    assert.deepEqual([answers[0], answers[3]].map((one) => labelOrCode(one!)), ['ERR_INPUT_IMAGE', 'ERR_INPUT_MISSING']) // prettier-ignore
    assert.match(JSON.stringify(answers[0]), /b\.png: cannot be decoded/)
    await assert.rejects(predict([home.paths.merges]), { code: 'ERR_NO_INPUTS' })
  })

  it('by the site’s own model tell how far it trusted the others', async () => {
    const { answers, by } = await predict(files, { model: 'personal', explain: true })
    assert.equal(by.name.kind, 'personal')
    for (const { trust } of answers.map(labelled)) assert.ok(trust! > 0 && trust! < 1)
    const copied = await findModel(home.paths, parseModelChoice(home.paths.personal))
    assert.deepEqual(copied, { ...by, name: { kind: 'file', digest: by.name.digest } })
    await assert.rejects(predict(files, { explain: true }), { code: 'ERR_NOT_PERSONAL', message: /--model personal/ }) // prettier-ignore
  })
})

describe('the model that answers', () => {
  const found = (model: string): Promise<FoundModel> => findModel(home.paths, parseModelChoice(model))

  it('is a kept merge by the beginning of its digest, or a state that was exported or trained', async () => {
    const { root } = home.paths
    const [alone, exported] = [join(root, 'alone.safetensors'), join(root, 'exported.safetensors')]
    await exportModel(home.paths, { format: 'safetensors', out: exported })
    assert.equal(peermerge('train', '--home', root, '--epochs', '1', '--out', alone).code, 0)
    const { digest } = home.status.merge!
    const kept = await found(`merged:${digest.slice(0, 10)}`)
    assert.deepEqual(kept.name, { kind: 'merged', digest })
    const [state, trained] = [await found(exported), await found(alone)]
    assert.deepEqual({ ...state, name: kept.name }, kept)
    assert.deepEqual([trained.name.kind, trained.classes], ['file', TINY_CLASSES])
    assert.notDeepEqual(trained.model, kept.model)
  })

  it('is refused by name where it is none', async () => {
    await assert.rejects(found('merged:abcdef'), { code: 'ERR_UNKNOWN_MERGE', message: new RegExp(home.status.merge!.digest.slice(0, 12)) }) // prettier-ignore
    await assert.rejects(found(join(home.data, 'none')), {
      code: 'ERR_INVALID_FILE',
      message: /merged:DIGEST/,
    })
    await assert.rejects(found(files[0]!), { code: 'ERR_INVALID_FILE' })
  })
})

describe('peermerge predict', () => {
  it('takes names of files on standard input, and writes an object a line', () => {
    const { code, stdout, stderr } = peermergeWith(`${files[0]}\nnowhere.png\n`, 'predict', '--home', home.paths.root, '--json', '--top', '1') // prettier-ignore
    assert.equal(code, 1)
    assert.match(stderr, /1 of 2 inputs could not be answered/)
    const [first, second] = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) // prettier-ignore
    const model = { kind: 'merged', digest: home.status.merge!.digest }
    assert.deepEqual(Object.keys(first!), ['input', 'label', 'probability', 'top', 'model'])
    assert.deepEqual([first!.input, first!.model, second!.model], [files[0], model, model])
    assert.equal((second!.error as { code: string }).code, 'ERR_INPUT_MISSING')
  })

  it('writes tables of values, and tables for people', () => {
    const csv = peermerge('predict', '--home', home.paths.root, '--csv', '--top', '2', files[0]!)
    assert.equal(csv.code, 0, csv.stderr)
    const [head, row] = csv.stdout.split('\n').map((line) => line.split(','))
    assert.deepEqual(head, ['input', 'label', 'probability', 'label 2', 'probability 2', 'error', 'model', 'digest']) // prettier-ignore
    assert.deepEqual([row![0], row![6], row![7]], [files[0], 'merged', home.status.merge!.digest])
    const text = peermerge('predict', '--home', home.paths.root, files[0]!, 'nowhere.png')
    assert.match(text.stdout, new RegExp(`${basename(files[0]!)}.*%.*\n.*nowhere\\.png.*ERR_INPUT_MISSING`))
    assert.match(text.stderr, /by merge [0-9a-f]{64}/)
  })
})
