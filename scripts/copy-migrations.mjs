// tsc leaves .sql files behind; the compiled services read their migrations from beside their code.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

for (const service of readdirSync('src')) {
  const migrations = join('src', service, 'store', 'migrations');
  if (existsSync(migrations)) {
    cpSync(migrations, join('dist', service, 'store', 'migrations'), { recursive: true });
  }
}
