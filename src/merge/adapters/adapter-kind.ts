import type { Random } from '../linear/random.ts'
import type { AdapterSpec, Matrix, TargetModule } from '../types.ts'

/** One kind of adapter as the merge sees it: what is said of it, what nobody sends, what is trained and travels. */
export interface AdapterKind<S extends AdapterSpec> {
  /** Directions that the frozen factors span, at most min(in, out) of every module; `name` says what makes them up. */
  span(spec: S): { readonly name: string; readonly width: number }
  /** Frozen factors of one module by the last part of their name; `random(factor)` is a generator of its own for each. */
  frozen(spec: S, module: TargetModule, random: (factor: string) => Random): ReadonlyMap<string, Matrix>
  /** Shapes of the trained tensors by the last part of their name. One that is also a frozen factor starts there, others at 0. */
  trained(spec: S, module: TargetModule): ReadonlyMap<string, readonly [rows: number, cols: number]>
  /**
   * Trained tensors that a site may leave out, as many at every module; the Gram has one row for each of the others. Empty for
   * a kind whose tensors travel together.
   */
  parts(spec: S): readonly string[]
}
