/**
 * Markdown as the documents use it: tables to write, and headings, links and code blocks to find. Code blocks and code
 * spans are code: nothing in them is a heading or a link.
 */

/** A table; `|` and line ends in cells are escaped. */
export function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

function cellOf(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

/** `text` as a code span. */
export function code(text: string): string {
  return `\`${text}\``;
}

export interface CodeBlock {
  /** What stands behind the opening fence: `sh`, `yaml`, … */
  readonly language: string;
  readonly text: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
}

interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Fenced code blocks, in order. */
export function codeBlocksIn(markdown: string): readonly CodeBlock[] {
  return partsOf(markdown).blocks;
}

/** Where links lead: inline, by definition, and in `href` and `src` of HTML. */
export function linksIn(markdown: string): readonly { readonly target: string; readonly line: number }[] {
  const patterns = [
    /\]\(\s*<?([^\s()<>]+(?:\([^\s()]*\)[^\s()<>]*)*)>?[^()]*\)/g,
    /^\s*\[[^\]]+\]:\s+<?(\S+?)>?\s*$/g,
    /(?:href|src)="([^"]+)"/g,
  ];
  return partsOf(markdown).prose.flatMap(({ text, number }) =>
    patterns.flatMap((pattern) =>
      [...withoutSpans(text).matchAll(pattern)].map(([, target]) => ({ target: target!, line: number })),
    ),
  );
}

/** Anchors that a link may name: headings as GitHub names them, and ids in HTML. */
export function anchorsIn(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const timesBySlug = new Map<string, number>();
  for (const { text } of partsOf(markdown).prose) {
    for (const [, id] of text.matchAll(/\bid="([^"]+)"/g)) anchors.add(id!);
    const heading = /^#{1,6}\s+(.*?)\s*#*\s*$/.exec(text)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const times = timesBySlug.get(slug) ?? 0;
    timesBySlug.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

/** The text of a heading as an anchor: lower case, no punctuation, hyphens for spaces. */
export function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Code spans of prose with their lines. */
export function codeSpansIn(markdown: string): readonly Line[] {
  return partsOf(markdown).prose.flatMap(({ text, number }) =>
    [...text.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , span]) => ({ text: span!.trim(), number })),
  );
}

function withoutSpans(text: string): string {
  return text.replaceAll(/(`+)(.+?)\1(?!`)/g, (span) => ' '.repeat(span.length));
}

function partsOf(markdown: string): { readonly prose: readonly Line[]; readonly blocks: readonly CodeBlock[] } {
  const prose: Line[] = [];
  const blocks: CodeBlock[] = [];
  let open: { fence: string; indent: number; language: string; lines: string[]; line: number } | undefined;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const [, indent = '', fence, info = ''] = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/.exec(text) ?? [];
    if (open !== undefined && fence !== undefined && info === '' && fence.startsWith(open.fence)) {
      blocks.push({ language: open.language, text: open.lines.join('\n'), line: open.line });
      open = undefined;
    } else if (open !== undefined) {
      open.lines.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)));
    } else if (fence !== undefined) {
      open = { fence, indent: indent.length, language: info.trim(), lines: [], line: index + 2 };
    } else {
      prose.push({ text, number: index + 1 });
    }
  }
  return { prose, blocks };
}
