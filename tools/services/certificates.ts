/**
 * A certificate authority for one test run and one server certificate from it. Made by `openssl`, since Node can read
 * X.509 but not write it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process-group.ts';

/** Days that the certificates are good for: longer than any run, short enough that nobody relies on them. */
const lifetimeDays = '7';

export interface ServerCertificate {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Writes an authority and a server certificate for `names` (`DNS:…` or `IP:…`) into `folder`, which must exist. */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<ServerCertificate> {
  const at = (file: string) => join(folder, file);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  writeFileSync(
    at('openssl.cnf'),
    [
      '[req]',
      'distinguished_name = subject',
      '[subject]',
      '[authority]',
      'basicConstraints = critical, CA:TRUE',
      'keyUsage = critical, keyCertSign, cRLSign',
      'subjectKeyIdentifier = hash',
      '[server]',
      'basicConstraints = critical, CA:FALSE',
      'keyUsage = critical, digitalSignature',
      'extendedKeyUsage = serverAuth',
      `subjectAltName = ${names.join(', ')}`,
      '',
    ].join('\n'),
  );
  const request = ['req', '-x509', '-config', at('openssl.cnf'), '-days', lifetimeDays, ...key];
  const authority = ['-keyout', at('ca.key'), '-out', at('ca.crt'), '-subj', '/CN=Springline test authority'];
  await run({ command: 'openssl', args: [...request, '-extensions', 'authority', ...authority] });
  const signedBy = ['-CA', at('ca.crt'), '-CAkey', at('ca.key')];
  const server = ['-keyout', at('server.key'), '-out', at('server.crt'), '-subj', '/CN=Springline test server'];
  await run({ command: 'openssl', args: [...request, '-extensions', 'server', ...signedBy, ...server] });
  return { caFile: at('ca.crt'), certificateFile: at('server.crt'), keyFile: at('server.key') };
}
