/** What the steps of a migration work with: what a person asked for, the journal, and who is spoken to. */
import type { StagingView } from '@springline/api/shapes/sync';
import { CommandError, oneLine } from '../../output.ts';
import type { Comparison } from './comparison.ts';
import type { Expected, MigrationJournal, OldServer } from './journal.ts';

export interface MigrationPlan {
  /** Absolute: of the new server. */
  readonly home: string;
  /** Absolute. */
  readonly oldHome?: string;
  /** Name of the new connector, should the new server be installed. */
  readonly connector?: string;
  /** So many differences are no reason to stop. */
  readonly accept: number;
  readonly yes: boolean;
  /** The old server does not answer any more. */
  readonly force: boolean;
  readonly keepOld: boolean;
  /** How long to wait for a person, or for the lease of a dead server to end. */
  readonly waitMs: number;
}

export interface MigrationWorld {
  readonly plan: MigrationPlan;
  readonly journal: MigrationJournal;
  /** Sees to it that an agent runs in the new home. */
  run(say: Say): Promise<void>;
  /** Where an administrator's token is; undefined where there is none. */
  place(): { readonly home: string; readonly url: string; readonly tokenFile: string } | undefined;
  /** To people, now. */
  line(text: string): void;
  compared(comparison: Comparison): void;
}

export type Say = (where: string) => void;
/** What people want to know of a step that passed. */
export interface Passed {
  readonly words: string;
  readonly expected?: Expected;
}
export type Step = (world: MigrationWorld, say: Say) => Promise<Passed>;

/** @throws {CommandError} when neither of the two exports, but a third. */
export function requireNoThird({ lease }: StagingView, own: string, old: OldServer | undefined): void {
  if (lease === null || lease.agent === own || lease.agent === old?.agentId) return;
  throw new CommandError(
    `${oneLine(lease.holder)} (${lease.agent}) exports to the objects of this source, and is not the server that is to be replaced. Demote it first.`,
  );
}
