import type { Value } from '../../graph/value.ts'
import type { Program } from '../program.ts'
import { emitGemm } from './emit-matmul.ts'
import { emitValue } from './emit-value.ts'
import { Emitter } from './emitter.ts'
import type { OnnxDialect } from './emitter.ts'
import type { OnnxModel } from './model-proto.ts'
import { productsWithAddend } from './products-with-addend.ts'

/** A program as ONNX nodes, every Value once. */
export function onnxModel(program: Program, dialect: OnnxDialect = 'ort'): OnnxModel {
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
