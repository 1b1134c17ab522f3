/**
 * The configuration of Connect Sync on this host: which directory it reads, and how often. A YAML file in the
 * component's folder, made by `springline up`; it holds no password, only the path of a file that does.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type Document, parseDocument, stringify } from 'yaml';

export type SourceConfiguration =
  | { readonly kind: 'ldif'; readonly file: string }
  | {
      readonly kind: 'ldap';
      readonly url: string;
      readonly baseDn: string;
      readonly bindDn?: string;
      readonly passwordFile?: string;
      readonly caFile?: string;
      readonly startTls: boolean;
    };

export interface Configuration {
  /** Name of the connector, as enrolled. */
  readonly connector: string;
  readonly source: SourceConfiguration;
  /** Time between cycles; a changed LDIF file starts one at once. */
  readonly intervalSeconds: number;
}

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration-malformed';
}

const sizeLimitBytes = 64 * 1024;
export const shortestIntervalSeconds = 5;
/** 7 days: a longer pause could miss what directories forget. */
export const longestIntervalSeconds = 7 * 24 * 60 * 60;

export function formatConfiguration(configuration: Configuration): string {
  const { source } = configuration;
  const { kind, ...place } = source;
  return stringify({
    connector: configuration.connector,
    source: { [kind]: kind === 'ldif' ? source.file : place },
    intervalSeconds: configuration.intervalSeconds,
  });
}

/** @throws {ConfigurationError} naming the file and the key that is wrong. */
export function loadConfiguration(path: string): Configuration {
  const wrong = (what: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError(`${path}: ${what}`, { cause });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong('cannot be read', cause);
  }
  if (text.length > sizeLimitBytes) throw wrong(`is larger than ${sizeLimitBytes} bytes`);
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors[0] !== undefined) throw wrong(document.errors[0].message.split('\n')[0]!);
  const { connector, source, intervalSeconds, ...rest } = asRecord(plainFrom(document, wrong), () =>
    wrong('the file must be a map'),
  );
  if (Object.keys(rest).length > 0) throw wrong(`unknown key ${Object.keys(rest)[0]}`);
  if (typeof connector !== 'string' || connector === '') throw wrong('connector must be a name');
  if (
    typeof intervalSeconds !== 'number' ||
    !(intervalSeconds >= shortestIntervalSeconds && intervalSeconds <= longestIntervalSeconds)
  ) {
    throw wrong(`intervalSeconds must be ${shortestIntervalSeconds} to ${longestIntervalSeconds}`);
  }
  const places = asRecord(source ?? {}, () => wrong('source must have exactly one of ldif, ldap'));
  return { connector, source: parseSource(places, wrong), intervalSeconds };
}

function plainFrom(document: Document, wrong: (what: string) => ConfigurationError): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    throw wrong('YAML aliases are not allowed here; write the value out'); // The only way that this throws.
  }
}

function asRecord(value: unknown, refusal: () => ConfigurationError): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal();
  return value as Record<string, unknown>;
}

function parseSource(
  source: Record<string, unknown>,
  wrong: (what: string) => ConfigurationError,
): SourceConfiguration {
  const { ldif, ldap, ...rest } = source;
  if (Object.keys(rest).length > 0 || (ldif === undefined) === (ldap === undefined)) {
    throw wrong('source must have exactly one of ldif, ldap');
  }
  if (ldif !== undefined) {
    if (typeof ldif !== 'string' || !isAbsolute(ldif)) throw wrong('source.ldif must be an absolute path');
    return { kind: 'ldif', file: ldif };
  }
  const { url, baseDn, bindDn, passwordFile, caFile, startTls, ...unknown } = asRecord(ldap, () =>
    wrong('source.ldap needs url and baseDn'),
  );
  if (Object.keys(unknown).length > 0) throw wrong(`unknown key source.ldap.${Object.keys(unknown)[0]}`);
  if (typeof url !== 'string' || typeof baseDn !== 'string') throw wrong('source.ldap needs url and baseDn');
  // A word in its place must not be taken for no: the password would travel in the clear.
  if (startTls !== undefined && typeof startTls !== 'boolean')
    throw wrong('source.ldap.startTls must be true or false');
  const text = (name: string, value: unknown): Record<string, string> => {
    if (value === undefined) return {};
    if (typeof value !== 'string') throw wrong(`source.ldap.${name} must be a text`);
    return { [name]: value };
  };
  return {
    kind: 'ldap',
    url,
    baseDn,
    ...text('bindDn', bindDn),
    ...text('passwordFile', passwordFile),
    ...text('caFile', caFile),
    startTls: startTls === true,
  };
}
