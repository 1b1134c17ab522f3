/**
 * Calls to the control plane with the administrator's token of this home (`<home>/admin-token`), or with the token in the
 * file that `SPRINGLINE_TOKEN_FILE` names: so commands act as somebody else, also of another tenant.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentHome } from '@springline/agent/home';
import type { RouteId, Routes } from '@springline/api/routes';
import { routes } from '@springline/api/routes';
import type { z } from 'zod';
import { requireHome } from './home-command.ts';
import { CommandError, oneLine } from './output.ts';
import { readSmallFile } from './small-file.ts';

type Answer<Id extends RouteId> =
  NonNullable<Routes[Id]['answer']> extends infer S extends z.ZodType ? z.output<S> : undefined;

const timeoutMs = 30_000;
const tokenFileLimitBytes = 4_096;
const urlFileLimitBytes = 1_024;
/** What may stand in a header; the control plane knows whether it is one. */
const tokenForm = /^[\x21-\x7e]{1,1024}$/;

/**
 * Where the control plane of a home is: where it says that it is as long as it runs, or what its agent was enrolled with.
 *
 * @throws {CommandError} when the home's own control plane does not run: whoever listens there meanwhile may be anybody,
 * and would be sent a token.
 */
export function controlPlaneUrl(home: string, port: number): string {
  const folder = join(home, 'control-plane');
  const said = join(folder, 'url');
  if (existsSync(said)) return readSmallFile(said, urlFileLimitBytes).trim();
  if (existsSync(join(folder, 'springline.db'))) {
    throw new CommandError(`the control plane of ${home} does not run. Start it: npx springline up --home ${home}`);
  }
  const { identity } = agentHome(home);
  if (!existsSync(identity)) return `http://127.0.0.1:${port}`;
  return (JSON.parse(readFileSync(identity, 'utf8')) as { url: string }).url;
}

interface ControlPlanePlace {
  readonly home: string;
  readonly url: string;
  /** Of another person than commands on this home act as. */
  readonly tokenFile?: string;
}

/** What stands in the address of a call. */
export interface CallAddress {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
}

/**
 * Calls a route; `address` fills the parameters of its path and its query.
 *
 * @throws {CommandError} with the refusal, or when nobody answers.
 */
export async function callControlPlane<Id extends RouteId>(
  place: ControlPlanePlace,
  id: Id,
  body?: unknown,
  address: CallAddress = {},
): Promise<Answer<Id>> {
  const { method, path, answer } = routes[id];
  let response: Response;
  try {
    response = await fetch(place.url + pathOf(path, address), {
      method,
      headers: {
        authorization: `Bearer ${tokenOf(place)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(
      `no control plane answers at ${place.url}. Start it: npx springline up --home ${place.home}`,
      1,
      { cause },
    );
  }
  const text = await response.text();
  const parsed = parseAnswer(place.url, response.status, text);
  if (response.ok) return (answer as z.ZodType | undefined)?.parse(parsed) as Answer<Id>;
  const { detail, title, code } = (parsed ?? {}) as { detail?: string; title?: string; code?: string };
  throw new CommandError(oneLine(`${detail ?? title ?? response.statusText} (${code ?? response.status})`), 1, {
    code: code ?? `http-${response.status}`,
  });
}

/** @throws {CommandError} when whoever answers there is no control plane. */
function parseAnswer(url: string, status: number, text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${url} answers ${status} with what is no JSON: is a control plane there?`, 1, { cause });
  }
}

function pathOf(path: string, { params = {}, query = {} }: CallAddress): string {
  const filled = path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const words = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return words.length === 0 ? filled : `${filled}?${new URLSearchParams(words)}`;
}

/** Where the token is that commands on this home act by. */
export function tokenFileOf(home: string): string {
  const named = process.env['SPRINGLINE_TOKEN_FILE'];
  return named === undefined || named === '' ? join(home, 'admin-token') : named;
}

/** @throws {CommandError} */
function tokenOf({ home, tokenFile = tokenFileOf(home) }: ControlPlanePlace): string {
  const isOfHome = tokenFile === join(home, 'admin-token');
  if (isOfHome) requireHome(home);
  const why = isOfHome
    ? `this needs the administrator of ${home}. Is it the right --home?`
    : 'it is to hold the token to act by. Is it what SPRINGLINE_TOKEN_FILE should name?';
  let token: string;
  try {
    token = readSmallFile(tokenFile, tokenFileLimitBytes).trim();
  } catch (cause) {
    throw new CommandError(`${tokenFile} cannot be read: ${why}`, 1, { cause });
  }
  if (tokenForm.test(token)) return token;
  throw new CommandError(`${tokenFile} holds no token: ${why}`);
}
