/**
 * The first installation of an agent host, by whoever sets it up: the same looks, checks and slots as an upgrade, from
 * the pinned roots on. It may be killed anywhere and repeated. Imports nothing from npm.
 */
import { mkdirSync } from 'node:fs';
import type { Refusal } from '@springline/auto-upgrade/upgrader/choose-release';
import { systemClock } from '@springline/ports/clock';
import { agentHome } from '../home.ts';
import { linkedSlot, otherSlot, SlotError, switchLink, verifiedProgram } from '../slot/slot.ts';
import { lookAtRepositories } from './look.ts';
import { fetchFirstRoot } from './repository-client.ts';
import { stageRelease } from './stage.ts';
import { beginTrust, type RootPins, raiseReleaseNumberFloor, releaseNumberFloors } from './trust-store.ts';

/** The repositories hold nothing that may be installed here. `code` is that of the first refusal. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Installs each component that no slot holds whole; gives those that it installed. */
export async function installFirst(
  plan: {
    readonly home: string;
    readonly url: string;
    readonly pins: RootPins;
    readonly components: readonly string[];
  },
  progress: (what: string) => void,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { home, url, pins, components } = plan;
  mkdirSync(agentHome(home).folder, { recursive: true, mode: 0o700 });
  await beginTrust(home, pins, (repository) => fetchFirstRoot(url, repository));
  const missing = components.filter((component) => !isInstalled(home, component));
  if (missing.length === 0) return [];
  const floors = releaseNumberFloors(home);
  const installed = missing.map((component) => ({
    component,
    version: '0.0',
    sha256: '',
    // What ran here before may be installed again, and nothing older.
    releaseNumberFloor: Math.max(0, (floors.get(component) ?? 0) - 1),
    slot: linkedSlot(home, component) ?? ('b' as const),
  }));
  const platform = hostPlatform();
  const { choice } = await lookAtRepositories({ home, url, platform, installed }, 'install', systemClock.now(), signal);
  for (const { component, slot } of installed) {
    const offer = choice.offers.find((other) => other.component === component);
    if (offer === undefined) throw notOffered(component, platform, choice.refusals);
    const { version, releaseNumber } = offer.target.facts;
    const say = (bytes: number, totalBytes: number): void =>
      progress(`${component} ${version}, ${Math.round((100 * bytes) / totalBytes)} %`);
    const target = otherSlot(slot);
    await stageRelease(offer, { home, url, slot: target, step: () => Promise.resolve(), progress: say }, signal);
    raiseReleaseNumberFloor(home, component, releaseNumber);
    switchLink(home, component, target);
  }
  return missing;
}

/** `linux-x64`, `linux-arm64`, `win-x64`: as release targets name it. */
export function hostPlatform(): string {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

/** A slot that somebody wrote to holds nothing that could be started: the release is brought again. */
function isInstalled(home: string, component: string): boolean {
  const slot = linkedSlot(home, component);
  if (slot === undefined) return false;
  try {
    verifiedProgram(home, component, slot);
    return true;
  } catch (error) {
    if (error instanceof SlotError) return false;
    throw error;
  }
}

function notOffered(component: string, platform: string, refusals: readonly Refusal[]): InstallError {
  const refusal = refusals.find(({ path }) => path.startsWith(`${component}/`)) ?? refusals[0];
  return refusal === undefined
    ? new InstallError('not-offered', `the repositories offer no ${component} for ${platform}`)
    : new InstallError(refusal.code, `${component} cannot be installed: ${refusal.message}`);
}
