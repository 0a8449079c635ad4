// Writes docs/stanzas.md from the stanza table: npm run build && node scripts/stanzas-page.js
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { referencePage } from '../build/src/jobfile/stanzas/reference-page.js';

writeFileSync(fileURLToPath(new URL('../docs/stanzas.md', import.meta.url)), referencePage());
