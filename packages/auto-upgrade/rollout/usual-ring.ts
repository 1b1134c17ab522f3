/** The ring of hosts whose administrator chose none. */
export const usualRing = 'broad';
