/**
 * Puts bundles into the slots of an agent host (`<home>/agent/<component>/{a,b}/`) and lets `current` name the slot to
 * run. The link is switched in one rename, after the bundle is durable in the slot that does not run.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { componentHome } from '@springline/agent/home';
import { syncFolder } from '@springline/ports/files';

/** Installs `<bundles>/<component>.mjs`; gives the path to run. Does nothing when it is what runs already. */
export function installComponent(home: string, component: string, bundles: string): string {
  const { folder, current } = componentHome(home, component);
  const file = `${component}.mjs`;
  const bundle = join(bundles, file);
  const running = join(current, file);
  if (existsSync(running) && readFileSync(running).equals(readFileSync(bundle))) return running;
  const slot = existsSync(current) && readlinkSync(current) === 'a' ? 'b' : 'a';
  rmSync(join(folder, slot), { recursive: true, force: true });
  mkdirSync(join(folder, slot), { recursive: true, mode: 0o700 });
  copyFileSync(bundle, join(folder, slot, file));
  syncFolder(join(folder, slot));
  const link = `${current}.new`;
  rmSync(link, { force: true });
  symlinkSync(slot, link);
  renameSync(link, current);
  syncFolder(folder);
  return running;
}
