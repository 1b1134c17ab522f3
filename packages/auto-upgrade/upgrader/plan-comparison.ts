/**
 * Preflight compares what the old and the new build would export from the same state (rule S18). The directory may
 * change between the two readings, so a few differences are let through; a build that plans something else is not.
 */

export interface ExportPlan {
  readonly adds: number;
  readonly updates: number;
  readonly deletes: number;
  /** Result of the planned cycle, in the field's words. */
  readonly result: string;
  /** One short digest per planned operation, in no order. Cut at 100,000; then counts alone are compared. */
  readonly operations: readonly string[];
}

const differenceLimit = 500;
const extraDeleteLimit = 10;

/** Why the new build's plan is refused; `undefined` when it may go on. */
export function refusedPlan(before: ExportPlan, after: ExportPlan): string | undefined {
  if (after.result !== 'success' && after.result !== before.result) {
    return `its trial cycle ended with ${after.result}, where the running build’s ended with ${before.result}`;
  }
  const extraDeletes = after.deletes - before.deletes;
  if (extraDeletes > extraDeleteLimit) return `it would delete ${extraDeletes} objects more than the running build`;
  const differences = differenceOf(before, after);
  return differences > differenceLimit
    ? `its plan differs from the running build’s in ${differences} operations`
    : undefined;
}

function differenceOf(before: ExportPlan, after: ExportPlan): number {
  const known = new Set(before.operations);
  const isWhole = total(before) === before.operations.length && total(after) === after.operations.length;
  if (!isWhole) return Math.abs(total(after) - total(before));
  const added = after.operations.filter((operation) => !known.delete(operation)).length;
  return added + known.size;
}

function total({ adds, updates, deletes }: ExportPlan): number {
  return adds + updates + deletes;
}
