import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { DEFAULT_MAX_RESERVATIONS, MAX_CHUNKS_SERVED, MAX_FETCHES, MIN_BANDWIDTH } from '../gossip/records.ts'
import { CHUNK_BYTES } from '../merge/index.ts'
import { DEFAULT_RUNTIME, RUNTIME_NAMES } from '../training/settings.ts'
import { makeDirectory, writeFileAtomic } from './atomic-file.ts'
import { CONTROL_FILE } from './control-file.ts'
import { charterSchema, formatCharter, parseCharter, trainingSchema, type Charter } from './charter.ts'
import { InvalidFileError } from './errors.ts'
import { parseJson } from './parse-json.ts'
import { addressSchema } from './peer-address.ts'
import { REST_PRECISIONS } from './personal/half-rest.ts'
import { servingSchema } from './serving/serving-rules.ts'
import { MAX_ANNOUNCED, REACHABLE } from './site-reach.ts'

/** Where a site keeps what. */
export interface HomePaths {
  readonly root: string
  /** Ed25519 private key, readable by its owner only. */
  readonly identity: string
  readonly charter: string
  readonly config: string
  /** What the site's institution allows its node to do; absent where it says nothing. */
  readonly policy: string
  /** Own contributions that wait for a person's word. */
  readonly outbox: string
  /** Address and token of the running node's control port, readable by its owner only. */
  readonly control: string
  /** Shared by all members, readable by its owner only; absent in a consortium without. */
  readonly networkKey: string
  readonly lock: string
  /** Where a training run that was stopped goes on. */
  readonly checkpoint: string
  /** This site's own model, where the charter has sites keep one; readable by its owner only. */
  readonly personal: string
  /** What that model has met without change since; absent where it has nothing. */
  readonly personalMet: string
  /** This site alone, as `train` has written it; absent where it has not. */
  readonly alone: string
  /** What this site serves, kept apart from what it trains from: a record, and the models. */
  readonly served: string
  /** Addresses at which members were last reached. */
  readonly peers: string
  /** When each member was last heard of. */
  readonly seen: string
  /** What held-out samples have said of merges, task by task. */
  readonly scores: string
  /** What models got right of the held-out samples, class by class; readable by its owner only. */
  readonly heldOut: string
  /** What `who-helps` said last; readable by its owner only, absent where nobody has asked. */
  readonly help: string
  /** What has happened at this site, entry by signed entry; readable by its owner only. */
  readonly audit: string
  /** Requests to be let in that no member has answered yet. */
  readonly requests: string
  /** Tickets that this site has made, as far as they are shown; not the tickets themselves. */
  readonly tickets: string
  readonly store: string
  readonly blocks: string
  /** Signed statements: members, charters, withdrawals. */
  readonly ledger: string
  /** Certificates of decided rounds, and what this site has said in the one under way. */
  readonly rounds: string
  /** Which memory of the rounds that is, and where on the disk it says so. */
  readonly incarnation: string
  readonly merges: string
  /** The charter that the node which runs goes by; absent while it is the founding one. */
  readonly charterInForce: string
}

export function homePaths(root: string): HomePaths {
  return {
    root,
    identity: join(root, 'identity.key'),
    charter: join(root, 'charter.json'),
    config: join(root, 'config.json'),
    policy: join(root, 'policy.json'),
    outbox: join(root, 'outbox'),
    control: join(root, CONTROL_FILE),
    networkKey: join(root, 'network.key'),
    lock: join(root, 'lock'),
    checkpoint: join(root, 'training.checkpoint'),
    personal: join(root, 'personal.safetensors'),
    personalMet: join(root, 'personal-met.json'),
    alone: join(root, 'alone.safetensors'),
    served: join(root, 'served'),
    peers: join(root, 'peers.json'),
    seen: join(root, 'seen.json'),
    scores: join(root, 'scores.json'),
    heldOut: join(root, 'held-out.json'),
    help: join(root, 'who-helps.json'),
    audit: join(root, 'audit.log'),
    requests: join(root, 'requests.json'),
    tickets: join(root, 'tickets.json'),
    store: join(root, 'store'),
    blocks: join(root, 'blocks'),
    ledger: join(root, 'ledger'),
    rounds: join(root, 'rounds'),
    incarnation: join(root, 'incarnation.json'),
    merges: join(root, 'merges'),
    charterInForce: join(root, 'charter-in-force.json'),
  }
}

