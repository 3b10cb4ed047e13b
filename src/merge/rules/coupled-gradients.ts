import { scaledAddInto } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'
import type { CoupledSystem } from './coupled-system.ts'

/** Of the residual against the right-hand side, in the norm of the preconditioner; squared, as it is compared. */
const SQUARED_TOLERANCE = 1e-26

/** Random bases need 20 to 60 steps; where rounding keeps the residual up, more of them change nothing any more. */
export const MAX_STEPS = 256

/**
 * The coupled heads by preconditioned conjugate gradients, without forming their system.
 *
 *   α = (r·z)/(p·Kp)    x ← x + αp    r ← r − αKp    z = P⁻¹r    p ← z + ((r·z)/(r·z)_before) p
 *
 * Shapes: all (s, rank), the heads' blocks one below the other.
 * Ends when (r·z) ≤ 1e-26 · (R·P⁻¹R), or after 256 steps: both are read off the same doubles everywhere. In exact arithmetic every
 * step lowers the objective; under ridges below those that a charter may have, rounding can undo that.
 * Order: dot products by ascending index. Cost: 4·s²·rank products a step.
 */
export function conjugateGradients(system: CoupledSystem, right: Matrix, start: Matrix): Matrix {
  const x = copy(start)
  const residual = copy(right)
  scaledAddInto(residual, -1, system.apply(x))
  let z = system.precondition(residual)
  let direction = copy(z)
  let energy = dot(residual, z)
  const enough = SQUARED_TOLERANCE * dot(right, system.precondition(right))
  for (let step = 0; step < MAX_STEPS && energy > enough; step++) {
    const image = system.apply(direction)
    const along = energy / dot(direction, image)
    scaledAddInto(x, along, direction)
    scaledAddInto(residual, -along, image)
    z = system.precondition(residual)
    const before = energy
    energy = dot(residual, z)
    const next = copy(z)
    scaledAddInto(next, energy / before, direction)
    direction = next
  }
  return x
}

function copy(matrix: Matrix): Matrix {
  return { ...matrix, data: matrix.data.slice() }
}

function dot(a: Matrix, b: Matrix): number {
  let sum = 0
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!
  return sum
}
