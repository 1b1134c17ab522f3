/**
 * The directories of this agent: what each is, how it is opened, and what of it may be read. What kind of directory it is
 * is asked once; from then on it is a property of the connector.
 */
import { createHash } from 'node:crypto';
import type { OpenedDirectory } from '@springline/connect-sync/run-profile/cycle';
import type { Directory, Engine } from '@springline/connect-sync/run-profile/engine';
import type { ImportScope } from '@springline/connect-sync/run-profile/import-scope';
import { cookieSetting, wasReadWhole } from '@springline/connect-sync/run-profile/import-state';
import { isUnder } from '@springline/directory/dn';
import type { HeldObjects } from '@springline/directory/ldap/sources/ldap-source';
import type { DirectorySource } from '@springline/directory/source';
import { loadConsent, mayReadAttribute, requireConsentFor } from '../../consent.ts';
import { agentHome } from '../../home.ts';
import type { SqliteSyncStore } from '../../storage/sync-store.ts';
import type { ConnectorConfiguration } from './configuration.ts';
import { type DirectoryFacts, describeSource, inspectSource, openFile, placeOf } from './directory-source.ts';
import type { Prepared } from './prepared.ts';
import { openLdapSource } from './sources/open-source.ts';
import type { ConnectorFacts } from './views/call-context.ts';

/** The engine, whose directories and rules are told to it as they become known. */
export type ChangeableEngine = { -readonly [Key in keyof Engine]: Engine[Key] };

export const cloudName = 'Cloud directory';

export class Directories {
  readonly #prepared: Prepared;
  readonly #store: SqliteSyncStore;
  readonly #engine: ChangeableEngine;
  /** Sources of LDAP servers are kept from one read to the next. */
  readonly #opened = new Map<string, DirectorySource>();

  /** Tells the engine its directories and its rules, now and whenever more is known of them. */
  constructor(prepared: Prepared, store: SqliteSyncStore, engine: ChangeableEngine) {
    this.#prepared = prepared;
    this.#store = store;
    this.#engine = engine;
    // Should one come back under its name, it may be another.
    for (const { name } of store.connectors()) {
      if (!this.names.includes(name)) store.setSetting(factsSetting(name), null);
    }
    this.#learn();
  }

  /** In the order of the configuration. */
  get names(): readonly string[] {
    return this.#configured.map(({ name }) => name);
  }

  /** Every connector in its order, the cloud's last. */
  facts(runningConnector: string | undefined): readonly ConnectorFacts[] {
    const own = this.#configured.map(({ name, source }): ConnectorFacts => {
      const facts = this.#factsOf(name);
      const directory = this.#engine.directories.find((known) => known.name === name);
      return {
        name,
        kind: facts?.kind ?? (source.kind === 'csv' ? 'csv' : 'ldap'),
        source: describeSource(source),
        partitions: facts === undefined || facts.baseDn === '' ? [] : [facts.baseDn],
        isRunning: runningConnector === name,
        fullImportRequired:
          directory === undefined ||
          !wasReadWhole(this.#engine, directory) ||
          // Files have no cookie: every import of them is a whole one.
          (source.kind === 'ldap' && this.#store.setting(cookieSetting(directory)) === undefined),
      };
    });
    const cloud: ConnectorFacts = {
      name: cloudName,
      kind: 'cloud',
      source: this.#prepared.sender.url,
      partitions: ['default'],
      isRunning: runningConnector === cloudName,
      fullImportRequired: this.#store.setting('cloud-cursor') === undefined,
    };
    return [...own, cloud];
  }

