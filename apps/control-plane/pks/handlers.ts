/**
 * The retired PKS channel and its end. `POST /pks/v1/upgrade` takes a product key from anybody and gives everybody the
 * same signed answer per component; the key decides nothing and yields no identity. Nothing is looked up by it, and
 * what is noted is written after the answer, so known and unknown keys cannot be told apart by bytes or time.
 */
import { ProblemError } from '@springline/api/problem';
import type { PksStatus } from '@springline/api/shapes/pks';
import { type BridgeAnswer, type BridgeArchive, bridgingOf } from '@springline/auto-upgrade/pks-bridge/answer';
import { bridgeStanding } from '@springline/auto-upgrade/pks-bridge/bridge-release';
import { PksError } from '@springline/auto-upgrade/pks-bridge/error';
import {
  type Lifecycle,
  lifecycleHeaders,
  phaseAt,
  phaseRules,
  scheduleRefusal,
} from '@springline/auto-upgrade/pks-bridge/lifecycle';
import { type PksRequest, parsePksRequest } from '@springline/auto-upgrade/pks-bridge/request';
import type { EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { events } from '../events.ts';
import type { Handlers } from '../http/handler.ts';
import { PublishedReleases, type PublishedTarget } from '../hus/published-releases.ts';
import { openPlainFile } from '../repository/plain-file.ts';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { findTenantByName, operatorTenantName } from '../storage/platform/tenants.ts';
import { findPksLifecycle, savePksLifecycle } from '../storage/upgrade/pks-lifecycle.ts';
import { BridgeFiles } from './bridge-files.ts';
import type { PksSightings } from './sightings.ts';
import { type PksClients, pksClients } from './who-is-left.ts';

interface PksDeps {
  readonly database: Database;
  readonly log: Log;
  readonly sightings: PksSightings;
  /** Holds `<component>.json`, made by `springline pks sign`. */
  readonly folder: string;
  /** Holds `image/`. */
  readonly repositoryFolder: string;
  publicUrl(): string;
}

type PksRoute = 'askPks' | 'getPks' | 'setPksLifecycle';

/** Of clients that are left, and of those that were bridged, in one answer. */
const shownLimit = 1_000;
const nobody: PksClients = { left: [], bridged: [] };

export function pksHandlers(deps: PksDeps): Pick<Handlers, PksRoute> {
  const { database, log, sightings, publicUrl } = deps;
  const bridges = new BridgeFiles(deps.folder, log);
  const published = new PublishedReleases(deps.repositoryFolder);
  return {
    async askPks({ body, now, setHeader }) {
      const request = requestOf(body);
      const { keyHash, component, version } = request;
      const lifecycle = await findPksLifecycle(database.read);
      const bridge = await bridges.read(component);
      const phase = phaseAt(lifecycle, now);
      const { answers, notesClients } = phaseRules[phase];
      const isBridged = bridge !== undefined && bridgingOf(bridge.answer, version) === 'bridged';
      if (notesClients) sightings.note(request, isBridged ? 'bridged' : 'PKS', now);
      log.info(events.pksAsked, { keyHash, component, version, phase });
      const headers = lifecycleHeaders(lifecycle, linksOf(publicUrl()));
      if (answers === 'gone') throw new ProblemError('pks-retired', byHand(publicUrl()), { headers });
      if (bridge === undefined) throw new ProblemError('pks-no-bridge', undefined, { headers });
      // Signed in good faith, and called back since: nobody is led to it.
      if (bridgeStanding(bridge.answer, (await published.list()).targets) === 'recalled') {
        throw new ProblemError('pks-no-bridge', undefined, { headers });
      }
      for (const [name, value] of Object.entries(headers)) setHeader(name, value);
      setHeader('cache-control', 'no-store');
      return { ...bridge.envelope, signatures: [...bridge.envelope.signatures] };
    },

    async getPks({ caller, now }) {
      await sightings.written();
      const lifecycle = await findPksLifecycle(database.read);
      const phase = phaseAt(lifecycle, now);
      const signed = await bridges.list();
      const { targets } = await published.list();
      const operator = await findTenantByName(database.read, operatorTenantName);
      // A host that asks PKS is of no tenant that we know: its name is for whoever runs the installation.
      const { left, bridged } = operator?.id === caller.tenantId ? await pksClients(database.read) : nobody;
      const tooOld = (component: string, version: string): boolean => {
        const answer = signed.find((other) => other.component === component);
        return answer !== undefined && bridgingOf(answer, version) === 'swing-migration';
      };
      return {
        phase,
        meaning: phaseRules[phase].meaning,
        ...(lifecycle === undefined ? {} : { lifecycle: lifecycleView(lifecycle) }),
        bridges: await Promise.all(signed.map((answer) => bridgeView(answer, targets, deps.repositoryFolder))),
        left: left.slice(0, shownLimit).map((client) => ({
          claimedHostName: client.hostName,
          component: client.component,
          claimedVersion: client.version,
          channel: client.channel,
          keyHash: client.keyHash,
          firstSeenAt: instantText(client.firstSeenAt),
          lastSeenAt: instantText(client.lastSeenAt),
          requests: client.requests,
          needsSwingMigration: tooOld(client.component, client.version),
        })),
        leftCount: left.length,
        bridged: bridged.slice(0, shownLimit).map(({ hostName, component, version, bridgedAt }) => ({
          claimedHostName: hostName,
          component,
          claimedVersion: version,
          bridgedAt: instantText(bridgedAt),
        })),
        bridgedCount: bridged.length,
      };
    },

    async setPksLifecycle({ caller, body, now }) {
      const wanted = { deprecatedAt: epochMs(body.deprecatedAt), sunsetAt: epochMs(body.sunsetAt) };
      const lifecycle = await database.write(async (writer) => {
        const before = await findPksLifecycle(writer);
        const refusal = scheduleRefusal(before, wanted, now);
        if (refusal === 'dates-out-of-order') {
          throw new ProblemError('malformed-request', 'body.sunsetAt: the sunset lies before the deprecation');
        }
        if (refusal !== undefined) throw new ProblemError('pks-sunset-too-soon');
        const after: Lifecycle = { announcedAt: before?.announcedAt ?? now, ...wanted };
        await savePksLifecycle(writer, after);
        await appendAudit(writer, caller.tenantId, {
          at: now,
          actor: caller.actor,
          action: 'pks.scheduled',
          subject: 'channel:PKS',
          detail: { ...datesDetail('before', before), ...datesDetail('after', after) },
        });
        return after;
      });
      return lifecycleView(lifecycle);
    },
  };
}

function requestOf(body: unknown): PksRequest {
  try {
    return parsePksRequest(body);
  } catch (error) {
    if (error instanceof PksError) throw new ProblemError('malformed-request', `body.${error.message}`);
    throw error;
  }
}

async function bridgeView(
  answer: BridgeAnswer,
  published: readonly PublishedTarget[],
  repositoryFolder: string,
): Promise<PksStatus['bridges'][number]> {
  const { component, version, upgradesFrom, signedAt, archives } = answer;
  const found = await Promise.all(archives.map(({ transport }) => isPublished(repositoryFolder, transport)));
  return {
    ...{ component, version, signedAt: new Date(signedAt).toISOString() },
    ...(upgradesFrom === undefined ? {} : { upgradesFrom }),
    isAvailable: found.every(Boolean),
    standing: bridgeStanding(answer, published),
  };
}

async function isPublished(folder: string, { path, length }: BridgeArchive['transport']): Promise<boolean> {
  const file = await openPlainFile(folder, ['image', 'targets', ...path.split('/')]);
  await file?.handle.close();
  return file?.sizeBytes === length;
}

function linksOf(url: string): Parameters<typeof lifecycleHeaders>[1] {
  return { notice: `${url}/docs`, successor: `${url}/repository/director/metadata/timestamp.json` };
}

function byHand(url: string): string {
  return `PKS has ended. Upgrade by hand: install the current build from ${url} on this host and enrol it with an enrolment string, which an administrator makes there.`;
}

function lifecycleView({ announcedAt, deprecatedAt, sunsetAt }: Lifecycle): NonNullable<PksStatus['lifecycle']> {
  return {
    announcedAt: instantText(announcedAt),
    deprecatedAt: instantText(deprecatedAt),
    sunsetAt: instantText(sunsetAt),
  };
}

function datesDetail(when: 'before' | 'after', lifecycle: Lifecycle | undefined): Record<string, string> {
  if (lifecycle === undefined) return {};
  const { deprecatedAt, sunsetAt } = lifecycle;
  return { [`${when}.deprecatedAt`]: instantText(deprecatedAt), [`${when}.sunsetAt`]: instantText(sunsetAt) };
}

function instantText(instant: EpochMs): string {
  return new Date(instant).toISOString();
}

/** The route's shape has made sure that it is an instant. */
function epochMs(text: string): EpochMs {
  return Date.parse(text) as EpochMs;
}
