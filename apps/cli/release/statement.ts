/**
 * What a release manager may say about a release beyond its files, judged before anything is packed: pure. What agents
 * would pass over, or what contradicts itself, is refused here with the way out, because a signed word is never taken
 * back.
 */
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import type { ComponentFacts, FloorFacts } from '@springline/auto-upgrade/release/release-facts';
import { type Component, components } from '@springline/auto-upgrade/release/target-path';
import { compareVersions, formatVersion, parseVersion } from '@springline/auto-upgrade/release/version';
import type { EpochMs } from '@springline/ports/clock';
import { PublishError } from './error.ts';

/** A floor leaves hosts at least this long (security rule S27); agents pass over one that does not. */
const shortestFloorNoticeMs = 7 * 24 * 60 * 60_000;
/** The whole fleet within an hour: what limits a rollout then is the operator's policy alone. */
const unlimitedRampPpmPerHour = 1_000_000;
/** Above the last one: a number given out is never taken back, and the next must still be higher. */
const furthestNumber = 1_000_000;
/** Of a field of a version: what the control plane's API shows. */
export const versionFieldLimit = 999_999_999;
const needsLimit = 16;
const needTextLimit = 200;

/** What is left out is as usual: both channels, no signed ramp, the next version and number, published now. */
export interface ReleaseStatement {
  /** Two to four numbers; above all that were published, unless `isLowerMeant`. */
  readonly version?: string;
  readonly isLowerMeant?: boolean;
  /** Above all that were given out. */
  readonly releaseNumber?: number;
  readonly channel?: ComponentFacts['channel'];
  /** 1 to 1,000,000: how fast any rollout may grow at most, in agents of a million and hour. */
  readonly maxRampPpmPerHour?: number;
  readonly floor?: FloorFacts;
  readonly carriedBy?: { readonly component: string; readonly version: string };
  /** What a host must have, by name. */
  readonly needs?: Readonly<Record<string, string>>;
  /** RFC 3339 in UTC. Development repositories alone take another time than now. */
  readonly publishedAt?: string;
}

/** The facts that a statement decides; `publishedAt` is absent for now. */
export type StatedFacts = Pick<ComponentFacts, 'channel' | 'maxRampPpmPerHour' | 'floor' | 'carriedBy' | 'needs'> & {
  readonly publishedAt?: string;
};

/** What the statement is about, and what was before it. */
export interface StatementWorld {
  readonly component: Component;
  /** As it will be published. */
  readonly version: string;
  readonly releaseNumber: number;
  readonly now: EpochMs;
  readonly isDevelopment: boolean;
  /** All of the component, of any platform. */
  readonly publishedBefore: readonly {
    readonly version: string;
    readonly releaseNumber: number;
    readonly publishedAt: string;
  }[];
  /** The highest that was ever given out. */
  readonly lastReleaseNumber: number;
}

