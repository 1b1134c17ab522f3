/** A host of a replay with a real agent: installed from an enrolment string, run as a service manager would. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspectSource } from '@springline/agent/components/connect-sync/directory-source';
import { agentHome } from '@springline/agent/home';
import { linkedSlot, verifiedProgram } from '@springline/agent/slot/slot';
import type { AutoUpgrade, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import { type ScenarioHost, saveScenarioHost } from '@springline/ports/scenario';
import { installAgent } from '../agent/install.ts';
import { runAgent } from '../agent/run.ts';
import { callAgentUpdater } from '../agent-client.ts';
import { CommandError } from '../output.ts';
import type { Child } from '../up/child.ts';
import { directoryText } from './directory.ts';
import type { Replay } from './replay.ts';

/** A look is taken when the story comes to it, and once a day besides. */
const seldomSeconds = 24 * 60 * 60;
const usualPeople = 20;

export interface HostPlan {
  readonly tenant: string;
  readonly hostName: string;
  readonly people?: number;
  /** Looks for new builds every few seconds: nobody has to ask it. */
  readonly isWatchful?: boolean;
}

export class ReplayHost {
  readonly home: string;
  readonly #replay: Replay;
  readonly #plan: HostPlan;
  #agent: Child | undefined;

  constructor(replay: Replay, plan: HostPlan) {
    this.#replay = replay;
    this.#plan = plan;
    this.home = join(replay.home, 'hosts', plan.hostName);
  }

  get name(): string {
    return this.#plan.hostName;
  }

  /** Written last when a host is set up: without it a kill came between. */
  get isInstalled(): boolean {
    return existsSync(agentHome(this.home).autoUpgrade);
  }

  get isEnrolled(): boolean {
    return existsSync(agentHome(this.home).identity);
  }

  get isRunning(): boolean {
    return this.#agent !== undefined;
  }

  /** Its administrator took it out of service. */
  get isRetired(): boolean {
    return this.#replay.noted(`${this.name}.retired`) !== undefined;
  }

  async retire(): Promise<void> {
    await this.stop();
    this.#replay.note(`${this.name}.retired`, '');
  }

  get version(): string {
    const slot = linkedSlot(this.home, 'connect-sync');
    return slot === undefined ? '' : verifiedProgram(this.home, 'connect-sync', slot).facts.version;
  }

  /** Of the slots of Connect Sync, and of which one runs. */
  digest(): string {
    const hash = createHash('sha256').update(this.version);
    const folder = join(this.home, 'agent', 'connect-sync');
    for (const slot of ['a', 'b']) {
      for (const path of filesBelow(join(folder, slot))) {
        hash.update(`\0${slot}/${path}\0`).update(readFileSync(join(folder, slot, path)));
      }
    }
    return hash.digest('hex');
  }

  /** What the scenario says of the machine itself. */
  set(facts: Pick<ScenarioHost, 'freeBytes'> = {}): void {
    saveScenarioHost(this.home, { clockFile: this.#replay.clockFile, hostName: this.name, ...facts });
  }

  /**
   * Installs what the repositories name now, and enrols.
   *
   * @param bridge of a host that comes from PKS: the root that is built into it, and the archive that it fetched.
   */
  async install(bridge?: { readonly imageRoot: string; readonly archive: string }): Promise<void> {
    if (this.isInstalled) return;
    const { tenant, people = usualPeople, isWatchful } = this.#plan;
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    const file = join(this.home, 'directory.ldif');
    writeFileSync(file, directoryText(tenant, people), { mode: 0o600 });
    this.set();
    const source = { kind: 'ldif', file } as const;
    const connector = { name: `${tenant}.example`, kind: 'ldif' };
    const { enrolmentString } = await this.#replay.askAs(tenant, 'createEnrolment', { connector });
    await installAgent({
      home: this.home,
      enrolmentString,
      source: { source, intervalSeconds: 7 * 24 * 60 * 60, ...(await inspectSource(source)) },
      checkEverySeconds: isWatchful === true ? 2 : seldomSeconds,
      ...(bridge === undefined ? {} : { bridge }),
    });
  }

  async start(): Promise<void> {
    if (this.#agent !== undefined) return;
    this.#agent = await this.#replay.keep(() => runAgent(this.home));
  }

  async stop(): Promise<void> {
    await this.#agent?.stop();
    this.#agent = undefined;
  }

  view(): Promise<AutoUpgrade> {
    return callAgentUpdater(this.home, 'auto-upgrade.get') as Promise<AutoUpgrade>;
  }

  async setState(state: 'Enabled' | 'Disabled'): Promise<void> {
    if ((await this.view()).state !== state) await callAgentUpdater(this.home, 'auto-upgrade.set', { state });
  }

  async setRing(ring: string): Promise<void> {
    await callAgentUpdater(this.home, 'auto-upgrade.schedule', { schedule: { ring } });
  }

  /** Reads both repositories and tells the control plane how it is; changes nothing. */
  async check(): Promise<void> {
    await callAgentUpdater(this.home, 'auto-upgrade.check');
  }

  /** Looks, and upgrades if there is something. */
  async upgradeNow(): Promise<readonly UpgradeResult[]> {
    const { ended } = (await callAgentUpdater(this.home, 'auto-upgrade.now', {})) as { ended: UpgradeResult[] };
    return ended;
  }

  /** What `springline agent upgrade` does. @throws {CommandError} with what is in the way. */
  async upgradeByHand(component: string, version: string): Promise<void> {
    const { decisions = [], failure } = (await callAgentUpdater(this.home, 'auto-upgrade.by-hand', {
      component,
      version,
    })) as {
      decisions?: readonly { readonly action: string; readonly reason?: string }[];
      failure?: { readonly message: string };
    };
    const why = failure?.message ?? decisions.find(({ action }) => action === 'refuse')?.reason;
    if (why !== undefined) throw new CommandError(`${this.name} cannot be upgraded by hand: ${why}`);
  }

  async lastUpgrade(): Promise<UpgradeResult | undefined> {
    const { upgrades } = (await callAgentUpdater(this.home, 'auto-upgrade.history', { limit: 1 })) as {
      upgrades: UpgradeResult[];
    };
    return upgrades[0];
  }
}

/** Relative, in one order; none where there is no such folder. */
function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  return all
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1))
    .sort();
}
