/**
 * A private PostgreSQL cluster (Debian's 15) on 127.0.0.1 and a unix socket. The server refuses to run as root, so root
 * runs it as the user `postgres` that the package brings. Nothing in it outlives the run, hence no fsync.
 */
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresFacts } from './facts.ts';
import { freePort } from './free-port.ts';
import { ensurePackages } from './packages.ts';
import { type Program, run, startGroup } from './process-group.ts';
import { type RunningService, startServer } from './server-start.ts';

const binaries = '/usr/lib/postgresql/15/bin';
const password = 'Postgres.Passw0rd';

/** Installs PostgreSQL where missing and starts a new cluster in `folder`, which must not exist. Returns once it answers. */
export async function startPostgres(folder: string): Promise<RunningService<PostgresFacts>> {
  await ensurePackages([{ name: 'postgresql-15', file: `${binaries}/postgres` }]);
  const user = await serverUser();
  mkdirSync(folder, { mode: 0o700 });
  const passwordFile = join(folder, 'superuser.password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
  const program = (command: string, args: readonly string[]): Program => ({
    command: join(binaries, command),
    args,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    ...(user === undefined ? {} : { user }),
  });
  const cluster = join(folder, 'cluster');
  const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth-local=trust', '--auth-host=scram-sha-256'];
  await run(program('initdb', ['-D', cluster, ...access, '--encoding=UTF8', '--locale=C', '--no-sync']));
  // SIGINT is the fast shutdown: open connections are cut.
  return startServer(async () => {
    const port = await freePort();
    const facts = { host: '127.0.0.1', port, user: 'postgres', password, socketFolder: folder };
    return {
      facts: { ...facts, psqlPath: join(binaries, 'psql') },
      group: startGroup(program('postgres', ['-D', cluster, ...serverSettings(folder, port)])),
      probe: program('pg_isready', ['-h', folder, '-p', String(port), '-q']),
    };
  }, 'SIGINT');
}

function serverSettings(folder: string, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number(await run({ command: 'id', args: [flag, 'postgres'] }))),
  );
  if (!uid || !gid) throw new Error('the Debian package has made no user postgres');
  return { uid, gid };
}
