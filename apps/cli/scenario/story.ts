/** What a story is made of: steps on days, each of which may be repeated after a kill, and what they are told with. */
import type { HostPlan, ReplayHost } from './host.ts';
import type { Replay } from './replay.ts';

export interface Step {
  /** Kept when the step was taken: stays as it is. */
  readonly id: string;
  /** RFC 3339: the clock is set to it. */
  readonly at: string;
  readonly title: string;
  /** Done again from its beginning when it was cut off. */
  run(stage: Stage): Promise<void>;
  /** The servers are counted, and the counts held against what the scenario expects on that day. */
  readonly isCounted?: boolean;
}

export interface Story {
  readonly hosts: readonly HostPlan[];
  readonly steps: readonly Step[];
}

export interface Stage {
  readonly replay: Replay;
  /** What the step is about: the instant of the step. */
  readonly at: string;
  host(name: string): ReplayHost;
  /** Tells what was done by which command of the product, and what came of it. */
  did(command: string, outcome: string): void;
  /** Tells something that no command of ours does. */
  say(line: string): void;
  /** Waits until `look` gives something. @throws {CommandError} after a minute. */
  until<T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T>;
}
