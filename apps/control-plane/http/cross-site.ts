/**
 * Defence of cookie sessions against other sites. SameSite=Strict keeps the cookie from other sites but not from other
 * ports of this host, so a request that changes something must also say that the portal itself sent it.
 */
import { ProblemError } from '@springline/api/problem';

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

export interface BrowserWords {
  readonly method: string;
  /** `Origin`, `Sec-Fetch-Site`; browsers send them and pages cannot forge them. */
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
}

/**
 * For a request that carries a session cookie: at least one of the two headers, and none that speaks against it.
 *
 * @throws {ProblemError} `cross-site-request`.
 */
export function requireSameSite(words: BrowserWords, ownOrigin: string): void {
  if (safeMethods.includes(words.method)) return;
  if (words.origin === undefined && words.fetchSite === undefined) {
    throw new ProblemError('cross-site-request', 'send Origin with a session cookie, or use a bearer token');
  }
  refuseCrossSite(words, ownOrigin);
}

/** For a request without a cookie, such as the sign-in: programs send neither header, browsers send both. */
export function refuseCrossSite({ origin, fetchSite }: BrowserWords, ownOrigin: string): void {
  if (origin !== undefined && origin !== ownOrigin) throw new ProblemError('cross-site-request');
  if (fetchSite !== undefined && fetchSite !== 'same-origin') throw new ProblemError('cross-site-request');
}
