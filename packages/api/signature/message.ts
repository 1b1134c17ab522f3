/**
 * HTTP Message Signatures (RFC 9421) in the one form that Springline speaks, and Content-Digest (RFC 9530).
 *
 * A request signs `"@method" "@target-uri" "content-digest"` with `created`, `nonce`, `keyid`, `alg`, `tag`; an answer
 * signs `"@status" "content-digest" "signature";req;key="springline"`, so that it belongs to exactly one request. The
 * component list is fixed and not negotiated: a verifier that accepts fewer components accepts an altered message.
 * Freshness, replay and who owns the key are the caller's to judge. Imports nothing from npm.
 */
import { createHash, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { SignatureError } from './error.ts';

const label = 'springline';
const requestComponents = '("@method" "@target-uri" "content-digest")';
const answerComponents = `("@status" "content-digest" "signature";req;key="${label}")`;

export interface SignedHeaders {
  readonly 'content-digest': string;
  readonly 'signature-input': string;
  readonly signature: string;
}

/** What the sender says of its signature; nothing of it is proven before `verifyRequest` returns. */
export interface SignatureClaim {
  /** Seconds since 1970. */
  readonly created: number;
  /** 128 bit, base64url. Empty in answers. */
  readonly nonce: string;
  /** RFC 7638 thumbprint of the signing key. */
  readonly keyId: string;
  readonly parameters: string;
  readonly signature: Uint8Array;
  readonly digest: string;
}

export interface RequestToSign {
  /** Upper case. */
  readonly method: string;
  /** Absolute, as the client addressed it. */
  readonly targetUri: string;
  readonly body: Uint8Array;
}

/** `sha-256=:…:` of the body; also of an empty one, so that a body cannot be added on the way. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** Signs a request with an agent's P-256 key. `nonce` is 22 base64url characters. */
export function signRequest(
  request: RequestToSign,
  key: { readonly privateKey: KeyObject; readonly keyId: string },
  created: number,
  nonce: string,
): SignedHeaders {
  const digest = contentDigest(request.body);
  const parameters = `${requestComponents};created=${created};nonce="${nonce}";keyid="${key.keyId}";alg="ecdsa-p256-sha256";tag="springline-agent"`;
  const signature = sign('sha256', requestBase(request, digest, parameters), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return headersOf(digest, parameters, signature);
}

/**
 * Reads the signature headers of a request without believing them.
 *
 * @throws {SignatureError} `signature-missing`, `signature-malformed`.
 */
export function parseRequestSignature(headers: HeaderSource): SignatureClaim {
  return parseClaim(
    headers,
    /^\("@method" "@target-uri" "content-digest"\);created=(\d{1,12});nonce="([A-Za-z0-9_-]{22})";keyid="([A-Za-z0-9_-]{43})";alg="ecdsa-p256-sha256";tag="springline-agent"$/,
  );
}

/**
 * Checks digest and signature of a request.
 *
 * @throws {SignatureError} `signature-invalid`.
 */
export function verifyRequest(claim: SignatureClaim, request: RequestToSign, publicKey: KeyObject): void {
  checkDigest(claim, request.body);
  const base = requestBase(request, claim.digest, claim.parameters);
  if (!verify('sha256', base, { key: publicKey, dsaEncoding: 'ieee-p1363' }, claim.signature)) {
    throw new SignatureError('signature-invalid', 'the request signature does not verify');
  }
}

/** Signs an answer with the control plane's Ed25519 key, bound to `requestSignature` (the request's header value). */
export function signAnswer(
  answer: { readonly status: number; readonly body: Uint8Array; readonly requestSignature: string },
  key: { readonly privateKey: KeyObject; readonly keyId: string },
  created: number,
): SignedHeaders {
  const digest = contentDigest(answer.body);
  const parameters = `${answerComponents};created=${created};keyid="${key.keyId}";alg="ed25519";tag="springline-answer"`;
  const base = answerBase(answer.status, digest, answer.requestSignature, parameters);
  return headersOf(digest, parameters, sign(null, base, key.privateKey));
}

/**
 * Checks that an answer was made by the holder of `key` for the request whose `signature` header was
 * `requestSignature`.
 *
 * @throws {SignatureError} `signature-missing`, `signature-malformed`, `signature-invalid`.
 */
export function verifyAnswer(
  answer: {
    readonly status: number;
    readonly body: Uint8Array;
    readonly headers: HeaderSource;
    readonly requestSignature: string;
  },
  key: { readonly publicKey: KeyObject; readonly keyId: string },
): void {
  const claim = parseClaim(
    answer.headers,
    /^\("@status" "content-digest" "signature";req;key="springline"\);created=(\d{1,12})();keyid="([A-Za-z0-9_-]{43})";alg="ed25519";tag="springline-answer"$/,
  );
  checkDigest(claim, answer.body);
  const base = answerBase(answer.status, claim.digest, answer.requestSignature, claim.parameters);
  if (claim.keyId !== key.keyId || !verify(null, base, key.publicKey, claim.signature)) {
    throw new SignatureError(
      'signature-invalid',
      'the answer is not signed by the control plane that was enrolled with',
    );
  }
}

type HeaderSource = (name: string) => string | undefined;

function parseClaim(headers: HeaderSource, form: RegExp): SignatureClaim {
  const [digest, input, signature] = ['content-digest', 'signature-input', 'signature'].map(headers);
  if (digest === undefined || input === undefined || signature === undefined) {
    throw new SignatureError('signature-missing', 'content-digest, signature-input and signature are required');
  }
  const parameters = input.startsWith(`${label}=`) ? input.slice(label.length + 1) : '';
  const words = form.exec(parameters);
  const bytes = signatureBytes(signature);
  if (words === null || bytes === undefined || !/^sha-256=:[A-Za-z0-9+/]{43}=:$/.test(digest)) {
    throw new SignatureError('signature-malformed', 'the signature headers are not of the documented form');
  }
  return {
    created: Number(words[1]),
    nonce: words[2]!,
    keyId: words[3]!,
    parameters,
    signature: bytes,
    digest,
  };
}

/** The 64 bytes; undefined unless `header` is the one way to write them: base64 has spare bits at its end. */
function signatureBytes(header: string): Uint8Array | undefined {
  const text = /^springline=:([A-Za-z0-9+/]{86}==):$/.exec(header)?.[1];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function checkDigest(claim: SignatureClaim, body: Uint8Array): void {
  const expected = Buffer.from(contentDigest(body));
  const given = Buffer.from(claim.digest);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
    throw new SignatureError('signature-invalid', 'the body does not match its digest');
  }
}

// RFC 9421 2.5: one line per component in the order of the list, then the parameters.
function requestBase(request: RequestToSign, digest: string, parameters: string): Buffer {
  return Buffer.from(
    `"@method": ${request.method}\n"@target-uri": ${request.targetUri}\n"content-digest": ${digest}\n"@signature-params": ${parameters}`,
  );
}

// RFC 9421 2.4: `;req` takes the component from the request; `;key` one member of a dictionary field.
function answerBase(status: number, digest: string, requestSignature: string, parameters: string): Buffer {
  const member = requestSignature.startsWith(`${label}=`) ? requestSignature.slice(label.length + 1) : '';
  return Buffer.from(
    `"@status": ${status}\n"content-digest": ${digest}\n"signature";req;key="${label}": ${member}\n"@signature-params": ${parameters}`,
  );
}

function headersOf(digest: string, parameters: string, signature: Uint8Array): SignedHeaders {
  return {
    'content-digest': digest,
    'signature-input': `${label}=${parameters}`,
    signature: `${label}=:${Buffer.from(signature).toString('base64')}:`,
  };
}
