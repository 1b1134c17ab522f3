/**
 * What changed about the rules since they were last brought to every object, so that a changed flow evaluates what it
 * gives and nothing else. What may change links, who is in scope or which rule wins looks at every object again.
 */
import { createHash } from 'node:crypto';
import type { SyncStore } from '../connector-space/store.ts';
import { isLinking } from '../rules/program.ts';
import type { Engine } from './engine.ts';

const digestSetting = 'rules-digest';
const contentsSetting = 'rules-contents';
/** Digest of rules that were brought to some objects and not yet to all. */
const begunSetting = 'rules-begun';

/** Metaverse attributes that rules of directories may give other values, and types that rules of the cloud read anew. */
export interface TouchedFlows {
  /** By connector, then by the type of its objects. */
  readonly inbound: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Metaverse types. */
  readonly outbound: ReadonlySet<string>;
}

/**
 * Whether rules, or what rules may ask about the directories, are others than at the last run to the end; also where a
 * run with others was cut off since.
 */
export function haveRulesChanged(engine: Engine): boolean {
  const { store } = engine;
  return store.setting(digestSetting) !== digestOf(engine) || store.setting(begunSetting) !== undefined;
}

/** `none`: nothing changed. `all`: every object is to be looked at. */
export function ruleChanges(engine: Engine): TouchedFlows | 'all' | 'none' {
  const { store, rules } = engine;
  if (!haveRulesChanged(engine)) return 'none';
  const [directories] = (store.setting(digestSetting) ?? '').split(' ');
  const contents = store.setting(contentsSetting);
  if (contents === undefined || directories !== directoriesDigest(engine)) return 'all';
  // Some objects are as other rules had them, and nobody knows which.
  if ((store.setting(begunSetting) ?? digestOf(engine)) !== digestOf(engine)) return 'all';
  const inbound = new Map<string, Map<string, Set<string>>>();
  const outbound = new Set<string>();
  for (const change of rules.changedSince(contents) ?? [undefined]) {
    if (change === undefined) return 'all';
    const { name, connector, kind, affectsLinks, targets } = change;
    const rule = rules.rules.find((known) => known.name === name && known.connector === connector);
    // What a rule was for before is not known any more.
    if (rule === undefined || (affectsLinks && (kind !== 'added' || isLinking(rule)))) return 'all';
    if (rule.direction === 'outbound') {
      outbound.add(rule.sourceObjectType);
      continue;
    }
    // Rules of the cloud give values to objects of every directory.
    if (connector === engine.cloud.name) return 'all';
    const byType = inbound.get(connector) ?? new Map<string, Set<string>>();
    inbound.set(connector, byType);
    const known = byType.get(rule.sourceObjectType) ?? new Set<string>();
    byType.set(rule.sourceObjectType, known);
    for (const target of targets) known.add(target);
  }
  return { inbound, outbound };
}

/** Whether any flow gives something else; a rule may have got another description only. */
export function touchesNothing({ inbound, outbound }: TouchedFlows): boolean {
  return (
    outbound.size === 0 && [...inbound.values()].every((byType) => [...byType.values()].every(({ size }) => size === 0))
  );
}

/** Noted before the first object: what is cut off from here on is not mistaken for rules that were never tried. */
export function beginRuleChanges(engine: Engine, changes: ReturnType<typeof ruleChanges>): void {
  const { store } = engine;
  const digest = digestOf(engine);
  if (changes === 'none' || !haveRulesChanged(engine)) return;
  if (store.setting(begunSetting) === digest && changes !== 'all') return;
  store.transaction(() => {
    store.setSetting(begunSetting, digest);
    if (changes === 'all') store.setSetting(contentsSetting, null);
  });
}

/** The rules were brought to every object. */
export function settleRuleChanges(engine: Engine): void {
  if (!haveRulesChanged(engine)) return;
  const { store, rules } = engine;
  store.transaction(() => {
    store.setSetting(digestSetting, digestOf(engine));
    store.setSetting(contentsSetting, rules.contents());
    store.setSetting(begunSetting, null);
  });
}

/** One-shot override: every object is looked at again. */
export function requireFullSynchronization(store: SyncStore): void {
  store.setSetting(digestSetting, null);
  store.setSetting(contentsSetting, null);
}

function digestOf(engine: Engine): string {
  return `${directoriesDigest(engine)} ${engine.rules.digest}`;
}

/** Of what parameters of rules are made of. */
function directoriesDigest({ directories }: Engine): string {
  const facts = directories.map(({ name, baseDn, netBiosName, filterGroupDn }) => [
    ...[name, baseDn, netBiosName ?? null, filterGroupDn ?? null],
  ]);
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 22);
}
