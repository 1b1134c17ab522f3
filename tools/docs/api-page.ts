/** `docs/reference/api.md`: the table of routes. The shapes are in the OpenAPI document that every control plane serves. */
import { type Route, scopes } from '@springline/api/route';
import { routes } from '@springline/api/routes';
import { code, tableOf } from './markdown.ts';

const parts: readonly { readonly title: string; readonly prefix: RegExp; readonly words: string }[] = [
  {
    title: 'Platform',
    prefix: /^\/platform\/v1\//,
    words: 'People, sessions, agents, audit.',
  },
  {
    title: 'Hybrid Upgrade Service',
    prefix: /^\/hus\/v1\//,
    words:
      'How upgrades go. What there is to install is no part of it: the signed repositories are plain files below `/repository/image/` and `/repository/director/`, for anybody to read.',
  },
  {
    title: 'PKS',
    prefix: /^\/pks\/v1\//,
    words: 'The retired channel of older agents. See [From PKS to HUS](../guides/pks-bridge.md).',
  },
  {
    title: 'Cloud directory for agents',
    prefix: /^\/directory\/v1\//,
    words: 'What agents write and read back. An agent reaches the objects of its own connectors only.',
  },
  {
    title: 'Cloud directory for applications',
    prefix: /^\/scim\/v2\//,
    words: 'SCIM 2.0 (RFC 7643, RFC 7644), reading. See [Applications and SCIM](../guides/applications-and-scim.md).',
  },
  { title: 'Operations', prefix: /^\/(?:healthz|metrics|openapi\.json)$/, words: 'Health, metrics, the contract.' },
];

/** @throws {Error} for a route that belongs to no part. */
export function apiPage(): string {
  const all = Object.values(routes) as readonly Route[];
  const stray = all.find(({ path }) => !parts.some(({ prefix }) => prefix.test(path)));
  if (stray !== undefined) throw new Error(`give ${stray.path} a part in tools/docs/api-page.ts`);
  return `# HTTP API

The routes of the control plane. Every running control plane serves the whole contract with all shapes as OpenAPI 3.1
at \`/openapi.json\`, and as a page to read at \`/docs\`.

- Bodies are JSON in UTF-8, at most 32 levels deep. Unknown fields are refused.
- Refusals are problem+json with a stable code: [Codes](errors.md#http-api).
- Times are RFC 3339 in UTC with milliseconds; ids are lower-case UUIDs.

Who may call:

| access | meaning |
| --- | --- |
| anybody | no credential; nothing of a tenant is answered |
| person | a portal session, or \`Authorization: Bearer TOKEN\`, with the named scope |
| agent | a request signed with the key of an active agent (RFC 9421): [Trust](../concepts/trust.md#requests) |
| new agent | a request signed with the key being registered, with an enrolment token in its body |

Scopes: ${scopes.map(code).join(', ')}. None implies another.

${parts.map(({ title, prefix, words }) => `## ${title}\n\n${words}\n\n${tableFor(all.filter(({ path }) => prefix.test(path)))}`).join('\n\n')}
`;
}

function tableFor(listed: readonly Route[]): string {
  const rows = listed.map((route) => [
    code(`${route.method} ${route.path}`),
    accessOf(route),
    [`${route.summary}.`, ...queryOf(route), ...limitOf(route)].join(' '),
    `${route.status}${route.contentType === 'application/json' ? '' : ` ${code(route.contentType)}`}`,
  ]);
  return tableOf(['route', 'who', 'what', 'answer'], rows);
}

function accessOf({ access }: Route): string {
  if (access.kind === 'person') return `person, ${code(access.scope)}`;
  return { none: 'anybody', enrolment: 'new agent', agent: 'agent' }[access.kind];
}

function queryOf({ query }: Route): string[] {
  const shape = (query as { shape?: Record<string, unknown> } | undefined)?.shape;
  return shape === undefined ? [] : [`Query: ${Object.keys(shape).map(code).join(', ')}.`];
}

const usualLimitBytes = 64 * 1024;

function limitOf({ body, bodyLimitBytes }: Route): string[] {
  if (body === undefined || bodyLimitBytes === usualLimitBytes) return [];
  const mebibytes = bodyLimitBytes / 1024 / 1024;
  return [`Body up to ${mebibytes >= 1 ? `${mebibytes} MiB` : `${bodyLimitBytes / 1024} KiB`}.`];
}
