import type { Value } from '../../graph/value.ts'
import type { Program } from '../program.ts'
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
  const sums = productsWithAddend(program)
  const absorbed = new Set<Value>([...sums.values()].map(({ product }) => product))
  for (const value of program.order) {
    const pair = sums.get(value)
    if (pair !== undefined) emitGemm(value, pair, emitter)
    else if (!absorbed.has(value)) emitValue(value, emitter)
  }
  for (const [name, value] of program.outputs) emitter.output(name, value)
  return emitter.model()
}
