/**
 * The configuration of Connect Sync on this host: which directories it reads, in which order, and how often. A YAML file
 * in the component's folder, made by `springline up` and `springline agent install`; it holds no password, only the
 * paths of files that do.
 */
import { readFileSync } from 'node:fs';
import { type Document, parseDocument, stringify } from 'yaml';
import { parseSource, plainSource, type SourceConfiguration } from './source-configuration.ts';

export type { SourceConfiguration } from './source-configuration.ts';

export interface ConnectorConfiguration {
  /** Of the first: as enrolled. */
  readonly name: string;
  readonly source: SourceConfiguration;
  /** NetBIOS name of the domain, where it is not the first label of its DNS name. */
  readonly netBiosName?: string;
  /** DN of the group whose direct members alone are synchronised. */
  readonly filterGroup?: string;
}

/** `continuous`: changes are followed as they happen, and the interval is only the longest time between cycles. */
export type SchedulerMode = 'interval' | 'continuous';

export interface Configuration {
  /** In the order in which they were added: what earlier ones contribute wins where rules are the same. */
  readonly connectors: readonly ConnectorConfiguration[];
  /** Time between cycles; a changed file starts one at once. */
  readonly intervalSeconds: number;
  readonly mode: SchedulerMode;
}

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration-malformed';
}

const sizeLimitBytes = 1024 * 1024;
const connectorLimit = 100;
export const shortestIntervalSeconds = 5;
/** 7 days: a longer pause could miss what directories forget. */
export const longestIntervalSeconds = 7 * 24 * 60 * 60;

/** One connector is written at the top, several as a list. */
export function formatConfiguration({ connectors, intervalSeconds, mode }: Configuration): string {
  const plain = connectors.map(({ name, source, ...rest }) => ({ name, source: plainSource(source), ...rest }));
  const [first] = plain;
  const isSimple = plain.length === 1 && Object.keys(first!).length === 2;
  return stringify({
    ...(isSimple ? { connector: first!.name, source: first!.source } : { connectors: plain }),
    intervalSeconds,
    ...(mode === 'interval' ? {} : { mode }),
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
  const { connector, source, connectors, intervalSeconds, mode, ...rest } = asRecord(plainFrom(document, wrong), () =>
    wrong('the file must be a map'),
  );
  if (Object.keys(rest).length > 0) throw wrong(`unknown key ${Object.keys(rest)[0]}`);
  if (connectors !== undefined && (connector !== undefined || source !== undefined)) {
    throw wrong('give connector and source, or connectors: not both');
  }
  const listed = connectors ?? [{ name: connector, source }];
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > connectorLimit) {
    throw wrong(`connectors must be a list of 1 to ${connectorLimit}`);
  }
  const parsed = listed.map((one) => parseConnector(one, wrong));
  const twice = parsed.find(({ name }, at) => parsed.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw wrong(`two connectors are named ${twice.name}`);
  if (
    typeof intervalSeconds !== 'number' ||
    !(intervalSeconds >= shortestIntervalSeconds && intervalSeconds <= longestIntervalSeconds)
  ) {
    throw wrong(`intervalSeconds must be ${shortestIntervalSeconds} to ${longestIntervalSeconds}`);
  }
  if (mode !== undefined && mode !== 'interval' && mode !== 'continuous') {
    throw wrong('mode must be interval or continuous');
  }
  return { connectors: parsed, intervalSeconds, mode: mode ?? 'interval' };
}

function parseConnector(value: unknown, wrong: (what: string) => ConfigurationError): ConnectorConfiguration {
  const { name, source, netBiosName, filterGroup, ...rest } = asRecord(value, () =>
    wrong('a connector needs name and source'),
  );
  if (Object.keys(rest).length > 0) throw wrong(`unknown key connectors.${Object.keys(rest)[0]}`);
  if (typeof name !== 'string' || name === '' || name.length > 100) throw wrong('connector must be a name');
  for (const [key, text] of Object.entries({ netBiosName, filterGroup })) {
    if (text !== undefined && typeof text !== 'string') throw wrong(`connectors.${key} must be a text`);
  }
  const places = asRecord(source ?? {}, () => wrong('source must have exactly one of ldif, ldap, csv'));
  return {
    name,
    source: parseSource(places, wrong),
    ...(typeof netBiosName === 'string' ? { netBiosName } : {}),
    ...(typeof filterGroup === 'string' ? { filterGroup } : {}),
  };
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
