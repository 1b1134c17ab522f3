/**
 * Finds certificates that the retired PKS channel left behind on a host. They were named after the host and issued by
 * the policy key service; no current component uses them, upgrades leave them where they are, and they trip monitors
 * when they expire. Nothing is deleted here.
 *
 * What counts as one: the subject is exactly one `CN=<host name>`, the issuer names the policy key service, and it is
 * no certificate authority. Anything else is somebody else's and is not listed.
 */
import { X509Certificate } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { extname, join } from 'node:path';
import { hostNameForm } from '@springline/auto-upgrade/pks-bridge/request';

export interface ProductKeyCertificate {
  readonly file: string;
  readonly hostName: string;
  readonly issuer: string;
  /** RFC 3339. */
  readonly expires: string;
  /** SHA-256, hex: what certificate stores show. */
  readonly fingerprint: string;
}

export interface CertificateSearch {
  readonly found: readonly ProductKeyCertificate[];
  /** Files that could hold certificates and could not be read, with the reason. */
  readonly unread: readonly { readonly file: string; readonly reason: string }[];
  /** Files that were looked at. */
  readonly files: number;
  /** There was more than is looked at. */
  readonly isCut: boolean;
}

const endings = new Set(['.pem', '.crt', '.cer', '.der']);
/** Stores behind a password: they are named, because they may hold one. */
const closedEndings = new Set(['.pfx', '.p12']);
const fileLimit = 10_000;
const fileLimitBytes = 256 * 1024;
const depthLimit = 8;
const pemForm = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const issuerForm = /policy\s*key\s*service/i;

/** Looks through `folder` and what lies below it. @throws errors of the file system for `folder` itself. */
export function findProductKeyCertificates(folder: string): CertificateSearch {
  const found: ProductKeyCertificate[] = [];
  const unread: { file: string; reason: string }[] = [];
  const { files, isCut } = candidates(folder, unread);
  for (const file of files) {
    try {
      found.push(...certificatesIn(file).flatMap((certificate) => productKeyCertificate(file, certificate) ?? []));
    } catch (error) {
      unread.push({ file, reason: reasonOf(error) });
    }
  }
  return { found, unread, files: files.length, isCut };
}

function candidates(folder: string, unread: { file: string; reason: string }[]) {
  const files: string[] = [];
  let isCut = false;
  const visit = (path: string, depth: number): void => {
    // Links are not followed: they may lead anywhere, and round.
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const file = join(path, entry.name);
      const ending = extname(entry.name).toLowerCase();
      if (entry.isDirectory() && depth < depthLimit) tryVisit(file, depth + 1);
      else if (entry.isDirectory()) isCut = true;
      else if (entry.isFile() && closedEndings.has(ending)) {
        unread.push({ file, reason: 'a store behind a password; look into it by hand' });
      } else if (entry.isFile() && endings.has(ending)) {
        if (files.length >= fileLimit) isCut = true;
        else files.push(file);
      }
    }
  };
  const tryVisit = (path: string, depth: number): void => {
    try {
      visit(path, depth);
    } catch (error) {
      unread.push({ file: path, reason: reasonOf(error) });
    }
  };
  visit(folder, 0);
  return { files, isCut };
}

/** PEM, any number of them, or one in DER. */
function certificatesIn(file: string): readonly X509Certificate[] {
  const bytes = readBounded(file);
  const blocks = bytes.toString('latin1').match(pemForm);
  if (blocks !== null) return blocks.map((block) => new X509Certificate(block));
  // A PEM file may hold keys alone.
  if (bytes.includes('-----BEGIN ')) return [];
  return [new X509Certificate(bytes)];
}

function productKeyCertificate(file: string, certificate: X509Certificate): ProductKeyCertificate | undefined {
  const { subject, issuer, ca, validToDate, fingerprint256 } = certificate;
  const hostName = /^CN=([^\n]+)$/.exec(subject)?.[1];
  if (ca || hostName === undefined || !hostNameForm.test(hostName) || !issuerForm.test(issuer)) return undefined;
  return {
    file,
    hostName,
    issuer: issuer.replaceAll('\n', ', '),
    expires: validToDate.toISOString(),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

function readBounded(file: string): Buffer {
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(fileLimitBytes + 1);
    const length = readSync(handle, bytes, 0, bytes.length, 0);
    if (length > fileLimitBytes) throw new Error(`larger than ${fileLimitBytes} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read by you';
  return code?.startsWith('ERR_OSSL') === true ? 'no certificate that can be read' : message;
}
