import { PeermergeError } from '../errors.ts'
import type { ModelState } from './types.ts'

/** A backbone directory that cannot be used: a file is missing, unreadable or not what its config promises. */
export class BackboneError extends PeermergeError {
  override readonly name = 'BackboneError'

  constructor(dir: string, problem: string, detail: Record<string, unknown> = {}, options?: ErrorOptions) {
    super('ERR_BACKBONE', `backbone ${dir}: ${problem}`, { dir, ...detail }, options)
  }
}

/** The backbone is of a family that this version does not read. */
export class UnsupportedBackboneError extends PeermergeError {
  override readonly name = 'UnsupportedBackboneError'

  constructor(dir: string, modelType: string, supported: readonly string[]) {
    super(
      'ERR_UNSUPPORTED_BACKBONE',
      `backbone ${dir}: model_type "${modelType}" is not supported; supported: ${supported.join(', ')}`,
      { dir, modelType, supported },
    )
  }
}

/** A pattern of target modules names no linear layer of the backbone. */
export class NoSuchModuleError extends PeermergeError {
  override readonly name = 'NoSuchModuleError'

  constructor(pattern: string, available: readonly string[], layers = 0) {
    const numbered = layers === 0 ? '' : ` (layers 0 to ${layers - 1})`
    super(
      'ERR_NO_SUCH_MODULE',
      `no linear layer of the backbone${numbered} ends in "${pattern}"; available: ${available.join(', ')}`,
      { pattern, available, layers },
    )
  }
}

/** A pattern of target modules that cannot be read. */
export class TargetPatternError extends PeermergeError {
  override readonly name = 'TargetPatternError'

  constructor(pattern: string, problem: string) {
    const advice =
      'write the end of a name, with * for anything, {4,5} for one of several, {0..5} for a range'
    super('ERR_TARGET_PATTERN', `target pattern ${JSON.stringify(pattern)}: ${problem}; ${advice}`, {
      pattern,
    })
  }
}

export type DatasetErrorCode =
  | 'ERR_DATA_MISSING'
  | 'ERR_DATA_CHANGED'
  | 'ERR_TABLE'
  | 'ERR_NO_COLUMN'
  | 'ERR_UNKNOWN_CLASS'
  | 'ERR_NO_SAMPLES'
  | 'ERR_TOO_FEW_SAMPLES'
  | 'ERR_NO_SUCH_SAMPLE'
  | 'ERR_MODALITY'

export type HubErrorCode =
  | 'ERR_HUB_NOT_FOUND'
  | 'ERR_HUB_DENIED'
  | 'ERR_HUB_UNREACHABLE'
  | 'ERR_HUB_OFFLINE'
  | 'ERR_HUB_ANSWER'
  | 'ERR_HUB_CHECKSUM'
  | 'ERR_HUB_SETTING'

/** A model that cannot be had from the Hub. `code` says which way; only ERR_HUB_UNREACHABLE may pass when it is tried again. */
export class HubError extends PeermergeError {
  override readonly name = 'HubError'

  constructor(
    code: HubErrorCode,
    subject: string,
    problem: string,
    detail: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(code, `${subject}: ${problem}`, { subject, ...detail }, options)
  }
}

/** A site's data that cannot be trained on. `code` says which way. */
export class DatasetError extends PeermergeError {
  override readonly name = 'DatasetError'

  constructor(
    code: DatasetErrorCode,
    path: string,
    problem: string,
    detail: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(code, `data ${path}: ${problem}`, { path, ...detail }, options)
  }
}

/** The temporary file for samples that do not fit into memory failed. */
export class SpillError extends PeermergeError {
  override readonly name = 'SpillError'

  constructor(dir: string, problem: string, options?: ErrorOptions) {
    const advice = 'free some space there, set TMPDIR to a larger disk, or allow more memory'
    super('ERR_SPILL', `temporary file in ${dir}: ${problem}; ${advice}`, { dir }, options)
  }
}

/** The trainer's process ended while it was needed. */
export class TrainerExitedError extends PeermergeError {
  override readonly name = 'TrainerExitedError'

  constructor(reason: string, detail: Record<string, unknown> = {}) {
    super('ERR_TRAINER_EXITED', `the trainer process ended: ${reason}`, detail)
  }
}

/** The trainer's process took more memory than it may, and has ended; training goes on from its checkpoint. */
export class TrainerMemoryError extends PeermergeError {
  override readonly name = 'TrainerMemoryError'

  constructor(limitBytes: number) {
    const limit = `${Math.round(limitBytes / 2 ** 20)} MiB`
    const advice = 'lower the batch size, or have the limit raised'
    super('ERR_TRAINER_MEMORY', `the trainer process took more than the ${limit} that it may: ${advice}`, { limitBytes }) // prettier-ignore
  }
}

/** Training was stopped because the loss or its slope was not finite; nothing of that step is kept. */
export class DivergedError extends PeermergeError {
  override readonly name = 'DivergedError'
  /** The model before the step, which gave a finite loss; null where the very first loss was not finite. */
  readonly lastGood: ModelState | null

  constructor(step: number, loss: number, lastGood: ModelState | null) {
    const advice = 'lower the learning rate, or look at the samples of the last batches'
    super(
      'ERR_DIVERGED',
      `training diverged at step ${step}: the loss or its slope is not finite (loss ${loss}); ${advice}`,
      { step, loss },
    )
    this.lastGood = lastGood
  }
}

/** Factors that were made elsewhere and cannot be said in what the charter's adapter trains. */
export class AdapterFormError extends PeermergeError {
  override readonly name = 'AdapterFormError'

  constructor(module: string, problem: string) {
    super('ERR_ADAPTER_FORM', `adapter of module ${module}: ${problem}`, { module })
  }
}

/** A directory of an adapter, as PEFT writes it, that cannot be taken in. */
export class AdapterDirectoryError extends PeermergeError {
  override readonly name = 'AdapterDirectoryError'

  constructor(dir: string, problem: string, detail: Record<string, unknown> = {}, options?: ErrorOptions) {
    super('ERR_ADAPTER_DIRECTORY', `adapter ${dir}: ${problem}`, { dir, ...detail }, options)
  }
}
