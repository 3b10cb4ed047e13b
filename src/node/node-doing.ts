import type { TrainProgress } from '../training/index.ts'
import type { EventHub } from './event-hub.ts'
import type { Decision } from './schedule/schedule.ts'
import type { NodeActivity, NodeStatus } from './status/types.ts'

const ACTIVITIES = {
  look: 'starting',
  train: 'training',
  measure: 'measuring',
  renew: 'training',
  wait: 'waiting',
  publish: 'waiting',
  idle: 'idle',
  stuck: 'failed',
} as const

/** What a node is doing, for status and events. */
export class NodeDoing {
  readonly #hub: EventHub
  #activity: NodeActivity = { kind: 'starting', text: 'starting', waitingFor: [] }
  #progress: TrainProgress | null = null

  constructor(hub: EventHub) {
    this.#hub = hub
  }

  get isDone(): boolean {
    return this.#activity.kind === 'idle'
  }

  get facts(): Pick<NodeStatus, 'activity' | 'done' | 'progress'> {
    return { activity: this.#activity, done: this.isDone, progress: this.#progress }
  }

  /** Of what the activity says; what goes on beside it, as scoring a merge while waiting, is not told. */
  progressed(progress: TrainProgress): void {
    if (isWork(this.#activity)) this.#progress = progress
  }

  /** Of its own accord, not by the schedule. */
  is(kind: 'starting' | 'stopped', text: string): void {
    this.#progress = null
    this.#set({ kind, text, waitingFor: [] })
  }

  decided(decision: Decision): void {
    const waitingFor = decision.kind === 'wait' ? decision.waitingFor : []
    if (decision.kind === 'wait' || decision.kind === 'idle' || decision.kind === 'stuck')
      this.#progress = null
    this.#set({ kind: ACTIVITIES[decision.kind], text: decision.text, waitingFor })
    if (this.isDone) this.#hub.emit({ type: 'done' })
  }

  #set(activity: NodeActivity): void {
    this.#activity = activity
    this.#hub.emit({ type: 'activity', activity })
  }
}

function isWork({ kind }: NodeActivity): boolean {
  return kind === 'starting' || kind === 'training' || kind === 'measuring'
}
