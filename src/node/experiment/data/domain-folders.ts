import { join } from 'node:path'
import { filesIn, foldersIn } from '../../class-folders.ts'
import { draw } from './draw.ts'
import { linkImages, type ChosenImage } from './link-images.ts'
import type { PreparedData } from './prepared-data.ts'

interface DomainsSpec {
  readonly path: string
  readonly trainPerClass?: number | undefined
  readonly testPerClass: number
}

interface DomainImage extends ChosenImage {
  readonly domain: number
}

/** `path/<domain>/<class>/<image>`: of each domain and class some images are held out, the others trained on. */
export async function prepareDomains(spec: DomainsSpec, dir: string): Promise<PreparedData> {
  const domains = await foldersIn(spec.path)
  const perDomain = await Promise.all(domains.map((domain) => foldersIn(join(spec.path, domain))))
  const classes = [...new Set(perDomain.flat())].sort()
  const all = await Promise.all(classes.map((name) => imagesOf(spec, domains, perDomain, name)))
  const test = all.map((images) => images.flatMap(({ heldOut }) => heldOut))
  const train = all.map((images) => images.flatMap(({ trained }) => trained))
  await linkImages(join(dir, 'train'), classes, train)
  await linkImages(join(dir, 'test'), classes, test)
  return {
    path: join(dir, 'train'),
    heldOutPath: join(dir, 'test'),
    classes,
    trainCounts: train.map(({ length }) => length),
    testCounts: test.map(({ length }) => length),
    domains: train.flat().map(({ domain }) => domain),
    testDomains: test.flat().map(({ domain }) => domain),
    domainNames: domains,
  }
}

/** Of one class, domain after domain; names keep that order. */
function imagesOf(
  { path, trainPerClass, testPerClass }: DomainsSpec,
  domains: readonly string[],
  perDomain: readonly (readonly string[])[],
  name: string,
): Promise<{ heldOut: DomainImage[]; trained: DomainImage[] }[]> {
  return Promise.all(
    domains.map(async (folder, domain) => {
      const files = perDomain[domain]!.includes(name) ? await filesIn(join(path, folder, name)) : []
      const heldOut = new Set(draw(files, testPerClass, `held out/${folder}/${name}`))
      const left = files.filter((file) => !heldOut.has(file))
      const trained = draw(left, trainPerClass, `train/${folder}/${name}`)
      const image = (file: string): DomainImage => ({
        domain,
        file: join(path, folder, name, file),
        name: `${String(domain).padStart(3, '0')}-${file}`,
      })
      return { heldOut: [...heldOut].map(image), trained: trained.map(image) }
    }),
  )
}
