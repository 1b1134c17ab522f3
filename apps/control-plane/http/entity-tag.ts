/** Conditional reads (RFC 9110 13.1.2): whether the client already holds what it asks for. */

/**
 * Whether `If-None-Match` names the tag, by weak comparison; `*` names every tag. Commas inside tags do not occur here:
 * ours are Base64.
 */
export function isNotModified(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (ifNoneMatch === undefined || etag === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}
