/** What `killed-sync.ts` and the process that it kills say to each other, and the directories that both know. */
import type { StepRecord } from '@springline/connect-sync/connector-space/store';
import type { ExportOperation } from '@springline/connect-sync/export/operations';
import type { DirectoryEntry } from '@springline/directory/entry';
import type { Manner } from './bench-directory.ts';
import type { ConnectedDirectory } from './sync-bench.ts';

export const connectedDirectories: readonly (ConnectedDirectory & {
  readonly baseDn: string;
  readonly manner: Manner;
})[] = [
  { name: 'corp', kind: 'active-directory', baseDn: 'DC=corp,DC=example', manner: 'dirsync' },
  { name: 'people', kind: 'openldap', baseDn: 'dc=people,dc=example', manner: 'present-phase' },
];

/** What the directories held run after run, by name. */
export interface SyncContent {
  readonly history: readonly ReadonlyMap<string, readonly DirectoryEntry[]>[];
}

export interface ChildOrder {
  readonly store: string;
  readonly content: string;
  /** Instants at which it dies: a step of any kind, or one at a question to the cloud. */
  readonly killAtStep: number | undefined;
  readonly killAtQuestionStep: number | undefined;
  readonly seed: number;
}

export type ParentWord = { readonly order: ChildOrder } | { readonly id: number; readonly answer: unknown };
export type ChildWord =
  | { readonly ready: true }
  | {
      readonly id: number;
      readonly question:
        | { readonly kind: 'exports'; readonly operations: readonly ExportOperation[] }
        | { readonly kind: 'page'; readonly cursor: string | undefined };
    }
  | {
      readonly result: string;
      readonly steps: number;
      readonly questionSteps: number;
      readonly records: readonly StepRecord[];
    };
