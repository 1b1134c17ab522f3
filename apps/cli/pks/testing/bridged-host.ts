/** A host that knows PKS alone: the legacy client of `conformance/`, as a program of its own. For tests only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const legacyClient = join(import.meta.dirname, '..', '..', '..', '..', 'conformance', 'pks-client', 'main.ts');

export interface LegacySaid {
  readonly exitCode: number | null;
  readonly channel?: 'PKS' | 'bridged';
  readonly bridge?: string;
  readonly sha256?: string;
  readonly file?: string;
  readonly imageRoot?: string;
  readonly code?: string;
  readonly message?: string;
}

export interface HostWords {
  /** Where its product key lies, and what it fetches. */
  readonly folder: string;
  readonly url: string;
  /** SHA-256 of the Image repository's first root, as built into the legacy client. */
  readonly pin: string;
  readonly hostName: string;
  readonly productKey: string;
}

export class BridgedHost {
  readonly #words: HostWords;

  constructor(words: HostWords) {
    this.#words = words;
    mkdirSync(words.folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(words.folder, 'product-key'), `${words.productKey}\n`);
  }

  /** Asks PKS as the build `version`. */
  async askPks(version: string, component = 'connect-sync', pin = this.#words.pin): Promise<LegacySaid> {
    const { folder, url, hostName } = this.#words;
    const child = spawn(
      process.execPath,
      [
        legacyClient,
        ...['--url', url, '--pin', pin, '--component', component, '--version', version, '--host-name', hostName],
        ...['--key-file', join(folder, 'product-key'), '--into', join(folder, 'bridge')],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, ...(JSON.parse(output) as object) };
  }
}
