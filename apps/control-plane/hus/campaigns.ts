/**
 * Campaigns as this installation runs them: which one counts, who is below its minimums, and what that refuses to whom.
 * The rules are those of `auto-upgrade/campaign`; here they meet agents, releases and the signed policy.
 */
import { ProblemError } from '@springline/api/problem';
import {
  type Campaign,
  type CampaignRevision,
  parseCampaign,
  revisionAt,
} from '@springline/auto-upgrade/campaign/campaign';
import { decisive, type ImageFloor, type PublishedRelease } from '@springline/auto-upgrade/campaign/floor';
import { type Installation, judge } from '@springline/auto-upgrade/campaign/judge';
import { minimumsView } from '@springline/auto-upgrade/campaign/minimums-view';
import type { PolicyInForce } from '@springline/auto-upgrade/campaign/offered-time';
import { type Action, refusalOf } from '@springline/auto-upgrade/campaign/refusal';
import { joinSources } from '@springline/auto-upgrade/campaign/sources';
import type { Tally } from '@springline/auto-upgrade/campaign/tally';
import type { Component, Platform } from '@springline/auto-upgrade/release/target-path';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import type { EpochMs } from '@springline/ports/clock';
import { pksClients } from '../pks/who-is-left.ts';
import { isOperator } from '../platform/operator.ts';
import type { Database } from '../storage/database.ts';
import { type Agent, eachAgent, findAgent } from '../storage/platform/agents.ts';
import { listTenants, nobodysTenantName, operatorTenantName } from '../storage/platform/tenants.ts';
import { listCampaigns } from '../storage/upgrade/campaigns.ts';
import { eachRecordedServer } from '../storage/upgrade/recorded-servers.ts';
import { installationsOf, Offers, platformOf } from './installations.ts';
import { KeptCounts } from './kept-counts.ts';
import type { PolicyHistory } from './policy-history.ts';
import type { PublishedReleases, PublishedTarget } from './published-releases.ts';
import { recordedInstallation } from './recorded-servers.ts';
import { slicedTally } from './sliced-tally.ts';

export interface Running {
  readonly campaign: Campaign;
  readonly revision: CampaignRevision;
}

interface CampaignFacts {
  readonly releases: readonly PublishedRelease[];
  readonly platforms: ReadonlyMap<Component, readonly Platform[]>;
  readonly floors: ReadonlyMap<Component, ImageFloor>;
}

/** What judging needs beside the installations. */
interface Surroundings {
  readonly at: EpochMs;
  readonly targets: readonly PublishedTarget[];
  readonly offers: Offers;
  readonly floors: ReadonlyMap<Component, ImageFloor>;
}

/** A campaign opened a moment ago may be judged by so much later. */
const freshMs = 5_000;

export class Campaigns {
  readonly #database: Database;
  readonly #published: PublishedReleases;
  readonly #history: PolicyHistory;
  #running: { readonly at: number; readonly found: Promise<Running | undefined> } | undefined;
  #surroundings: { readonly at: number; readonly found: Promise<Surroundings> } | undefined;

  readonly #minimums: KeptCounts<ReturnType<typeof minimumsView>>;
  readonly #facts: KeptCounts<CampaignFacts>;

  constructor(database: Database, published: PublishedReleases, history: PolicyHistory, keptMs: number) {
    this.#minimums = new KeptCounts(keptMs);
    this.#facts = new KeptCounts(keptMs);
    this.#database = database;
    this.#published = published;
    this.#history = history;
  }

