/** Auto-upgrade in words: what a host is doing about newer builds, and how it went. Facts in, words and tones out. */
import type { AgentView } from '@springline/api/shapes/agent';
import type { AutoUpgrade, AutoUpgradeState, ComponentUpgrade } from '@springline/api/shapes/auto-upgrade';
import type { HomeView } from '@springline/api/shapes/person';
import { bySeverity, type Tone, worstTone } from '../look/tone.ts';

/** An agent that reports auto-upgrade, with what it last said about it. */
export interface UpgradingHost {
  readonly agent: AgentView;
  readonly autoUpgrade: AutoUpgrade;
}

export interface Words {
  readonly tone: Tone;
  readonly words: string;
}

const stateTones: Record<AutoUpgradeState, Tone> = { Enabled: 'good', Disabled: 'none', Suspended: 'warn' };

/** What a host last said is hearsay once it is silent, so it is neither good nor bad then. */
const heard = (agent: AgentView, tone: Tone): Tone => (agent.state === 'online' ? tone : 'none');

export function autoUpgradeWords({ agent, autoUpgrade }: UpgradingHost): Words {
  return { tone: heard(agent, stateTones[autoUpgrade.state]), words: autoUpgrade.state };
}

/** Steps in which nothing is under way; a component may rest in them for long. */
const restingSteps: ReadonlySet<string> = new Set(['idle', 'checking', 'committed', 'rolled-back', 'aborted']);

/** What becomes of a component: the upgrade that is under way, or why there is none. */
export function upgradeWords(host: UpgradingHost, component: ComponentUpgrade): Words {
  const { tone, words } = upgradeNow(host.autoUpgrade, component);
  return { tone: heard(host.agent, tone), words };
}

function upgradeNow({ state, checkedAt }: AutoUpgrade, component: ComponentUpgrade): Words {
  const { step, offered, blocked } = component;
  const release = offered ?? 'a newer build';
  if (step === 'rolling-back') return { tone: 'warn', words: `Rolling back from ${release}` };
  if (step === 'waiting') return { tone: 'busy', words: `${upperFirst(release)} waits for its time` };
  if (step === 'ineligible') return { tone: 'warn', words: `${upperFirst(release)} cannot be installed now` };
  if (!restingSteps.has(step)) return { tone: 'busy', words: `Upgrading to ${release}: ${spaced(step)}` };
  if (blocked !== undefined) return { tone: 'warn', words: `${blocked.version} is blocked` };
  if (state === 'Disabled') return { tone: 'none', words: 'Not upgraded automatically' };
  if (offered !== undefined) return { tone: 'busy', words: `${offered} is offered` };
  return checkedAt === undefined ? { tone: 'none', words: 'No look yet' } : { tone: 'good', words: 'Up to date' };
}

/** Results end an upgrade in families; new members need no change here. */
export function upgradeResultTone(result: string): Tone {
  if (result === 'Success') return 'good';
  // Taken back: the component works as it did.
  if (result.startsWith('UpgradeFailedRollbackSuccess')) return 'warn';
  return result.startsWith('UpgradeFailed') ? 'bad' : 'warn';
}

/** Agents that report auto-upgrade and may still do so; what needs a person first, then in the order of Home. */
export function upgradingHosts(home: HomeView): UpgradingHost[] {
  return home.agents
    .flatMap((agent) =>
      agent.state === 'revoked' || agent.autoUpgrade === undefined ? [] : [{ agent, autoUpgrade: agent.autoUpgrade }],
    )
    .toSorted((left, right) => bySeverity(hostTone(left), hostTone(right)));
}

function hostTone(host: UpgradingHost): Tone {
  const components = host.autoUpgrade.components.map((component) => upgradeWords(host, component).tone);
  return worstTone([autoUpgradeWords(host).tone, ...components]);
}

const spaced = (text: string): string => text.replaceAll('-', ' ');
const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
