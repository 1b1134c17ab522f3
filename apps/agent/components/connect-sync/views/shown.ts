/**
 * Cuts what is shown to what an answer may hold: so many values, so many characters of each, and so many characters
 * altogether. What is cut says how much there is.
 */
import { syncShown } from '@springline/api/shapes/sync-objects';

/** Characters of values in one answer; far below what travels. */
const answerCharacters = 1_500_000;
/** Characters of values of one object of a page, so that a large one leaves room for others. */
const objectCharacters = 300_000;

/** Room for values in one answer. */
export class Room {
  #left: number;

  constructor(characters = answerCharacters) {
    this.#left = characters;
  }

  /** Of one object on a page of several. */
  static ofObject(): Room {
    return new Room(objectCharacters);
  }

  get isUsedUp(): boolean {
    return this.#left <= 0;
  }

  /** As many values as there is room for, and how many there are when that is not all. */
  values(values: readonly string[], count = values.length): { values: string[]; count?: number } {
    const shown: string[] = [];
    for (const value of values) {
      if (shown.length >= syncShown.values || this.isUsedUp) break;
      const text = cut(value, syncShown.valueCharacters + 1);
      this.#left -= text.length + 4;
      shown.push(text);
    }
    return shown.length < count ? { values: shown, count } : { values: shown };
  }

  use(characters: number): void {
    this.#left -= characters;
  }
}

/** At most `limit` characters; a longer text ends in `…`. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

/** A name of a connector, rule or object. */
export function shownName(text: string): string {
  return cut(text, 1_024);
}

export function shownDn(text: string): string {
  return cut(text, 4_096);
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
