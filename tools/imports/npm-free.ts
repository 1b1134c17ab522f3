/**
 * Places whose code runs without anything from npm, however far one follows its imports: there a planted dependency could
 * do the most harm. Tests of such a place may use npm packages; they do not ship. Type-only imports do not run.
 */
import type { ImportGraph, SourceFile, Violation } from './import-graph.ts';

const places: readonly { readonly folder: string; readonly reason: string }[] = [
  { folder: 'apps/agent/updater', reason: 'the Agent Updater replaces every other component, so it runs no npm code' },
  { folder: 'apps/agent/upgrader', reason: 'the upgrader decides what is genuine and writes the slots' },
  { folder: 'apps/agent/slot', reason: 'slots are written and checked by the Agent Updater alone' },
  { folder: 'apps/agent/launcher', reason: 'the launcher starts the Agent Updater and stands in for it' },
  { folder: 'packages/tuf', reason: 'update trust is decided here, on every agent host' },
  { folder: 'packages/auto-upgrade/release', reason: 'releases are unpacked by the Agent Updater' },
  { folder: 'packages/auto-upgrade/delta', reason: 'patches are applied by the Agent Updater' },
  {
    folder: 'packages/auto-upgrade/eligibility',
    reason: 'the Agent Updater says by it what is in the way of an upgrade',
  },
  { folder: 'packages/auto-upgrade/upgrader', reason: 'these decisions are taken in the Agent Updater' },
  { folder: 'packages/auto-upgrade/campaign', reason: 'agents judge themselves by the minimums of a campaign' },
  { folder: 'packages/auto-upgrade/history', reason: 'lists of servers are checked with nothing else installed' },
  { folder: 'packages/auto-upgrade/advice', reason: 'advice is given with nothing else installed' },
  { folder: 'packages/auto-upgrade/rollout', reason: 'agents, the signer and browsers decide by it' },
  { folder: 'packages/ports', reason: 'ports are below everything, so what they import would run everywhere' },
];

/** One violation for each import, reached from such a place, that leads to npm or cannot be known before run time. */
export function checkNpmFree(graph: ImportGraph): Violation[] {
  return places.flatMap(({ folder, reason }) => {
    const starts = [...graph.files.values()].filter((file) => file.path.startsWith(`${folder}/`) && !file.isTest);
    return withWays(graph, starts).flatMap(({ file, way }) =>
      file.imports.flatMap(({ specifier, line, target, isTypeOnly }) => {
        if (isTypeOnly || (target.kind !== 'npm' && target.kind !== 'computed')) return [];
        const through = way.length > 1 ? ` (reached by ${way.join(' -> ')})` : '';
        const what = target.kind === 'npm' ? `imports ${specifier}` : 'imports a name computed at run time';
        return [{ rule: 'npm-free', file: file.path, line, reason: `${what}${through}: ${reason}` }];
      }),
    );
  });
}

/** Every file that `starts` lead to, once, with a way to it. */
function withWays(graph: ImportGraph, starts: readonly SourceFile[]): { file: SourceFile; way: readonly string[] }[] {
  const ways = new Map<SourceFile, readonly string[]>(starts.map((file) => [file, [file.path]]));
  for (const [file, way] of ways) {
    for (const { target, isTypeOnly } of file.imports) {
      const next = target.kind === 'own' && !isTypeOnly ? graph.files.get(target.path) : undefined;
      if (next !== undefined && !ways.has(next)) ways.set(next, [...way, next.path]);
    }
  }
  return [...ways].map(([file, way]) => ({ file, way }));
}
