/**
 * What people hear of without looking: rollouts that move, halt and end, everything halted at once, releases that were
 * called back, and the first host on which a release failed. One notice for each release and what became of it, never one
 * for each host. The words are here; when they are said is decided by whoever calls.
 */
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import type { EpochMs } from '@springline/ports/clock';
import { addNotice } from '../notices/outbox.ts';
import type { Database, Writer } from '../storage/database.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import type { RolloutNews } from './controller.ts';
import type { PublishedReleases, Recall } from './published-releases.ts';

const dayMs = 24 * 60 * 60_000;
/** A recall is for ever; news of it is not. Shorter than notices are kept, so that nobody hears of it twice. */
const recallNewsMs = 30 * dayMs;

/** Of what happened to a rollout, by itself or by a person. */
export async function tellNews(
  writer: Writer,
  tenantId: string,
  { kind, rolloutId, component, version, what }: RolloutNews,
  now: EpochMs,
): Promise<void> {
  const name = `${component} ${version}: `;
  // What halts by itself says its own name first.
  const subject = `${name}${what.replace(name, '')}`;
  const text = `${subject}\n\nspringline rollout show ${rolloutId}\n`;
  const detail = { rolloutId, component, version };
  const dedupeKey = `${kind} ${rolloutId} ${now}`;
  await addNotice(writer, tenantId, { kind: kind.replace('.', '-'), dedupeKey, subject, text, detail }, now);
}

/** Of all rollouts together. */
export async function tellPolicyHalt(
  writer: Writer,
  tenantId: string,
  { isHalted, reason }: { readonly isHalted: boolean; readonly reason: string | undefined },
  now: EpochMs,
): Promise<void> {
  const kind = isHalted ? 'policy-halted' : 'policy-resumed';
  const done = isHalted
    ? 'Everything is halted: nothing is installed anywhere'
    : 'Rollouts go on: the halt of all is over';
  const subject = reason === undefined ? done : `${done} (${reason})`;
  const text = `${subject}\n\nspringline rollout list\n`;
  await addNotice(writer, tenantId, { kind, dedupeKey: `${kind} ${now}`, subject, text }, now);
}

type Failure = Pick<HusReport, 'component' | 'to' | 'targetSha256' | 'step' | 'result' | 'reason'>;

/** Of the first host of a tenant on which a release failed after it was switched to; later ones add nothing. */
export async function tellFailures(
  writer: Writer,
  tenantId: string,
  { hostName, reports }: { readonly hostName: string; readonly reports: readonly Failure[] },
  now: EpochMs,
): Promise<void> {
  const [operator] = await listTenants(writer);
  // Of two hosts at once each takes its rows in the same order.
  for (const report of reports.toSorted((a, b) => (a.targetSha256 < b.targetSha256 ? -1 : 1))) {
    const { component, to, targetSha256, step, result, reason } = report;
    const end = step === 'rolled-back' ? 'was rolled back' : 'could not be rolled back';
    const subject = `${component} ${to}: the upgrade of ${hostName} failed and ${end}`;
    const why = [result, reason].filter((each) => each !== undefined).join(': ');
    const text = [
      `${subject}.`,
      ...(why === '' ? [] : [why]),
      'It is the first host of which this is known; others that fail with this release are not told of.',
      '\nspringline upgrade status',
      // Nobody else may.
      ...(tenantId === operator?.id ? [`springline rollout halt ${component}@${to} --reason "it fails"`] : []),
      '',
    ].join('\n');
    const detail = { component, version: to, hostName, step, ...(result === undefined ? {} : { result }) };
    const dedupeKey = `upgrade-failed ${component} ${to} ${targetSha256}`;
    await addNotice(writer, tenantId, { kind: 'upgrade-failed', dedupeKey, subject, text, detail }, now);
  }
}

/** Whether a report is one that people should hear of. */
export function isFailure({ step }: Pick<HusReport, 'step'>): boolean {
  return step === 'rolled-back' || step === 'failed';
}

/** Tells every tenant once of each release that was called back; remembers what it told as long as it runs. */
export class RecallNews {
  readonly #database: Database;
  readonly #published: Pick<PublishedReleases, 'list'>;
  readonly #told = new Set<string>();

  constructor(database: Database, published: Pick<PublishedReleases, 'list'>) {
    this.#database = database;
    this.#published = published;
  }

  /** How many releases were told of that were not known to be recalled. */
  async tell(now: EpochMs): Promise<number> {
    const { targets } = await this.#published.list();
    let count = 0;
    for (const { component, version, recall } of targets) {
      const name = `${component} ${version}`;
      if (recall === undefined || this.#told.has(name) || now - recall.recalledAt > recallNewsMs) continue;
      await this.#tellAll({ component, version, recall }, now);
      this.#told.add(name);
      count += 1;
    }
    return count;
  }

  async #tellAll(
    { component, version, recall }: { component: string; version: string; recall: Recall },
    now: EpochMs,
  ): Promise<void> {
    const subject = `${component} ${version} was recalled: ${recall.reason}`;
    const text = [
      subject,
      'Nobody installs it any more, and its rollout goes no further. Hosts that run it wait for a release with a higher number.',
      '\nspringline upgrade status\nspringline rollout list\n',
    ].join('\n');
    const detail = { component, version, recalledAt: new Date(recall.recalledAt).toISOString() };
    const dedupeKey = `release-recalled ${component} ${version}`;
    for (const { id } of await listTenants(this.#database.read)) {
      const words = { kind: 'release-recalled', dedupeKey, subject, text, detail };
      await this.#database.write((writer) => addNotice(writer, id, words, now));
    }
  }
}
