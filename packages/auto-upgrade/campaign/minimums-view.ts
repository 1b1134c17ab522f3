/** A tally beside the notice that it was counted by: what the API, the command line and the portal show. Pure. */
import type { EpochMs } from '@springline/ports/clock';
import { type Campaign, type CampaignRevision, type Minimum, revisionAt } from './campaign.ts';
import { daysLeft } from './deadline.ts';
import type { BelowServer, ComponentTally, Tally } from './tally.ts';

/** A minimum with its counts; without a version it is not yet announced. */
type MinimumRow = Pick<Minimum, 'component' | 'byHand' | 'effect'> &
  Pick<ComponentTally, 'ok' | 'below' | 'notJudged' | 'moved'> & {
    version?: string;
    carriedBy?: NonNullable<Minimum['carriedBy']>;
  };

interface MinimumsView {
  minimums: MinimumRow[];
  groups: Tally['groups'];
  servers: (Omit<BelowServer, 'components'> & { components: BelowServer['components'][number][] })[];
  serversTotal: number;
}

/** Instants by RFC 3339. */
interface CampaignView {
  campaignId: string;
  name: string;
  /** The one that counts, and how many there are. */
  revision: number;
  revisions: number;
  title: string;
  publishedAt: string;
  deadline: { date: string; zone: string; endsAt: string };
  daysLeft: number;
  note?: string;
  assumption?: string;
  endedAt?: string;
}

/** Servers named at most; all are counted. */
const serversShown = 1_000;

export function minimumsView(revision: CampaignRevision, counted: Tally): MinimumsView {
  return {
    minimums: revision.minimums.map((minimum) => {
      const { component, version, carriedBy, byHand, effect } = minimum;
      const none = { ok: 0, below: 0, notJudged: 0, moved: 0 };
      const found = counted.components.find((each) => each.component === component) ?? none;
      const { ok, below, notJudged, moved } = found;
      return {
        ...{ component, byHand, effect, ok, below, notJudged, moved },
        ...(version === undefined ? {} : { version }),
        ...(carriedBy === undefined ? {} : { carriedBy }),
      };
    }),
    groups: counted.groups,
    servers: counted.servers
      .slice(0, serversShown)
      .map((server) => ({ ...server, components: [...server.components] })),
    serversTotal: counted.servers.length,
  };
}

/** As it stands at `now`; its first revision where it is not published yet. */
export function campaignView(
  campaign: Campaign,
  endedAt: EpochMs | null,
  now: EpochMs,
  revision: CampaignRevision = revisionAt(campaign, now) ?? campaign.revisions[0]!,
): CampaignView {
  const { deadline, note, assumption } = revision;
  return {
    ...{ campaignId: campaign.campaignId, name: campaign.name, title: revision.title },
    ...{ revision: revision.revision, revisions: campaign.revisions.length },
    publishedAt: new Date(revision.publishedAt).toISOString(),
    deadline: { date: deadline.date, zone: deadline.zone, endsAt: new Date(deadline.endsAt).toISOString() },
    daysLeft: daysLeft(deadline, now),
    ...(note === undefined ? {} : { note }),
    ...(assumption === undefined ? {} : { assumption }),
    ...(endedAt === null ? {} : { endedAt: new Date(endedAt).toISOString() }),
  };
}
