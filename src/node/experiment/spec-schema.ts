import { z } from 'zod'
import { methodNamed } from './methods/method-table.ts'

const path = z.string().min(1)
const perClass = z.int().min(1).optional()

/** Where samples come from; how many of each class are used, the first ones of a seeded order. */
export const dataSchema = z.discriminatedUnion('kind', [
  /** `data_full.json` of CLINC150, without the class of what is out of scope. */
  z.strictObject({ kind: z.literal('clinc150'), path, trainPerClass: perClass, testPerClass: perClass }),
  /** The same with `domains.json`: every site has `perSite` domains, of whose classes it has the share `own`, and of the others what is left in equal parts. */
  z.strictObject({
    kind: z.literal('clinc150-domains'),
    path,
    trainPerClass: perClass,
    testPerClass: perClass,
    perSite: z.int().min(1).default(2),
    own: z.number().gt(0).max(1).default(0.6),
  }),
  /** UCI's heart disease data, a hospital a site; every seed holds out another share of each hospital's classes. */
  z.strictObject({ kind: z.literal('heart'), path, heldOut: z.number().gt(0).lt(1).default(0.4) }),
  /** `path/train/<class>/<image>` and `path/test/<class>/<image>`. */
  z.strictObject({ kind: z.literal('images'), path, trainPerClass: perClass, testPerClass: perClass }),
  /** `path/<domain>/<class>/<image>`: every domain is a site; that many of each domain and class are held out. */
  z.strictObject({ kind: z.literal('domains'), path, trainPerClass: perClass, testPerClass: z.int().min(1) }),
  /** A folder of class folders or a table of texts, of every class a share held out. */
  z.strictObject({
    kind: z.literal('own'),
    path,
    columns: z.strictObject({ text: z.string().min(1), label: z.string().min(1) }).optional(),
    heldOut: z.number().gt(0).lt(1).default(0.3),
    trainPerClass: perClass,
  }),
  /** Images of surface inspection that are drawn here, a domain a site. */
  z.strictObject({
    kind: z.literal('surface'),
    count: z.int().min(8).default(160),
    testPerClass: z.int().min(1).default(6),
  }),
])

const rate = z.number().positive().max(1)

export const specSchema = z.strictObject({
  name: z.string().min(1).max(64),
  data: dataSchema,
  /** A Hugging Face directory, or hf:owner/name; the built-in one for images where none is said. */
  backbone: path.optional(),
  /** Side of images in pixels, or the most tokens of a text. */
  extent: z.int().min(8).max(4096),
  /** Layers that carry adapters. */
  targets: z.array(z.string().min(1)).min(1),
  tasks: z.int().min(1).max(1000),
  sites: z.int().min(1).max(1000),
  /** Dirichlet concentrations, or `domain`. */
  splits: z.array(z.union([z.literal('domain'), z.number().positive()])).min(1),
  seeds: z.int().min(1).max(1000),
  /** Rounds of a task, and local epochs of a round. */
  rounds: z.int().min(1).max(1000),
  epochs: z.int().min(1).max(1000),
  /** Held-out samples a class that accuracy inside a task is scored on; at its end all count. @default all */
  scoredPerClass: z.int().min(1).optional(),
  batchSize: z.int().min(1).max(1024),
  learningRate: z.strictObject({ lora: rate, ravan: rate }),
  weightDecay: z.number().min(0).max(1).default(0),
  lora: z.strictObject({ rank: z.int().min(1), alpha: z.number().positive() }),
  ravan: z.strictObject({ heads: z.int().min(1), rank: z.int().min(1), alpha: z.number().positive() }),
  /** λ of the heads of statistics in units of tr/d. */
  ridge: z.strictObject({
    discriminant: z.number().min(1e-3),
    ridge: z.number().positive(),
    lifted: z.number().positive(),
  }),
  /** Random ReLU features of the row that lifts the frozen backbone's. */
  lift: z.int().min(1).max(8191),
  methods: z
    .array(z.string().refine(isMethod, { error: ({ input }) => unknownMethod(String(input)) }))
    .min(1),
  /** Row that every other one is compared with, seed by seed: a method by its own head, method:analytic, method:site, frozen:ridge or frozen:lifted. */
  reference: z.string().min(1),
})

export type ExperimentSpec = z.infer<typeof specSchema>
export type DataSpec = ExperimentSpec['data']

function isMethod(name: string): boolean {
  return methodNamed(name) !== undefined
}

function unknownMethod(name: string): string {
  return `no method ${JSON.stringify(name)}; peermerge experiment --help lists them`
}
