import { join } from 'node:path';
import { finishBuild } from './system/preparation/sources';

// tsc leaves the migrations to us.
finishBuild(join(__dirname, '..'));
