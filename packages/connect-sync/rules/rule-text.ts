/** Where a flow takes its values from, as text: equal texts are equal sources. */
import type { FlowSource } from './rule.ts';

export function sourceText(source: FlowSource): readonly string[] {
  if (source.kind === 'direct') return [source.kind, source.attribute];
  if (source.kind === 'expression') return [source.kind, source.expression.text];
  return [source.kind, typeof source.value, String(source.value)];
}
