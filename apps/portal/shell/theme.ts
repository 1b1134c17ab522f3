/** Light, dark, or as the system says. Kept in this browser; `public/before-start.js` applies it before the first paint. */

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const themeTitles: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

const storageKey = 'springline.theme';

/** The theme in force. The page itself is where it is kept while the page lives. */
export function currentTheme(): Theme {
  const theme = document.documentElement.dataset['theme'];
  return themes.find((known) => known === theme) ?? 'system';
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    if (theme === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
  } catch {
    // Storage is blocked in this browser: the choice lasts as long as the page.
  }
}
