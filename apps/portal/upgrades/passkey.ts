/**
 * Passkeys that approve: what is asked of the browser (Web Authentication Level 3) and what is made of its answers. The
 * challenge of an approval is the signer's, made from what is approved and when it was asked for: no signature counts twice.
 */
import type { Rollouts } from '@springline/api/shapes/rollout';

export type Approver = Rollouts['approvers'][number];

/** Longer than this nobody looks for their key. */
const timeoutMs = 120_000;
/** ES256 and EdDSA: what the signer reads. */
const algorithms = [-7, -8] as const;

/** Why no passkey works on this page; `undefined` when they do. */
export function passkeyRefusal(): string | undefined {
  if (!globalThis.isSecureContext || globalThis.PublicKeyCredential === undefined) {
    return 'Passkeys need https, or localhost. Open the portal under such an address.';
  }
  if (/^[\d.]+$|:/.test(location.hostname)) {
    return 'Passkeys need a host name in the address, and not an IP address.';
  }
  return undefined;
}

export interface Assertion {
  readonly credentialId: string;
  readonly authenticatorData: string;
  readonly clientDataJson: string;
  readonly signature: string;
}

/**
 * Has a person sign the challenge (hex) with one of the approvers' passkeys.
 *
 * @throws {Error} with a sentence, when nothing was signed.
 */
export async function signWithPasskey(challenge: string, approvers: readonly Approver[]): Promise<Assertion> {
  const own = approvers.filter(({ rpId }) => rpId === location.hostname);
  const credential = await asked(
    navigator.credentials.get({
      publicKey: {
        challenge: bytesFromHex(challenge),
        rpId: location.hostname,
        allowCredentials: own.map(({ credentialId }) => ({ type: 'public-key', id: bytesFromBase64url(credentialId) })),
        userVerification: 'required',
        timeout: timeoutMs,
      },
    }),
  );
  const { response } = credential;
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new Error('The browser answered something else.');
  return {
    credentialId: base64url(credential.rawId),
    authenticatorData: base64url(response.authenticatorData),
    clientDataJson: base64url(response.clientDataJSON),
    signature: base64url(response.signature),
  };
}

/** What the person at the signer's machine is given. */
export interface NewApprover {
  readonly name: string;
  readonly credentialId: string;
  /** SubjectPublicKeyInfo (DER), base64url. */
  readonly publicKey: string;
  readonly rpId: string;
  readonly origin: string;
}

/** @throws {Error} with a sentence, when none was made. */
export async function makePasskey(name: string): Promise<NewApprover> {
  const credential = await asked(
    navigator.credentials.create({
      publicKey: {
        rp: { id: location.hostname, name: 'Springline' },
        user: { id: randomBytes(32), name, displayName: name },
        // Nothing checks it: a key counts once a person has brought it to the signer's machine.
        challenge: randomBytes(32),
        pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
        attestation: 'none',
        timeout: timeoutMs,
      },
    }),
  );
  const { response } = credential;
  const publicKey = response instanceof AuthenticatorAttestationResponse ? response.getPublicKey() : null;
  if (publicKey === null) throw new Error('The browser does not hand out the key in a form that the signer reads.');
  return {
    name,
    credentialId: base64url(credential.rawId),
    publicKey: base64url(publicKey),
    rpId: location.hostname,
    origin: location.origin,
  };
}

async function asked(ask: Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null;
  try {
    credential = await ask;
  } catch (cause) {
    // The browser gives one name to a refusal, a wrong key and a timeout, lest a page learn which keys there are.
    throw new Error('No passkey was used: it was cancelled, it took too long, or no key of this device fits.', {
      cause,
    });
  }
  if (!(credential instanceof PublicKeyCredential)) throw new Error('The browser answered something else.');
  return credential;
}

export function base64url(bytes: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function bytesFromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}

export function bytesFromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}
