/**
 * Errors on the wire: problem+json (RFC 9457) with our stable `code`. The catalogue is the documentation: a code that
 * is not listed here cannot be thrown, and `docs/reference/errors.md` is checked against it.
 */
import { z } from 'zod';

/** code -> [HTTP status, what it means and what to do]. */
export const problemCatalogue = {
  'malformed-request': [400, 'The request does not have the documented shape. The detail names the field.'],
  'body-too-large': [413, 'The body is larger than this route accepts. Send smaller batches.'],
  'unsupported-media-type': [415, 'Send application/json.'],
  'not-authenticated': [401, 'No valid session, bearer token or signature. Sign in, or check the token.'],
  'signature-missing': [401, 'An agent route needs Signature-Input, Signature and Content-Digest headers.'],
  'signature-malformed': [401, 'The signature headers are not of the documented form (RFC 9421, RFC 9530).'],
  'signature-invalid': [401, 'The signature does not match the request. Something on the way altered it.'],
  'signature-stale': [401, 'The signature is older or newer than five minutes. Check the clock of the agent host.'],
  'signature-replayed': [401, 'This signed request was already received once.'],
  'agent-unknown': [401, 'No agent is enrolled with this key. Enrol it again with a new enrolment string.'],
  'agent-revoked': [403, 'This agent was revoked by an administrator. Enrol it again to use it.'],
  'enrolment-token-invalid': [403, 'The enrolment token is unknown, used, or past its hour. Create a new one.'],
  'sign-in-link-invalid': [403, 'The sign-in link is unknown, used, or past its 15 minutes. Create a new one.'],
  'not-authorised': [403, 'The session or token lacks the scope that this route needs.'],
  'cross-site-request': [403, 'A browser sent this from another origin. Use the portal itself.'],
  'host-not-allowed': [421, 'The Host header names none of this server’s own names.'],
  'agent-not-listening': [504, 'The host does not take questions now. The detail says when it was last seen.'],
  'agent-answer-late': [
    504,
    'The host took the question and did not answer in time. It may still be at work: look again.',
  ],
  'agent-answer-malformed': [
    502,
    'The host answered in a form that this version does not know. Upgrade the older one.',
  ],
  'agent-refused': [409, 'The host refused. The detail has its code and its reason.'],
  'component-not-running': [409, 'Connect Sync does not run on the host now. The detail says why.'],
  'list-changed': [409, 'What is held has changed since it was listed. Look again before you decide.'],
  'not-consented': [403, 'The consent file of the host does not allow this. Only its administrator changes that file.'],
  'unknown-call': [409, 'The host runs a version that does not know this question. Upgrade it.'],
  'connector-not-yours': [403, 'The connector belongs to another agent or tenant.'],
  'object-not-yours': [403, 'The object is mastered by another connector.'],
  'export-lease-held': [409, 'Another agent exports to the objects of this source. The detail says which.'],
  'export-lease-lost': [
    409,
    'The export lease has passed to another holder. Ask for it again; nothing of the batch was carried out.',
  ],
  'agent-conflicted': [
    409,
    'Two hosts use the identity of this agent, so neither exports. Stop one; then resolve it by springline agent resolve-conflict.',
  ],
  'cursor-expired': [410, 'The cursor is from another life of this directory. Read it from the start.'],
  'repository-missing': [409, 'No release was published yet. Publish one first: springline release publish.'],
  'name-taken': [409, 'That name is there already, upper and lower case being the same. Choose another one.'],
  'limit-reached': [409, 'There are as many of these as there may be. Remove some first.'],
  'last-administrator': [409, 'A tenant keeps at least one administrator. Make another person one first.'],
  'scope-not-held': [403, 'Nobody gives, or signs in with, a scope that they do not hold themselves.'],
  'role-not-grantable': [403, 'This role works on the whole installation; only its own tenant grants it.'],
  'home-token': [409, 'The admin token is a file of the home. To replace it, delete the file and start again.'],
  'address-not-allowed': [403, 'No notice may go to that address. The detail says why.'],
  'pks-retired': [410, 'PKS has ended. Install the current build by hand: the detail says how.'],
  'pks-no-bridge': [404, 'No bridge release is signed for this component. Upgrade it by hand.'],
  'pks-sunset-too-soon': [409, 'The sunset of PKS is never brought nearer than 7 days from now.'],
  'idempotency-mismatch': [409, 'This idempotency key was used for another body.'],
  'signer-unreachable': [503, 'The signer does not answer. Nothing was changed; start it, and try again.'],
  'rollout-refused': [409, 'The rollout cannot be changed like that. The detail says why.'],
  'campaign-refused': [409, 'The campaign cannot be opened or changed like that. The detail says why.'],
  'operator-only': [
    403,
    'Rollouts, campaigns and tenants belong to the people of the first tenant, who run this installation.',
  ],
  'below-minimum-version': [
    403,
    'The build is below the minimum version, and its date has passed. Upgrade it: the detail says how.',
  ],
  'not-found': [404, 'Nothing here by that name.'],
  'method-not-allowed': [405, 'This resource does not take that method.'],
  'rate-limited': [429, 'Too many requests. Retry after the time in Retry-After.'],
  'request-timeout': [408, 'The request did not arrive in time. Send it again.'],
  'headers-too-large': [431, 'The headers of the request are larger than 16 KiB.'],
  overloaded: [503, 'More work is waiting than this server takes on. Retry after the time in Retry-After.'],
  'storage-full': [507, 'The disk of the control plane is full. Free space; nothing was written.'],
  'internal-error': [500, 'A fault of ours. The log has it under the request id.'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problemCatalogue;

export const problemShape = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemShape>;

/** Thrown by handlers, answered as problem+json. `detail` is for people and holds no secret. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail?: string, options?: ErrorOptions & { headers?: Record<string, string> }) {
    super(detail ?? problemCatalogue[code][1], options);
    this.code = code;
    this.status = problemCatalogue[code][0];
    this.headers = options?.headers ?? {};
  }
}

/** The body that says `error`. */
export function problemBody(code: ProblemCode, detail: string | undefined, requestId: string | undefined): Problem {
  const [status, title] = problemCatalogue[code];
  return {
    type: `urn:springline:problem:${code}`,
    title,
    status,
    code,
    ...(detail === undefined || detail === title ? {} : { detail }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
