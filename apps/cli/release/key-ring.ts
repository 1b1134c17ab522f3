/**
 * The signers of a home: opens a role's key file when that role signs for the first time, and keeps the key in memory
 * for as long as the ring lives. Only what signs is opened: to re-sign timestamps, two keys of them all.
 */
import { ed25519Signer, type Signer } from '@springline/tuf/key';
import { KeyError } from './error.ts';
import { openKeyFile, readKeyFile, readPassphrase } from './key-file.ts';
import { keysHome, type RepositoryName } from './roles.ts';

export class KeyRing {
  readonly #home: string;
  readonly #passphraseFile: string;
  readonly #signers = new Map<string, Signer>();

  /** `passphraseFile`: default `<home>/keys/passphrase`. */
  constructor(home: string, passphraseFile = keysHome(home).passphrase) {
    this.#home = home;
    this.#passphraseFile = passphraseFile;
  }

  /** @throws {KeyError} `keys-missing`, `key-file-damaged`, `key-passphrase-wrong`, `key-passphrase-missing`. */
  async signer(repository: RepositoryName, role: string): Promise<Signer> {
    const name = `${repository}/${role}`;
    const known = this.#signers.get(name);
    if (known !== undefined) return known;
    const path = keysHome(this.#home).key(repository, role);
    const { keyId } = readKeyFile(path);
    const privateKey = await openKeyFile(path, { repository, role }, readPassphrase(this.#passphraseFile));
    const signer = ed25519Signer(privateKey);
    if (signer.keyId !== keyId) {
      throw new KeyError(
        'key-file-damaged',
        `${path} is damaged: its key id belongs to another key. Restore it from your copy of the keys.`,
      );
    }
    this.#signers.set(name, signer);
    return signer;
  }

  /** Takes a key that was just made, and need not be opened again. */
  adopt(repository: RepositoryName, role: string, signer: Signer): void {
    this.#signers.set(`${repository}/${role}`, signer);
  }

  /** Signers of several roles, as the publisher takes them. */
  async signers(repository: RepositoryName, roles: Iterable<string>): Promise<ReadonlyMap<string, readonly Signer[]>> {
    const found = new Map<string, readonly Signer[]>();
    for (const role of roles) found.set(role, [await this.signer(repository, role)]);
    return found;
  }
}
