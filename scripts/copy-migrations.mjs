// tsc leaves .sql files behind; the compiled services read their migrations from beside their code.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
  if (!entry.isDirectory() || entry.name !== 'migrations') continue;
  const source = join(entry.parentPath, entry.name);
  cpSync(source, source.replace(/^src/, 'dist'), { recursive: true });
}
