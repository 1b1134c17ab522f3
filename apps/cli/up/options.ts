/**
 * What `springline up` is asked for, parsed and checked before anything is touched.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Configuration, SourceConfiguration } from '@springline/agent/components/connect-sync/configuration';
import {
  formatConfiguration,
  loadConfiguration,
  shortestIntervalSeconds,
} from '@springline/agent/components/connect-sync/configuration';
import { describeSource } from '@springline/agent/components/connect-sync/directory-source';
import { componentHome } from '@springline/agent/home';
import { CommandError } from '../output.ts';

/** What to synchronise, as the command line gives it. */
export interface SourceWords {
  readonly ldif?: string;
  readonly ldap?: string;
  readonly base?: string;
  readonly bindDn?: string;
  readonly bindDnPasswordFile?: string;
  readonly ca?: string;
  readonly startTls?: boolean;
  readonly interval?: string;
}

/** As the command line gives them. */
export interface UpWords extends SourceWords {
  readonly home: string;
  readonly port: string;
  readonly dryRun?: boolean;
}

export interface UpPlan {
  readonly home: string;
  readonly port: number;
  readonly configuration: Configuration;
  readonly configurationFile: string;
  /** The home holds no configuration yet: the source must be readable before anything is written. */
  readonly isNew: boolean;
}

const sampleDirectory = join(import.meta.dirname, '..', '..', '..', 'examples', 'contoso.ldif');
export const defaultIntervalSeconds = { ldif: 300, ldap: 30, csv: 300 };

/** @throws {CommandError} with exit code 2 for contradictions, 1 where the home syncs something else. */
export function planUp(words: UpWords): UpPlan {
  const port = Number(words.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new CommandError(`--port ${words.port} is no port: 1 to 65535`, 2);
  const home = resolve(words.home);
  const configurationFile = join(componentHome(home, 'connect-sync').folder, 'configuration.yaml');
  const asked = askedSource(words);
  const isNew = !existsSync(configurationFile);
  const known = isNew ? undefined : loadConfiguration(configurationFile);
  const first = known?.connectors[0];
  if (first !== undefined && asked !== undefined && !isSameSource(first.source, asked)) {
    throw new CommandError(
      `${home} already syncs ${describeSource(first.source)}. Choose another --home for another directory.`,
    );
  }
  const source = asked ?? first?.source ?? { kind: 'ldif', file: sampleDirectory };
  const intervalSeconds = interval(words) ?? known?.intervalSeconds ?? defaultIntervalSeconds[source.kind];
  // What the file says beside its first source was written by a person, and stays.
  const connectors = [{ name: 'default', ...first, source }, ...(known?.connectors.slice(1) ?? [])];
  const configuration = { connectors, intervalSeconds, mode: known?.mode ?? ('interval' as const) };
  return { home, port, configurationFile, isNew, configuration };
}

/** @throws {CommandError} exit code 2 when it is out of bounds. */
export function interval(words: SourceWords): number | undefined {
  if (words.interval === undefined) return undefined;
  const seconds = Number(words.interval);
  if (!Number.isInteger(seconds) || seconds < shortestIntervalSeconds || seconds > 604_800) {
    throw new CommandError(`--interval ${words.interval} must be ${shortestIntervalSeconds} to 604800 seconds`, 2);
  }
  return seconds;
}

/** `undefined` when no source is named. @throws {CommandError} exit code 2 for contradictions. */
export function askedSource(words: SourceWords): SourceConfiguration | undefined {
  const { ldif, ldap, base, bindDn, bindDnPasswordFile, ca, startTls } = words;
  if (ldif !== undefined && ldap !== undefined) throw new CommandError('give --ldif or --ldap, not both', 2);
  const stray = Object.entries({
    base,
    'bind-dn': bindDn,
    'bind-dn-password-file': bindDnPasswordFile,
    ca,
    'start-tls': startTls,
  }).find(([, value]) => value !== undefined);
  if (ldap === undefined) {
    if (stray !== undefined) throw new CommandError(`--${stray[0]} goes with --ldap`, 2);
    return ldif === undefined ? undefined : { kind: 'ldif', file: resolve(ldif) };
  }
  if (base === undefined) throw new CommandError('--ldap needs --base DN: where the tree to sync begins', 2);
  if ((bindDn === undefined) !== (bindDnPasswordFile === undefined)) {
    throw new CommandError('--bind-dn and --bind-dn-password-file go together', 2);
  }
  return {
    kind: 'ldap',
    urls: [ldap],
    baseDn: base,
    ...(bindDn === undefined ? {} : { bindDn }),
    ...(bindDnPasswordFile === undefined ? {} : { passwordFile: resolve(bindDnPasswordFile) }),
    ...(ca === undefined ? {} : { caFile: resolve(ca) }),
    startTls: startTls === true,
  };
}

/** The same directory; account, certificate and rhythm may change from start to start. */
function isSameSource(a: SourceConfiguration, b: SourceConfiguration): boolean {
  if (a.kind === 'ldap' && b.kind === 'ldap') return a.baseDn.toLowerCase() === b.baseDn.toLowerCase();
  return a.kind !== 'ldap' && b.kind === a.kind && a.file === b.file;
}

/** The text of the configuration file. */
export function configurationText(plan: UpPlan): string {
  return `# What Connect Sync on this host reads, and how often. Written by springline up.\n${formatConfiguration(plan.configuration)}`;
}
