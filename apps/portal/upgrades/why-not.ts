/**
 * "Why is this server not upgrading?": the rule that agents judge themselves by, run here on what is published, signed and
 * told by the host, and its answer in words with the earliest time and the way out. What an agent does not tell of itself is
 * not here, so where nothing holds a build the host's own word counts.
 */
import type { ComponentUpgrade, ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { FleetAgent } from '@springline/api/shapes/fleet';
import type { WishView } from '@springline/api/shapes/rollout';
import {
  type AgentFacts,
  type Decision,
  decide,
  type HoldRule,
  type ReleaseFacts,
} from '@springline/auto-upgrade/rollout/decide';
import { passedOverRules } from '@springline/auto-upgrade/rollout/hold-rule';
import { parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import { narrower, type OwnWish } from '@springline/auto-upgrade/rollout/wish';
import type { Tone } from '../look/tone.ts';

export type { FleetAgent };

type EpochMs = RolloutPolicy['issuedAt'];
/** `undefined`: there is none, and everything published is open. */
export type KnownPolicy = RolloutPolicy | 'not-understood' | undefined;

export interface Why {
  readonly tone: Tone;
  /** The rule that says no; `open` when nothing does; `unknown` when it cannot be judged here. */
  readonly rule: HoldRule | 'open' | 'floor' | 'unknown';
  readonly headline: string;
  /** The release that it is about. */
  readonly version?: string;
  /** Why, in a sentence. */
  readonly detail: string;
  /** RFC 3339: nothing changes before. */
  readonly notBefore?: string;
  readonly wayOut: string;
  /** Newer builds beside the one that it is about, newest first. */
  readonly others: readonly OtherBuild[];
}

/** What holds a build, in a sentence; empty when nothing does. */
export interface OtherBuild {
  readonly version: string;
  readonly says: string;
  /** RFC 3339. */
  readonly notBefore?: string;
}

/** The policy of `getRolloutPolicy`, read as an agent reads it. */
export function readPolicy(json: unknown): KnownPolicy {
  if (json === undefined) return undefined;
  try {
    return parsePolicy(new TextEncoder().encode(JSON.stringify(json)));
  } catch {
    // An agent holds on every refusal, whatever its code.
    return 'not-understood';
  }
}

export interface WhyFacts {
  readonly agent: FleetAgent;
  readonly component: ComponentUpgrade;
  readonly policy: KnownPolicy;
  readonly releases: readonly ReleaseView[];
  readonly wish: WishView;
  /** Staging servers of the same tenant: one may have to go first. */
  readonly staging: readonly FleetAgent[];
  readonly nowMs: number;
}

export function whyOf(known: WhyFacts): Why {
  const { agent, component, policy, nowMs } = known;
  const { autoUpgrade } = agent;
  if (agent.state === 'revoked') {
    return unknown('This agent is revoked.', 'It is refused everything.', 'Enrol the host again.');
  }
  if (autoUpgrade?.channel === 'PKS') {
    return unknown(
      'It asks the retired PKS channel.',
      'PKS offers nothing any more but the bridge to the Hybrid Upgrade Service.',
      'See PKS clients, and run springline pks status.',
    );
  }
  if (agent.platform === undefined) {
    return unknown('This cannot be judged here.', 'The platform of the host is not known.', ownWord);
  }
  const facts = factsOf(known, agent.platform);
  const decision = tellingDecision(policy, facts, nowMs as EpochMs);
  const others = otherBuilds(policy, facts, decision, nowMs as EpochMs);
  const why: Why = { ...wordsOf(decision), others };
  const isOpen = why.rule === 'open' || why.rule === 'floor';
  if (isOpen && agent.state === 'offline') {
    return {
      ...why,
      tone: 'bad',
      headline: `${why.version} is open to it, and the host is silent`,
      wayOut: 'See that its agent runs and reaches this service: springline agent status, on the server.',
    };
  }
  if (isOpen && autoUpgrade?.state === 'Suspended') {
    const [code] = (autoUpgrade.suspensionReason ?? '').split(':');
    return {
      ...why,
      tone: 'warn',
      headline: `${why.version} is open to it, and the host is not ready`,
      detail: autoUpgrade.suspensionReason ?? 'It gives no reason.',
      wayOut: `Take away what ${code === '' ? 'it' : code} names, then: springline agent auto-upgrade now, on the server.`,
    };
  }
  const held = isOpen ? heldByHost(known, why) : undefined;
  if (held !== undefined) return held;
  return component.step === 'rolling-back'
    ? { ...why, tone: 'warn', headline: 'It is rolling back', detail: 'The last build did not hold.' }
    : why;
}

/** A window that only the host can reckon with, or another rule that it says it waits for. */
function heldByHost({ agent, component, nowMs }: WhyFacts, why: Why): Why | undefined {
  const { opensAt } = agent.autoUpgrade?.own ?? {};
  const { waits, offered } = component;
  const isShut = opensAt !== undefined && Date.parse(opensAt) > nowMs;
  const said = waits !== undefined && offered === why.version ? waits : undefined;
  if (!isShut && said === undefined) return undefined;
  const rule = isShut ? 'maintenance-window' : knownRule(said?.rule);
  const until = isShut ? opensAt : said?.until;
  const words = rule === undefined ? undefined : holdWords[rule];
  return {
    ...why,
    tone: words?.tone ?? 'busy',
    rule: rule ?? 'unknown',
    headline: `${why.version} waits for its time`,
    detail: words?.says ?? said?.reason ?? '',
    ...(until === undefined ? {} : { notBefore: until }),
    wayOut: words?.wayOut ?? ownWord,
  };
}

function knownRule(rule: string | undefined): HoldRule | undefined {
  return rule !== undefined && Object.hasOwn(holdWords, rule) ? (rule as HoldRule) : undefined;
}

const ownWord = 'Ask the host itself: springline agent auto-upgrade readiness, on the server.';

function unknown(headline: string, detail: string, wayOut: string): Why {
  return { tone: 'warn', rule: 'unknown', headline, detail, wayOut, others: [] };
}

function factsOf({ agent, component, releases, wish, staging }: WhyFacts, hostPlatform: string): AgentFacts {
  const platform = platformFrom(hostPlatform);
  const offered = releases.flatMap((release) => offeredFrom(release, component.component, platform));
  const { autoUpgrade } = agent;
  const digestOf = (version: string) => offered.find((each) => each.version === version)?.sha256;
  const { blocked } = component;
  const blockedSha256 = blocked === undefined ? undefined : digestOf(blocked.version);
  const staged = stagingPartner(staging, component.component, offered);
  return {
    agentId: agent.agentId,
    component: component.component,
    platform: platform as AgentFacts['platform'],
    installedVersion: component.version,
    installedSha256: digestOf(component.version) ?? '',
    releaseNumberFloor: component.releaseNumber,
    state: autoUpgrade?.state === 'Disabled' ? 'Disabled' : 'Enabled',
    ring: autoUpgrade?.ring ?? usualRing,
    role: autoUpgrade?.role ?? 'active',
    offered,
    blocked:
      blocked === undefined || blockedSha256 === undefined
        ? []
        : [{ sha256: blockedSha256, until: Date.parse(blocked.until) as EpochMs }],
    wish: narrower(ownWishFrom(agent), wishFrom(wish)),
    consentsToFloors: autoUpgrade?.own?.consentsToFloors === true,
    ...staged,
  };
}

/** Registrations have Node's word for it. */
const platformFrom = (text: string): string =>
  text
    .toLowerCase()
    .replace(/^win32/, 'win')
    .replace(' ', '-');

function offeredFrom(release: ReleaseView, component: string, platform: string): ReleaseFacts[] {
  const sha256 = release.targets?.[platform];
  if (release.component !== component || sha256 === undefined) return [];
  return [
    {
      component: release.component,
      version: release.version,
      releaseNumber: release.releaseNumber,
      platform: platform as ReleaseFacts['platform'],
      sha256,
      publishedAt: Date.parse(release.publishedAt) as EpochMs,
      maxRampPpmPerHour: release.maxRampPpmPerHour ?? 1_000_000,
      channel: { download: true, autoUpgrade: release.isForAutoUpgrade !== false },
      ...(release.floor === undefined
        ? {}
        : { floor: { below: release.floor.below, from: Date.parse(release.floor.from) as EpochMs } }),
      ...(release.isRecalled === true ? { recalled: { reason: '' } } : {}),
    },
  ];
}

/** The newest build that a staging server of the fleet runs well, and since when. */
function stagingPartner(
  staging: readonly FleetAgent[],
  component: string,
  offered: readonly ReleaseFacts[],
): Pick<AgentFacts, 'stagingCommittedAt' | 'stagingCommittedSha256'> {
  for (const { sha256, version } of offered.toSorted((a, b) => b.releaseNumber - a.releaseNumber)) {
    for (const { autoUpgrade } of staging) {
      if (autoUpgrade?.role !== 'staging') continue;
      const kept = autoUpgrade.components.find((each) => each.component === component && each.version === version);
      if (kept?.lastUpgrade?.result !== 'Success') continue;
      return { stagingCommittedAt: Date.parse(kept.lastUpgrade.endedAt) as EpochMs, stagingCommittedSha256: sha256 };
    }
  }
  return {};
}

function wishFrom({ disabled, pin, ring, notBefore, freezes, afterStagingSoakMinutes }: WishView): OwnWish {
  const instant = (text: string) => Date.parse(text) as EpochMs;
  return {
    ...(disabled === undefined ? {} : { disabled }),
    ...(pin === undefined ? {} : { pin }),
    ...(ring === undefined ? {} : { ring }),
    ...(notBefore === undefined ? {} : { notBefore: instant(notBefore) }),
    ...(freezes === undefined
      ? {}
      : { freezes: freezes.map(({ name, from, until }) => ({ name, from: instant(from), until: instant(until) })) }),
    ...(afterStagingSoakMinutes === undefined ? {} : { afterStagingSoakMs: afterStagingSoakMinutes * 60_000 }),
  };
}

/** What the host tells of its own settings. Its windows are left to it: their zones are its own database's. */
function ownWishFrom({ autoUpgrade }: FleetAgent): OwnWish {
  const { pin, notBefore, freezes } = autoUpgrade?.own ?? {};
  const instant = (text: string) => Date.parse(text) as EpochMs;
  return {
    ...(pin === undefined ? {} : { pin }),
    ...(notBefore === undefined ? {} : { notBefore: instant(notBefore) }),
    ...(freezes === undefined
      ? {}
      : {
          freezes: freezes.map(({ from, until }) => ({
            ...{ name: 'of the host', from: instant(from), until: instant(until) },
          })),
        }),
  };
}

/**
 * The decision of the agent. When it holds and would name a build that nobody gets, the newest build that others do get is
 * the one to ask about.
 */
function tellingDecision(policy: KnownPolicy, facts: AgentFacts, now: EpochMs): Decision {
  const decision = decide(policy, facts, now);
  if (decision.action !== 'hold' || !passedOverRules.has(decision.rule)) return decision;
  const offered = facts.offered.filter((release) => !passedOverRules.has(ruleOf(policy, facts, release, now)));
  const telling = decide(policy, { ...facts, offered }, now);
  return telling.rule === 'nothing-newer' ? decision : telling;
}

function otherBuilds(policy: KnownPolicy, facts: AgentFacts, decision: Decision, now: EpochMs): readonly OtherBuild[] {
  if (policy === 'not-understood') return [];
  return facts.offered
    .toSorted((a, b) => b.releaseNumber - a.releaseNumber)
    .flatMap((release): OtherBuild[] => {
      if (release.sha256 === decision.release?.sha256) return [];
      const own = decide(policy, { ...facts, offered: [release] }, now);
      if (own.rule === 'nothing-newer') return [];
      const { detail, notBefore } = wordsOf(own);
      const says = own.action === 'install' ? '' : detail;
      return [{ version: release.version, says, ...(notBefore === undefined ? {} : { notBefore }) }];
    });
}

/** `open` and `floor` are no hold rules, and are never among those passed over. */
function ruleOf(policy: KnownPolicy, facts: AgentFacts, release: ReleaseFacts, now: EpochMs): HoldRule {
  const decision = decide(policy, { ...facts, offered: [release] }, now);
  return decision.action === 'install' ? 'nothing-newer' : decision.rule;
}

function wordsOf(decision: Decision): Omit<Why, 'others'> {
  if (decision.action === 'install') {
    const { version } = decision.release;
    if (decision.rule === 'floor') {
      return {
        ...{ tone: 'busy', rule: 'floor', version },
        headline: `${version} is a floor: it installs it by itself`,
        detail: 'Its publisher signed that builds below leave from a date on, and the host consented to that.',
        wayOut: 'Wait for its next look, or run springline agent auto-upgrade now, on the server.',
      };
    }
    return {
      tone: 'busy',
      rule: 'open',
      version,
      headline: `Nothing holds it: ${version} is open to it`,
      detail: 'It installs this build at its next look.',
      wayOut: 'Wait for its next look, or run springline agent auto-upgrade now, on the server.',
    };
  }
  const { rule } = decision;
  const { tone, says, wayOut } = holdWords[rule];
  const version = decision.release?.version;
  return {
    ...{ tone, rule, wayOut, detail: says },
    headline: headlineOf(decision, version),
    ...(version === undefined ? {} : { version }),
    ...(decision.action === 'wait' ? { notBefore: new Date(decision.notBefore).toISOString() } : {}),
  };
}

function headlineOf(decision: Exclude<Decision, { action: 'install' }>, version: string | undefined): string {
  if (decision.rule === 'nothing-newer') return 'It is up to date';
  if (version === undefined) return 'It is held';
  return decision.action === 'wait' ? `${version} waits for its time` : `${version} is held`;
}

/** The rules as people hear them, and what can be done about each. */
const holdWords: Record<HoldRule, { readonly tone: Tone; readonly says: string; readonly wayOut: string }> = {
  'nothing-newer': {
    tone: 'good',
    says: 'No build is published for its platform that is newer than the one that runs.',
    wayOut: 'Nothing to do.',
  },
  Disabled: {
    tone: 'warn',
    says: 'Auto-upgrade is off here: its own administrator or its tenant opted out.',
    wayOut: 'Take “Opt out” off the wish below, or run springline agent auto-upgrade set Enabled, on the server.',
  },
  'policy-not-understood': {
    tone: 'bad',
    says: 'The signed rollout policy says something that cannot be read, so nothing is installed.',
    wayOut: 'Upgrade the control plane and this page; then look again.',
  },
  'policy-halted': { tone: 'bad', says: 'Everything is halted.', wayOut: 'Rollouts: Go on after the halt.' },
  'rollout-halted': { tone: 'bad', says: 'The rollout of this build is halted.', wayOut: 'Rollouts: resume it.' },
  'rollout-aborted': {
    tone: 'warn',
    says: 'The rollout of this build was given up for good.',
    wayOut: 'Publish a corrected build and roll that out.',
  },
  'not-in-policy': { tone: 'warn', says: 'No rollout names this build.', wayOut: 'Rollouts: begin one for it.' },
  'ring-not-open': {
    tone: 'busy',
    says: 'The rollout has not reached the ring that this host is in.',
    wayOut: 'Wait until the rings before have proven the build, or advance the rollout.',
  },
  'ring-unknown': {
    tone: 'warn',
    says: 'The rollout has no ring of the name that this host is in.',
    wayOut: 'Change the ring of the host in its settings, or the wish below.',
  },
  ramp: {
    tone: 'busy',
    says: 'Its ring is opening by and by, and this host is not among the share that is open.',
    wayOut: 'Wait: nobody has to do anything.',
  },
  'signed-ramp': {
    tone: 'busy',
    says: 'The publisher lets this build spread no faster.',
    wayOut: 'Wait: no rollout can hurry it.',
  },
  pinned: { tone: 'warn', says: 'It is pinned below this build.', wayOut: 'Raise the pin in the wish below.' },
  'maintenance-window': {
    tone: 'busy',
    says: 'Its maintenance window is shut.',
    wayOut: 'Wait for the window, or change it in the settings of the host.',
  },
  freeze: {
    tone: 'warn',
    says: 'A freeze is in force.',
    wayOut: 'Wait for its end, or remove it: in Rollouts, or in the wish below.',
  },
  'not-before': {
    tone: 'busy',
    says: 'It was asked to wait until a date.',
    wayOut: 'Wait, or change the date in the wish below.',
  },
  'staging-first': {
    tone: 'busy',
    says: 'Its staging server has to prove the build first.',
    wayOut: 'Upgrade the staging server and let it soak.',
  },
  blocked: {
    tone: 'warn',
    says: 'This build failed here before and was rolled back.',
    wayOut: 'Take away the cause; it tries again by itself, or takes the next build.',
  },
  recalled: {
    tone: 'warn',
    says: 'The publisher has recalled this build.',
    wayOut: 'Wait for the next build; this one is never installed.',
  },
  'not-for-auto-upgrade': {
    tone: 'warn',
    says: 'This build is for download only.',
    wayOut: 'Install it by hand, by its notes.',
  },
};
