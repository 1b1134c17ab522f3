/** Runs in words: which kind, how long, what may be started and what that does. */

import type { RunStep } from '@springline/api/shapes/agent';
import type { RunRecordView, SyncConnectorView, SyncParameters } from '@springline/api/shapes/sync';
import { durationWords } from '../look/when-words.ts';

const kinds: Readonly<Record<NonNullable<RunRecordView['kind']>, string>> = {
  scheduled: 'Scheduled',
  manual: 'By hand',
  continuous: 'Continuous',
  'single-object': 'One object',
};

export const kindWords = ({ kind }: RunRecordView): string => (kind === undefined ? 'Cycle' : kinds[kind]);

/** `4.1 s`; `running` while it runs. */
export function tookWords({ startedAt, endedAt }: Pick<RunRecordView, 'startedAt' | 'endedAt'>): string {
  return endedAt === undefined ? 'running' : durationWords(Date.parse(endedAt) - Date.parse(startedAt));
}

type Profile = RunStep['profile'];

/** What a person may start. */
export const runChoices = [
  { id: 'delta', title: 'A delta cycle' },
  { id: 'full', title: 'A full cycle' },
  { id: 'Full Import', title: 'Full Import of one connector' },
  { id: 'Delta Import', title: 'Delta Import of one connector' },
  { id: 'Full Synchronization', title: 'Full Synchronization of one connector' },
  { id: 'Delta Synchronization', title: 'Delta Synchronization of one connector' },
  { id: 'Export', title: 'Export of one connector' },
] as const satisfies readonly { readonly id: 'delta' | 'full' | Profile; readonly title: string }[];

export type RunChoice = (typeof runChoices)[number]['id'];

export const isRunChoice = (id: string): id is RunChoice => runChoices.some((choice) => choice.id === id);
export const isProfile = (choice: RunChoice): choice is Profile => choice !== 'delta' && choice !== 'full';

/** What will happen, so that a person may still think better of it. */
export function runWords(choice: RunChoice, connector: Pick<SyncConnectorView, 'name'> | undefined): string {
  const of = connector === undefined ? 'the connector' : connector.name;
  switch (choice) {
    case 'delta':
      return 'Reads what changed in every directory, synchronises it and exports it. Pending exports reach the cloud directory.';
    case 'full':
      return 'Reads every directory from the start, evaluates every object again and exports. In large directories this takes long.';
    case 'Full Import':
      return `Reads everything of ${of} into its connector space. Nothing is synchronised or exported.`;
    case 'Delta Import':
      return `Reads what changed of ${of} into its connector space. Nothing is synchronised or exported.`;
    case 'Full Synchronization':
      return `Evaluates every object of ${of} again. Changes become pending exports; nothing is exported.`;
    case 'Delta Synchronization':
      return `Evaluates what changed of ${of}. Changes become pending exports; nothing is exported.`;
    case 'Export':
      return `Sends the pending exports of ${of}.`;
  }
}

export function runParameters(choice: RunChoice, connector: string): SyncParameters<'run'> {
  if (choice === 'delta') return {};
  if (choice === 'full') return { full: true };
  return { profile: choice, connector };
}
