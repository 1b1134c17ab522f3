/**
 * Who may export to the objects of a source: one agent at a time (rules S13, S16). A source is what connectors share that
 * a person enrolled beside each other. The lease names its holder by agent, start of its process and a number that rises
 * with every holder, so that whoever slept through a change of hands is told by an old number. Pure: facts in, a decision
 * out.
 *
 * - An agent takes the lease over from its own past at once: a process was started anew.
 * - It takes it from another agent only when that one gave it back or may not export any more; by `promote` also when that
 *   one was not heard for longer than the lease lasts; by `force` in any case.
 * - Two sources that read the same directory never export at the same time: the second is refused.
 */
import type { EpochMs } from '@springline/ports/clock';

/** Unless it is renewed. */
export const exportLeaseMs = 5 * 60_000;
/** Heartbeats and batches renew it no more often than so. */
export const exportLeaseRenewalMs = 60_000;

export interface ExportLease {
  readonly agentId: string;
  readonly connectorId: string;
  /** Of the holder's process; empty for an agent that knows of no leases. */
  readonly bootNonce: string;
  readonly fencing: number;
  readonly since: EpochMs;
  readonly expiresAt: EpochMs;
  /** Which directory its holder reads, where it says so. */
  readonly source: string | undefined;
}

/** The lease that others see, and whether its holder is still one. */
export interface HeldLease extends ExportLease {
  /** False for a revoked agent. */
  readonly isActive: boolean;
  /** Two hosts use the holder's identity. */
  readonly isConflicted: boolean;
}

export interface LeaseFacts {
  readonly held: HeldLease | undefined;
  /** Connector of another source whose holder may export now and reads the same directory. */
  readonly sameDirectoryElsewhere: string | undefined;
  /** Rises over restored databases too. */
  readonly lastFencing: number;
  readonly now: EpochMs;
}

export interface LeaseWish {
  readonly agentId: string;
  readonly connectorId: string;
  readonly bootNonce: string;
  readonly source: string | undefined;
  readonly ask: 'acquire' | 'promote' | 'force';
}

export type LeaseRefusalCode = 'export-lease-held' | 'export-source-differs' | 'export-source-elsewhere';

/** code -> what it means and what to do. Kept in step with the reference of errors. */
export const leaseRefusalCatalogue = {
  'export-lease-held':
    'Another agent exports to the objects of this source, or was the last to. Demote it, or promote this server.',
  'export-source-differs':
    'This server reads another directory than the one that exported before. Correct its configuration; --force overrides.',
  'export-source-elsewhere':
    'A connector of another source exports the same directory. Stop it, or enrol this server beside it.',
} as const satisfies Record<LeaseRefusalCode, string>;

export type LeaseDecision =
  | { readonly kind: 'kept'; readonly lease: ExportLease }
  /** `from`: another agent that had it; `isForced`: it may have been exporting. */
  | {
      readonly kind: 'taken';
      readonly lease: ExportLease;
      readonly from: ExportLease | undefined;
      readonly isForced: boolean;
    }
  | { readonly kind: 'refused'; readonly code: LeaseRefusalCode; readonly message: string };

/** Whether its holder may be exporting. */
export function isLive(lease: HeldLease, now: EpochMs): boolean {
  return lease.isActive && !lease.isConflicted && now < lease.expiresAt;
}

export function decideExportLease(wish: LeaseWish, facts: LeaseFacts): LeaseDecision {
  const { held, now } = facts;
  const expiresAt = (now + exportLeaseMs) as EpochMs;
  if (held !== undefined && held.agentId === wish.agentId && held.bootNonce === wish.bootNonce) {
    return { kind: 'kept', lease: { ...leaseOf(held), expiresAt, source: wish.source ?? held.source } };
  }
  const refusal = refusalOf(wish, facts);
  if (refusal !== undefined) return { kind: 'refused', ...refusal };
  const { agentId, connectorId, bootNonce, source } = wish;
  // Of the clock as well, so that no number comes twice when an older database was put back.
  const fencing = Math.max(facts.lastFencing + 1, Math.floor(now / 1000));
  const lease = { agentId, connectorId, bootNonce, fencing, since: now, expiresAt, source };
  const from = held === undefined || held.agentId === agentId ? undefined : leaseOf(held);
  return { kind: 'taken', lease, from, isForced: from !== undefined && isLive(held!, now) };
}

function refusalOf(
  wish: LeaseWish,
  { held, sameDirectoryElsewhere, now }: LeaseFacts,
): { code: LeaseRefusalCode; message: string } | undefined {
  if (sameDirectoryElsewhere !== undefined) {
    const message = `the connector ${sameDirectoryElsewhere} exports the same directory as a source of its own`;
    return { code: 'export-source-elsewhere', message };
  }
  if (held === undefined || held.agentId === wish.agentId || !held.isActive || wish.ask === 'force') return undefined;
  if (wish.ask === 'acquire' || isLive(held, now)) {
    const message = isLive(held, now)
      ? 'another agent exports to the objects of this source'
      : 'another agent was the last to export to the objects of this source, and did not give that up';
    return { code: 'export-lease-held', message };
  }
  if (held.source !== undefined && wish.source !== undefined && held.source !== wish.source) {
    const message = 'this server reads another directory than the one that exported before';
    return { code: 'export-source-differs', message };
  }
  return undefined;
}

function leaseOf({ agentId, connectorId, bootNonce, fencing, since, expiresAt, source }: ExportLease): ExportLease {
  return { agentId, connectorId, bootNonce, fencing, since, expiresAt, source };
}
