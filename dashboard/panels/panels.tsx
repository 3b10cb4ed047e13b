import type { JSX } from 'preact'
import { memo } from 'preact/compat'
import type { DashboardState } from '../../src/node/dashboard/wire.ts'
import type { View } from '../view.ts'
import { AccuracyPanel } from './accuracy.tsx'
import { ConfusionPanel } from './confusion.tsx'
import { EgressPanel } from './egress.tsx'
import { HelpPanel } from './help.tsx'
import { InvitationsPanel } from './invitations.tsx'
import { MapPanel } from './map.tsx'
import { MembersPanel } from './members.tsx'
import { OutboxPanel } from './outbox.tsx'
import { ProblemsPanel } from './problems.tsx'
import { SharePanel } from './share.tsx'
import { Tiles } from './tiles.tsx'
import { TimelinePanel } from './timeline.tsx'
import { UsagePanel } from './usage.tsx'

interface PanelsProps {
  readonly view: View
  readonly state: DashboardState
  readonly now: number
  readonly isDark: boolean
}

/** Each is drawn anew only where something of its own has changed. */
const Drawn = {
  Map: memo(MapPanel),
  Members: memo(MembersPanel),
  Timeline: memo(TimelinePanel),
  Accuracy: memo(AccuracyPanel),
  Confusion: memo(ConfusionPanel),
  Usage: memo(UsagePanel),
  Share: memo(SharePanel),
  Invitations: memo(InvitationsPanel),
  Egress: memo(EgressPanel),
  Problems: memo(ProblemsPanel),
  Help: memo(HelpPanel),
  Outbox: memo(OutboxPanel),
}

export function Panels({ view: { entries, usage }, state, now, isDark }: PanelsProps): JSX.Element {
  const {
    members,
    accuracy,
    requests,
    tickets,
    votes,
    egress,
    problems,
    bytes,
    memberCount,
    cpuSeconds,
    outbox,
    help,
  } = state
  return (
    <>
      <Tiles state={state} />
      <div class="grid">
        <Drawn.Map members={members} />
        <Drawn.Members members={members} count={memberCount} now={now} />
        <Drawn.Timeline entries={entries} now={now} isDark={isDark} />
        <Drawn.Accuracy accuracy={accuracy} entries={entries} isDark={isDark} />
        <Drawn.Confusion confusion={accuracy.confusion} />
        <Drawn.Usage usage={usage} bytes={bytes} cpuSeconds={cpuSeconds} isDark={isDark} />
        <Drawn.Share members={members} />
        <Drawn.Egress egress={egress} />
        <div class="stack">
          <Drawn.Invitations requests={requests} tickets={tickets} votes={votes} now={now} />
          <Drawn.Problems problems={problems} now={now} />
        </div>
        <Drawn.Help help={help} now={now} />
        <Drawn.Outbox outbox={outbox} now={now} />
      </div>
    </>
  )
}
