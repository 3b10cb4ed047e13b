// The contribution that docs/formats.md writes out byte for byte. `node --import tsx test/helpers/worked-example.ts` prints the text
// between the two markers there.
import { fileURLToPath } from 'node:url'
import { encodeEnvelope, identityFromBytes, signEnvelope } from '../../src/gossip/index.ts'
import { frozenFactors, type Tensor } from '../../src/merge/index.ts'
import { assembleContribution } from '../../src/node/assemble-contribution.ts'
import { charterBytes, charterDigest, parseCharter, type Charter } from '../../src/node/charter.ts'
import { encodeContainer } from '../../src/node/contribution-container.ts'
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'

const MODULE = 'layer.0.query'

export interface WorkedExample {
  readonly charter: Charter
  readonly file: Uint8Array
  readonly text: string
}

/** Everything follows from the key, whose 32 private bytes are 0, 1, 2 … 31. */
export async function workedExample(): Promise<WorkedExample> {
  const identity = identityFromBytes(keyFile())
  const charter = parseCharter(JSON.stringify(charterOf(identity.peer)), 'charter.json')
  const draft = { kind: 'adapter', generation: 1, task: null, base: null, anchor: null, count: 5, classCounts: [2, 3], tensors: tensors() } as const // prettier-ignore
  const { header, headerBytes, id, payload } = assembleContribution(charter, identity.peer, 1, draft)
  const envelope = await signEnvelope(headerBytes, identity)
  const file = encodeContainer({ envelope: encodeEnvelope(envelope), payload })
  const a = frozenFactors(charter.adapter, charter.modules).get(`frozen/${MODULE}/lora_A`)!
  const text = [
    block('charter.json', JSON.stringify(charter)),
    block(`its canonical dag-cbor, ${charterBytes(charter).length} bytes`, hex(charterBytes(charter))),
    block('its digest', charterDigest(charter)),
    block(`frozen/${MODULE}/lora_A [1, 2], float32 as hexadecimal bytes`, hex(bytesOf(a))),
    block('digest of the frozen factors', header.frozen),
    block(`payload, ${payload.length} bytes`, hex(payload)),
    block('its digest', header.payload.digest),
    block(`header, ${headerBytes.length} bytes`, hex(headerBytes)),
    block('its digest, the id of the contribution', id),
    block('signature over "peermerge/contribution/1", a zero byte and the header', hex(envelope.signature)),
    block(`contribution file, ${file.length} bytes: first 32, sha2-256 of all`, `${hex(file.subarray(0, 32))}\n${sha256(file)}`), // prettier-ignore
  ].join('\n')
  return { charter, file, text }
}

/** As `identity.key` of a home: libp2p's protobuf of private and public key. */
function keyFile(): Uint8Array {
  const seed = Uint8Array.from({ length: 32 }, (_, i) => i)
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return Buffer.concat([Buffer.from('08011240', 'hex'), seed, key.export({ format: 'der', type: 'spki' }).subarray(-32)]) // prettier-ignore
}

function charterOf(peer: string): object {
  return {
    v: 1,
    kernel: 1,
    name: 'worked example',
    backbone: { digest: '00'.repeat(32), modelType: 'vit', hiddenSize: 2 },
    input: { kind: 'image', side: 8 },
    classes: ['no', 'yes'],
    adapter: { kind: 'lora', rank: 1, alpha: 1, scaling: 'standard', trains: 'B', seed: 'worked example' },
    modules: [{ name: MODULE, in: 2, out: 2 }],
    rule: 'lorm',
    ridge: 1e-6,
    decay: 1,
    classifier: { rule: 'counts' },
    schedule: { kind: 'continuous', contributionsPerTask: 1 },
    training: { epochs: 1, batchSize: 1, learningRate: 0.002, weightDecay: 0.01 },
    floors: { samples: 1, perClass: 1 },
    limits: { maxCount: 1000, maxAbs: 1000, maxGenerationLead: 10 },
    privacy: { noise: 0, masked: false },
    members: [{ id: peer, name: 'site' }],
  }
}

function tensors(): Map<string, Tensor> {
  return new Map([
    [`adapter/${MODULE}/lora_B`, tensor([2, 1], [0.5, -0.25])],
    [`gram/${MODULE}`, tensor([1], [3])],
    ['classifier/weight', tensor([2, 2], [1, 0, 0, 1])],
    ['classifier/bias', tensor([2], [0, 0.125])],
  ])
}

const tensor = (shape: number[], data: number[]): Tensor => ({ shape, data: Float32Array.from(data) })
const bytesOf = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength) // prettier-ignore
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const block = (what: string, content: string): string => `# ${what}\n${content}`

/** 32 bytes a line. */
function hex(bytes: Uint8Array): string {
  return (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,64}/g) ?? []
  ).join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await workedExample()).text)
