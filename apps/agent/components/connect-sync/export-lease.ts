/**
 * The export lease as the engine asks for it: before an export step, and with every batch (rules S13, S16). One instance
 * is one start of the exporting process. A staging server never asks.
 *
 *   const verdict = await lease.acquire(signal);
 *   if (verdict.kind === 'refused') return …;          // nothing is exported, the reason is for people
 *   send({ …batch, ...leaseOfBatch(verdict) });         // a RefusedError `export-lease-lost`: lease.lost(), end the step
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type ExportLeaseAnswer, type ExportLeaseView, exportLeaseAnswer } from '@springline/api/shapes/directory';
import { normaliseDn } from '@springline/directory/dn';
import { agentHome } from '../../home.ts';
import { loadContinuation } from '../../identity/continuation.ts';
import { RefusedError, type Sender, sendSigned } from '../../identity/signed-request.ts';

/** What a batch carries. */
export interface Lease {
  readonly bootNonce: string;
  readonly fencing: number;
}

export type LeaseVerdict =
  /** `lease` is undefined where the control plane knows of no leases: batches go without. */
  | { readonly kind: 'held'; readonly lease: Lease | undefined }
  | {
      readonly kind: 'refused';
      /** `export-lease-held`, `export-source-differs`, `export-source-elsewhere`, `agent-conflicted`, `continuation-stale`. */
      readonly code: string;
      readonly message: string;
      readonly holder: ExportLeaseView | undefined;
    };

type Ask = 'look' | 'acquire' | 'promote' | 'force' | 'release';

/** A lease is asked for again when less than this is left: heartbeats renew it, but nobody tells us. */
const spareMs = 2 * 60_000;
/** A heartbeat may overtake the question: then what it was answered is read and the question is put again. */
const staleTries = 4;
const staleWaitMs = 500;

export class ExportLease {
  readonly #sender: Sender;
  readonly #connectorId: string;
  readonly #home: string;
  readonly #source: () => string | undefined;
  readonly #bootNonce = randomUUID();
  #held: { readonly lease: Lease; readonly until: number } | undefined;

  /** @param source which directory is read: `sourceIdentity` of it; undefined as long as that is not known. */
  constructor(world: {
    readonly sender: Sender;
    readonly connectorId: string;
    readonly home: string;
    readonly source: () => string | undefined;
  }) {
    this.#sender = world.sender;
    this.#connectorId = world.connectorId;
    this.#home = world.home;
    this.#source = world.source;
  }

  /**
   * The lease, if this server may export now; asks only when the last answer has not long to go.
   *
   * @throws {RefusedError} {UnreachableError} when the control plane cannot be asked: nothing may be exported.
   */
  acquire(signal: AbortSignal): Promise<LeaseVerdict> {
    if (this.#held !== undefined && performance.now() < this.#held.until) {
      return Promise.resolve({ kind: 'held', lease: this.#held.lease });
    }
    return this.#take('acquire', signal);
  }

  /** Takes the lease from another server that gave it back or is not heard any more; by force also from one that is. */
  promote(options: { readonly force: boolean }, signal: AbortSignal): Promise<LeaseVerdict> {
    return this.#take(options.force ? 'force' : 'promote', signal);
  }

  /** Gives it back, so that another server may be promoted. @throws as `acquire`; the lease then ends by itself. */
  async release(signal: AbortSignal): Promise<void> {
    this.lost();
    await this.#ask('release', signal);
  }

  /** Who holds it; undefined when nobody does. Changes nothing. @throws as `acquire`. */
  async look(signal: AbortSignal): Promise<{ readonly isOwn: boolean; readonly holder: ExportLeaseView | undefined }> {
    const answer = await this.#ask('look', signal);
    return { isOwn: answer?.held === true, holder: answer?.lease };
  }

  /** A batch was refused with `export-lease-lost`: the next `acquire` asks. */
  lost(): void {
    this.#held = undefined;
  }

  async #take(ask: 'acquire' | 'promote' | 'force', signal: AbortSignal): Promise<LeaseVerdict> {
    this.lost();
    const askedAt = performance.now();
    const answer = await this.#ask(ask, signal);
    if (answer === undefined) return { kind: 'held', lease: undefined };
    const { held, lastsMs = 0, refusal, lease: holder } = answer;
    if (!held || holder === undefined) {
      const { code, message } = refusal ?? { code: 'export-lease-held', message: 'the lease was not given' };
      return { kind: 'refused', code, message: withHolder(message, holder), holder };
    }
    const lease = { bootNonce: this.#bootNonce, fencing: holder.fencing };
    this.#held = { lease, until: askedAt + lastsMs - spareMs };
    return { kind: 'held', lease };
  }

  /** Undefined where the control plane is of a version without leases. */
  async #ask(ask: Ask, signal: AbortSignal): Promise<ExportLeaseAnswer | undefined> {
    for (let tries = 1; ; tries++) {
      const continuation = loadContinuation(agentHome(this.#home))?.presented;
      const source = this.#source();
      const body = {
        ...{ connectorId: this.#connectorId, bootNonce: this.#bootNonce, ask },
        ...(source === undefined ? {} : { source }),
        ...(continuation === undefined ? {} : { continuation }),
      };
      const answer = await this.#send(body, signal);
      if (answer?.refusal?.code !== 'continuation-stale' || tries >= staleTries) return answer;
      await wait(staleWaitMs, undefined, { signal });
    }
  }

  async #send(body: object, signal: AbortSignal): Promise<ExportLeaseAnswer | undefined> {
    try {
      const request = { method: 'POST', path: '/directory/v1/lease', body } as const;
      return exportLeaseAnswer.parse(await sendSigned(this.#sender, request, signal));
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return undefined;
      throw error;
    }
  }
}

/** What an export batch carries of a verdict: a member of its body, or none. */
export function leaseOfBatch({ lease }: { readonly lease: Lease | undefined }): { readonly lease?: Lease } {
  return lease === undefined ? {} : { lease };
}

/**
 * Which directories a server reads, so that two of them say the same: kinds and base DNs of all its connectors, in no
 * order; a file without a base DN counts by its kind. What is not the same text here counts as another source. Undefined
 * when files alone are read, which nobody can tell apart by their names.
 */
export function sourceIdentity(
  directories: readonly { readonly kind: string; readonly baseDn?: string | undefined }[],
): string | undefined {
  if (directories.every(({ baseDn }) => baseDn === undefined)) return undefined;
  const names = directories.map(({ kind, baseDn }) => `${kind}:${baseDn === undefined ? '' : normaliseDn(baseDn)}`);
  const text = [...new Set(names)].sort().join(' ');
  return text.length <= identityLimit ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

const identityLimit = 1_024;

function withHolder(message: string, holder: ExportLeaseView | undefined): string {
  if (holder === undefined) return message;
  const { hostName, connector, live, expiresAt } = holder;
  const heard = live ? `until ${expiresAt} unless it is heard again` : 'and is not heard any more';
  return `${message}: ${hostName} (connector ${connector}) holds the lease ${heard}`;
}
