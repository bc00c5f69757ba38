import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { artefacts } from './artefacts';

/** Writes the files that are generated from the contracts. */
async function generate(): Promise<void> {
  for (const [file, text] of await artefacts()) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(file);
  }
}

void generate();
