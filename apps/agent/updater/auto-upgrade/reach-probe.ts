/**
 * Whether the repositories answer at all: one small GET of each timestamp, for what only a connection shows. Nothing that
 * is answered is believed; it tells people where to look. Imports nothing from npm.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DEFAULT_MIN_VERSION, TLSSocket } from 'node:tls';
import type { WayFacts } from '@springline/auto-upgrade/eligibility/readiness-facts';
import { repositoryNames } from '../../upgrader/trust-store.ts';

const probeTimeoutMs = 3_000;
const bodyLimitBytes = 16 * 1024;

export interface Reached {
  readonly way: WayFacts;
  /** The server's clock less ours. */
  readonly skewMs?: number;
  /** When the served timestamps expire, epoch milliseconds, by repository. */
  readonly expires: ReadonlyMap<string, number>;
}

interface Answer {
  readonly tlsVersion?: string;
  readonly skewMs?: number;
  readonly expires?: number;
}

/** Resolves within 3 s and never rejects. @param url `undefined` before the agent is enrolled. */
export async function probeRepositories(url: string | undefined): Promise<Reached> {
  const leastTlsVersion: string = DEFAULT_MIN_VERSION;
  if (url === undefined) return { way: { isLoopback: false, leastTlsVersion }, expires: new Map() };
  const answers = await Promise.allSettled(
    repositoryNames.map((name) => timestampOf(`${url}/repository/${name}/metadata/timestamp.json`)),
  );
  const expires = new Map<string, number>();
  let reached: Answer = {};
  let failure: NodeJS.ErrnoException | undefined;
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'rejected') {
      failure = answer.reason as NodeJS.ErrnoException;
      continue;
    }
    reached = answer.value;
    if (answer.value.expires !== undefined) expires.set(repositoryNames[index]!, answer.value.expires);
  }
  const isTls = failure !== undefined && isTlsVersionFailure(failure);
  return {
    way: {
      url,
      isLoopback: isLoopback(url),
      leastTlsVersion,
      ...(reached.tlsVersion === undefined ? {} : { tlsVersion: reached.tlsVersion }),
      ...(failure === undefined ? {} : { problem: `${url}: ${reasonOf(failure)}` }),
      ...(isTls ? { tlsProblem: `${url} speaks no TLS version that this host does: ${reasonOf(failure!)}` } : {}),
    },
    ...(reached.skewMs === undefined ? {} : { skewMs: reached.skewMs }),
    expires,
  };
}

export function isLoopback(url: string): boolean {
  return /^\[?(localhost|127(\.\d+){3}|::1)\]?$/.test(URL.parse(url)?.hostname ?? '');
}

function isTlsVersionFailure({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^ERR_SSL_(UNSUPPORTED_PROTOCOL|TLSV1_ALERT_PROTOCOL_VERSION|WRONG_VERSION_NUMBER|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE)/.test(
    code,
  );
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return (code === undefined ? message : `${code} ${message}`).slice(0, 200);
}

async function timestampOf(address: string): Promise<Answer> {
  const request = address.startsWith('https:') ? requestHttps : requestHttp;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(address, { agent: false, signal: AbortSignal.timeout(probeTimeoutMs) });
    asked.once('error', reject).once('response', resolve).end();
  });
  try {
    if (response.statusCode !== 200) throw new Error(`answers ${response.statusCode}`);
    const tlsVersion = response.socket instanceof TLSSocket ? response.socket.getProtocol() : null;
    const served = Date.parse(response.headers.date ?? '');
    const skewMs = served - Date.now();
    const expires = await expiryOf(response);
    return {
      ...(tlsVersion === null ? {} : { tlsVersion }),
      ...(Number.isNaN(skewMs) ? {} : { skewMs }),
      ...(expires === undefined ? {} : { expires }),
    };
  } finally {
    response.destroy();
  }
}

async function expiryOf(response: IncomingMessage): Promise<number | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    size += (part as Buffer).length;
    if (size > bodyLimitBytes) throw new Error('answers with something else than a timestamp');
    parts.push(part as Buffer);
  }
  return expiresIn(Buffer.concat(parts).toString('utf8'));
}

/** `signed.expires` of a metadata file; `undefined` when it has none that can be read. */
export function expiresIn(text: string): number | undefined {
  try {
    const { signed } = Object(JSON.parse(text)) as { signed?: unknown };
    const at = Date.parse(String(Object(signed)['expires']));
    return Number.isNaN(at) ? undefined : at;
  } catch {
    return undefined; // What is served is verified elsewhere; the look says what is wrong with it.
  }
}
