// Thread of the merge kernel. It loads no native addon: one could switch the processor to flush denormal numbers to zero,
// and then this peer's merge would differ from everybody else's.
import { parentPort } from 'node:worker_threads'
import { largeBuffers, withOwnArrays } from './large-arrays.ts'
import { runJob, type WorkerJob, type WorkerResult } from './merge-jobs.ts'
import { errorMessage, type Reply } from './worker-message.ts'

interface Message {
  readonly job: number
  readonly request: WorkerJob
}

parentPort?.on('message', ({ job, request }: Message) => {
  const message = withOwnArrays(reply(job, request))
  parentPort?.postMessage(message, largeBuffers(message))
})

function reply(job: number, request: WorkerJob): Reply<WorkerResult> {
  try {
    return { job, result: runJob(request) }
  } catch (error) {
    return { job, error: errorMessage(error) }
  }
}
