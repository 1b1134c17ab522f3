/** The files of a scenario (`scenarios/NAME/`): its notice, its releases, its servers with what becomes of each, and when. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Campaign, parseCampaign } from '@springline/auto-upgrade/campaign/campaign';
import { components } from '@springline/auto-upgrade/release/target-path';
import { z } from 'zod';
import { CommandError } from '../output.ts';
import { readSmallJson } from '../small-file.ts';

const folderOfAll = join(import.meta.dirname, '..', '..', '..', 'scenarios');
const fileLimitBytes = 512 * 1024;

const text = z.string().min(1).max(300);
const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
const version = z.string().regex(/^\d+(\.\d+){2,3}$/);
const instant = z.iso.datetime();
const component = z.enum(components);
const state = z.enum(['Enabled', 'Disabled', 'Suspended']);
const channel = z.enum(['HUS', 'PKS', 'bridged']);

const serverFile = z.strictObject({
  tenant: name,
  hostName: name,
  component,
  /** An agent of ours runs there; the others are recorded. */
  isRealAgent: z.boolean(),
  shows: text,
  bornAt: instant,
  owner: text.optional(),
  start: z.strictObject({ version, state, channel }),
  /** It was heard of for the last time. */
  reportsUntil: instant.optional(),
  events: z
    .array(
      z.strictObject({
        at: instant,
        what: text,
        change: z.strictObject({
          version: version.optional(),
          state: state.optional(),
          channel: channel.optional(),
          hostName: name.optional(),
          lastResult: text.optional(),
          movedTo: component.optional(),
        }),
      }),
    )
    .max(20),
});
const estateFile = z.strictObject({ servers: z.array(serverFile).max(100) });

const releasesFile = z.strictObject({
  banner: text,
  releases: z
    .array(
      z.strictObject({
        component: z.literal('connect-sync'),
        version,
        releaseNumber: z.int().positive(),
        publishedAt: instant,
        channel: z.strictObject({ download: z.boolean(), autoUpgrade: z.boolean() }),
        bundledHealth: version.optional(),
        /** It stops working soon after it was installed there: an example of a build that is bad on some hosts. */
        failsOn: name.optional(),
      }),
    )
    .max(50),
});

const scenarioFile = z.strictObject({
  scenarioId: name,
  title: text,
  banner: text,
  clock: z.strictObject({ start: instant, deadline: instant, end: instant }),
  campaign: z.strictObject({ file: text, revision: z.int(), asPublishedRevision: z.int() }),
  releases: z.strictObject({ file: text, campaignOpensAt: instant, installs: version }),
  estate: z.strictObject({ file: text, tenants: z.int(), servers: z.int() }),
  bridge: z.strictObject({ from: version, to: version, until: instant }),
  assumptions: z.array(text).max(20),
  expected: z.array(z.strictObject({ at: instant, revision: z.int(), file: text })).max(50),
});

export type ScenarioServer = z.infer<typeof serverFile>;
export type ScenarioRelease = z.infer<typeof releasesFile>['releases'][number];

export interface Scenario {
  readonly folder: string;
  readonly facts: z.infer<typeof scenarioFile>;
  readonly campaign: Campaign;
  readonly releases: readonly ScenarioRelease[];
  readonly servers: readonly ScenarioServer[];
}

export function scenarioNames(): readonly string[] {
  return readdirSync(folderOfAll).filter((each) => existsSync(join(folderOfAll, each, 'scenario.json')));
}

/** @throws {CommandError} exit code 2: there is no such scenario, or a file of it cannot be read. */
export function readScenario(wanted: string): Scenario {
  const known = scenarioNames();
  if (!known.includes(wanted)) {
    throw new CommandError(
      `there is no scenario ${JSON.stringify(wanted.slice(0, 60))}; there is ${known.join(', ')}`,
      2,
    );
  }
  const folder = join(folderOfAll, wanted);
  const facts = read(folder, 'scenario.json', scenarioFile);
  return {
    folder,
    facts,
    campaign: parseCampaign(readSmallJson(join(folder, facts.campaign.file), fileLimitBytes)),
    releases: read(folder, facts.releases.file, releasesFile).releases,
    servers: read(folder, facts.estate.file, estateFile).servers,
  };
}

function read<T>(folder: string, file: string, shape: z.ZodType<T>): T {
  const path = join(folder, file);
  const parsed = shape.safeParse(readSmallJson(path, fileLimitBytes));
  if (parsed.success) return parsed.data;
  throw new CommandError(`${path}: ${z.prettifyError(parsed.error)}`, 2);
}
