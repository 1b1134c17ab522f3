/**
 * The version of the agent's programs. Four numeric fields; development builds raise the fourth. A program that was
 * installed from a release reads it from `release.json` beside its bundle, so that equal sources give equal bundles.
 */
import { readFileSync } from 'node:fs';

const sourceVersion = '0.1.0.0';

export const version = releasedVersion() ?? sourceVersion;

function releasedVersion(): string | undefined {
  try {
    const { version: released } = JSON.parse(
      readFileSync(new URL('./release.json', import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
    return typeof released === 'string' ? released : undefined;
  } catch {
    return undefined; // Run from source: there is no release.
  }
}
