import type { Genesis, Identity, Ledger } from '../../../src/gossip/index.ts'
import { CHARTER } from './contributions.ts'
import { founders, openLedger } from './ledgers.ts'
import { allConnected, Swarm, type NodeOptions, type TestNode } from './swarm.ts'

export interface LedgerNode extends TestNode {
  readonly ledger: Ledger
}

/** A consortium whose members are what their ledgers say. Its id is the digest of its charter, as outside of tests. */
export class LedgerSwarm extends Swarm {
  readonly founders: readonly Identity[]
  readonly genesis: Genesis

  static async of(count: number): Promise<LedgerSwarm> {
    const { identities, genesis } = await founders(count)
    return new LedgerSwarm(identities, { ...genesis, consortium: CHARTER })
  }

  private constructor(identities: readonly Identity[], genesis: Genesis) {
    super()
    this.founders = identities
    this.genesis = genesis
  }

  async ledgerNode(identity: Identity, options: NodeOptions & { ledger?: Ledger } = {}): Promise<LedgerNode> {
    const ledger = options.ledger ?? (await openLedger(this.genesis, identity))
    const bootstrap =
      this.nodes.find(({ network }) => network.addresses().length > 0)?.network.addresses() ?? []
    const node = await this.node({ bootstrap, consortium: CHARTER, ...options, identity, ledger })
    node.judge.consortium = CHARTER
    return { ...node, ledger }
  }

  /** All founders, each connected with all. */
  async allFounders(): Promise<LedgerNode[]> {
    const nodes = []
    for (const identity of this.founders) nodes.push(await this.ledgerNode(identity))
    await allConnected(nodes)
    return nodes
  }
}
