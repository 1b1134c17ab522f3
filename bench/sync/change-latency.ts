/**
 * How long a change takes from the moment at which it is sent to the directory until it is committed in the connector
 * space, in continuous mode: pushed by OpenLDAP, or told by Active Directory and then read.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counters } from '@springline/connect-sync/run-profile/engine';
import { DirectoryImport } from '@springline/connect-sync/run-profile/import-directory';
import { cookieSetting } from '@springline/connect-sync/run-profile/import-state';
import { ldapSource } from '@springline/directory/ldap/sources/detect-source';
import type { DirectorySource, ImportSink } from '@springline/directory/source';
import type { DirectoryFacts } from '@springline/tools/services/facts';
import { Attribute, Change, Client } from 'ldapts';
import { EngineOnFile, everything } from './engine-on-file.ts';

const changes = 200;
const answerWithinMs = 10_000;

/** Milliseconds of each change, the shortest first. */
export async function changeLatencies(kind: 'openldap' | 'active-directory', facts: DirectoryFacts): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-latency-'));
  const stop = new AbortController();
  const bench = new EngineOnFile(join(folder, 'state.db'), kind, facts.baseDn);
  const caPem = readFileSync(facts.caFile, 'utf8');
  const bind = { kind: 'simple' as const, dn: facts.syncDn, password: facts.syncPassword };
  const source = ldapSource(kind, { endpoint: { urls: [facts.ldapsUrl], caPem, bind }, baseDn: facts.baseDn });
  const client = new Client({ url: facts.ldapsUrl, tlsOptions: { ca: caPem } });
  try {
    await client.bind(facts.adminDn, facts.adminPassword);
    const dn = await makePerson(client, kind, facts.baseDn);
    await bench.cycle(source);
    const heard = new Heard();
    const following = follow(bench, source, heard, stop.signal);
    await heard.once(() => change(client, dn, 'ready'), answerWithinMs);
    const found: number[] = [];
    for (let n = 0; n < changes; n++) {
      const startedAt = performance.now();
      await heard.once(() => change(client, dn, `value ${n}`), answerWithinMs);
      found.push(performance.now() - startedAt);
    }
    stop.abort();
    await following;
    return found.sort((a, b) => a - b);
  } finally {
    stop.abort();
    await client.unbind().catch(() => undefined);
    bench.store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makePerson(client: Client, kind: string, baseDn: string): Promise<string> {
  const dn = kind === 'openldap' ? `uid=latency,${baseDn}` : `CN=latency,CN=Users,${baseDn}`;
  await client.add(
    dn,
    kind === 'openldap'
      ? { objectClass: ['inetOrgPerson'], uid: 'latency', cn: 'latency', sn: 'latency' }
      : { objectClass: ['user'], cn: 'latency', sAMAccountName: 'latency' },
  );
  return dn;
}

async function change(client: Client, dn: string, title: string): Promise<void> {
  const modification = new Attribute({ type: 'title', values: [title] });
  await client.modify(dn, new Change({ operation: 'replace', modification }));
}

/** Follows the directory as the agent does; what is only told is read. */
async function follow(bench: EngineOnFile, source: DirectorySource, heard: Heard, signal: AbortSignal): Promise<void> {
  const { engine, directory, store } = bench;
  const cookie = (): Buffer => Buffer.from(store.setting(cookieSetting(directory)) ?? '', 'base64');
  const attributes = engine.rules.attributesRead(directory.name);
  const counters = new Counters();
  const importing = (mode: 'delta' | 'followed'): DirectoryImport => {
    return new DirectoryImport(engine, directory, everything, counters, mode);
  };
  let reading: Promise<unknown> = Promise.resolve();
  const read = (): void => {
    reading = reading.then(async () => {
      const run = importing('delta');
      run.finish(await source.read({ cookie: cookie(), attributes }, run, signal));
      heard.committed(counters);
    });
  };
  const run = importing('followed');
  const sink: ImportSink = {
    entry: (raw, anchor) => run.entry(raw, anchor),
    changes: (raw) => run.changes(raw),
    gone: (anchor) => run.gone(anchor),
    present: (anchor) => run.present(anchor),
    page: (next) => {
      run.page(next);
      heard.committed(counters);
    },
  };
  await source.follow?.({ cookie: cookie(), attributes }, sink, read, signal);
  // A read that was under way when nobody wanted to hear any more.
  await reading.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** Waits for the next change that is committed. */
class Heard {
  #count = 0;
  #told: (() => void) | undefined;

  committed(counters: Counters): void {
    const count = counters.get('stage-update');
    if (count === this.#count) return;
    this.#count = count;
    this.#told?.();
  }

  async once(work: () => Promise<unknown>, withinMs: number): Promise<void> {
    const told = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the change was not heard of in time')), withinMs);
      this.#told = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    await Promise.all([work(), told]);
  }
}
