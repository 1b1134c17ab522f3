/**
 * One host of services for a whole test run: `node --test --test-global-setup=tools/services/global-setup.ts`.
 * Test files find it by an environment variable, which the runner hands on to them.
 */
import { type HostProcess, hostAddressVariable, startHost } from './host-process.ts';

let host: HostProcess | undefined;

/** Called by Node before the first test file. */
export async function globalSetup(): Promise<void> {
  host = await startHost();
  process.env[hostAddressVariable] = host.socketPath;
}

/** Called by Node after the last one; where that does not happen, the host ends with this process. */
export async function globalTeardown(): Promise<void> {
  await host?.stop();
}
