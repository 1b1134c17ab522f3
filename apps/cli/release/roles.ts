/**
 * The two repositories of a home and their roles (TUF 3.1), and where the release side keeps its files. Names only.
 */
import { join } from 'node:path';

export const repositories = ['image', 'director'] as const;
export type RepositoryName = (typeof repositories)[number];

export const roles = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type RoleName = (typeof roles)[number];

/** `<home>/keys`: the release manager's, never read by the control plane or by an agent. */
export interface KeysHome {
  readonly folder: string;
  readonly profile: string;
  readonly passphrase: string;
  /** Versions and release numbers that were given out: they never fall, whatever happens to the tree. */
  readonly record: string;
  /** What the signer was asked, allowed and signed. */
  readonly signerRecord: string;
  /** Who may approve what widens a rollout. */
  readonly approvers: string;
  /** How far the control plane's database had come. */
  readonly databaseMark: string;
  /** Folder: for which components people signed a bridge from PKS. */
  readonly pksBridges: string;
  /** There while keys are being made. */
  readonly unfinished: string;
  /** Bound by the one process that writes. */
  readonly lock: string;
  /** `role`: one of the four, or of the Image repository's delegated ones. */
  key(repository: RepositoryName, role: string): string;
  /** The first root of a repository, which agents pin. */
  root(repository: RepositoryName): string;
}

export function keysHome(home: string): KeysHome {
  const folder = join(home, 'keys');
  return {
    folder,
    profile: join(folder, 'profile.json'),
    passphrase: join(folder, 'passphrase'),
    record: join(folder, 'record.json'),
    signerRecord: join(folder, 'signer-record.jsonl'),
    approvers: join(folder, 'approvers.json'),
    databaseMark: join(folder, 'database-mark.json'),
    pksBridges: join(folder, 'pks'),
    unfinished: join(folder, 'unfinished.json'),
    lock: join(folder, 'release.lock'),
    key: (repository, role) => join(folder, `${repository}-${role}.key.json`),
    root: (repository) => join(folder, `${repository}-1.root.json`),
  };
}

/** `<home>/control-plane/repository`: what the control plane serves below `/repository/`. */
export function treeFolder(home: string): string {
  return join(home, 'control-plane', 'repository');
}
