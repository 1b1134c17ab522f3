/**
 * Exporting as one server of possibly several: the lease that says who may, batches that carry it, and staging, in which
 * a server exports nothing.
 */
import type { StagingView } from '@springline/api/shapes/sync';
import type { Exporter } from '@springline/connect-sync/run-profile/cycle';
import type { StepOutcome } from '@springline/connect-sync/run-profile/engine';
import { CallError } from '../../channel.ts';
import { RefusedError } from '../../identity/signed-request.ts';
import { loadStaging } from '../../staging.ts';
import { cloudWriter } from './cloud-client.ts';
import { ExportLease, type Lease, type LeaseVerdict, sourceIdentity } from './export-lease.ts';
import type { Prepared } from './prepared.ts';

const lostCodes: ReadonlySet<string> = new Set(['export-lease-lost', 'export-lease-held', 'agent-conflicted']);

export class Exporting {
  readonly #prepared: Prepared;
  readonly #lease: ExportLease;
  #refusal: { readonly code: string; readonly message: string } | undefined;

  /** @param identities what this server reads; undefined as long as that is not known. */
  constructor(
    prepared: Prepared,
    identities: () => readonly { readonly kind: string; readonly baseDn?: string }[] | undefined,
  ) {
    this.#prepared = prepared;
    const { sender, connectorId, home } = prepared;
    const source = (): string | undefined => {
      const known = identities();
      return known === undefined ? undefined : sourceIdentity(known);
    };
    this.#lease = new ExportLease({ sender, connectorId, home, source });
  }

  /** A staging server exports nothing; the administrator of the host decides, and may have decided just now. */
  get isStaging(): boolean {
    return loadStaging(this.#prepared.home).staging;
  }

  /** Why this server may not export, though it does not stage. */
  get refusal(): { readonly code: string; readonly message: string } | undefined {
    return this.#refusal;
  }

  /** What exports of one cycle go through; `undefined` while this server stages. */
  exporter(signal: AbortSignal): Exporter | undefined {
    if (this.isStaging) {
      this.#refusal = undefined;
      return undefined;
    }
    let lease: Lease | undefined;
    const write = cloudWriter(this.#prepared.sender, this.#prepared.connectorId, () => lease, signal);
    return {
      begin: async (stop): Promise<StepOutcome | undefined> => {
        const verdict = await this.#lease.acquire(stop);
        this.#note(verdict);
        if (verdict.kind === 'refused')
          return { result: 'stopped-server', detail: `${verdict.code}: ${verdict.message}` };
        lease = verdict.lease;
        return undefined;
      },
      send: async (operations) => {
        try {
          return await write(operations);
        } catch (error) {
          if (error instanceof RefusedError && lostCodes.has(error.code)) {
            this.#lease.lost();
            this.#refusal = { code: error.code, message: error.message };
          }
          throw error;
        }
      },
    };
  }

  async view(): Promise<StagingView> {
    const { holder } = await this.#lease.look(AbortSignal.timeout(20_000));
    return {
      staging: this.isStaging,
      lease:
        holder === undefined
          ? null
          : { holder: holder.hostName, agent: holder.agentId, fencing: holder.fencing, since: holder.since },
    };
  }

  /** @throws {CallError} when another server exports to the same objects. */
  async promote({ force }: { readonly force: boolean }): Promise<StagingView> {
    const verdict = await this.#lease.promote({ force }, AbortSignal.timeout(20_000));
    this.#note(verdict);
    if (verdict.kind === 'refused') throw new CallError(verdict.code, verdict.message);
    return this.view();
  }

  async demote(): Promise<StagingView> {
    await this.#lease.release(AbortSignal.timeout(20_000));
    return this.view();
  }

  #note(verdict: LeaseVerdict): void {
    this.#refusal = verdict.kind === 'refused' ? { code: verdict.code, message: verdict.message } : undefined;
  }
}
