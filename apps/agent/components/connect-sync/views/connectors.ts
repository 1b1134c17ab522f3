/** The connectors with what they hold and what waits, and the history of their runs. */
import type { RunRecordView, SyncAnswer, SyncConnectorView } from '@springline/api/shapes/sync';
import type { CycleRecord, StepRecord } from '@springline/connect-sync/connector-space/store';
import { haveRulesChanged } from '@springline/connect-sync/run-profile/rule-changes';
import type { CallContext, ConnectorFacts } from './call-context.ts';
import { cut, instant, shownName } from './shown.ts';

const lookedBack = 20;

export function connectorsView(context: CallContext): SyncAnswer<'connectors'> {
  const steps = context.engine.store.cycles(lookedBack).flatMap((cycle) => [...cycle.steps].reverse());
  return {
    connectors: context
      .connectors()
      .slice(0, 100)
      .map((facts) => connectorView(context, facts, steps)),
  };
}

function connectorView(
  { engine, ruleSet, staging }: CallContext,
  facts: ConnectorFacts,
  steps: readonly StepRecord[],
): SyncConnectorView {
  const { store, cloud, directories, rules } = engine;
  const { name, kind } = facts;
  const isCloud = kind === 'cloud';
  const connector = isCloud ? cloud.connector : directories.find((directory) => directory.name === name)?.connector;
  const present = connector === undefined ? new Map<string, number>() : store.countPresent(connector);
  const own = steps.filter((step) => step.connector === name && step.endedAt !== undefined);
  const lastImport = own.find(
    ({ profile, result }) => / Import$/.test(profile) && !/^(no-start|stopped)-/.test(result),
  );
  return {
    name: shownName(name),
    kind,
    source: shownName(facts.source),
    partitions: facts.partitions.slice(0, 1_000).map(shownName),
    state: facts.isRunning ? 'running' : 'idle',
    objects: {
      total: [...present.values()].reduce((sum, count) => sum + count, 0),
      byType: Object.fromEntries([...present].filter(([type]) => type.length <= 100 && type !== '')),
    },
    pendingImports: connector === undefined ? 0 : store.countPendingImports(connector),
    pendingExports: isCloud ? store.countPendingExports(cloud.connector) : 0,
    ...(lastImport?.endedAt === undefined ? {} : { lastImportAt: instant(lastImport.endedAt) }),
    ...(own[0] === undefined ? {} : { lastResult: own[0].result }),
    staging: staging.isStaging,
    // Before a directory was first opened, the rules do not stand for it yet.
    rules: (connector === undefined
      ? ruleSet.rules.filter((rule) => rule.connectorKind === kind && (rule.connector ?? name) === name)
      : rules.rules.filter((rule) => rule.connector === name)
    ).length,
    fullImportRequired: facts.fullImportRequired,
    fullSyncRequired: !isCloud && haveRulesChanged(engine),
  };
}

export function runView(cycle: CycleRecord): RunRecordView {
  return {
    number: cycle.number,
    kind: cycle.kind,
    startedAt: instant(cycle.startedAt),
    ...(cycle.endedAt === undefined ? {} : { endedAt: instant(cycle.endedAt) }),
    result: cycle.result,
    steps: cycle.steps.slice(0, 200).map((step) => ({
      connector: step.connector,
      profile: step.profile as RunRecordView['steps'][number]['profile'],
      result: step.result,
      ...(step.detail === undefined ? {} : { detail: cut(step.detail, 2_000) }),
      startedAt: instant(step.startedAt),
      ...(step.endedAt === undefined ? {} : { endedAt: instant(step.endedAt) }),
      counters: step.counters,
    })),
  };
}
