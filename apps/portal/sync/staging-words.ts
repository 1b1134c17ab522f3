/** Staging in words: what a server does now, and why it may not be changed. */
import type { StagingView } from '@springline/api/shapes/sync';
import { counted } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';

export type Turn = 'promote' | 'demote';

export function stagingWords({ staging, lease }: StagingView): {
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
} {
  if (staging) {
    return {
      tone: 'none',
      title: 'This server stages.',
      detail: 'It imports and synchronises, and exports nothing: its pending exports show what it would do.',
    };
  }
  return lease === null
    ? {
        tone: 'warn',
        title: 'This server is active, and nobody holds the export lease.',
        detail: 'It asks for the lease before its next export.',
      }
    : { tone: 'good', title: 'This server is active.', detail: 'It exports as long as it holds the export lease.' };
}

/** Why a server is not promoted or demoted from here; `undefined` when it is. */
export function turnRefusal(turn: Turn, { staging, readiness }: StagingView): string | undefined {
  if (turn === 'demote') return staging ? 'It stages already.' : undefined;
  if (!staging) return 'It is active already.';
  if (readiness === undefined || readiness.ready) return undefined;
  const [first] = readiness.reasons;
  return `It is not ready: ${first?.message ?? 'the host does not say why'}`;
}

/** What will happen, in sentences. */
export function turnWords(turn: Turn, host: string, { readiness }: StagingView): readonly string[] {
  if (turn === 'demote') {
    return [
      `${host} gives its export lease back after the export that runs, and exports nothing any more.`,
      'Changes in the directory reach the cloud directory again when another server, or this one, is promoted.',
    ];
  }
  const { pending } = readiness ?? {};
  const sum = pending === undefined ? 0 : pending.add + pending.update + pending.delete;
  return [
    `${host} asks for the export lease and exports from its next cycle on.`,
    ...(pending === undefined
      ? []
      : [
          sum === 0
            ? 'Nothing waits to be exported.'
            : `It then sends ${counted(pending.add, 'add')}, ${counted(pending.update, 'update')} and ${counted(pending.delete, 'delete')}; the delete guard judges them as always.`,
        ]),
    'It is refused while another server holds the lease: demote that one first.',
  ];
}
