/**
 * Makes an agent of a host: everything that it may trust at first comes from an enrolment string (security rule S4). The
 * builds are verified from the pinned roots on and installed, and only then is the string used. A kill anywhere is
 * mended by doing it again with the same string within its hour.
 *
 * A host that comes from PKS has a root that was built into it and the bridge build that it fetched: both are held
 * against the string and the repositories before it enrols, so that no string can lead it to other builds.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Configuration,
  formatConfiguration,
  type SourceConfiguration,
} from '@springline/agent/components/connect-sync/configuration';
import type { DirectoryKind } from '@springline/agent/components/connect-sync/directory-source';
import { defaultConsentText } from '@springline/agent/consent';
import { agentHome, componentHome } from '@springline/agent/home';
import { enrol } from '@springline/agent/identity/enrol';
import { type Identity, loadIdentity } from '@springline/agent/identity/identity';
import { RefusedError } from '@springline/agent/identity/signed-request';
import { linkedSlot, readSlot } from '@springline/agent/slot/slot';
import { loadStaging, saveStaging } from '@springline/agent/staging';
import { saveSettings } from '@springline/agent/updater/auto-upgrade/settings';
import { installFirst } from '@springline/agent/upgrader/first-install';
import type { RootPins } from '@springline/agent/upgrader/trust-store';
import { type Enrolment, EnrolmentStringError, parseEnrolmentString } from '@springline/api/enrolment-string';
import { ed25519PublicKey, keyId } from '@springline/api/signature/key';
import { type Component, components as knownComponents } from '@springline/auto-upgrade/release/target-path';
import { systemClock } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import { CommandError } from '../output.ts';
import { makeHome } from '../up/preflight.ts';
import { requireGenuineBridge } from './bridge.ts';

/** What is installed where nothing else is asked for: what the Agent Updater of this version runs. */
export const usualComponents: readonly Component[] = ['agent-updater', 'connect-sync'];

/** What Connect Sync is to read; `kind` and `baseDn` as a look at the source found them. */
export interface InstallSource {
  readonly source: SourceConfiguration;
  readonly intervalSeconds: number;
  readonly kind: DirectoryKind;
  readonly baseDn: string;
}

export interface InstallPlan {
  /** Absolute. */
  readonly home: string;
  /** The text; a secret until it is used. */
  readonly enrolmentString: string;
  /** Default: `usualComponents`; `agent-updater` always comes with them. */
  readonly components?: readonly Component[];
  /** Without one, Connect Sync waits for its configuration. */
  readonly source?: InstallSource;
  /** Of a host that comes from PKS: SHA-256 of the Image root that is built in (hex), and the build that it fetched. */
  readonly bridge?: { readonly imageRoot: string; readonly archive?: string };
  /** It exports nothing from its first cycle on, unless a person has decided about that on this host before. */
  readonly staging?: boolean;
  /** How often to look for new builds; default 300. */
  readonly checkEverySeconds?: number;
}

export interface InstalledAgent {
  readonly agentId: string;
  readonly tenantId: string;
  /** Origin of the control plane. */
  readonly url: string;
  readonly connectors: Identity['connectors'];
  /** What lies in the slots now, by name. */
  readonly components: readonly { readonly component: string; readonly version: string }[];
  /** It was enrolled before, and the string was not used. */
  readonly wasEnrolled: boolean;
  /** It exports nothing until it is promoted. */
  readonly staging: boolean;
}

/**
 * Installs and enrols; starts nothing. `say` hears how far a long step is.
 *
 * @throws {CommandError} for a damaged, used or foreign string, and for a home that belongs to another agent.
 * @throws {TrustError | InstallError | RepositoryError | UnreachableError} as the agent itself would; nothing is
 *   enrolled then.
 */
