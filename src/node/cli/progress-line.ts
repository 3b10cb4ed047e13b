import { Presets, SingleBar } from 'cli-progress'
import pc from 'picocolors'
import type { TrainProgress } from '../../training/index.ts'

const PHASES: Record<TrainProgress['phase'], string> = {
  load: 'reading samples',
  prepare: 'frozen layers, once',
  train: 'training',
  measure: 'statistics',
  evaluate: 'evaluating',
}

/** Shows how far training is: a bar that redraws on a terminal, otherwise a line a phase and an epoch. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  #bar: SingleBar | undefined
  #phase: TrainProgress['phase'] | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show(progress: TrainProgress): void {
    if (progress.phase !== this.#phase) this.#begin(progress)
    this.#bar?.update(progress.done, describe(progress))
    if (progress.epoch !== undefined) this.#say(describeEpoch(progress.epoch))
  }

  close(): void {
    this.#bar?.stop()
    this.#bar = undefined
    this.#phase = undefined
  }

  #begin(progress: TrainProgress): void {
    this.close()
    this.#phase = progress.phase
    if (!this.#stream.isTTY) return this.#say(PHASES[progress.phase])
    const format = `${PHASES[progress.phase].padEnd(20)} ${pc.cyan('{bar}')} {value}/{total}  {speed}  {left}  {loss}`
    this.#bar = new SingleBar(
      { stream: this.#stream, format, hideCursor: true, barsize: 24, clearOnComplete: true },
      Presets.shades_classic,
    )
    this.#bar.start(progress.total, progress.done, describe(progress))
  }

  #say(text: string): void {
    if (this.#bar !== undefined) this.#stream.write('\r\u001b[2K')
    this.#stream.write(`${text}\n`)
  }
}

function describe({ samplesPerSecond, secondsLeft, loss }: TrainProgress): Record<string, string> {
  return {
    speed: `${samplesPerSecond.toFixed(samplesPerSecond < 10 ? 1 : 0)}/s`,
    left: `${duration(secondsLeft)} left`,
    loss: loss === undefined ? '' : `loss ${loss.toFixed(3)}`,
  }
}

function describeEpoch({ epoch, loss, heldOut }: NonNullable<TrainProgress['epoch']>): string {
  const score =
    heldOut === undefined
      ? ''
      : `, held out: loss ${heldOut.loss.toFixed(4)}, accuracy ${(100 * heldOut.accuracy).toFixed(1)} %`
  return `epoch ${epoch}: loss ${loss.toFixed(4)}${score}`
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`
}
