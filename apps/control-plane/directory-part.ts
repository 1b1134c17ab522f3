/** The cloud directory as the control plane is put together with it. */
import type { DirectoryPart } from './control-plane.ts';
import { directoryHandlers } from './directory/handlers.ts';
import { directoryJobs } from './directory/jobs.ts';
import { directoryCounts } from './storage/directory/counts.ts';
import { startNewEpoch } from './storage/directory/epochs.ts';
import { directoryMigrations } from './storage/directory/migrations.ts';
import { findConnector } from './storage/platform/connectors.ts';

export const directoryPart: DirectoryPart = {
  migrations: directoryMigrations,
  handlers: (deps) => directoryHandlers({ ...deps, connectorOwner: findConnector }),
  jobs: (deps) =>
    directoryJobs.map(({ name, everyMs, run }) => ({
      kind: name,
      everyMs,
      run: ({ signal }) => run({ ...deps, signal }),
    })),
  counts: directoryCounts,
  restored: startNewEpoch,
};
