/** What the last look at the repositories found for this host, in sentences: what is offered, what holds it, and why. Pure. */
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import { minuteText } from '../amounts.ts';
import { green, oneLine, red, relativeTime, yellow } from '../output.ts';
import type { Outcome } from '../up/progress.ts';
import type { Detailed, Ended } from './under-way.ts';

type Own = AutoUpgrade['components'][number];

/** Is there something newer, and why is it not installed yet. */
export function describeLook(found: Detailed): string {
  const { failure, detail, state, suspensionReason } = found;
  if (failure !== undefined) return `${red('refused')} ${failure.code}: ${oneLine(failure.message)}`;
  if (state === 'Disabled')
    return 'auto-upgrade is Disabled on this host. Opt in: springline agent auto-upgrade set Enabled';
  const offers = detail.look?.offers ?? [];
  const lines = offers.map(({ component, version }) => {
    const own = found.components.find((other) => other.component === component);
    if (own?.waits?.rule === 'not-for-auto-upgrade') {
      return `${component} ${version} is for download only. Take it by hand: springline agent upgrade ${component}`;
    }
    const held = own === undefined ? undefined : heldWords(own, version);
    return `${component} ${own?.version ?? ''} -> ${version} is offered${held === undefined ? '' : `, ${held}`}`;
  });
  const reason = suspensionReason === undefined ? [] : [`${paintState(state)}: ${oneLine(suspensionReason)}`];
  const none = state === 'Enabled' ? ['every component runs the build that is named for it'] : [];
  return [...(lines.length === 0 ? none : lines), ...reason, ...refusals(found)].join('\n');
}

/** `held until … (ring-not-open): the reason`; `undefined` when nothing holds it. */
export function heldWords({ waits, blocked }: Own, version: string): string | undefined {
  if (waits !== undefined) {
    const until = waits.until === undefined ? '' : ` until ${minuteText(Date.parse(waits.until))}`;
    return `held${until} (${waits.rule}): ${oneLine(waits.reason)}`;
  }
  if (blocked?.version !== version) return undefined;
  return `held until ${minuteText(Date.parse(blocked.until))}, because it failed here: ${oneLine(blocked.reason)}`;
}

/** The same with the releases, component by component. */
export function explainLook(found: Detailed): string {
  const lines = found.components.map((own) => {
    const offer = found.detail.look?.offers.find(({ component }) => component === own.component);
    if (offer === undefined) return `${own.component} ${own.version}: nothing newer is named for it`;
    const subject = `${own.component} ${own.version} -> ${offer.version} (release ${offer.releaseNumber}, ${offer.sha256.slice(0, 12)})`;
    if (found.state === 'Disabled' && own.waits === undefined) {
      return `${subject}: held, a person disabled auto-upgrade here`;
    }
    const held = heldWords(own, offer.version);
    if (held !== undefined) return `${subject}: ${held}`;
    return `${subject}: genuine in the Image repository, named by the Director; begins at the next look, ${relativeTime(found.nextCheckAt)}`;
  });
  return [describeLook(found), '', ...lines].join('\n');
}

export function refusals({ detail: { look } }: Detailed): string[] {
  return (look?.refusals ?? []).map(
    ({ path, code, message }) => `${red('refused')} ${oneLine(path)} ${code}: ${oneLine(message)}`,
  );
}

export function paintState(state: AutoUpgrade['state']): string {
  if (state === 'Enabled') return green(state);
  return state === 'Disabled' ? state : yellow(state);
}

/** How an upgrade that a person asked for went: only one that ended well is ticked. */
export function outcomeOf({ ended, failure, state, detail, decisions }: Ended): Outcome {
  const bad = ended.find(({ result }) => result !== 'Success');
  if (bad !== undefined) return { mark: 'failed', words: `${bad.component}, ${oneLine(bad.result)}` };
  if (ended.length > 0) return { mark: 'done', words: '' };
  const isByHandRefused = decisions?.some(({ action }) => action === 'refuse') === true;
  const isRefused = failure !== undefined || (detail.look?.refusals.length ?? 0) > 0 || isByHandRefused;
  if (isRefused) return { mark: 'failed', words: 'refused' };
  // By hand the state of auto-upgrade does not matter.
  if (state === 'Enabled' || decisions !== undefined) return { mark: 'nothing', words: 'nothing was installed' };
  return { mark: 'failed', words: `nothing was installed, auto-upgrade is ${state}` };
}
