export interface Mutation {
  readonly fault: string
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Faults that some seed must find; each is a defence of the product taken away. */
export const MUTATIONS: readonly Mutation[] = [
  {
    fault: 'chunks are kept without a look at their digest',
    file: 'src/gossip/blocks/chunk-client.ts',
    from: "const found = partial.hash.copy().digest('hex')",
    to: 'const found = digest',
  },
  {
    fault: 'signatures are not checked',
    file: 'src/gossip/contributions/open-envelope.ts',
    from: 'if (!(await isSignedBy(envelope, header.peer))) {',
    to: 'if (!(await isSignedBy(envelope, header.peer)) && header.v !== 1) {',
  },
  {
    fault: 'payloads are admitted unseen',
    file: 'src/node/judge.ts',
    from: 'return await merges.validate(filesOf(store, contribution), {',
    to: "if (Date.now() > 0) return { kind: 'accept' as const }\n    return await merges.validate(filesOf(store, contribution), {",
  },
  {
    fault: 'no reconciliation on connecting, nor again and again',
    file: 'src/gossip/sync/reconciler.ts',
    from: 'if (this.#isStopping()) return',
    to: 'if (!this.#isStopping()) return',
  },
  {
    fault: 'what is held is never judged again',
    file: 'src/gossip/contributions/contribution-exchange.ts',
    from: 'for (const [, { opened, bearer }] of this.#held.entries()) {',
    to: 'for (const [, { opened, bearer }] of this.#held.entries().slice(0, 0)) {',
  },
  {
    fault: 'acknowledged before it is durable',
    file: 'src/node/store.ts',
    from: 'const SYNC = { sync: true }',
    to: 'const SYNC = { sync: false }',
  },
  {
    fault: 'nobody is dialled twice',
    file: 'src/gossip/links/rejoin.ts',
    from: 'target.notBefore = this.#init.clock.now() + wait',
    to: 'target.notBefore = this.#init.clock.now() + wait * 1e6',
  },
  {
    fault: 'a holder that breaks off is struck as if it had lied',
    file: 'src/gossip/blocks/holder-lane.ts',
    from: '    book.failed(peer)\n    logger',
    to: '    book.struck(peer)\n    logger',
  },
]
