/**
 * What tests and benchmarks ask for real servers: `const ldap = await requireService(t, 'openldap')`.
 *
 * Within `npm test` all files share the servers of one run. A file that is run alone starts what it needs, and when it
 * ends, however it ends, its servers end too. Servers are shared: leave what you did not make as it is.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type {
  Answer,
  ChromiumFacts,
  DirectoryFacts,
  PostgresFacts,
  SambaAdFacts,
  ServiceFacts,
  ServiceName,
} from './facts.ts';
import { type HostProcess, hostAddressVariable, startHost } from './host-process.ts';
import { addSubtree, applyLdif } from './ldap-tools.ts';
import { run } from './process-group.ts';

/** What can be done to a directory besides reading its facts. */
export interface DirectoryActions {
  /** Adds `ou=<name>` below the base and returns its DN. Throws when the name is taken: each test takes its own. */
  subtree(name: string): Promise<string>;
  /** Carries out LDIF as the administrator, over the wire; entries without `changetype` are added. */
  apply(ldif: string): Promise<void>;
}

export type OpenLdap = DirectoryFacts & DirectoryActions;
export type SambaAd = SambaAdFacts & DirectoryActions;
export type Postgres = PostgresFacts & {
  /** Makes an empty database for one test. */
  createDatabase(): Promise<{ readonly name: string; readonly url: string }>;
};
export type Chromium = ChromiumFacts & {
  /** Makes an empty user-data folder; it goes with the run. */
  userDataFolder(): string;
};

/** Services by name, ready to use. */
export interface Services {
  readonly openldap: OpenLdap;
  readonly 'samba-ad': SambaAd;
  readonly postgres: Postgres;
  readonly chromium: Chromium;
}

/** The service, started now if nobody did, or why this machine cannot have it. Throws when it should start and does not. */
export type Wanted<Service> =
  | { readonly kind: 'ready'; readonly service: Service }
  | { readonly kind: 'unavailable'; readonly reason: string };

export const openLdap = (): Promise<Wanted<OpenLdap>> => want('openldap', withDirectoryActions);
export const sambaAd = (): Promise<Wanted<SambaAd>> => want('samba-ad', withDirectoryActions);
export const postgres = (): Promise<Wanted<Postgres>> => want('postgres', withDatabases);
export const chromium = (): Promise<Wanted<Chromium>> => want('chromium', withUserData);

const wanted: { readonly [Name in ServiceName]: () => Promise<Wanted<Services[Name]>> } = {
  openldap: openLdap,
  'samba-ad': sambaAd,
  postgres,
  chromium,
};

/**
 * The service for this test. Where it cannot be had the test is marked as skipped with the reason and the answer is
 * `undefined`: return then. With `CI=true` it throws instead, since a skipped test there would hide that nothing was tested.
 */
export async function requireService<Name extends ServiceName>(
  t: TestContext,
  name: Name,
): Promise<Services[Name] | undefined> {
  const answer = await wanted[name]();
  if (answer.kind === 'ready') return answer.service;
  if (process.env['CI'] === 'true') throw new Error(`${name} is not available: ${answer.reason}`);
  t.skip(`${name} is not available: ${answer.reason}`);
  return undefined;
}

async function want<Name extends ServiceName, Service>(
  name: Name,
  complete: (facts: ServiceFacts[Name]) => Service,
): Promise<Wanted<Service>> {
  const answer = await ask(name);
  if (answer.kind === 'failed') throw new Error(`${name} did not start: ${answer.reason}`);
  return answer.kind === 'ready' ? { kind: 'ready', service: complete(answer.facts) } : answer;
}

function withDirectoryActions<Facts extends DirectoryFacts>(facts: Facts): Facts & DirectoryActions {
  return { ...facts, subtree: (name) => addSubtree(facts, name), apply: (ldif) => applyLdif(facts, ldif) };
}

function withDatabases(facts: PostgresFacts): Postgres {
  return {
    ...facts,
    async createDatabase() {
      const name = `test_${randomBytes(8).toString('hex')}`;
      const where = ['-h', facts.socketFolder, '-p', String(facts.port), '-U', facts.user, '-d', 'postgres'];
      await run({ command: facts.psqlPath, args: [...where, '-qc', `CREATE DATABASE ${name}`] });
      return { name, url: `postgres://${facts.user}:${facts.password}@${facts.host}:${facts.port}/${name}` };
    },
  };
}

function withUserData(facts: ChromiumFacts): Chromium {
  return { ...facts, userDataFolder: () => mkdtempSync(join(facts.profilesFolder, 'profile-')) };
}

async function ask<Name extends ServiceName>(name: Name): Promise<Answer<ServiceFacts[Name]>> {
  const socket = createConnection(process.env[hostAddressVariable] ?? (await ownHost()).socketPath);
  socket.setEncoding('utf8').write(`${name}\n`);
  let line = '';
  for await (const text of socket) line += text;
  if (!line.endsWith('\n')) throw new Error(`the host of test services hung up while starting ${name}`);
  return JSON.parse(line) as Answer<ServiceFacts[Name]>;
}

let host: Promise<HostProcess> | undefined;

/** For a test file that runs alone. Stopped when nothing is left to do here; the lifeline covers every other way to end. */
function ownHost(): Promise<HostProcess> {
  if (host === undefined) {
    host = startHost();
    process.once('beforeExit', async () => (await host)?.stop());
  }
  return host;
}
