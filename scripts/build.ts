import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beginBuild, finishBuild, sourcesHash } from './system/preparation/sources';

// `npm run build`: compiles with type checks. Without them `manage-system.sh up` compiles in a second.
const project = join(__dirname, '..');
const hash = sourcesHash(project);
beginBuild(project);
const compiler = require.resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  cwd: project,
  stdio: 'inherit',
});
if (status === 0) finishBuild(project, hash);
process.exitCode = status ?? 1;
