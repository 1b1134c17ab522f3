/**
 * Starts a server and waits until it answers. Servers are given an address that was free a moment ago; where somebody was
 * faster, they are started again with another one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessGroup, type Program, run } from './process-group.ts';

const tries = 5;
const readyTimeoutMs = 60_000;
const probeTimeoutMs = 10_000;
const pollMs = 50;
const addressTaken = /address.already|could not bind/i;

/** A service that runs, and how it ends. */
export interface RunningService<Facts> {
  readonly facts: Facts;
  stop(): Promise<void>;
}

/** One try: a started program and a probe that succeeds (exit code 0) once the program serves. */
export interface Attempt<Facts> {
  readonly facts: Facts;
  readonly group: ProcessGroup;
  readonly probe: Program;
}

/**
 * Returns when the probe succeeds. `stopSignal` is what the server takes for an orderly end.
 * @throws {Error} with the end of the server's output when it ends, or does not answer within 60 s.
 */
export async function startServer<Facts>(
  attempt: () => Promise<Attempt<Facts>>,
  stopSignal: NodeJS.Signals,
): Promise<RunningService<Facts>> {
  for (let tried = 1; ; tried += 1) {
    const { facts, group, probe } = await attempt();
    const stop = () => group.stop(stopSignal);
    try {
      await waitUntilServing(group, probe);
      return { facts, stop };
    } catch (error) {
      await stop();
      if (tried === tries || !addressTaken.test(group.output())) throw error;
    }
  }
}

async function waitUntilServing(group: ProcessGroup, probe: Program): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    try {
      await run(probe, { timeoutMs: probeTimeoutMs });
      return;
    } catch (cause) {
      // Refused connections are expected until the server listens.
      const late = performance.now() > deadline;
      if (late || group.hasEnded()) {
        const why = late ? `does not answer after ${readyTimeoutMs} ms` : 'ended while starting';
        throw new Error(`the server ${why}: ${group.output().slice(-4_000)}`, { cause });
      }
      await delay(pollMs);
    }
  }
}
