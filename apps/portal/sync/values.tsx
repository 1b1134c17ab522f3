/** Values of attributes: each on its own line, binary and references marked as such, long lists cut. */
import { countWords } from '../look/number-words.ts';

type AttributeType = 'string' | 'number' | 'boolean' | 'binary' | 'reference';

interface ValuesProps {
  readonly values: readonly string[];
  readonly type?: AttributeType;
  /** How many there are, when more than are given. */
  readonly count?: number | undefined;
  /** Lines that show; the rest is counted. */
  readonly limit?: number;
}

const usualLimit = 12;

export function Values({ values, type = 'string', count = values.length, limit = usualLimit }: ValuesProps) {
  if (values.length === 0) return <span className="quiet">no value</span>;
  const shown = values.slice(0, limit);
  const left = Math.max(count, values.length) - shown.length;
  return (
    <ul className="values" data-type={type}>
      {keyed(shown).map(({ key, value }) => (
        <li key={key}>{value === '' ? <span className="quiet">empty text</span> : value}</li>
      ))}
      {left === 0 ? null : <li className="quiet">and {countWords(left)} more</li>}
      {type === 'string' || type === 'reference' ? null : <li className="quiet">{type}</li>}
    </ul>
  );
}

/** Values may repeat; a list needs keys that do not. */
export function keyed(values: readonly string[]): readonly { readonly key: string; readonly value: string }[] {
  const seen = new Map<string, number>();
  return values.map((value) => {
    const times = seen.get(value) ?? 0;
    seen.set(value, times + 1);
    return { key: `${times} ${value}`, value };
  });
}
