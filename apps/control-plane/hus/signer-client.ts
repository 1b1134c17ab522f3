/**
 * Asks the signer over `<home>/signer.sock`. Nothing is retried here: whoever asks knows whether it may be asked twice.
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { ProblemError } from '@springline/api/problem';
import {
  type SignerAnswer,
  type SignerFacts,
  type SignerPlans,
  type SignerRequest,
  type SignerState,
  signerMessageLimitBytes,
} from '@springline/auto-upgrade/hus/signer-message';
import { withSocketPath } from '@springline/ports/socket-path';

/** What the rest of the control plane needs of the signer. @throws {ProblemError} `signer-unreachable`. */
export interface SignerPort {
  state(): Promise<SignerState>;
  ask(request: Exclude<SignerRequest, { type: 'state' | 'facts' | 'begun-plans' }>): Promise<SignerAnswer>;
  /** A page of what must outlive the database, behind `after`. */
  facts(after: number): Promise<SignerFacts>;
  /** Of the rollouts that the signed policy names. */
  begunPlans(): Promise<SignerPlans>;
}

/** Publishing waits for the release lock. */
const timeoutMs = 30_000;
/** A state carries a whole policy and everything that waits. */
const answerLimitBytes = 4 * signerMessageLimitBytes;

export function signerClient(home: string): SignerPort {
  const path = join(home, 'signer.sock');
  return {
    state: () => exchange(path, { type: 'state' }) as Promise<SignerState>,
    ask: (question) => exchange(path, question) as Promise<SignerAnswer>,
    facts: (after) => exchange(path, { type: 'facts', after }) as Promise<SignerFacts>,
    begunPlans: () => exchange(path, { type: 'begun-plans' }) as Promise<SignerPlans>,
  };
}

async function exchange(path: string, question: SignerRequest): Promise<unknown> {
  try {
    const { status, text } = await withSocketPath(path, (socketPath) => send(socketPath, JSON.stringify(question)));
    const json = JSON.parse(text) as { message?: string };
    if (status === 200) return json;
    throw new Error(json.message ?? `it answered ${status}`);
  } catch (cause) {
    throw new ProblemError('signer-unreachable', `the signer does not answer: ${(cause as Error).message}`, { cause });
  }
}

function send(socketPath: string, body: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(timeoutMs);
    // A connection of its own: a kept one may lead to a signer that has ended since.
    const outgoing = request({ socketPath, method: 'POST', path: '/', headers, signal, agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > answerLimitBytes) outgoing.destroy(new Error('the answer is too large'));
        else parts.push(part);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
      response.on('error', reject);
    });
    outgoing.end(body);
  });
}
