/**
 * The state of a component as it was before a build with another state schema touched it. It is put back when that
 * build is rolled back, and the component then imports before it exports (rule S9). Imports nothing from npm.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder, writeFileAtomic } from '@springline/ports/files';
import { componentHome } from '../../home.ts';

const backupFile = (home: string, component: string): string =>
  `${componentHome(home, component).state}.before-upgrade`;

/** Copies the state while the component works; durable when it resolves. */
export async function backUpState(home: string, component: string): Promise<void> {
  const { state } = componentHome(home, component);
  if (!existsSync(state)) return;
  // Loaded here alone: it costs memory that the Updater otherwise does not need.
  const { backup, DatabaseSync } = await import('node:sqlite');
  const file = backupFile(home, component);
  rmSync(`${file}.part`, { recursive: true, force: true });
  const database = new DatabaseSync(state, { readOnly: true });
  try {
    await backup(database, `${file}.part`);
  } finally {
    database.close();
  }
  const handle = openSync(`${file}.part`, 'r+');
  fsyncSync(handle);
  closeSync(handle);
  renameSync(`${file}.part`, file);
  syncFolder(dirname(file));
}

/** Puts the copy back. May be killed and repeated; true when there was one. */
export function restoreState(home: string, component: string): boolean {
  const { state, restored } = componentHome(home, component);
  const file = backupFile(home, component);
  if (!existsSync(file)) return false;
  // First of all: whoever starts the component after a kill need not know what was done here.
  writeFileAtomic(restored, '');
  for (const suffix of ['-wal', '-shm']) rmSync(`${state}${suffix}`, { force: true });
  renameSync(file, state);
  syncFolder(dirname(state));
  return true;
}

export function dropBackup(home: string, component: string): void {
  for (const suffix of ['', '.part']) rmSync(`${backupFile(home, component)}${suffix}`, { force: true });
}
