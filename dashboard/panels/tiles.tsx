import type { ComponentChildren, JSX } from 'preact'
import type { Accuracy, DashboardState, ModelRow } from '../../src/node/dashboard/wire.ts'
import { accuracy, bytes, plural, shortDigest } from '../format.ts'

/** The page in six numbers. */
export function Tiles({ state }: { readonly state: DashboardState }): JSX.Element {
  const { agreement, merge, members, requests, votes, outbox, bytes: traffic, round } = state
  const others = members.filter(({ self, removed }) => !self && !removed)
  const connected = others.filter(({ path }) => path !== null)
  const relayed = connected.filter(({ path }) => path === 'relayed').length
  const model = modelInUse(state.accuracy)
  const waiting = requests.length + votes.length + outbox.held
  const all = agreement.holding === agreement.of
  return (
    <>
      <dl class="tiles">
        <Tile
          name="Agreement"
          tone={all ? 'good' : 'warn'}
          detail={all ? 'all hold this merge' : 'hold this merge'}
        >
          {agreement.holding} <small>of {agreement.of}</small>
        </Tile>
        <Tile
          name="This merge"
          detail={
            merge === null
              ? 'nothing contributed yet'
              : `${plural(merge.contributions, 'contribution')}, ${plural(merge.contributors, 'member')}`
          }
        >
          <code title={merge?.digest}>{shortDigest(merge?.digest ?? null)}</code>
        </Tile>
        <Tile
          name="Connected"
          detail={relayed === 0 ? 'all direct' : `${connected.length - relayed} direct, ${relayed} relayed`}
          tone={connected.length === 0 && others.length > 0 ? 'warn' : undefined}
        >
          {connected.length} <small>of {others.length}</small>
        </Tile>
        <Tile
          name="Accuracy here"
          detail={
            model === undefined
              ? 'nothing measured yet'
              : `${model.role}, ${model.count.toLocaleString('en')} held out`
          }
        >
          {model === undefined ? '–' : accuracy(model)}
        </Tile>
        <Tile name="Sent" detail={`received ${bytes(traffic.received)}`}>
          {bytes(traffic.sent)}
        </Tile>
        <Tile
          name="To decide"
          tone={waiting > 0 ? 'warn' : undefined}
          detail={`${plural(requests.length, 'request')}, ${plural(votes.length, 'vote')}, ${outbox.held} held`}
        >
          {waiting}
        </Tile>
      </dl>
      <Statement agreement={agreement} round={round} />
    </>
  )
}

/** What is served, or else the merge, or what was trained. */
function modelInUse({ models }: Accuracy): ModelRow | undefined {
  const current = models.filter(({ isCurrent }) => isCurrent)
  return ['served', 'merged', 'trained'].flatMap((role) => current.filter((one) => one.role === role))[0]
}

function Statement({ agreement, round }: Pick<DashboardState, 'agreement' | 'round'>): JSX.Element {
  const tone = agreement.holding === agreement.of ? 'good' : 'warn'
  return (
    <p class={`statement ${tone}`} role="status">
      {[agreement.text, round?.text, round?.todo].filter((text) => text != null).join(' · ')}
    </p>
  )
}

interface TileProps {
  readonly name: string
  readonly detail: string
  readonly tone?: 'good' | 'warn' | undefined
  readonly children: ComponentChildren
}

function Tile({ name, detail, tone, children }: TileProps): JSX.Element {
  return (
    <div class={tone === undefined ? 'tile' : `tile ${tone}`}>
      <dt>{name}</dt>
      <dd class="value">{children}</dd>
      <dd class="detail">{detail}</dd>
    </div>
  )
}
