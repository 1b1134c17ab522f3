/** Whole numbers as people type them after an option. */
import { InvalidArgumentError } from 'commander';

/** From 1 to 999,999. @throws {InvalidArgumentError} */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 on is needed');
  return Number(text);
}