  /** What this server reads, as leases compare it. */
  get identities(): readonly { readonly kind: string; readonly baseDn?: string }[] | undefined {
    const found = this.#configured.map(({ name, source }) => {
      const facts = this.#factsOf(name);
      if (facts === undefined) return undefined;
      return source.kind === 'ldap' ? { kind: facts.kind, baseDn: facts.baseDn } : { kind: source.kind };
    });
    return found.includes(undefined) ? undefined : (found as { kind: string; baseDn?: string }[]);
  }

  /** @throws what opening it may: errors of LDAP, files and consent. */
  async open(name: string, signal: AbortSignal): Promise<OpenedDirectory> {
    const configured = this.#configured.find((connector) => connector.name === name)!;
    const path = agentHome(this.#prepared.home).consent;
    const consent = loadConsent(path);
    const source = await this.#source(configured, signal);
    const directory = this.#engine.directories.find((known) => known.name === name)!;
    // What will be asked for counts, not what was found at the first time. Rows of a file lie in no tree.
    if (configured.source.kind !== 'csv') {
      const { baseDn } = configured.source.kind === 'ldap' ? configured.source : directory;
      requireConsentFor(consent, baseDn, path);
    }
    return { directory, source, scope: this.#scope(configured) };
  }

  async #source(configured: ConnectorConfiguration, signal: AbortSignal): Promise<DirectorySource> {
    const { name, source } = configured;
    if (source.kind !== 'ldap') {
      if (this.#factsOf(name) === undefined) this.#remember(name, await inspectSource(source, signal));
      return openFile(source);
    }
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const opened = await openLdapSource(placeOf(source), this.#held(name), signal);
    this.#remember(name, { kind: opened.kind, baseDn: source.baseDn });
    this.#opened.set(name, opened.source);
    return opened.source;
  }

  /**
   * What the connector space holds of it. Containers are not held, and what is held counts as a leaf: what lies below a
   * person is found by the next whole read.
   */
  #held(name: string): HeldObjects {
    const connector = this.#store.connector(name, 'directory');
    return {
      dnOf: (anchor) => this.#store.rowByAnchor(connector, anchor)?.dn,
      hasBelow: () => false,
    };
  }

  /** Consent is read anew in each cycle: taking it back works at once. */
  #scope({ source }: ConnectorConfiguration): ImportScope {
    const consent = loadConsent(agentHome(this.#prepared.home).consent);
    const chosen = source.kind === 'ldap' ? [source.baseDn, source.include, source.exclude, source.filter] : source;
    return {
      consent: {
        mayReadAttribute: (attribute) => mayReadAttribute(consent, attribute),
        mayReadEntry: (dn) => source.kind === 'csv' || consent.baseDns.some((base) => isUnder(dn, base)),
      },
      // Sources hand over what the configuration chooses and nothing else.
      isInScope: () => true,
      digest: createHash('sha256')
        .update(JSON.stringify([consent.baseDns, chosen]))
        .digest('base64url')
        .slice(0, 22),
    };
  }

  get #configured(): readonly ConnectorConfiguration[] {
    return this.#prepared.configuration.connectors;
  }

  #factsOf(name: string): DirectoryFacts | undefined {
    const stored = this.#store.setting(factsSetting(name)) ?? this.#onlyFacts();
    return stored === undefined ? undefined : (JSON.parse(stored) as DirectoryFacts);
  }

  /** As versions with one directory kept them. */
  #onlyFacts(): string | undefined {
    return this.#configured.length === 1 ? this.#store.setting('directory-facts') : undefined;
  }

  #remember(name: string, facts: DirectoryFacts): void {
    const text = JSON.stringify(facts);
    if (this.#store.setting(factsSetting(name)) === text) return;
    this.#store.setSetting(factsSetting(name), text);
    this.#learn();
  }

  #learn(): void {
    const directories: Directory[] = [];
    for (const { name, netBiosName, filterGroup } of this.#configured) {
      const facts = this.#factsOf(name);
      if (facts === undefined) continue;
      directories.push({
        connector: this.#store.connector(name, 'directory'),
        name,
        kind: facts.kind,
        baseDn: facts.baseDn,
        ...(netBiosName === undefined ? {} : { netBiosName }),
        ...(filterGroup === undefined ? {} : { filterGroupDn: filterGroup }),
      });
    }
    this.#engine.directories = directories;
    this.#engine.rules = this.#prepared.rules.forConnectors([...directories, { name: cloudName, kind: 'cloud' }]);
  }
}

function factsSetting(name: string): string {
  return `directory-facts/${name}`;
}
