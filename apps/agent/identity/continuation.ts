/**
 * The continuation of this host's identity (rule S16): what the last answer to a heartbeat gave, to be presented with the
 * next one, so that a copy of this home or an older one that was put back is found out. It lies beside the identity, in no
 * slot and no backup of a component. Imports nothing from npm.
 *
 * The nonce is made with what it goes with and written down before it is sent: whoever is killed between a heartbeat and
 * its answer repeats the same pair and accuses nobody.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@springline/ports/files';
import type { AgentHome } from '../home.ts';

export interface Presented {
  /** Undefined before the first answer. */
  readonly presented?: string;
  readonly nonce: string;
}

const nonceBytes = 16;
const form = /^[A-Za-z0-9_-]{22}$/;

/** What this home was given last; undefined when nothing was, and when the file cannot be understood. */
export function loadContinuation(home: AgentHome): Presented | undefined {
  if (!existsSync(home.continuation)) return undefined;
  try {
    const { presented, nonce } = JSON.parse(readFileSync(home.continuation, 'utf8')) as Record<string, unknown>;
    if (typeof nonce !== 'string' || !form.test(nonce)) return undefined;
    if (presented === undefined) return { nonce };
    return typeof presented === 'string' && form.test(presented) ? { presented, nonce } : undefined;
  } catch {
    return undefined; // The control plane says whether that is a conflict, and a person resolves it.
  }
}

/** Keeps what an answer gave: durable when it returns. @throws when the file cannot be written; then nothing is kept. */
export function keepContinuation(home: AgentHome, given: string | undefined): Presented {
  const nonce = randomBytes(nonceBytes).toString('base64url');
  const next = given === undefined ? { nonce } : { presented: given, nonce };
  writeFileAtomic(home.continuation, `${JSON.stringify(next)}\n`, 0o600);
  return next;
}
