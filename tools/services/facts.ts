/**
 * What a test learns about a service that was started for it. Facts cross a process border as JSON, so they are plain
 * text only; what can be done with a service lives in `catalogue.ts`.
 */

/** How to reach a directory server. Passwords are also files (no line feed at the end) for `--bind-dn-password-file`. */
export interface DirectoryFacts {
  /** `ldap://` address. Samba AD refuses a simple bind here unless StartTLS came first, as a real domain controller does. */
  readonly url: string;
  readonly ldapsUrl: string;
  /** PEM file of the authority that signed the server's certificate, made for this run. */
  readonly caFile: string;
  readonly baseDn: string;
  readonly adminDn: string;
  readonly adminPassword: string;
  readonly adminPasswordFile: string;
  /** The account a sync engine would use: reads everything but OpenLDAP's passwords; on AD it may replicate secrets. */
  readonly syncDn: string;
  readonly syncPassword: string;
  readonly syncPasswordFile: string;
}

/** A domain controller of a forest of its own. */
export interface SambaAdFacts extends DirectoryFacts {
  /** Loopback address on which every protocol of the domain controller listens at its usual port. */
  readonly host: string;
  readonly realm: string;
  /** NetBIOS name of the domain. */
  readonly domain: string;
  /** Full DNS name of the domain controller; nothing resolves it. */
  readonly dcName: string;
  /** An ordinary user without replication rights. */
  readonly readDn: string;
  readonly readPassword: string;
  readonly readPasswordFile: string;
}

/** A PostgreSQL cluster; each test makes a database of its own in it. */
export interface PostgresFacts {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Folder of the unix socket, which only the superuser of the machine and the server's user may enter. */
  readonly socketFolder: string;
  readonly psqlPath: string;
}

/** A browser that tests launch themselves. */
export interface ChromiumFacts {
  readonly executablePath: string;
  readonly args: readonly string[];
  /** Where user-data folders are made; it goes when the run ends. */
  readonly profilesFolder: string;
}

/** Facts by service. */
export interface ServiceFacts {
  readonly openldap: DirectoryFacts;
  readonly 'samba-ad': SambaAdFacts;
  readonly postgres: PostgresFacts;
  readonly chromium: ChromiumFacts;
}

export type ServiceName = keyof ServiceFacts;

/** `unavailable`: this machine cannot have the service. `failed`: it should be here and did not start, which is a fault. */
export type Answer<Facts> =
  | { readonly kind: 'ready'; readonly facts: Facts }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Thrown by a service's start when this machine cannot have it; the message is the reason shown with the skipped test. */
export class ServiceUnavailable extends Error {
  override readonly name = 'ServiceUnavailable';
}
