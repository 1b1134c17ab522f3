/**
 * The enrolment string: all that a new agent needs and all that it may trust at first (rule S4). It holds a single-use
 * token, the control plane's URL, the public key that signs the control plane's answers, and a pin of the first root
 * metadata of each update repository. It is a secret until used: it is read from a file or standard input, never from a
 * command line. Imports nothing from npm.
 */

const prefix = 'springline-enrol.1.';
const maximumLength = 2048;

export interface Enrolment {
  /** 128 bit, base64url. */
  readonly token: string;
  /** Origin of the control plane, without a slash at the end. */
  readonly url: string;
  /** The Ed25519 public key that signs the control plane’s answers: the `x` of its JWK, 43 base64url characters. */
  readonly controlPlaneKey: string;
  /** SHA-256 of `1.root.json` of the Image repository, which says which builds are genuine: 43 base64url characters. */
  readonly imageRoot: string;
  /** The same of the Director repository, which says what should run. */
  readonly directorRoot: string;
}

/** 32 bytes in base64url. */
const thirtyTwoBytes = /^[A-Za-z0-9_-]{43}$/;

export class EnrolmentStringError extends Error {
  override readonly name = 'EnrolmentStringError';
  readonly code = 'enrolment-string-malformed';
}

export function formatEnrolmentString(enrolment: Enrolment): string {
  const { token, url, controlPlaneKey, imageRoot, directorRoot } = enrolment;
  const fields = { token, url, controlPlaneKey, imageRoot, directorRoot };
  return prefix + Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** @throws {EnrolmentStringError} when the text is no enrolment string of this version, or was cut. */
export function parseEnrolmentString(text: string): Enrolment {
  const trimmed = text.trim();
  if (trimmed.length > maximumLength || !trimmed.startsWith(prefix)) {
    throw new EnrolmentStringError(`an enrolment string begins with ${prefix}; this text does not`);
  }
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(trimmed.slice(prefix.length), 'base64url').toString('utf8'));
  } catch (cause) {
    throw new EnrolmentStringError('the enrolment string is damaged; copy it whole', { cause });
  }
  const { token, url, controlPlaneKey, imageRoot, directorRoot } = (fields ?? {}) as Record<string, unknown>;
  if (
    typeof token !== 'string' ||
    !/^[A-Za-z0-9_-]{22}$/.test(token) ||
    !is32Bytes(controlPlaneKey) ||
    !is32Bytes(imageRoot) ||
    !is32Bytes(directorRoot) ||
    typeof url !== 'string' ||
    !/^https?:\/\/[^\s/]+$/.test(url)
  ) {
    throw new EnrolmentStringError('the enrolment string is damaged; copy it whole');
  }
  if (url.startsWith('http://') && !/^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(url)) {
    throw new EnrolmentStringError(`${url} is not encrypted; outside this machine the control plane must be https`);
  }
  return { token, url, controlPlaneKey, imageRoot, directorRoot };
}

function is32Bytes(value: unknown): value is string {
  return typeof value === 'string' && thirtyTwoBytes.test(value);
}
