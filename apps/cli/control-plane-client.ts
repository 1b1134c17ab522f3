/**
 * Calls to the control plane with the administrator's token of this home (`<home>/admin-token`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentHome } from '@springline/agent/home';
import type { RouteId, Routes } from '@springline/api/routes';
import { routes } from '@springline/api/routes';
import type { z } from 'zod';
import { CommandError, oneLine } from './output.ts';

type Answer<Id extends RouteId> =
  NonNullable<Routes[Id]['answer']> extends infer S extends z.ZodType ? z.output<S> : undefined;

const timeoutMs = 30_000;

/** Where the control plane of a home is: what its agent was enrolled with. */
export function controlPlaneUrl(home: string, port: number): string {
  const { identity } = agentHome(home);
  if (!existsSync(identity)) return `http://localhost:${port}`;
  return (JSON.parse(readFileSync(identity, 'utf8')) as { url: string }).url;
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
  place: { readonly home: string; readonly url: string },
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
        authorization: `Bearer ${adminToken(place.home)}`,
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
  throw new CommandError(oneLine(`${detail ?? title ?? response.statusText} (${code ?? response.status})`));
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

function adminToken(home: string): string {
  const path = join(home, 'admin-token');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new CommandError(
      `${path} cannot be read: this needs the administrator of ${home}. Is it the right --home?`,
      1,
      { cause },
    );
  }
}