  /** The newest campaign that has not ended, with the revision that counts at `now`. */
  async running(now: EpochMs): Promise<Running | undefined> {
    for (const { document, endedAt } of await listCampaigns(this.#database.read)) {
      if (endedAt !== null) continue;
      const campaign = parseCampaign(JSON.parse(document));
      const revision = revisionAt(campaign, now);
      if (revision !== undefined) return { campaign, revision };
    }
    return undefined;
  }

  /** Of these tenants' hosts, recorded ones too; with `withPks` also of those that strangers' product keys speak for. */
  async tallyOf(tenantIds: readonly string[], { revision }: Running, now: EpochMs, withPks: boolean): Promise<Tally> {
    const around = await this.#around(now);
    const wanted = new Set(tenantIds);
    const tenants = (await listTenants(this.#database.read)).filter(({ id }) => wanted.has(id));
    const agents: Installation[] = [];
    const recorded: Installation[] = [];
    for (const { id, name } of tenants) {
      for await (const agent of eachAgent(this.#database.read, id)) {
        agents.push(...this.#installationsOf(agent, name, revision, around));
      }
      for await (const server of eachRecordedServer(this.#database.read, id)) {
        recorded.push(recordedInstallation(server, name));
      }
    }
    const sightings = withPks ? await this.#pks() : [];
    const installations = joinSources({ agents, recorded, sightings, operator: operatorTenantName });
    return slicedTally(revision, installations, now, around.floors);
  }

  /** What `tenantId` is shown, counted a moment ago at the earliest. Whoever runs the campaign sees whom it concerns. */
  async minimumsOf(tenantId: string, running: Running, now: EpochMs): Promise<ReturnType<typeof minimumsView>> {
    const read = this.#database.read;
    const seesAll = await isOperator(read, tenantId);
    const { campaign, revision } = running;
    return this.#minimums.of(tenantId, `${campaign.campaignId} ${revision.revision} ${seesAll}`, async () => {
      const tenantIds = seesAll ? (await listTenants(read)).map(({ id }) => id) : [tenantId];
      return minimumsView(revision, await this.tallyOf(tenantIds, running, now, seesAll));
    });
  }

  /** What was found out a moment ago at the earliest. */
  recentFacts(now: EpochMs): Promise<CampaignFacts> {
    return this.#facts.of('', '', () => this.facts(now));
  }

  /** What a tenant changed shows at once to its own people; what everybody hears of, to all. */
  changed(tenantId?: string): void {
    this.#minimums.forget(tenantId);
    if (tenantId === undefined) this.#running = undefined;
  }

  /** What is published and in use, to hold a new revision against (security rule S27). */
  async facts(now: EpochMs): Promise<CampaignFacts> {
    const { targets, floors } = await this.#around(now);
    const used = new Map<Component, Set<Platform>>();
    for (const { id } of await listTenants(this.#database.read)) {
      for await (const agent of eachAgent(this.#database.read, id)) {
        for (const { component } of agent.report?.autoUpgrade?.components ?? []) {
          const platforms = used.get(component) ?? new Set();
          used.set(component, platforms.add(platformOf(agent) as Platform));
        }
      }
    }
    return { releases: targets, platforms: new Map([...used].map(([name, all]) => [name, [...all]])), floors };
  }

  /**
   * Refuses an agent what a minimum refuses its build. Nothing that gets it out of there is ever asked about here.
   *
   * @throws {ProblemError} `below-minimum-version`.
   */
  async requireAllowed(
    { tenantId, agentId }: { readonly tenantId: string; readonly agentId: string },
    action: Action,
    now: EpochMs,
  ): Promise<void> {
    const running = await this.#runningNow(now);
    if (running === undefined || !canRefuse(running.revision, now)) return;
    const agent = await findAgent(this.#database.read, tenantId, agentId);
    if (agent === undefined) return;
    const around = await this.#around(now);
    for (const installation of this.#installationsOf(agent, tenantId, running.revision, around)) {
      this.#refuse(running, installation, action, around, now);
    }
  }

  /** The same for a host that is about to enrol with the build `version` of its Agent Updater. */
  async requireEnrollable(
    { hostName, version, platform }: { hostName: string; version: string; platform: string },
    now: EpochMs,
  ): Promise<void> {
    const running = await this.#runningNow(now);
    if (running === undefined || !canRefuse(running.revision, now)) return;
    const around = await this.#around(now);
    const component = 'agent-updater';
    const minimum = running.revision.minimums.find((each) => each.component === component);
    const wanted = minimum === undefined ? undefined : decisive(minimum);
    if (wanted === undefined) return;
    // It never ran here: what counts is whether somebody who enrols today could have had a better one.
    const stranger = { platform, enrolledAt: 0 as EpochMs };
    const since = around.offers.since({ component: wanted.component, minimum: wanted.version }, stranger, now);
    this.#refuse(
      running,
      {
        ...{ tenant: '', hostName, component, version, state: 'Enabled', channel: 'HUS', source: 'agent' },
        ...(since === undefined ? {} : { offeredSince: since }),
        lastSeenAt: now,
      },
      'enrol',
      around,
      now,
    );
  }

  #refuse({ revision }: Running, installation: Installation, action: Action, around: Surroundings, now: EpochMs): void {
    for (const { component } of revision.minimums) {
      if (component !== installation.component) continue;
      const judgement = judge(revision, installation, now, { floors: around.floors });
      const refusal = refusalOf(revision, installation, judgement, action);
      if (refusal === undefined) continue;
      const ways = refusal.wayOut.map((step) => (step.kind === 'command' ? step.command : step.href)).join('; ');
      throw new ProblemError('below-minimum-version', `${refusal.detail} The way out: ${ways}`);
    }
  }

  #installationsOf(
    agent: Agent,
    tenant: string,
    revision: CampaignRevision,
    { offers, at }: Surroundings,
  ): readonly Installation[] {
    return installationsOf(agent, tenant, (component) => {
      const minimum = revision.minimums.find((each) => each.component === component);
      const wanted = minimum === undefined ? undefined : decisive(minimum);
      if (wanted === undefined) return undefined;
      return offers.since({ component: wanted.component, minimum: wanted.version }, agent, at);
    });
  }

  async #pks(): Promise<Installation[]> {
    const { left } = await pksClients(this.#database.read);
    return left.map(({ hostName, component, version, lastSeenAt }) => ({
      ...{ tenant: nobodysTenantName, hostName, component, version, lastSeenAt },
      ...{ state: 'Enabled', channel: 'PKS', source: 'recorded' },
    }));
  }

  #runningNow(now: EpochMs): Promise<Running | undefined> {
    if (this.#running === undefined || Math.abs(now - this.#running.at) >= freshMs) {
      this.#running = { at: now, found: this.running(now) };
    }
    return this.#running.found;
  }

  #around(now: EpochMs): Promise<Surroundings> {
    if (this.#surroundings === undefined || Math.abs(now - this.#surroundings.at) >= freshMs) {
      this.#surroundings = { at: now, found: this.#look(now) };
    }
    return this.#surroundings.found;
  }

  async #look(now: EpochMs): Promise<Surroundings> {
    const { targets } = await this.#published.list();
    return { at: now, targets, offers: new Offers(targets, await this.#inForce()), floors: floorsOf(targets) };
  }

  /** Without an answer nothing counts as offered: a minimum then refuses nobody anything. */
  async #inForce(): Promise<readonly PolicyInForce[]> {
    try {
      return await this.#history.inForce();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return [];
    }
  }
}

/** Before the deadline and with mere notices nobody needs to be looked up. */
function canRefuse({ minimums, deadline }: CampaignRevision, now: EpochMs): boolean {
  return now >= deadline.endsAt && minimums.some(({ effect }) => effect !== 'notify');
}

/** The highest floor that Image signed for each component. */
function floorsOf(targets: readonly PublishedTarget[]): ReadonlyMap<Component, ImageFloor> {
  const floors = new Map<Component, ImageFloor>();
  for (const { component, floor, isRecalled } of targets) {
    if (floor === undefined || isRecalled) continue;
    const known = floors.get(component);
    const isHigher = known === undefined || compareVersions(parseVersion(floor.below), parseVersion(known.below)) > 0;
    if (isHigher) floors.set(component, floor);
  }
  return floors;
}