export async function installAgent(
  plan: InstallPlan,
  say: (where: string) => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<InstalledAgent> {
  const { home, enrolmentString, source } = plan;
  const enrolment = readEnrolment(enrolmentString);
  const pins = pinsOf(enrolment);
  const { url } = enrolment;
  const known = loadIdentity(agentHome(home));
  if (known !== undefined) requireSame(home, known, enrolment);
  if (plan.bridge !== undefined) requireBuiltIn(pins, plan.bridge.imageRoot);
  makeHome(home);
  if (plan.bridge?.archive !== undefined) {
    say('the bridge build');
    await requireGenuineBridge({ home, url, pins, archive: plan.bridge.archive }, signal);
  }
  const components = wantedComponents(plan.components);
  await installFirst({ home, url, pins, components }, say, signal);
  // Before there is an agent that could export. What was decided later stays, when the command is given again.
  if (plan.staging === true && loadStaging(home).since === undefined) saveStaging(home, true, systemClock.now());
  say('enrolling');
  const updater = versionIn(home, 'agent-updater') ?? '';
  const identity = known ?? (await enrolled(home, enrolmentString, updater));
  if (source !== undefined) configure(home, identity, source);
  if (!existsSync(agentHome(home).autoUpgrade) && plan.checkEverySeconds !== undefined) {
    saveSettings(home, { state: 'Enabled', checkEverySeconds: plan.checkEverySeconds });
  }
  const { agentId, tenantId, connectors } = identity;
  return {
    ...{ agentId, tenantId, url: identity.url, connectors },
    components: components.map((component) => ({ component, version: versionIn(home, component) ?? '' })),
    wasEnrolled: known !== undefined,
    staging: loadStaging(home).staging,
  };
}

/** @throws {CommandError} exit code 2; the message never holds the string. */
export function readEnrolment(enrolmentString: string): Enrolment {
  try {
    return parseEnrolmentString(enrolmentString);
  } catch (cause) {
    if (!(cause instanceof EnrolmentStringError)) throw cause;
    throw new CommandError(`${cause.message} (${cause.code})`, 2, { cause });
  }
}

/** The string has base64url, to be short; everywhere else hashes are hex. */
export function pinsOf({ imageRoot, directorRoot }: Enrolment): RootPins {
  const hexOf = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('hex');
  return { image: hexOf(imageRoot), director: hexOf(directorRoot) };
}

/** @throws {CommandError} exit code 2, with what there is. */
export function wantedComponents(names: readonly string[] = usualComponents): readonly Component[] {
  const unknown = names.find((name) => !knownComponents.some((component) => component === name));
  if (unknown !== undefined) {
    throw new CommandError(`there is no component ${unknown}: there are ${knownComponents.join(', ')}`, 2);
  }
  // The Agent Updater runs the others: there is no agent without it.
  return knownComponents.filter((component) => component === 'agent-updater' || names.includes(component));
}

/** A home is one agent's: a string of another control plane would only half replace it. */
function requireSame(home: string, { agentId, controlPlane }: Identity, { controlPlaneKey }: Enrolment): void {
  if (keyId(ed25519PublicKey(controlPlaneKey)) === controlPlane.keyId) return;
  throw new CommandError(
    `${home} is enrolled with another control plane, as the agent ${agentId}. Choose another --home for another agent.`,
  );
}

function requireBuiltIn(pins: RootPins, imageRoot: string): void {
  if (pins.image === imageRoot.toLowerCase()) return;
  throw new CommandError(
    'the enrolment string is of another Image root than the one built into this host. Ask who gave you the string; nothing was installed. (pin-mismatch)',
  );
}

async function enrolled(home: string, enrolmentString: string, version: string): Promise<Identity> {
  try {
    return await enrol(home, enrolmentString, version);
  } catch (cause) {
    if (!(cause instanceof RefusedError)) throw cause;
    const message =
      cause.code === 'enrolment-token-invalid'
        ? 'the enrolment string was used already, or its hour is over. Make a new one: springline agent enrolment-string create. If nobody here used it, somebody else has: see springline audit list'
        : cause.message;
    throw new CommandError(`${message} (${cause.code})`, 1, { cause });
  }
}

/** What Connect Sync reads, and what it may read; an own consent file stays. */
function configure(home: string, { connectors }: Identity, wanted: InstallSource): void {
  const file = join(componentHome(home, 'connect-sync').folder, 'configuration.yaml');
  const { source, intervalSeconds, baseDn } = wanted;
  const kind = source.kind === 'ldif' ? 'ldif' : wanted.kind;
  const connector = connectors.find((one) => one.kind === kind);
  if (connector === undefined) {
    const has = connectors.map((one) => `${one.name} (${one.kind})`).join(', ') || 'none';
    throw new CommandError(
      `this agent is enrolled, but for no connector of kind ${kind}; its connectors: ${has}. Run this again with a source of that kind.`,
    );
  }
  const { consent } = agentHome(home);
  if (!existsSync(consent)) writeFileAtomic(consent, defaultConsentText(baseDn, { remoteRead: false }), 0o600);
  const connectorConfigured = { name: connector.name, source };
  const configuration: Configuration = { connectors: [connectorConfigured], intervalSeconds, mode: 'interval' };
  const text = `# What Connect Sync on this host reads, and how often. Written by springline agent install.\n`;
  writeFileAtomic(file, text + formatConfiguration(configuration), 0o600);
}

function versionIn(home: string, component: string): string | undefined {
  return readSlot(home, component, linkedSlot(home, component))?.version;
}
