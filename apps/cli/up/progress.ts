/**
 * Progress of a start: a line for each step when it has ended, with its time; on a terminal also while it goes on.
 */
import { dim, green, red } from '../output.ts';

export class Progress {
  readonly #write: (text: string) => void;
  readonly #isLive: boolean;

  constructor(stream: NodeJS.WriteStream) {
    this.#write = (text) => stream.write(text);
    this.#isLive = stream.isTTY === true;
  }

  /** Runs `work` as a step, which may say how far it is; its result may add what people want to know of it. */
  async step<T>(
    name: string,
    work: (say: (where: string) => void) => Promise<T>,
    tell: (result: T) => string = () => '',
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
      end(green('✓'), tell(result));
      return result;
    } catch (error) {
      end(red('✗'), '');
      throw error;
    }
  }

  line(text: string): void {
    this.#write(`${text}\n`);
  }
}
