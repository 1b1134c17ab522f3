/**
 * The token of a sign-in link, which is the fragment of its address: fragments stay out of requests, logs and the
 * Referer header.
 */

/** `absent`: no fragment. `broken`: something else than a whole token, as when a mail program cut the link. */
export type LinkToken =
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'whole'; readonly token: string };

/** Reads a fragment with or without its `#`. */
export function parseLinkToken(fragment: string): LinkToken {
  const text = fragment.replace(/^#/, '');
  if (text === '') return { kind: 'absent' };
  return /^[A-Za-z0-9_-]{22}$/.test(text) ? { kind: 'whole', token: text } : { kind: 'broken' };
}
