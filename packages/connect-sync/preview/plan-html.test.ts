import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planHtml } from './plan-html.ts';

const evil = `<img src=x onerror="alert('1')">&`;

test('whatever a directory holds stands in the page as text, and the page needs nothing else', () => {
  const page = [
    ...planHtml({
      plan: 'p',
      totals: { add: 0, update: 1, delete: 0 },
      items: [
        {
          ...{
            id: '1',
            connector: evil,
            objectType: evil,
            name: evil,
            sourceAnchor: evil,
            operation: 'update' as const,
          },
          attributes: [{ name: evil, type: 'string', old: [evil], new: [evil] }],
          references: [{ attribute: evil, added: [evil], removed: [evil], addedCount: 1, removedCount: 2 }],
          ...{ why: [evil], held: true },
        },
      ],
      joins: [{ connector: evil, dn: evil, metaverseObject: evil, action: 'join', rule: evil }],
      errors: [{ object: evil, code: 'x', message: evil }],
    }),
  ].join('');
  assert.doesNotMatch(page, /<img|onerror="|<script|src="|href=|url\(/);
  assert.equal(page.split('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;').length - 1, 17);
  assert.match(page, /default-src 'none'/);
  assert.match(page, /… 1 more/);
});
