/** Lets the browser save text as a file. */
export function saveFile(name: string, mediaType: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${mediaType};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The click has started the download by now; some browsers read the blob a little later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
