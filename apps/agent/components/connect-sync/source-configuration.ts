/**
 * How the configuration says where a connector reads: an LDIF file, a CSV file or LDAP servers. Passwords and keys are
 * named by their files and never stand here themselves.
 */
import { isAbsolute } from 'node:path';

export interface LdapSourceConfiguration {
  readonly kind: 'ldap';
  /** Tried in this order until one answers. */
  readonly urls: readonly string[];
  readonly baseDn: string;
  readonly bindDn?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  /** SASL EXTERNAL: certificate and key of this host, PEM. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  readonly startTls: boolean;
  /** A password may travel unencrypted to another machine. */
  readonly allowClearText?: boolean;
  /** Containers by objectGUID or entryUUID text. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** RFC 4515: which entries are read at all. */
  readonly filter?: string;
}

export interface CsvSourceConfiguration {
  readonly kind: 'csv';
  readonly file: string;
  /** The column whose value names the object for good. */
  readonly key: string;
  readonly objectType: string;
  readonly delimiter?: string;
  /** Attribute by column; absent: every column is an attribute of its name. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly multiValued?: readonly string[];
}

export type SourceConfiguration =
  | { readonly kind: 'ldif'; readonly file: string }
  | LdapSourceConfiguration
  | CsvSourceConfiguration;

type Refusal = (what: string) => Error;

/** As it stands in the file. */
export function plainSource(source: SourceConfiguration): Record<string, unknown> {
  if (source.kind === 'ldif') return { ldif: source.file };
  const { kind, ...place } = source;
  if (source.kind === 'csv') return { csv: place };
  const { urls, ...rest } = place as Omit<LdapSourceConfiguration, 'kind'>;
  return { ldap: urls.length === 1 ? { url: urls[0], ...rest } : { urls, ...rest } };
}

/** @throws what `wrong` makes, naming the key. */
export function parseSource(source: Record<string, unknown>, wrong: Refusal): SourceConfiguration {
  const { ldif, ldap, csv, ...rest } = source;
  const given = [ldif, ldap, csv].filter((value) => value !== undefined);
  if (Object.keys(rest).length > 0 || given.length !== 1) {
    throw wrong('source must have exactly one of ldif, ldap, csv');
  }
  if (ldif !== undefined) {
    if (typeof ldif !== 'string' || !isAbsolute(ldif)) throw wrong('source.ldif must be an absolute path');
    return { kind: 'ldif', file: ldif };
  }
  return csv === undefined ? parseLdap(ldap, wrong) : parseCsv(csv, wrong);
}

function parseLdap(value: unknown, wrong: Refusal): LdapSourceConfiguration {
  const at = new Fields('source.ldap', value, () => wrong('source.ldap needs url and baseDn'), wrong);
  const url = at.optionalText('url');
  const urls = at.optionalTexts('urls') ?? (url === undefined ? [] : [url]);
  const baseDn = at.optionalText('baseDn');
  if (urls.length === 0 || baseDn === undefined) throw wrong('source.ldap needs url and baseDn');
  const found: LdapSourceConfiguration = {
    kind: 'ldap',
    urls,
    baseDn,
    ...at.texts('bindDn', 'passwordFile', 'caFile', 'certificateFile', 'keyFile', 'filter'),
    startTls: at.flag('startTls') ?? false,
    ...at.flags('allowClearText'),
    ...at.lists('include', 'exclude'),
  };
  at.end();
  if ((found.certificateFile === undefined) !== (found.keyFile === undefined)) {
    throw wrong('source.ldap.certificateFile and source.ldap.keyFile go together');
  }
  if (found.passwordFile !== undefined && found.bindDn === undefined) {
    throw wrong('source.ldap.passwordFile needs a bindDn');
  }
  if (found.certificateFile !== undefined && found.bindDn !== undefined) {
    throw wrong('source.ldap has a bindDn and a certificateFile; one of them says who this host is');
  }
  return found;
}

function parseCsv(value: unknown, wrong: Refusal): CsvSourceConfiguration {
  const at = new Fields('source.csv', value, () => wrong('source.csv needs file, key and objectType'), wrong);
  const [file, key, objectType] = [at.optionalText('file'), at.optionalText('key'), at.optionalText('objectType')];
  if (file === undefined || key === undefined || objectType === undefined) {
    throw wrong('source.csv needs file, key and objectType');
  }
  if (!isAbsolute(file)) throw wrong('source.csv.file must be an absolute path');
  const attributes = at.take('attributes');
  if (attributes !== undefined && !isTextMap(attributes))
    throw wrong('source.csv.attributes must map columns to attributes');
  const found: CsvSourceConfiguration = {
    kind: 'csv',
    file,
    key,
    objectType,
    ...at.texts('delimiter'),
    ...(attributes === undefined ? {} : { attributes: attributes as Readonly<Record<string, string>> }),
    ...at.lists('multiValued'),
  };
  at.end();
  return found;
}

function isTextMap(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

/** Takes the keys of a map one by one; what is left at the end is unknown. */
class Fields {
  readonly #place: string;
  readonly #left: Map<string, unknown>;
  readonly #wrong: Refusal;

  constructor(place: string, value: unknown, refusal: () => Error, wrong: Refusal) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal();
    this.#place = place;
    this.#left = new Map(Object.entries(value));
    this.#wrong = wrong;
  }

  take(name: string): unknown {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.take(name);
    if (value !== undefined && typeof value !== 'string') throw this.#wrong(`${this.#place}.${name} must be a text`);
    return value;
  }

  optionalTexts(name: string): string[] | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length > 10_000 || !value.every((text) => typeof text === 'string')) {
      throw this.#wrong(`${this.#place}.${name} must be a list of texts`);
    }
    return value as string[];
  }

  /** A word in its place must not be taken for no: a password would travel in the clear. */
  flag(name: string): boolean | undefined {
    const value = this.take(name);
    if (value !== undefined && typeof value !== 'boolean')
      throw this.#wrong(`${this.#place}.${name} must be true or false`);
    return value;
  }

  texts<Name extends string>(...names: Name[]): Partial<Record<Name, string>> {
    return this.#present(names, (name) => this.optionalText(name));
  }

  lists<Name extends string>(...names: Name[]): Partial<Record<Name, string[]>> {
    return this.#present(names, (name) => this.optionalTexts(name));
  }

  flags<Name extends string>(...names: Name[]): Partial<Record<Name, boolean>> {
    return this.#present(names, (name) => this.flag(name));
  }

  end(): void {
    const [unknown] = this.#left.keys();
    if (unknown !== undefined) throw this.#wrong(`unknown key ${this.#place}.${unknown}`);
  }

  #present<Name extends string, T>(
    names: readonly Name[],
    read: (name: Name) => T | undefined,
  ): Partial<Record<Name, T>> {
    const found: Partial<Record<Name, T>> = {};
    for (const name of names) {
      const value = read(name);
      if (value !== undefined) found[name] = value;
    }
    return found;
  }
}
