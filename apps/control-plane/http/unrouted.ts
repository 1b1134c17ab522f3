/** Which methods the table of routes has for a path, for 405 and its Allow header (RFC 9110 15.5.6). */
import type { Route } from '@springline/api/route';
import { routes } from '@springline/api/routes';

const patterns = (Object.values(routes) as Route[]).map((route) => ({
  methods: answersHead(route) ? ['HEAD', route.method] : [route.method],
  // Parameters match one segment; everything else in our paths is literal.
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:[A-Za-z]+/g, '[^/]+')}$`),
}));

/** First path segments that the portal never has: what is not found below them is no page. */
const apiPrefixes = [
  '/platform/v1',
  '/directory/v1',
  '/scim/v2',
  '/hus/v1',
  '/cloudsync/v1',
  '/health/v1',
  '/pks/v1',
  '/repository',
  '/docs',
] as const;

/** In the order of the table; empty when no route has this path. */
export function allowedMethods(url: string): string[] {
  const path = url.split('?', 1)[0]!;
  return patterns.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
}

/** HEAD comes with GET, except where the answer is a stream or its signature covers the body. */
export function answersHead({ method, access, contentType }: Route): boolean {
  return method === 'GET' && access.kind !== 'agent' && contentType !== 'text/event-stream';
}

export function isApiPath(path: string): boolean {
  return apiPrefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}
