/** The icons of the portal: strokes on a 20 × 20 grid, in the colour of the text beside them. Decoration only. */

const strokes = {
  home: 'M3 9.2 10 3.5l7 5.7V16a1 1 0 0 1-1 1h-3.5v-4.5h-5V17H4a1 1 0 0 1-1-1z',
  server: 'M4 3.5h12v5.5H4zM4 11h12v5.5H4zM6.8 6.25h.01M6.8 13.75h.01M10 6.25h3.5M10 13.75h3.5',
  sync: 'M3.5 10a6.5 6.5 0 0 1 11.3-4.4L16.5 7.5M16.5 3.5v4h-4M16.5 10a6.5 6.5 0 0 1-11.3 4.4L3.5 12.5M3.5 16.5v-4h4',
  list: 'M4 5h12M4 10h12M4 15h8',
  good: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M6.8 10.2l2.2 2.2 4.3-4.6',
  busy: 'M10 2.8a7.2 7.2 0 1 0 7.2 7.2M10 6.2V10l2.6 1.8',
  warn: 'M10 3 17.6 16.5H2.4zM10 8v4M10 14.3h.01',
  bad: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M7.4 7.4l5.2 5.2M12.6 7.4l-5.2 5.2',
  none: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M6.8 10h6.4',
  refresh: 'M16.5 10A6.5 6.5 0 1 1 14.4 5.2L16.5 7.2M16.5 3.2v4h-4',
  download: 'M10 3v9.5M6.2 9 10 12.8 13.8 9M3.5 16.5h13',
  theme: 'M10 2.8a7.2 7.2 0 1 0 0 14.4zM10 2.8a7.2 7.2 0 0 1 0 14.4M10 7h5.8M10 10h7M10 13h5.8',
  close: 'M5 5l10 10M15 5 5 15',
  leave: 'M8 3.5H4.5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1H8M12.5 6.5 16 10l-3.5 3.5M16 10H7.5',
  person: 'M10 3.2a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6M3.8 17c.6-3.2 3-4.8 6.2-4.8s5.6 1.6 6.2 4.8',
  search: 'M8.8 3.5a5.3 5.3 0 1 0 0 10.6 5.3 5.3 0 0 0 0-10.6M12.7 12.7 16.5 16.5',
  up: 'M5.5 12 10 7.5 14.5 12',
  down: 'M5.5 8 10 12.5 14.5 8',
} as const;

export type IconName = keyof typeof strokes;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false" data-icon={name}>
      <path d={strokes[name]} />
    </svg>
  );
}
