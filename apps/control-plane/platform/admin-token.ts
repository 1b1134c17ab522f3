/**
 * The admin token: a bearer token with every scope, in a file that only the owner of the home may read. Who can read
 * the file may administer: a lost database makes no difference, and deleting the file makes a new token.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { scopes } from '@springline/api/route';
import type { Clock } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { findCredential } from '../storage/platform/credentials.ts';
import { addToken, findToken, removeTokenByName, setTokenScopes } from '../storage/platform/tokens.ts';
import { longTokenBytes, newSecret, secretHash } from './secret.ts';

/** Its name in the list of tokens; no other token can have it. */
export const adminTokenName = 'admin-token';
const tokenForm = /^[A-Za-z0-9_-]{43}$/;

/** The file holds something that this program did not write. */
export class AdminTokenError extends Error {
  override readonly name = 'AdminTokenError';
  readonly code = 'admin-token-malformed';
}

/**
 * Makes the token file when missing and sees to it that the database knows the token in it. The file is written
 * first: killed in between, the next start registers what it finds.
 *
 * @throws {AdminTokenError} when the file holds no token. Errors of the file system are thrown as they are.
 */
export async function prepareAdminToken(
  deps: { readonly database: Database; readonly clock: Clock; readonly random: Random },
  path: string,
  owner: { readonly tenantId: string; readonly personId: string },
): Promise<void> {
  const { database, clock, random } = deps;
  const found = readToken(path);
  const token = found ?? newSecret(random, longTokenBytes);
  if (found === undefined) writeFileAtomic(path, `${token}\n`, 0o600);
  else chmodSync(path, 0o600);
  const now = clock.now();
  const hash = secretHash(token);
  const { tenantId, personId } = owner;
  const credential = await findCredential(database.read, 'token', hash, now);
  if (credential !== undefined) {
    const known = await findToken(database.read, credential.tenantId, credential.subjectId, now);
    if (known?.name !== adminTokenName || known.scopes.length === scopes.length) return;
    // This version knows more scopes than the one that made the token.
    await database.write((writer) => setTokenScopes(writer, credential.tenantId, known.id, scopes));
    return;
  }
  await database.write(async (writer) => {
    // The one before, whose file is gone, must not go on working.
    await removeTokenByName(writer, tenantId, adminTokenName);
    const id = uuidV7(clock, random);
    await addToken(
      writer,
      tenantId,
      { id, personId, name: adminTokenName, scopes, createdAt: now, expiresAt: null },
      hash,
    );
    const detail = { name: adminTokenName, scopes: scopes.join(' ') };
    const event = { at: now, actor: 'system', action: 'token.created', subject: `token:${id}`, detail };
    await appendAudit(writer, tenantId, event);
  });
}

function readToken(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!tokenForm.test(text)) {
    throw new AdminTokenError(`${path} does not hold a token; delete it, and the next start makes a new one`);
  }
  return text;
}
