/**
 * How fast a site's data are read: npx tsx scripts/bench-data.ts PATH [--backbone DIR] [--text COLUMN] [--label COLUMN] [--extent N].
 * Rates are per second of processor time, so that other work on the machine does not count.
 */
import { parseArgs } from 'node:util'
import { createRandom } from '../src/merge/index.ts'
import { openBackbone } from '../src/training/backbone/open-backbone.ts'
import { classesIn } from '../src/node/class-folders.ts'
import { batches } from '../src/training/data/batches.ts'
import { loadSite } from '../src/training/data/load-site.ts'
import { openSource } from '../src/training/data/open-source.ts'

const BATCH = 32

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backbone: { type: 'string' },
    text: { type: 'string', default: 'text' },
    label: { type: 'string', default: 'label' },
    extent: { type: 'string' },
  },
})
const [path] = positionals
if (path === undefined || values.backbone === undefined) throw new Error('expected PATH and --backbone DIR')

const columns = { text: values.text, label: values.label }
const backbone = await openBackbone(values.backbone)
const extent = Number(values.extent ?? Math.min(backbone.extent, 256))
const format = await backbone.format(extent)
const data = {
  path,
  classes: await classesIn(path, columns),
  columns,
  trainFraction: 0.7,
  splitSeed: 'bench',
}

async function rate(what: string, work: () => Promise<number> | number): Promise<void> {
  const start = process.cpuUsage()
  const count = await work()
  const { user, system } = process.cpuUsage(start)
  const seconds = (user + system) / 1e6
  console.log(`${what}: ${count} in ${seconds.toFixed(2)} s, ${(count / seconds).toFixed(0)} a second`)
}

await rate('list and split', async () => (await openSource(data)).total ?? 0)
const site = await loadSite(data, await openSource(data), format)
site.close()
let loaded = site
await rate('list, split, encode and keep', async () => {
  loaded = await loadSite(data, await openSource(data), format)
  return loaded.train.labels.length + loaded.heldOut.labels.length
})
const { train, heldOut } = loaded
const fitted = format.fitted?.([train.sizes, heldOut.sizes]) ?? format
const extents = new Map<number, number>()
const changes = { flip: true, crop: 0.5, brightness: 0.2 }
for (const augment of [false, true]) {
  await rate(augment ? 'batches, images changed' : 'batches', () => {
    const shuffle = createRandom('bench')
    const change = augment ? format.augmentation?.(changes, createRandom('change')) : undefined
    for (const batch of batches(train, fitted, { size: BATCH, shuffle, augment: () => change }))
      extents.set(batch.extent, (extents.get(batch.extent) ?? 0) + 1)
    return train.labels.length
  })
}
console.log('batches by extent:', Object.fromEntries(extents))
loaded.close()
