/** Saves pending exports as a file: asks for all pages, says how many there were and whether some were left out. */
import type { PendingExportView } from '@springline/api/shapes/sync-objects';
import { useRef, useState } from 'react';
import { saveFile } from '../home/save-file.ts';
import { actFailureWords } from '../look/act-dialog.tsx';
import { counted } from '../look/number-words.ts';
import type { Outcome } from '../upgrades/upgrade-page.tsx';
import { collectPages } from './collect.ts';
import { exportsCsv } from './export-csv.ts';
import type { ServerPlace } from './server-place.ts';

type AskPage = (
  after: string | undefined,
) => Promise<{ readonly items: readonly PendingExportView[]; readonly next?: string | undefined }>;

/** `what`: first part of the file's name. */
export function useExportFile(place: ServerPlace, what: string, ask: AskPage) {
  const [outcome, setOutcome] = useState<Outcome>();
  const isRunning = useRef(false);
  async function save(form: 'csv' | 'json') {
    if (isRunning.current) return;
    isRunning.current = true;
    setOutcome({ tone: 'busy', title: 'Asking for all of them…', detail: 'The file is saved when they are here.' });
    try {
      const { items, isCut } = await collectPages(ask);
      const name = `springline-${what}-${new Date(place.api.nowMs()).toISOString().slice(0, 10)}.${form}`;
      if (form === 'csv') saveFile(name, 'text/csv', exportsCsv(items));
      else saveFile(name, 'application/json', `${JSON.stringify(items, null, 2)}\n`);
      setOutcome(
        isCut
          ? {
              tone: 'warn',
              title: 'Saved in part.',
              detail: `The first ${counted(items.length, 'object')}: filter for the others.`,
            }
          : { tone: 'good', title: 'Saved.', detail: `${counted(items.length, 'object')}.` },
      );
    } catch (error) {
      setOutcome({ tone: 'bad', title: 'This was not saved.', detail: actFailureWords(error) });
    } finally {
      isRunning.current = false;
    }
  }
  return { save, outcome };
}