/** @throws {PublishError} `release-version-taken`, `release-number-taken`, `release-facts-contradict`. */
export function statedFacts(statement: ReleaseStatement, world: StatementWorld): StatedFacts {
  requireNewVersion(statement, world);
  const { channel = { download: true, autoUpgrade: true }, maxRampPpmPerHour = unlimitedRampPpmPerHour } = statement;
  if (!channel.download && !channel.autoUpgrade) {
    throw contradiction('the release would be offered to nobody: name a channel, download, auto-upgrade or both');
  }
  if (
    !Number.isSafeInteger(maxRampPpmPerHour) ||
    maxRampPpmPerHour < 1 ||
    maxRampPpmPerHour > unlimitedRampPpmPerHour
  ) {
    throw contradiction(
      'the maximum ramp is 0.0001% to 100% an hour. For a release that no agent takes by itself: --channel download',
    );
  }
  const publishedAt = publishedAtOf(statement, world);
  const floor = floorOf(statement, channel, { ...world, publishedAt: Date.parse(publishedAt ?? '') || world.now });
  const carriedBy = carrierOf(statement, world.component);
  const needs = needsOf(statement);
  return {
    ...{ channel, maxRampPpmPerHour },
    ...(floor === undefined ? {} : { floor }),
    ...(carriedBy === undefined ? {} : { carriedBy }),
    ...(needs === undefined ? {} : { needs }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
  };
}

function requireNewVersion({ isLowerMeant }: ReleaseStatement, world: StatementWorld): void {
  const { component, version, releaseNumber, lastReleaseNumber, publishedBefore } = world;
  const wanted = parsed(version, 'the version');
  for (const { version: other } of publishedBefore) {
    const order = compareVersions(wanted, parseVersion(other));
    if (order === 0) {
      throw new PublishError(
        'release-version-taken',
        `${component} ${other} is published already, and is never changed. Choose a version that is not.`,
      );
    }
    if (order < 0 && isLowerMeant !== true) {
      throw new PublishError(
        'release-version-taken',
        `${component} ${version} is lower than ${other}, which is published. If hosts are to be led back to it on purpose, say --allow-lower-version.`,
      );
    }
  }
  if (releaseNumber > lastReleaseNumber + furthestNumber) {
    throw new PublishError(
      'release-number-taken',
      `release number ${releaseNumber} of ${component} is too far ahead, and no lower one could follow it. Choose one up to ${lastReleaseNumber + furthestNumber}, or none.`,
    );
  }
  if (releaseNumber > lastReleaseNumber && Number.isSafeInteger(releaseNumber)) return;
  throw new PublishError(
    'release-number-taken',
    `release numbers of ${component} are given out up to ${lastReleaseNumber}, and never fall. Choose a higher one, or none.`,
  );
}

function publishedAtOf({ publishedAt }: ReleaseStatement, world: StatementWorld): string | undefined {
  if (publishedAt === undefined) return undefined;
  if (!world.isDevelopment) {
    // It would open signed ramps and floors before their time.
    throw contradiction('only a repository of the development profile takes another time of publishing than now');
  }
  const at = instant(publishedAt, 'the time of publishing');
  if (at > world.now) throw contradiction(`${publishedAt} is not over yet: nothing is published in the future`);
  const before = world.publishedBefore.reduce((latest, one) => Math.max(latest, Date.parse(one.publishedAt)), 0);
  if (at < before) {
    throw contradiction(
      `${publishedAt} is before ${new Date(before).toISOString()}, when the release before of ${world.component} was published`,
    );
  }
  return publishedAt;
}

function floorOf(
  { floor }: ReleaseStatement,
  channel: ComponentFacts['channel'],
  { component, version, now, publishedAt }: StatementWorld & { readonly publishedAt: number },
): FloorFacts | undefined {
  if (floor === undefined) return undefined;
  const { below, from } = floor;
  if (compareVersions(parsed(below, 'the floor'), parseVersion(version)) > 0) {
    throw contradiction(
      `the floor ${below} is above ${component} ${version} itself: hosts that took this release would have to leave it`,
    );
  }
  const begins = instant(from, 'the beginning of the floor');
  if (begins <= now) throw contradiction(`the floor would begin on ${from}, which is over`);
  if (begins - publishedAt < shortestFloorNoticeMs) {
    const earliest = new Date(publishedAt + shortestFloorNoticeMs).toISOString();
    throw contradiction(
      `the floor would begin on ${from}, and agents pass over one that leaves them less than 7 days: not before ${earliest}`,
    );
  }
  if (!channel.autoUpgrade) {
    throw contradiction('a floor leads hosts to this release by itself, and the channel download keeps them from it');
  }
  return { below, from };
}

function carrierOf({ carriedBy }: ReleaseStatement, component: Component): ComponentFacts['carriedBy'] {
  if (carriedBy === undefined) return undefined;
  const carrier = components.find((name) => name === carriedBy.component);
  if (carrier === undefined) {
    throw new PublishError(
      'release-component-unknown',
      `there is no component ${carriedBy.component} that could carry ${component}. There are ${components.join(', ')}.`,
    );
  }
  if (carrier === component) throw contradiction(`${component} cannot be carried by itself`);
  parsed(carriedBy.version, `the version of ${carrier}`);
  return { component: carrier, version: carriedBy.version };
}

function needsOf({ needs }: ReleaseStatement): ComponentFacts['needs'] {
  if (needs === undefined) return undefined;
  const entries = Object.entries(needs);
  if (entries.length === 0) return undefined;
  const wrong = entries.find(
    ([name, text]) => !/^[a-z][a-z0-9-]{0,31}$/.test(name) || text.trim() === '' || text.length > needTextLimit,
  );
  if (wrong !== undefined || entries.length > needsLimit) {
    throw contradiction(
      `what a host needs is at most ${needsLimit} names of small letters with texts of at most ${needTextLimit} characters, as node="24 or later"`,
    );
  }
  return needs;
}

function parsed(version: string, what: string) {
  try {
    const parsedVersion = parseVersion(version);
    if (Math.max(...parsedVersion.fields) <= versionFieldLimit) return parsedVersion;
  } catch (cause) {
    if (!(cause instanceof ReleaseError)) throw cause;
    throw contradiction(`${what} is two to four numbers, as 2.5.0.0`, { cause });
  }
  throw contradiction(`${what} has a number above ${versionFieldLimit}, which nobody could be shown`);
}

/** The version with all its four numbers. @throws {PublishError} `release-facts-contradict`. */
export function wholeVersion(version: string): string {
  return formatVersion(parsed(version, 'the version'));
}

function instant(text: string, what: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw contradiction(`${what} is an instant in UTC, as 2026-12-18T22:00:00Z`);
  return at;
}

function contradiction(message: string, options?: ErrorOptions): PublishError {
  return new PublishError('release-facts-contradict', message, options);
}
