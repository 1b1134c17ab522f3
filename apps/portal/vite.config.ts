/**
 * How Vite builds and serves the portal. `npx vite apps/portal` serves it for work on it, beside a control plane at its
 * usual port; `build.ts` builds it for the control plane to serve.
 */
import type { UserConfig } from 'vite';

const controlPlane = 'http://localhost:8743';

export const portalConfig: UserConfig = {
  root: import.meta.dirname,
  base: '/',
  // Our own words are English, so React Aria's words in 30 other languages (10 KB) are read as its English ones.
  resolve: {
    alias: [{ find: /^(.*\/intl\/.*\/)(?!en-US)[a-z]{2}-[A-Z]{2}\.mjs$/, replacement: '$1en-US.mjs' }],
  },
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    // Browsers that know CSS light-dark().
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // Nothing inline: the content security policy admits files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Libraries change rarely: apart from our own code they stay in browsers' caches over an upgrade.
        codeSplitting: { groups: [{ name: 'libraries', test: /node_modules/ }] },
      },
    },
  },
  server: { proxy: Object.fromEntries(['/platform', '/directory', '/scim'].map((path) => [path, controlPlane])) },
};

export default portalConfig;
