import type { Value } from '../../graph/value.ts'
import type { Program } from '../program.ts'
import { attentionBlocks, emitAttention } from './attention-blocks.ts'
import { emitGemm } from './emit-matmul.ts'
import { emitValue } from './emit-value.ts'
import { Emitter } from './emitter.ts'
import type { OnnxDialect } from './emitter.ts'
import type { OnnxModel } from './model-proto.ts'
import { productsWithAddend } from './products-with-addend.ts'
import { foldScales } from './rewrite/fold-scales.ts'
import { shareErf } from './rewrite/share-erf.ts'
import { uniteEquals } from './rewrite/unite-equals.ts'

/** A program as ONNX nodes, every Value once, after what shortens it has been done. */
export function onnxModel(original: Program, dialect: OnnxDialect = 'ort'): OnnxModel {
  const program = foldScales(uniteEquals(shareErf(original)))
  const emitter = new Emitter(dialect)
  const { emits, absorbed } = fusions(program, dialect)
  for (const value of program.order) {
    const emit = emits.get(value)
    if (emit !== undefined) emit(emitter)
    else if (!absorbed.has(value)) emitValue(value, emitter)
  }
  for (const [name, value] of program.outputs) emitter.output(name, value)
  return emitter.model()
}

/** How Values are computed together with those that they absorb, which then are not computed by themselves. */
interface Fusions {
  readonly emits: ReadonlyMap<Value, (emitter: Emitter) => void>
  readonly absorbed: ReadonlySet<Value>
}

function fusions(program: Program, dialect: OnnxDialect): Fusions {
  const emits = new Map<Value, (emitter: Emitter) => void>()
  const absorbed = new Set<Value>()
  for (const [sum, pair] of productsWithAddend(program)) {
    emits.set(sum, (emitter) => emitGemm(sum, pair, emitter))
    absorbed.add(pair.product)
  }
  if (dialect === 'standard') return { emits, absorbed }
  for (const [merged, block] of attentionBlocks(program)) {
    emits.set(merged, (emitter) => emitAttention(merged, block, emitter))
    for (const value of block.inner) absorbed.add(value)
  }
  return { emits, absorbed }
}
