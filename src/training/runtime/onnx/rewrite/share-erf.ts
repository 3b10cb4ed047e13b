import { operand } from '../../../graph/derivative.ts'
import { add } from '../../../graph/ops/add.ts'
import { erf } from '../../../graph/ops/erf.ts'
import { mul, scaled } from '../../../graph/ops/mul.ts'
import { scalar, uniformValue } from '../../../graph/ops/source.ts'
import type { Value } from '../../../graph/value.ts'
import { isOp } from '../../../graph/value.ts'
import type { Program } from '../../program.ts'
import { rewritten } from './rewritten.ts'

/**
 * A gelu whose erf is computed anyway, because its derivative is asked for too, takes it from there; one without derivative
 * stays a single operator.
 *
 *   gelu(x) = t (1 + erf t) / √2     with t = x/√2
 *
 * The surrogates of derivatives, which nothing computes, are dropped.
 */
export function shareErf(program: Program): Program {
  const known = new Set(program.order.flatMap(argumentOfErf))
  return rewritten(program, (value, original) => {
    if (isOp(value, 'differentiateAs')) return operand(value, 0)
    return isOp(value, 'gelu') && known.has(operand(original, 0)) ? geluByErf(operand(value, 0)) : value
  })
}

/** x, where a Value is erf(x/√2). */
function argumentOfErf(value: Value): Value[] {
  const t = isOp(value, 'erf') ? operand(value, 0) : undefined
  if (t === undefined || !isOp(t, 'mul') || uniformValue(operand(t, 1)) !== Math.SQRT1_2) return []
  return [operand(t, 0)]
}

function geluByErf(x: Value): Value {
  const t = scaled(x, Math.SQRT1_2)
  return scaled(mul(t, add(erf(t), scalar(1))), Math.SQRT1_2)
}
