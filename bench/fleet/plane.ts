/** A control plane as it runs in production: its own process, its own home, the real clock, real sockets and disk. */
import { fork } from 'node:child_process';
import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnrolmentString } from '@springline/api/enrolment-string';
import { keyId, publicJwk } from '@springline/api/signature/key';
import { signRequest } from '@springline/api/signature/message';

export interface BenchAgent {
  readonly privateKey: JsonWebKey;
  readonly keyId: string;
}

interface BenchPlane extends AsyncDisposable {
  /** `http://localhost:PORT`, as requests name it. */
  readonly url: string;
  readonly port: number;
  /** Of its database. */
  readonly databaseFile: string;
  /** Enrols the agent of the connector `name` over HTTP. At most 200 in a burst: the server limits more. */
  enrol(name: string): Promise<BenchAgent>;
  /** Seconds of processor time that the process has used so far, all threads. */
  cpuSeconds(): number;
}

const program = join(import.meta.dirname, '..', '..', 'apps', 'control-plane', 'main.ts');
const ticksPerSecond = 100;

export const newNonce = (): string => randomBytes(16).toString('base64url');

/** Starts it on a new home that goes when the plane is disposed of. */
export async function startPlane(): Promise<BenchPlane> {
  const home = mkdtempSync(join(tmpdir(), 'springline-bench-fleet-'));
  publish(home);
  const child = fork(program, ['--home', home, '--port', '0'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the control plane did not start'))),
  ])) as [{ readonly url: string }];
  const { url } = message;
  const adminToken = readFileSync(join(home, 'admin-token'), 'utf8').trim();
  return {
    url,
    port: Number(new URL(url).port),
    databaseFile: join(home, 'control-plane', 'springline.db'),
    enrol: (name) => enrol(url, adminToken, name),
    cpuSeconds: () => cpuSecondsOf(child.pid!),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** As much as enrolment looks at, and a timestamp of the usual size for the polls. */
function publish(home: string): void {
  for (const repository of ['image', 'director']) {
    const folder = join(home, 'control-plane', 'repository', repository, 'metadata');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '1.root.json'), `{"signatures":[],"signed":{"_type":"root","of":"${repository}"}}`);
    writeFileSync(
      join(folder, 'timestamp.json'),
      JSON.stringify({ signed: { _type: 'timestamp', pad: 'x'.repeat(400) } }),
    );
  }
}

async function enrol(url: string, adminToken: string, name: string): Promise<BenchAgent> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { privateKey, keyId: keyId(privateKey) };
  const asked = await fetch(`${url}/platform/v1/enrolments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
    body: JSON.stringify({ connector: { name, kind: 'openldap' } }),
  });
  const { token } = parseEnrolmentString(((await asked.json()) as { enrolmentString: string }).enrolmentString);
  const body = Buffer.from(
    JSON.stringify({
      ...{ token, publicKey: publicJwk(privateKey) },
      ...{ hostName: 'sync-1.contoso.example', platform: 'linux-x64', version: '1.2.3.0' },
    }),
  );
  const targetUri = `${url}/platform/v1/agents`;
  const signed = signRequest({ method: 'POST', targetUri, body }, key, Math.floor(Date.now() / 1000), newNonce());
  const headers = { ...signed, 'content-type': 'application/json' };
  const answer = await fetch(targetUri, { method: 'POST', headers, body });
  if (answer.status !== 201) throw new Error(`enrolment failed: ${await answer.text()}`);
  return { privateKey: privateKey.export({ format: 'jwk' }), keyId: key.keyId };
}

/** Linux; 0 elsewhere. */
function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}
