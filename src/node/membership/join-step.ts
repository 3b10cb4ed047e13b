/** How far joining is. */
export type JoinStep =
  | {
      /** A member has answered: this is what the site would join. Nothing has been asked for yet. */
      readonly type: 'welcome'
      readonly name: string
      readonly consortium: string
      /** Digest of the charter in force. */
      readonly charter: string
      readonly ticketFingerprint: string
      /** The member that answers, and how many there are. */
      readonly member: string
      readonly members: number
    }
  | {
      /** The request has been received; a member has to accept it. */
      readonly type: 'waiting'
      readonly peer: string
      readonly fingerprint: string
    }
  /** Nobody could be asked; it goes on in a while. */
  | { readonly type: 'retry'; readonly problem: string; readonly waitMs: number }
