/**
 * How many rows a tenant may record beside the others. Half of what there is room for is shared out evenly and kept free
 * for whoever did not take theirs; the other half goes to who comes first. So nobody fills the place of others. Pure.
 */

/** Of all tenants together: whoever runs the installation counts them in one go. */
export const installationLimit = 250_000;
/** However many tenants there are. */
const smallList = 1_000;

/** Whether a tenant may have `own` rows; `others` is what each other tenant has. */
export function hasRoom(own: number, others: readonly number[]): boolean {
  const share = Math.max(smallList, Math.floor(installationLimit / 2 / (others.length + 1)));
  if (own <= share) return true;
  return others.reduce((sum, each) => sum + Math.max(each, share), own) <= installationLimit;
}
