/**
 * The journal of a migration in the home of the new server: a line for each step that ended, durable before the next one
 * begins. A command that was killed goes on from it; each step may have been done already, wholly or in part.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { agentHome } from '@springline/agent/home';
import { systemInstant } from '@springline/ports/clock';
import { appendDurably } from '@springline/ports/files';
import { CommandError } from '../../output.ts';
import { type MigrationEvent, type MigrationState, migrationStates, nextState } from './states.ts';

/** The server that exported before; undefined where nobody did. */
export interface OldServer {
  readonly agentId: string;
  readonly hostName: string;
  /** Absolute; where its home can be reached. */
  readonly home?: string;
  /** It exported nothing when the migration began, and is not to when it fails. */
  readonly wasStaging?: boolean;
}

/** What is known when the new server is about to export: more than this is not expected of it. */
export interface Expected {
  readonly lastRun: number;
  readonly add: number;
  readonly update: number;
  readonly delete: number;
}

interface Line {
  readonly at: string;
  readonly state: MigrationState;
  readonly event: MigrationEvent | 'begun';
  readonly old?: OldServer;
  readonly expected?: Expected;
  readonly reason?: string;
}

const sizeLimitBytes = 16 * 1024 * 1024;

export class MigrationJournal {
  readonly #file: string;
  #state: MigrationState = 'installing';
  #old: OldServer | undefined;
  #expected: Expected | undefined;
  #isBegun = false;
  /** The last line was cut off by a kill: the next one begins anew. */
  #isCut = false;

  /** @throws {CommandError} when it holds what no version of the command wrote. */
  constructor(home: string) {
    this.#file = join(agentHome(home).folder, 'migration.jsonl');
    if (!existsSync(this.#file)) return;
    if (statSync(this.#file).size > sizeLimitBytes) throw this.#damaged('it is too large');
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    this.#isCut = lines.at(-1) !== '';
    for (const [at, text] of lines.entries()) if (text !== '') this.#take(text, at + 1);
  }

  get state(): MigrationState {
    return this.#state;
  }

  get old(): OldServer | undefined {
    return this.#old;
  }

  get expected(): Expected | undefined {
    return this.#expected;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  begin(old: OldServer | undefined): void {
    this.#append({ state: 'installing', event: 'begun', ...(old === undefined ? {} : { old }) });
  }

  /** Notes how the present step ended, and is in the next state. */
  ended(event: MigrationEvent, facts: Pick<Line, 'expected' | 'reason'> = {}): void {
    this.#append({ state: this.#state, event, ...facts });
  }

  #append(line: Omit<Line, 'at'>): void {
    const whole: Line = { at: systemInstant(), ...line };
    appendDurably(this.#file, `${this.#isCut ? '\n' : ''}${JSON.stringify(whole)}\n`);
    this.#isCut = false;
    this.#apply(whole);
  }

  #take(text: string, number: number): void {
    let line: Partial<Line> | null;
    try {
      line = JSON.parse(text) as Partial<Line> | null;
    } catch {
      return; // Cut off by a kill: what it would have noted is done again.
    }
    const isKnown = migrationStates.some((state) => state === line?.state);
    if (!isKnown || !['begun', 'passed', 'failed'].includes(line?.event ?? '')) throw this.#damaged(`line ${number}`);
    this.#apply(line as Line);
  }

  #apply({ state, event, old, expected }: Line): void {
    if (event === 'begun') {
      this.#state = state;
      this.#old = old;
      this.#expected = undefined;
      this.#isBegun = true;
      return;
    }
    this.#state = nextState[state][event];
    if (expected !== undefined) this.#expected = expected;
  }

  #damaged(what: string): CommandError {
    return new CommandError(
      `${this.#file} is damaged (${what}). See which server exports, by springline sync staging; then move the file away.`,
    );
  }
}
