// What must hold before the modules of the page run. A plain blocking script, because modules run too late for both.

// Zod would probe for `new Function`, which the content security policy refuses and reports.
globalThis.__zod_globalConfig = { jitless: true };

// The chosen theme, before the first paint. No choice: the theme of the system.
try {
  const theme = localStorage.getItem('springline.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked in this browser: the theme of the system it is.
}
