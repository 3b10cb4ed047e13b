import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { isTablePath, openLabelledTable, type TableColumns } from '../../../training/index.ts'
import { makeDirectory, writeFileAtomic } from '../../atomic-file.ts'
import { classesIn, filesIn } from '../../class-folders.ts'
import { draw } from './draw.ts'
import { linkImages } from './link-images.ts'
import type { PreparedData } from './prepared-data.ts'

interface OwnSpec {
  readonly path: string
  readonly columns?: TableColumns | undefined
  /** Of every class, of which one sample at least is held out and one trained on. */
  readonly heldOut: number
  readonly trainPerClass?: number | undefined
}

interface Parts<T> {
  readonly train: readonly T[][]
  readonly test: readonly T[][]
}

/** A folder of class folders or a table of texts, of every class a share held out. Rows that cannot be used are left out. @throws DataLayoutError, DatasetError */
export async function prepareOwn(spec: OwnSpec, dir: string): Promise<PreparedData> {
  const classes = await classesIn(spec.path, spec.columns)
  await makeDirectory(dir)
  return isTablePath(spec.path) ? await ownTable(spec, classes, dir) : await ownFolder(spec, classes, dir)
}

async function ownFolder(spec: OwnSpec, classes: readonly string[], dir: string): Promise<PreparedData> {
  const files = await Promise.all(classes.map((name) => filesIn(join(spec.path, name))))
  const parts = heldOutOf(spec, classes, files)
  const [path, heldOutPath] = [join(dir, 'train'), join(dir, 'test')]
  const image = (row: number) => (name: string) => ({ file: join(spec.path, classes[row]!, name), name })
  await linkImages(path, classes, parts.train.map((names, row) => names.map(image(row)))) // prettier-ignore
  await linkImages(heldOutPath, classes, parts.test.map((names, row) => names.map(image(row)))) // prettier-ignore
  return { path, heldOutPath, classes, ...countsOf(parts) }
}

async function ownTable(spec: OwnSpec, classes: readonly string[], dir: string): Promise<PreparedData> {
  const texts = new Map<string, string[]>(classes.map((name) => [name, []]))
  const table = await openLabelledTable(spec.path, spec.columns)
  for await (const row of table.rows()) if (!('kind' in row)) texts.get(row.label)?.push(row.text)
  const parts = heldOutOf(spec, classes, [...texts.values()])
  const write = async (name: string, rows: readonly string[][]): Promise<string> => {
    const path = join(dir, `${name}.csv`)
    const labelled = rows.flatMap((all, row) => all.map((text) => [text, classes[row]!]))
    await writeFileAtomic(path, stringify(labelled, { header: true, columns: ['text', 'label'] }))
    return path
  }
  const [path, heldOutPath] = [await write('train', parts.train), await write('test', parts.test)]
  return { path, heldOutPath, columns: { text: 'text', label: 'label' }, classes, ...countsOf(parts) }
}

/** Class by class, in the order of `samples`; of a class with one sample that is trained on. */
function heldOutOf<T>(
  { heldOut, trainPerClass }: OwnSpec,
  classes: readonly string[],
  samples: readonly (readonly T[])[],
): Parts<T> {
  const parts = samples.map((all, row) => {
    const most = Math.min(Math.max(1, Math.round(heldOut * all.length)), all.length - 1)
    const test = new Set(draw([...all.keys()], Math.max(0, most), `held out/${classes[row]!}`))
    const left = [...all.keys()].filter((index) => !test.has(index))
    const train = draw(left, trainPerClass, `train/${classes[row]!}`)
    return { train: train.map((index) => all[index]!), test: [...test].map((index) => all[index]!) }
  })
  return { train: parts.map(({ train }) => train), test: parts.map(({ test }) => test) }
}

function countsOf<T>({ train, test }: Parts<T>): Pick<PreparedData, 'trainCounts' | 'testCounts'> {
  return { trainCounts: train.map(({ length }) => length), testCounts: test.map(({ length }) => length) }
}
