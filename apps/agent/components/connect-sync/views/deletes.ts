/** What the delete guard holds, and what a person decides about it. */
import { createHash } from 'node:crypto';
import type { HeldDeleteView, ParsedSyncParameters, SyncAnswer } from '@springline/api/shapes/sync';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { decideHeldDeletes, type HeldDelete, heldDeletes } from '@springline/connect-sync/run-profile/held-deletes';
import { CallError } from '../../../channel.ts';
import type { CallContext } from './call-context.ts';
import { rowCursor } from './page.ts';
import { shownName } from './shown.ts';

/** A page of what is held, with a name for the whole list: a decision that carries it is for that and no more. */
export function heldPage(
  engine: Engine,
  { limit, after }: ParsedSyncParameters<'deletes.list'>,
): SyncAnswer<'deletes.list'> {
  const { list, held } = heldList(engine);
  const from = rowCursor(after);
  const end = from + limit;
  return {
    list,
    held: held.slice(from, end),
    total: held.length,
    ...(end < held.length ? { next: String(end) } : {}),
  };
}

/** @throws {CallError} `list-changed` */
export async function decide(
  context: CallContext,
  decision: 'approved' | 'rejected',
  list: string,
): Promise<SyncAnswer<'deletes.approve'>> {
  if (list !== heldList(context.engine).list) {
    throw new CallError(
      'list-changed',
      'what is held has changed since it was listed. Look again: springline sync deletes',
    );
  }
  const decided = decideHeldDeletes(context.engine, decision);
  if (decided > 0) await context.runCycle({ full: false });
  return { decided, decision };
}

function heldList(engine: Engine): { readonly list: string; readonly held: readonly HeldDeleteView[] } {
  const held = heldDeletes(engine).map(heldView);
  return { list: createHash('sha256').update(JSON.stringify(held)).digest('hex').slice(0, 12), held };
}

function heldView({ objectType, name, sourceAnchor, removedMembers, cleared }: HeldDelete): HeldDeleteView {
  const about = { objectType, name: shownName(name), sourceAnchor: sourceAnchor.slice(0, 256) || '?' };
  if (cleared.length > 0) return { kind: 'values', ...about, cleared: cleared.slice(0, 100) };
  return removedMembers > 0 ? { kind: 'members', ...about, removedMembers } : { kind: 'object', ...about };
}
