/**
 * What may be asked of Connect Sync on an agent host from afar: a closed list, which the agent itself keeps to. What
 * each method takes and gives is in `sync.ts`. Imports nothing, since the Agent Updater decides by it.
 */

export interface SyncMethodWords {
  /**
   * - `read`: looks, and changes nothing in any directory.
   * - `decide`: has something done that would otherwise not be done, or not yet.
   *
   * The consent file of the host allows each by itself (rule S1).
   */
  readonly effect: 'read' | 'decide';
  /** How long the host may take to answer. */
  readonly withinMs: number;
}

const quickMs = 20_000;
/** What may run a cycle, or evaluate every object. */
const longMs = 55_000;

const read = { effect: 'read', withinMs: quickMs } as const;
const longRead = { effect: 'read', withinMs: longMs } as const;
const decide = { effect: 'decide', withinMs: longMs } as const;

export const syncMethods = {
  connectors: read,
  history: read,
  pending: read,
  preview: longRead,
  'preview.get': read,
  'preview.commit': decide,
  'search.cs': read,
  'cs.object': read,
  'search.mv': read,
  'mv.object': read,
  explain: read,
  rules: read,
  'rules.test': read,
  'deletes.list': read,
  'deletes.approve': decide,
  'deletes.reject': decide,
  staging: read,
  'staging.promote': decide,
  'staging.demote': decide,
  run: decide,
} as const satisfies Readonly<Record<string, SyncMethodWords>>;

export type SyncMethod = keyof typeof syncMethods;

export function isSyncMethod(name: string): name is SyncMethod {
  return Object.hasOwn(syncMethods, name);
}

/** Largest answer that travels, in bytes of JSON. */
export const syncAnswerLimitBytes = 4 * 1024 * 1024;
/** Largest question that travels, in bytes of JSON: the texts of custom rules are the longest. */
export const syncQuestionLimitBytes = 1024 * 1024;
