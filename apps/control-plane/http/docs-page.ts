/** `/docs`: the routes as a page to read, made from the OpenAPI document. No script, no foreign resource. */
import type { OpenApiDocument, Operation } from './open-api.ts';
import { type StaticFile, staticFile } from './static-files.ts';

const style = `
:root { color-scheme: light dark; --line: #c8c8c8; --quiet: #5c5c5c; --accent: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --line: #444; --quiet: #b0b0b0; --accent: #7ab8f5; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
a { color: var(--accent); }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; }
dt { font: 14px/1.7 ui-monospace, monospace; overflow-wrap: anywhere; }
dd { margin: 0; }
dd small { display: block; color: var(--quiet); }
@media (max-width: 40rem) { dl { display: block; } dd { margin: 0 0 .75rem; } }
`;

/** The page and its style sheet, by path. */
export async function docsFiles(document: OpenApiDocument): Promise<ReadonlyMap<string, StaticFile>> {
  const page = Buffer.from(docsPage(document));
  return new Map([
    ['/docs', await staticFile(page, 'text/html; charset=utf-8')],
    ['/docs/style.css', await staticFile(Buffer.from(style.trimStart()), 'text/css; charset=utf-8')],
  ]);
}

function docsPage({ info, paths }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = [...Map.groupBy(operations, ({ operation }) => operation.tags[0] ?? '')].map(
    ([tag, listed]) => `<section>
<h2>${text(tag)}</h2>
<dl>
${listed.map(({ path, method, operation }) => entry(path, method, operation)).join('\n')}
</dl>
</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)}: API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<main>
<h1>${text(info.title)}: API</h1>
<p>${text(info.description)} The whole contract, with every shape, is <a href="/openapi.json">openapi.json</a>.</p>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function entry(path: string, method: string, operation: Operation): string {
  const callers = operation.security.map((scheme) =>
    Object.entries(scheme).map(([name, scopes]) => [name, ...scopes].join(' ')),
  );
  const who = callers.length === 0 ? 'anybody' : callers.flat().join(', or ');
  return `<dt>${method.toUpperCase()} ${text(path)}</dt>
<dd>${text(operation.summary)}<small>${text(who)}</small></dd>`;
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
