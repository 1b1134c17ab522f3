/** Cursors of the fleet: where a page ended, and the order that this is a place in. Opaque to whoever holds one. */
import { ProblemError } from '@springline/api/problem';
import type { FleetQuery } from '@springline/api/shapes/fleet';
import type { FleetPlace } from '../storage/platform/fleet-page.ts';

type Order = Pick<FleetQuery, 'sort' | 'order'>;

export function printFleetCursor({ sort, order }: Order, { first, hostName, agentId, component }: FleetPlace): string {
  return Buffer.from(JSON.stringify([sort, order, first, hostName, agentId, component])).toString('base64url');
}

/** @throws {ProblemError} `malformed-request` for what is no cursor of this order. */
export function parseFleetCursor(text: string, { sort, order }: Order): FleetPlace {
  const [ofSort, ofOrder, first, hostName, agentId, component] = partsOf(text);
  const isKey = sort === 'last' ? Number.isSafeInteger(first) : typeof first === 'string';
  const areNames = [hostName, agentId, component].every((part) => typeof part === 'string');
  if (ofSort === sort && ofOrder === order && isKey && areNames) {
    return { first, hostName, agentId, component } as FleetPlace;
  }
  throw new ProblemError('malformed-request', 'query.cursor: it is none of this order; begin with the first page');
}

function partsOf(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return []; // Refused like any other that is none.
  }
}
