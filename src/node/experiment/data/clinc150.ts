import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { z } from 'zod'
import { makeDirectory, writeFileAtomic } from '../../atomic-file.ts'
import { parseJson } from '../../parse-json.ts'
import { draw } from './draw.ts'
import type { PreparedData } from './prepared-data.ts'

const rows = z.array(z.tuple([z.string(), z.string()]))
const schema = z.object({ train: rows, test: rows })

type Rows = z.infer<typeof rows>

interface ClincSpec {
  readonly path: string
  readonly trainPerClass?: number | undefined
  readonly testPerClass?: number | undefined
}

/**
 * The intents of CLINC150 as two tables, rows of a class together.
 *
 * @see Larson et al. 2019, github.com/clinc/oos-eval, `data_full.json`
 */
export async function prepareClinc(spec: ClincSpec, dir: string): Promise<PreparedData> {
  const file = join(spec.path, 'data_full.json')
  const { train, test } = parseJson(schema, await readFile(file, 'utf8'), file)
  const classes = [...new Set(train.map(([, label]) => label))].sort()
  await makeDirectory(dir)
  const write = async (
    name: string,
    all: Rows,
    most: number | undefined,
  ): Promise<{ path: string; counts: number[] }> => {
    const chosen = classes.map((label) => draw(all.filter((row) => row[1] === label), most, `${name}/${label}`)) // prettier-ignore
    const path = join(dir, `${name}.csv`)
    await writeFileAtomic(path, stringify(chosen.flat(), { header: true, columns: ['text', 'label'] }))
    return { path, counts: chosen.map(({ length }) => length) }
  }
  const trained = await write('train', train, spec.trainPerClass)
  const tested = await write('test', test, spec.testPerClass)
  return {
    path: trained.path,
    heldOutPath: tested.path,
    columns: { text: 'text', label: 'label' },
    classes,
    trainCounts: trained.counts,
    testCounts: tested.counts,
  }
}