const path = z.string().min(1).max(4096)

/** Bytes a second. */
const rate = z
  .number()
  .int()
  .min(MIN_BANDWIDTH, `expected at least ${MIN_BANDWIDTH} bytes a second`)
  .optional()

/** Room for logs, checkpoints and merges of whoever shares the disk. */
const DEFAULT_MIN_FREE_BYTES = 256 * 1024 * 1024
const DEFAULT_KEPT_MERGES = 4

/** How many adapter heads this site trains at every module, and by what it chooses them. */
const headBudget = z.strictObject({
  count: z.number().int().min(1).max(256),
  score: z.enum(['random', 'weight', 'gradient']),
})

const settings = z.strictObject({
  v: z.literal(1),
  /** How people call this site. */
  name: z.string().min(1).max(200),
  listen: z
    .array(z.string().startsWith('/', 'expected a multiaddr such as /ip4/0.0.0.0/tcp/4001'))
    .default([]),
  /** Addresses told to others in place of those listened on, e.g. of a forwarded port. */
  announce: z.array(addressSchema).max(MAX_ANNOUNCED).default([]),
  /** Whether others can dial this site; `no`: it listens nowhere and is reached through members that relay. */
  reachable: z.enum(REACHABLE).default('auto'),
  /** Whether this site relays for members that cannot be dialled, and for how many. */
  relay: z
    .strictObject({
      serve: z.boolean().default(false),
      maxReservations: z.number().int().min(1).max(1024).default(DEFAULT_MAX_RESERVATIONS),
    })
    .prefault({}),
  /** Whether members on the same LAN are looked for by multicast DNS. */
  mdns: z.boolean().default(true),
  /** Dialled at start and again when lost. */
  peers: z.array(z.string().startsWith('/', 'expected a multiaddr with /p2p/<peer id>')).default([]),
  backbone: path,
  /** A folder of class folders with images, or a table of texts; a site that only listens may have none. */
  data: path.optional(),
  /** Samples to evaluate with, laid out alike; without it a share of `data` is held out. */
  heldOut: path.optional(),
  /** Columns of the tables that hold text and class, where they are not called so. */
  columns: z.strictObject({ text: z.string().min(1), label: z.string().min(1) }).optional(),
  /** Whether this site publishes; one that does not only listens: it holds, merges, scores and serves, and nothing of its data leaves. */
  contribute: z.boolean().default(true),
  trainFraction: z.number().gt(0).max(1).default(0.7),
  splitSeed: z.string().default('split'),
  /** Whether every merge is scored on what is held out; each is a pass over it, for which a site at rest starts its training process. */
  scoreMerges: z.boolean().default(true),
  /** Processor threads of training. */
  threads: z.number().int().min(1).max(1024).default(1),
  /** What executes training, and on which device; `peermerge runtimes` shows what is there. */
  runtime: z.enum(RUNTIME_NAMES).default(DEFAULT_RUNTIME),
  /** A port for a Prometheus server; the control port has the same metrics. */
  metrics: z
    .strictObject({
      listen: z.string().regex(/:\d+$/, 'expected an address such as 127.0.0.1:9464'),
      tokenFile: path.optional(),
    })
    .optional(),
  /** A page about this node for a browser on this machine, opened with the node; peermerge dashboard opens it at any time. */
  dashboard: z
    .strictObject({
      listen: z.string().regex(/:\d+$/, 'expected an address such as 127.0.0.1:8686').optional(),
      tokenFile: path.optional(),
    })
    .optional(),
  pacing: z
    .strictObject({
      /** Whom to wait for before the next contribution: members that are connected, or all of the charter. */
      waitFor: z.enum(['connected', 'all']).default('connected'),
      /** Longest wait for them, after which the node goes on without. */
      patienceMs: z.number().int().min(0).max(86_400_000).default(60_000),
      /** Longest wait at start for a first exchange with a peer. */
      startPatienceMs: z.number().int().min(0).max(3_600_000).default(10_000),
    })
    .prefault({}),
  /** Replaces the charter's suggestions for local training; `heads` is a smaller budget than all of them. */
  training: trainingSchema.partial().extend({ heads: headBudget.optional() }).default({}),
  /** Of payloads, in bytes a second, sent and received; left out is no limit. */
  bandwidth: z.strictObject({ upBytesPerSecond: rate, downBytesPerSecond: rate }).prefault({}),
  /** How much is transferred at once. */
  transfers: z
    .strictObject({
      /** Payloads fetched at once, and holders that one is fetched from. */
      payloads: z.number().int().min(1).max(MAX_FETCHES).optional(),
      holders: z.number().int().min(1).max(MAX_FETCHES).optional(),
      /** Chunks sent to others. */
      serving: z.number().int().min(1).max(MAX_CHUNKS_SERVED).optional(),
    })
    .prefault({}),
  disk: z
    .strictObject({
      /** Most that payloads may take; left out is no limit. */
      maxBytes: z.number().int().min(CHUNK_BYTES).optional(),
      /** So much of the disk is left free. */
      minFreeBytes: z.number().int().min(0).default(DEFAULT_MIN_FREE_BYTES),
    })
    .prefault({}),
  retention: z
    .strictObject({
      /** Payloads that newer contributions supersede: let go once no kept merge needs them, or kept for ever. */
      superseded: z.enum(['drop', 'keep']).default('drop'),
      /** Merges kept in `merges/`, newest first. */
      merges: z.number().int().min(1).max(10_000).default(DEFAULT_KEPT_MERGES),
      /** Digests of merges that are kept besides, with all that they were made of. */
      pinned: z.array(z.string().regex(/^[0-9a-f]{64}$/, 'expected the digest of a merge')).default([]),
    })
    .prefault({}),
  /** Stricter floors than the charter's. */
  floors: charterSchema.shape.floors.partial().default({}),
  /** Of the model that this site keeps to itself, where the charter has sites keep one. */
  personal: z
    .strictObject({
      /** How what it has of the others is kept (FedALT): `half` takes half the bytes. */
      restPrecision: z.enum(REST_PRECISIONS).default('single'),
    })
    .prefault({}),
  /** When a newer model takes the place of the one that this site serves. */
  serving: servingSchema.prefault({}),
  publish: z
    .strictObject({
      /** What becomes of training after which more of the held-out samples are wrong than chance explains. */
      worseThanBase: z.enum(['refuse', 'warn']).default('refuse'),
    })
    .prefault({}),
})

