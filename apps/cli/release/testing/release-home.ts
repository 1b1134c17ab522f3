/**
 * Homes, bundles and agents for tests of the release side: real files, a runtime of a few bytes, and a client that
 * refreshes over the tree as an agent does over HTTP.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import {
  type MetadataStore,
  refreshRepository,
  type TrustedName,
  type TrustedRepository,
  trustInitialRoot,
} from '@springline/tuf/client/refresh';
import type { RuntimeSource } from '../pack.ts';
import { keysHome, type RepositoryName, treeFolder } from '../roles.ts';

export interface ReleaseHome {
  readonly home: string;
  readonly bundles: string;
  readonly runtime: RuntimeSource;
}

/** A home to be, two built components and a small runtime; removed with the test. */
export function releaseHome(t: { after(cleanUp: () => void): void }): ReleaseHome {
  const folder = mkdtempSync(join(tmpdir(), 'springline-release-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const bundles = join(folder, 'bundles');
  mkdirSync(bundles);
  writeBundle(bundles, 'agent-updater', 'one');
  writeBundle(bundles, 'connect-sync', 'one');
  writeFileSync(join(folder, 'node'), 'a runtime of a few bytes');
  const runtime = {
    file: join(folder, 'node'),
    version: '24.21.0',
    platform: 'linux-x64',
    cache: join(folder, 'cache'),
  } as const;
  return { home: join(folder, 'home'), bundles, runtime };
}

/** Some 40 kB that no compressor makes much smaller, the same for the same component, and `text` at their end. */
export function writeBundle(bundles: string, component: string, text: string): void {
  const lines = Array.from({ length: 600 }, (_, at) => {
    const noise = createHash('sha256').update(`${component} ${at}`).digest('hex');
    return `// ${noise}`;
  });
  writeFileSync(
    join(bundles, `${component}.mjs`),
    `${lines.join('\n')}\nexport const text = ${JSON.stringify(text)};\n`,
  );
}

/** What an agent keeps of one repository. */
export class ClientStore implements MetadataStore {
  readonly files = new Map<TrustedName, Uint8Array>();

  read(name: TrustedName): Uint8Array | undefined {
    return this.files.get(name);
  }

  write(name: TrustedName, bytes: Uint8Array): void {
    this.files.set(name, bytes);
  }

  remove(name: TrustedName): void {
    this.files.delete(name);
  }
}

/** An agent that pinned the first roots of a home and refreshes from its tree. */
export class TreeClient {
  readonly #home: string;
  readonly #stores = { image: new ClientStore(), director: new ClientStore() };

  constructor(home: string) {
    this.#home = home;
    for (const repository of ['image', 'director'] as const) {
      const bytes = readFileSync(keysHome(home).root(repository));
      trustInitialRoot(this.#stores[repository], bytes, createHash('sha256').update(bytes).digest('hex'));
    }
  }

  /** @throws {TrustError} for whatever an agent would refuse. */
  refresh(repository: RepositoryName, now: EpochMs = systemClock.now()): Promise<TrustedRepository> {
    const folder = join(treeFolder(this.#home), repository, 'metadata');
    const fetch = async (name: string): Promise<Uint8Array | undefined> => {
      const path = join(folder, name);
      return existsSync(path) ? readFileSync(path) : undefined;
    };
    return refreshRepository({ store: this.#stores[repository], fetch, now }, new AbortController().signal);
  }
}

/** Every file below `folder`, by path. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
