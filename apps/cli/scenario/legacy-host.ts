/** A host of a replay that knows Product Key Services alone: the legacy client, as a program of its own. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../output.ts';
import { keysHome } from '../release/roles.ts';
import type { Replay } from './replay.ts';

const client = join(import.meta.dirname, '..', '..', '..', 'conformance', 'pks-client', 'main.ts');
const outputLimit = 64 * 1024;
const patienceMs = 60_000;

export interface LegacyAnswer {
  readonly exitCode: number | null;
  readonly channel?: string;
  /** Version of the bridge build. */
  readonly bridge?: string;
  /** Its archive, fetched and checked. */
  readonly file?: string;
  /** Why not. */
  readonly code?: string;
  readonly message?: string;
}

export async function askPks(
  replay: Replay,
  host: { readonly hostName: string; readonly version: string; readonly productKey: string },
): Promise<LegacyAnswer> {
  const folder = join(replay.home, 'legacy', host.hostName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'product-key'), `${host.productKey}\n`, { mode: 0o600 });
  const words = [
    ...['--url', replay.url, '--pin', imageRootOf(replay.home)],
    ...['--component', 'connect-sync', '--version', host.version, '--host-name', host.hostName],
    ...['--key-file', join(folder, 'product-key'), '--into', join(folder, 'bridge')],
  ];
  const child = spawn(process.execPath, [client, ...words], { stdio: ['ignore', 'pipe', 'pipe'], timeout: patienceMs });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < outputLimit) output += text;
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < outputLimit) errors += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  try {
    return { exitCode, ...(JSON.parse(output) as object) };
  } catch (cause) {
    const lastWords = errors.trim().split('\n').at(-1) ?? '';
    throw new CommandError(`the PKS client of ${host.hostName} ended with ${exitCode}: ${lastWords}`, 1, { cause });
  }
}

/** As it is built into the client: SHA-256 of the first root, in hex. */
export function imageRootOf(home: string): string {
  return createHash('sha256')
    .update(readFileSync(keysHome(home).root('image')))
    .digest('hex');
}