/** A site's own settings; nothing in here changes what a merge says. */
export const configSchema = settings.superRefine(({ data, heldOut, contribute }, context) => {
  if (data !== undefined) return
  const refuse = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message })
  if (contribute) refuse('data', 'expected the samples of this site; only one that listens (contribute: false) has none') // prettier-ignore
  if (heldOut !== undefined) refuse('heldOut', 'expected data beside it; or give these samples as data')
})

export type SiteConfig = z.infer<typeof configSchema>

/** Creates a home's directories. */
export async function prepareHome(paths: HomePaths): Promise<void> {
  for (const directory of [paths.root, paths.store, paths.blocks, paths.ledger, paths.merges])
    await makeDirectory(directory)
}

export async function readCharter(paths: Pick<HomePaths, 'charter'>): Promise<Charter> {
  return parseCharter(
    await readText(paths.charter, 'join a consortium first (peermerge join)'),
    paths.charter,
  )
}

export async function writeCharter(paths: HomePaths, charter: Charter): Promise<void> {
  await writeFileAtomic(paths.charter, formatCharter(charter))
}

export async function readConfig(paths: HomePaths): Promise<SiteConfig> {
  const text = await readText(paths.config, 'create it with peermerge create or peermerge join')
  return parseJson(configSchema, text, paths.config)
}

/** Writes a site's settings, defaults filled in. */
export async function writeConfig(paths: HomePaths, config: z.input<typeof configSchema>): Promise<void> {
  const text = JSON.stringify(parseJson(configSchema, JSON.stringify(config), paths.config), null, 2)
  await writeFileAtomic(paths.config, `${text}\n`)
}

async function readText(file: string, advice: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new InvalidFileError(file, [`cannot be read (${(error as Error).message}); ${advice}`], {
      cause: error,
    })
  }
}
