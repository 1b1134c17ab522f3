/**
 * Agents whose signatures were asked about lately, with their keys ready for use: reading and importing a key costs as
 * much as checking a signature with it. What is kept cannot become untrue, since the name of a key is its thumbprint
 * and a key is never registered twice; whether the agent is still active is asked of the store with every request.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { EpochMs } from '@springline/ports/clock';
import type { Database } from '../storage/database.ts';
import { findAgentByKey } from '../storage/platform/agents.ts';

export interface KnownAgent {
  readonly tenantId: string;
  readonly agentId: string;
  readonly key: KeyObject;
  /** When it was looked up; later it may have been revoked. */
  readonly state: 'active' | 'revoked';
}

/** About 2 KiB each. */
export const keptLimit = 4_096;

export class KnownAgents {
  readonly #database: Database;
  /** By key id, least recently asked for first. */
  readonly #agentByKeyId = new Map<string, KnownAgent>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The agent whose key has this thumbprint, in whichever tenant, also a revoked one. */
  async find(keyId: string, now: EpochMs): Promise<KnownAgent | undefined> {
    const kept = this.#agentByKeyId.get(keyId);
    if (kept !== undefined) {
      this.#agentByKeyId.delete(keyId);
      this.#agentByKeyId.set(keyId, kept);
      return kept;
    }
    const found = await findAgentByKey(this.#database.read, keyId, now);
    if (found === undefined) return undefined;
    const { tenantId, agentId, publicKey, state } = found;
    return { tenantId, agentId, state, key: createPublicKey({ key: { ...publicKey }, format: 'jwk' }) };
  }

  /** After a signature with the key verified: whoever merely names keys displaces none. */
  keep(keyId: string, agent: KnownAgent): void {
    if (this.#agentByKeyId.has(keyId)) return;
    if (this.#agentByKeyId.size >= keptLimit) this.#agentByKeyId.delete(this.#agentByKeyId.keys().next().value!);
    this.#agentByKeyId.set(keyId, agent);
  }

  /** When the agent was found to be no longer active. */
  forget(keyId: string): void {
    this.#agentByKeyId.delete(keyId);
  }
}
