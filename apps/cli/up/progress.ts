/**
 * Progress of a start: a line for each step when it has ended, with its time; on a terminal also while it goes on.
 */
import { dim, green, red } from '../output.ts';

/** How a step went whose work did not throw. */
export interface Outcome {
  readonly mark: 'done' | 'nothing' | 'failed';
  readonly words: string;
}

const marks = { done: green('✓'), nothing: dim('–'), failed: red('✗') } as const;

export class Progress {
  readonly #write: (text: string) => void;
  readonly #isLive: boolean;

  constructor(stream: NodeJS.WriteStream) {
    this.#write = (text) => stream.write(text);
    this.#isLive = stream.isTTY === true;
  }

  /** Runs `work` as a step, which may say how far it is; its result may add what people want to know of it, or how it went. */
  async step<T>(
    name: string,
    work: (say: (where: string) => void) => Promise<T>,
    tell: (result: T) => string | Outcome = () => '',
  ): Promise<T> {
    const startedAt = performance.now();
    let where = '';
    const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    const timer = this.#isLive
      ? setInterval(() => this.#write(`\r\u001b[K  … ${name}${where} ${dim(seconds())} `), 200)
      : undefined;
    const end = (mark: string, rest: string): void => {
      clearInterval(timer);
      this.#write(
        `${this.#isLive ? '\r\u001b[K' : ''}  ${mark} ${name}${rest === '' ? '' : `: ${rest}`} ${dim(`(${seconds()})`)}\n`,
      );
    };
    try {
      const result = await work((text) => {
        where = `: ${text}`;
      });
      const told = tell(result);
      const { mark, words } = typeof told === 'string' ? { mark: 'done' as const, words: told } : told;
      end(marks[mark], words);
      return result;
    } catch (error) {
      end(marks.failed, '');
      throw error;
    }
  }

  line(text: string): void {
    this.#write(`${text}\n`);
  }
}
