import type { InferenceSession } from 'onnxruntime-node'
import type { Tensor } from '../../../merge/index.ts'
import type { CompileOptions, Executable, Feeds, RunOptions, Runtime } from '../runtime.ts'
import { checkFeeds, DisposedError, programOf } from '../program.ts'
import type { Program } from '../program.ts'
import type { OnnxDevice } from './device.ts'
import { DIALECTS } from './device.ts'
import { dataByReference } from './data-by-reference.ts'
import type { OnnxDialect } from './emitter.ts'
import type { OnnxTensor } from './model-proto.ts'
import { onnxModel } from './onnx-model.ts'
import type { OnnxModule } from './load-onnx.ts'
import { loadOnnx } from './load-onnx.ts'
import { createSession } from './session.ts'

export interface OnnxOptions {
  /** @default 'cpu' */
  readonly device?: OnnxDevice
  /** @default what the device has kernels for */
  readonly dialect?: OnnxDialect
}

/** Executes graphs with ONNX Runtime's native kernels, on the CPU or on a GPU. */
export function onnxRuntime({ device = 'cpu', dialect = DIALECTS[device] }: OnnxOptions = {}): Runtime {
  return {
    name: device === 'cpu' ? 'onnx' : 'onnx-webgpu',
    async compile(outputs, options: CompileOptions = {}): Promise<Executable> {
      const onnx = await loadOnnx()
      const program = programOf(outputs)
      const whole = onnxModel(program, dialect)
      const { model, fed } = device === 'cpu' ? dataByReference(whole) : { model: whole, fed: [] }
      const session = await createSession(onnx, model, { device, threads: options.threads })
      return new OnnxExecutable(onnx, session, program, frozenFeeds(onnx, fed))
    },
  }
}

function frozenFeeds(onnx: OnnxModule, fed: readonly OnnxTensor[]): InferenceSession.OnnxValueMapType {
  return Object.fromEntries(
    fed.map(({ name, type, shape, bytes: { buffer, byteOffset, byteLength } }) => {
      const length = byteLength / 4
      return [
        name,
        type === 'f32'
          ? new onnx.Tensor('float32', new Float32Array(buffer, byteOffset, length), shape)
          : new onnx.Tensor('int32', new Int32Array(buffer, byteOffset, length), shape),
      ]
    }),
  )
}

class OnnxExecutable implements Executable {
  readonly #onnx: OnnxModule
  readonly #program: Program
  readonly #frozen: InferenceSession.OnnxValueMapType
  #session: InferenceSession | undefined

  constructor(
    onnx: OnnxModule,
    session: InferenceSession,
    program: Program,
    frozen: InferenceSession.OnnxValueMapType,
  ) {
    this.#onnx = onnx
    this.#session = session
    this.#program = program
    this.#frozen = frozen
  }

  async run(feeds: Feeds, { signal }: RunOptions = {}): Promise<Record<string, Tensor>> {
    signal?.throwIfAborted()
    if (this.#session === undefined) throw new DisposedError('onnx')
    checkFeeds(this.#program, feeds)
    const results = await this.#session.run({ ...this.#frozen, ...this.#tensors(feeds) })
    signal?.throwIfAborted()
    return Object.fromEntries(
      this.#program.outputs.map(([name, value]) => {
        const data = results[`out:${name}`]!.data as Float32Array
        return [name, { shape: value.shape, data }]
      }),
    )
  }

  #tensors(feeds: Feeds): InferenceSession.OnnxValueMapType {
    return Object.fromEntries(
      [...this.#program.inputs].map(([name, { shape }]) => {
        const data = feeds[name]!
        const tensor =
          data instanceof Float32Array
            ? new this.#onnx.Tensor('float32', data, shape)
            : new this.#onnx.Tensor('int32', data, shape)
        return [`in:${name}`, tensor]
      }),
    )
  }

  async dispose(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.release()
  }
}
