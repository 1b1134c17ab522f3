/** Every event that the cloud directory logs. Fields are ids and counts; never an attribute value. */
export const directoryEvents = {
  exported: 'directory.exported',
  purged: 'directory.purged',
} as const;
