/**
 * The numbers of upgrade events in the agent's log, 300 to 399 as in the event log of Entra Connect. Each event is a
 * log line with the field `eventId`; those that end an attempt say `AutoUpgrade result = <code>`.
 */

export const eventIds = {
  'upgrade.checked': { id: 300, meaning: 'Both repositories were read and verified; nothing newer is offered.' },
  'upgrade.offered': { id: 301, meaning: 'A newer release is offered.' },
  'upgrade.step': { id: 302, meaning: 'An upgrade reached the step that the line names.' },
  'upgrade.ended': { id: 303, meaning: 'An upgrade ended: `AutoUpgrade result = <code>`.' },
  'upgrade.by-hand': {
    id: 304,
    meaning: 'An administrator of the host asked for an upgrade by hand; the line says what was decided.',
  },
  'upgrade.blocked': { id: 310, meaning: 'A build was blocked after it failed; the line says until when.' },
  'upgrade.refused': { id: 320, meaning: 'The trust core refused what a repository gave; the line has the code.' },
  'upgrade.freeze-suspected': {
    id: 321,
    meaning: 'The Director’s timestamp has expired and the server says that it has no newer one.',
  },
  'upgrade.unreachable': { id: 322, meaning: 'A repository does not answer. Everything goes on; it is asked again.' },
  'upgrade.recovered': { id: 330, meaning: 'The agent was killed during an upgrade; the line says what became of it.' },
  'upgrade.fell-back': {
    id: 331,
    meaning: 'The Agent Updater did not start; the launcher went back to the one before.',
  },
  'upgrade.slot-altered': {
    id: 340,
    meaning: 'The files of a slot are not those that were verified; it is not started.',
  },
  'upgrade.state-changed': { id: 350, meaning: 'Auto-upgrade became Enabled, Disabled or Suspended.' },
  'upgrade.wish-taken': { id: 351, meaning: 'What the tenant asked for to hold upgrades back is in force.' },
  'upgrade.wish-refused': {
    id: 352,
    meaning: 'What came as a wish of the tenant cannot be read; the one before stays in force.',
  },
  'upgrade.report-kept': { id: 360, meaning: 'Reports could not be sent; they are kept and sent later.' },
} as const satisfies Readonly<Record<`upgrade.${string}`, { readonly id: number; readonly meaning: string }>>;
