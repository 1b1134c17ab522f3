/** What a bench yields: our figure beside that of a peer or limit taken in the same run. */
export interface Measure {
  readonly bench: string;
  readonly measure: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  /** ours / peer. */
  readonly ratio: number;
  /** The goal in words, as `<= 60 s`; `-` where none was set. */
  readonly goal: string;
  readonly met: boolean;
}

/** Rounds the figures and fills in the ratio. */
export function measure(words: Omit<Measure, 'ratio'>): Measure {
  const three = (value: number): number => Number(value.toPrecision(3));
  return { ...words, ours: three(words.ours), peer: three(words.peer), ratio: three(words.ours / words.peer) };
}
