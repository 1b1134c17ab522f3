/**
 * The states of a migration from one server of a source to another, as a table. The order keeps the rule that two servers
 * never export at the same time (rule S16): the old one gives up before the new one takes over, and goes on only when the
 * new one does not.
 */

export const migrationStates = [
  'installing',
  'synchronising',
  'comparing',
  'demoting',
  'rechecking',
  'promoting',
  'going-back',
  'verifying',
  'retiring',
  'done',
] as const;
export type MigrationState = (typeof migrationStates)[number];
export type MigrationEvent = 'passed' | 'failed';

/** What follows; a failure before the new server exports leads back to the old one. */
export const nextState: Record<MigrationState, Record<MigrationEvent, MigrationState>> = {
  installing: { passed: 'synchronising', failed: 'installing' },
  synchronising: { passed: 'comparing', failed: 'synchronising' },
  comparing: { passed: 'demoting', failed: 'comparing' },
  demoting: { passed: 'rechecking', failed: 'going-back' },
  rechecking: { passed: 'promoting', failed: 'going-back' },
  promoting: { passed: 'verifying', failed: 'going-back' },
  'going-back': { passed: 'synchronising', failed: 'going-back' },
  verifying: { passed: 'retiring', failed: 'verifying' },
  retiring: { passed: 'done', failed: 'retiring' },
  done: { passed: 'done', failed: 'done' },
};

/** What a step does, for people. */
export const stateWords: Record<MigrationState, string> = {
  installing: 'new server beside the old one',
  synchronising: 'full import and synchronisation',
  comparing: 'comparison',
  demoting: 'old server gives up exporting',
  rechecking: 'comparison once more',
  promoting: 'new server takes over',
  'going-back': 'old server exports again',
  verifying: 'first cycle of the new server',
  retiring: 'old server is retired',
  done: 'done',
};
