import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRandom } from '../../src/merge/index.ts'
import { dirichletSplit } from '../../src/training/index.ts'

/** Real data dealt to sites by class, and a backbone. */
export interface Task {
  readonly name: string
  readonly backbone: string
  readonly extent: number
  readonly targets: readonly string[]
  readonly classes: readonly string[]
  /** A path of training data a site. */
  readonly sites: readonly string[]
  readonly heldOut: string
}

export interface Size {
  readonly sites: number
  /** Dirichlet concentration of the class shares. */
  readonly concentration: number
  readonly classes: number
  /** Samples of each class, to train on and to test with. */
  readonly train: number
  readonly test: number
}

/** Every linear layer of these blocks. */
const targets = (blocks: string): string[] =>
  ['*.query', '*.key', '*.value', 'attention.output.dense', 'intermediate.dense', 'output.dense'].map((name) => `layer.{${blocks}}.${name}`) // prettier-ignore

/** Owners of the samples of each class; a draw in which a site has fewer than 16 samples is drawn again. */
function deal(name: string, { sites, concentration, classes, train }: Size): number[][] {
  for (let attempt = 0; ; attempt++) {
    const random = createRandom(`${name} ${attempt}`)
    const owners = dirichletSplit(new Array<number>(classes).fill(train), sites, concentration, () => random.uniform()) // prettier-ignore
    const counts = Array.from({ length: sites }, (_, site) => owners.flat().filter((owner) => owner === site).length) // prettier-ignore
    if (Math.min(...counts) >= 16) return owners
  }
}

/** ViT-Tiny on the first classes of CIFAR-100, 96 pixels. */
export async function cifarTask(data: string, workDir: string, size: Size): Promise<Task> {
  const raw = join(workDir, 'cifar100')
  await mkdir(raw, { recursive: true })
  await promisify(execFile)('tar', ['-xzf', join(data, 'cifar100/cifar100-small.tar.gz'), '-C', raw])
  const classes = (await readdir(join(raw, 'train'))).sort().slice(0, size.classes)
  const owners = deal('cifar', size)
  const sites = Array.from({ length: size.sites }, (_, site) => join(workDir, `cifar-site-${site}`))
  for (const [row, name] of classes.entries()) {
    const images = (await readdir(join(raw, 'train', name))).sort().slice(0, size.train)
    for (const [i, image] of images.entries())
      await link(join(raw, 'train', name, image), join(sites[owners[row]![i]!]!, name), image)
    const tests = (await readdir(join(raw, 'test', name))).sort().slice(0, size.test)
    for (const image of tests)
      await link(join(raw, 'test', name, image), join(workDir, 'cifar-test', name), image)
  }
  const heldOut = join(workDir, 'cifar-test')
  const backbone = join(data, 'models/vit-tiny-patch16-224')
  return {
    name: 'ViT-Tiny, CIFAR-100',
    backbone,
    extent: 96,
    targets: targets('1,6,11'),
    classes,
    sites,
    heldOut,
  }
}

async function link(from: string, folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await symlink(from, join(folder, name))
}

/** MiniLM on the first intents of CLINC150. */
export async function clincTask(data: string, minilm: string, workDir: string, size: Size): Promise<Task> {
  const text = await readFile(join(data, 'clinc150/data_full.json'), 'utf8')
  const { train, test } = JSON.parse(text) as Record<'train' | 'test', [string, string][]>
  const classes = [...new Set(train.map(([, label]) => label))].sort().slice(0, size.classes)
  const owners = deal('clinc', size)
  const sites = Array.from({ length: size.sites }, (): [string, string][] => [])
  for (const [row, name] of classes.entries()) {
    const own = train.filter(([, label]) => label === name).slice(0, size.train)
    for (const [i, pair] of own.entries()) sites[owners[row]![i]!]!.push(pair)
  }
  const tests = classes.flatMap((name) => test.filter(([, label]) => label === name).slice(0, size.test))
  return {
    name: 'MiniLM-L6, CLINC150',
    backbone: minilm,
    extent: 32,
    targets: targets('1,3,5'),
    classes,
    sites: await Promise.all(sites.map((rows, site) => table(join(workDir, `clinc-site-${site}.jsonl`), rows))), // prettier-ignore
    heldOut: await table(join(workDir, 'clinc-test.jsonl'), tests),
  }
}

async function table(file: string, rows: readonly (readonly [string, string])[]): Promise<string> {
  await writeFile(file, rows.map(([text, label]) => `${JSON.stringify({ text, label })}\n`).join(''))
  return file
}
