/**
 * Writes down that a signed request was used, for all that arrive at about the same time in one go: while one lot is
 * being written, the next gathers. Each is told by itself whether it may go on; none goes on before its nonce is
 * durable. A lot of n requests costs two statements.
 */
import { ProblemError } from '@springline/api/problem';
import type { Database, Writer } from '../storage/database.ts';
import { activeAgents } from '../storage/platform/agents.ts';
import { type NonceUse, rememberNonces } from '../storage/platform/nonces.ts';

/** `used`: may be carried out, once, namely now. */
type UseVerdict = 'used' | 'replayed' | 'not-active';

interface Waiting {
  readonly agentId: string;
  readonly use: NonceUse;
  resolve(verdict: UseVerdict): void;
  reject(error: unknown): void;
}

const lotLimit = 128;
const waitingLimit = 2_000;

export class RequestUses {
  readonly #database: Database;
  /** By tenant, in the order of asking; no tenant is here without a request. */
  readonly #waitingByTenant = new Map<string, Waiting[]>();
  #waitingCount = 0;
  #isWriting = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @throws {ProblemError} `overloaded` when too many wait already, and `storage-full`. @throws {StorageError}
   */
  use(tenantId: string, agentId: string, use: NonceUse): Promise<UseVerdict> {
    if (this.#waitingCount >= waitingLimit) {
      const headers = { 'retry-after': '5' };
      return Promise.reject(new ProblemError('overloaded', 'too many requests are waiting', { headers }));
    }
    return new Promise((resolve, reject) => {
      const waiting = this.#waitingByTenant.get(tenantId) ?? [];
      waiting.push({ agentId, use, resolve, reject });
      this.#waitingByTenant.set(tenantId, waiting);
      this.#waitingCount += 1;
      if (this.#isWriting) return;
      this.#isWriting = true;
      // In a turn of its own: what arrived together is written together.
      setImmediate(() => void this.#writeAll());
    });
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      const [next] = this.#waitingByTenant;
      if (next === undefined) break;
      const [tenantId, waiting] = next;
      const lot = waiting.splice(0, lotLimit);
      // What is left of it goes behind the other tenants, so that none of them waits for all of a large one.
      this.#waitingByTenant.delete(tenantId);
      if (waiting.length > 0) this.#waitingByTenant.set(tenantId, waiting);
      this.#waitingCount -= lot.length;
      await this.#write(tenantId, lot);
    }
    this.#isWriting = false;
  }

  async #write(tenantId: string, lot: readonly Waiting[]): Promise<void> {
    try {
      // What others write at the same time changes no nonce, and a revocation may come a moment earlier or later.
      const verdicts = await this.#database.write((writer) => verdictsOf(writer, tenantId, lot), {
        mayInterleave: true,
      });
      for (const [at, { resolve }] of lot.entries()) resolve(verdicts[at]!);
    } catch (error) {
      for (const { reject } of lot) reject(error);
    }
  }
}

async function verdictsOf(writer: Writer, tenantId: string, lot: readonly Waiting[]): Promise<UseVerdict[]> {
  const agentIds = new Set(lot.map(({ agentId }) => agentId));
  const active = await activeAgents(writer, tenantId, [...agentIds]);
  const allowed = lot.filter(({ agentId }) => active.has(agentId));
  const uses = allowed.map(({ use }) => use);
  const areNew = uses.length === 0 ? [] : await rememberNonces(writer, tenantId, uses);
  const isNewByRequest = new Map(allowed.map((waiting, at) => [waiting, areNew[at] === true]));
  return lot.map((waiting) => {
    const isNew = isNewByRequest.get(waiting);
    if (isNew === undefined) return 'not-active';
    return isNew ? 'used' : 'replayed';
  });
}
