/**
 * Debian's Chromium for tests that drive the portal. Nothing is started here: a test launches the browser itself, with
 * the flags that make it work as root, alone and quiet.
 */
import { mkdirSync } from 'node:fs';
import type { ChromiumFacts } from './facts.ts';
import { ensurePackages } from './packages.ts';
import type { RunningService } from './server-start.ts';

const executablePath = '/usr/bin/chromium';

// No sandbox because it refuses to start as root; the pages are our own. The rest keeps it from calling home.
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Installs Chromium where missing. `folder` is for user-data folders. */
export async function findChromium(folder: string): Promise<RunningService<ChromiumFacts>> {
  await ensurePackages([{ name: 'chromium', file: executablePath }]);
  mkdirSync(folder, { mode: 0o700 });
  return { facts: { executablePath, args, profilesFolder: folder }, stop: async () => {} };
}
