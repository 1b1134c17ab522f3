/**
 * The signer's door: HTTP over `<home>/signer.sock`, in a folder that only the owner may enter. A request that does not
 * have its shape never reaches the signer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { bindAsLock } from '@springline/agent/updater/lock';
import { factsPerMessage, parseRegisterFact } from '@springline/auto-upgrade/hus/register-fact';
import {
  type Assertion,
  type SignerRequest,
  signerMessageLimitBytes,
} from '@springline/auto-upgrade/hus/signer-message';
import type { Log } from '@springline/ports/log';
import { keeperEvents } from '../events.ts';

export function signerSocket(home: string): string {
  return join(home, 'signer.sock');
}

interface Answering {
  answer(request: SignerRequest): Promise<object>;
}

/** Listens when it resolves. @throws {LockError} when another signer serves this home. */
export async function serveSigner(home: string, signer: Answering, log: Log): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, signer).then(
      ([status, body]) => send(response, status, body),
      (error: unknown) => {
        const { code = 'internal-error', message } = error as Error & { code?: string };
        log.error(keeperEvents.signerFailed, { code, reason: message });
        send(response, 500, { code, message });
      },
    );
  });
  server.requestTimeout = 10_000;
  await bindAsLock(server, signerSocket(home));
  return server;
}

async function answer(request: IncomingMessage, signer: Answering): Promise<readonly [number, unknown]> {
  if (request.method !== 'POST' || request.url !== '/') return [404, { code: 'malformed-call', message: 'POST /' }];
  let parsed: SignerRequest;
  try {
    parsed = parseRequest(JSON.parse(await readBody(request)));
  } catch (error) {
    return [400, { code: 'malformed-call', message: (error as Error).message }];
  }
  return [200, await signer.answer(parsed)];
}

/** @throws {Error} with a sentence. */
export function parseRequest(json: unknown): SignerRequest {
  const fields = asFields(json, [...['type', 'plan', 'policy', 'digest', 'assertion', 'by', 'mark', 'facts', 'after']]);
  switch (fields['type']) {
    case 'state':
      return { type: 'state' };
    case 'propose-plan':
      return { type: 'propose-plan', plan: textOf(fields, 'plan') };
    case 'propose-policy':
      return { type: 'propose-policy', policy: textOf(fields, 'policy') };
    case 'approve':
      return { type: 'approve', digest: digestOf(fields), assertion: assertionOf(fields['assertion']) };
    case 'withdraw':
      return { type: 'withdraw', digest: digestOf(fields), by: textOf(fields, 'by').slice(0, 200) };
    case 'note-mark':
      return { type: 'note-mark', mark: countOf(fields, 'mark') };
    case 'note-facts': {
      const { facts } = fields;
      if (!Array.isArray(facts) || facts.length > factsPerMessage) {
        throw new Error(`facts is a list of at most ${factsPerMessage}`);
      }
      return { type: 'note-facts', facts: facts.map(parseRegisterFact) };
    }
    case 'facts':
      return { type: 'facts', after: countOf(fields, 'after') };
    case 'begun-plans':
      return { type: 'begun-plans' };
    case 'void-approvals':
      return { type: 'void-approvals', by: textOf(fields, 'by').slice(0, 200) };
    default:
      throw new Error('there is no request of this type');
  }
}

function assertionOf(json: unknown): Assertion {
  const fields = asFields(json, ['credentialId', 'authenticatorData', 'clientDataJson', 'signature']);
  return {
    credentialId: textOf(fields, 'credentialId'),
    authenticatorData: textOf(fields, 'authenticatorData'),
    clientDataJson: textOf(fields, 'clientDataJson'),
    signature: textOf(fields, 'signature'),
  };
}

function asFields(value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('a request is an object');
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no member ${JSON.stringify(unknown)}`);
  return value as Record<string, unknown>;
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`${name} is no text`);
  return value;
}

function countOf(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Error(`${name} is no count`);
  return value;
}

function digestOf(fields: Readonly<Record<string, unknown>>): string {
  const digest = textOf(fields, 'digest');
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error('digest is no SHA-256 in hex');
  return digest;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > signerMessageLimitBytes) throw new Error('the request is too large');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
