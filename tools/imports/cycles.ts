/**
 * Finds files that import each other in a circle, by type or by value. Files in a circle are one idea cut in pieces, or a
 * rule that sits in the wrong one.
 */
import type { ImportGraph, Violation } from './import-graph.ts';

type Edges = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** One violation for each knot of files that reach each other, showing a shortest way around. */
export function checkCycles(graph: ImportGraph): Violation[] {
  const edges = edgesOf(graph);
  const reported = new Set<string>();
  return [...edges.keys()].flatMap((start) => {
    if (reported.has(start)) return [];
    const circle = shortestCircle(edges, start);
    if (circle === undefined) return [];
    for (const file of knotOf(edges, start)) reported.add(file);
    const line = edges.get(start)?.get(circle[1] ?? '') ?? 1;
    const reason = `files import each other in a circle: ${circle.join(' -> ')}; move what they share to a file of its own`;
    return [{ rule: 'cycle', file: start, line, reason }];
  });
}

/** From file to imported file to the line of the import. */
function edgesOf(graph: ImportGraph): Edges {
  const edges = new Map<string, Map<string, number>>();
  for (const file of graph.files.values()) {
    const targets = new Map<string, number>();
    for (const { target, line } of file.imports) if (target.kind === 'own') targets.set(target.path, line);
    edges.set(file.path, targets);
  }
  return edges;
}

/** Breadth first, so the first way back to `start` is a shortest one. */
function shortestCircle(edges: Edges, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const next of edges.get(file)?.keys() ?? []) {
      if (next === start) return wayFrom(cameFrom, start, file);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return undefined;
}

function wayFrom(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const way = [start];
  for (let file: string | undefined = end; file !== undefined && file !== start; file = cameFrom.get(file))
    way.push(file);
  return [start, ...way.reverse()];
}

/** Every file that `start` reaches and that reaches `start`. */
function knotOf(edges: Edges, start: string): string[] {
  return [...reachable(edges, start)].filter((file) => reachable(edges, file).has(start));
}

function reachable(edges: Edges, start: string): Set<string> {
  const seen = new Set([start]);
  for (const file of seen) for (const next of edges.get(file)?.keys() ?? []) seen.add(next);
  return seen;
}
