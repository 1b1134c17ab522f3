/** Random filters for property tests: any tree that the grammar allows, over given attributes and texts. */
import fc from 'fast-check';
import type { AttributePath } from '../attribute-path.ts';
import { compareOperators, type Filter, isPartial } from '../filter.ts';

export interface FilterVocabulary {
  /** Paths that may be compared with text. */
  readonly texts: readonly AttributePath[];
  readonly flags: readonly AttributePath[];
  readonly instants: readonly AttributePath[];
  /** Complex attributes, each with names of its text sub-attributes. */
  readonly elements: readonly { readonly path: AttributePath; readonly subs: readonly string[] }[];
  /** Texts to compare with; few, so that filters hold now and then. */
  readonly words: readonly string[];
  readonly times: readonly string[];
}

/** Objects as the parser makes them. */
const ordinary = { noNullPrototype: true } as const;

/** Filters up to three levels deep. */
export function anyFilter(vocabulary: FilterVocabulary): fc.Arbitrary<Filter> {
  const leaf = leaves(vocabulary);
  const inElements = vocabulary.elements.map(({ path, subs }) => {
    const inside = trees(
      textLeaf(
        subs.map((name) => ({ name })),
        vocabulary.words,
      ),
    );
    return inside.map((filter): Filter => ({ op: 'element', path, filter }));
  });
  return trees(fc.oneof({ arbitrary: leaf, weight: 3 }, ...inElements.map((arbitrary) => ({ arbitrary, weight: 1 }))));
}

function trees(leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.record(
        {
          op: fc.constantFrom('and' as const, 'or' as const),
          filters: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
        },
        ordinary,
      ),
      fc.record({ op: fc.constant('not' as const), filter: tie('tree') }, ordinary),
    ),
  }));
  return tree;
}

function leaves({ texts, flags, instants, words, times }: FilterVocabulary): fc.Arbitrary<Filter> {
  const of = (paths: readonly AttributePath[], make: (path: AttributePath) => fc.Arbitrary<Filter>) =>
    paths.length === 0 ? [] : [fc.constantFrom(...paths).chain(make)];
  return fc.oneof(
    textLeaf(texts, words),
    ...of(flags, (path) =>
      fc.oneof(
        fc.constant<Filter>({ op: 'pr', path }),
        fc.record(
          {
            op: fc.constantFrom('eq', 'ne'),
            path: fc.constant(path),
            value: fc.constantFrom(true, false, null),
          },
          ordinary,
        ),
      ),
    ),
    ...of(instants, (path) =>
      fc.record(
        {
          op: fc.constantFrom(...compareOperators.filter((op) => !isPartial(op))),
          path: fc.constant(path),
          value: fc.constantFrom(...times),
        },
        ordinary,
      ),
    ),
  );
}

function textLeaf(paths: readonly AttributePath[], words: readonly string[]): fc.Arbitrary<Filter> {
  const path = fc.constantFrom(...paths);
  return fc.oneof(
    path.map((path): Filter => ({ op: 'pr', path })),
    fc.record({ op: fc.constantFrom('eq', 'ne'), path, value: fc.constant(null) }, ordinary),
    fc.record(
      {
        op: fc.constantFrom(...compareOperators),
        path,
        value: fc.constantFrom(...words),
      },
      ordinary,
    ),
  );
}
