// Thread for worker-channel.test.ts: answers, throws or dies as it is asked.
import { parentPort } from 'node:worker_threads'
import { PeermergeError } from '../../../src/errors.ts'
import { errorMessage } from '../../../src/node/worker-message.ts'

interface Message {
  readonly job: number
  readonly request: { readonly what: 'answer' | 'throw' | 'die' | 'wait' }
}

parentPort?.on('message', ({ job, request }: Message) => {
  switch (request.what) {
    case 'answer':
      parentPort?.postMessage({ job, result: 'answered' })
      return
    case 'throw':
      parentPort?.postMessage({
        job,
        error: errorMessage(new PeermergeError('ERR_TEST', 'refused', { part: 7 })),
      })
      return
    case 'die':
      process.exit(3)
      return
    case 'wait':
  }
})
