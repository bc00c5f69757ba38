import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { transform } from '@swc/core';
import { messageOf } from '../../../src/shared/errors';
import { OperatorError } from '../operator-error';

/**
 * Compiles every file of src/ to dist/ for the services that the script starts, without type checks, which the tests do. Uses swc, as
 * ts-node does: one second instead of ten with the TypeScript compiler.
 * @throws OperatorError that names the file that cannot be compiled
 */
export async function compile(projectFolder: string): Promise<void> {
  const source = join(projectFolder, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const target = join(projectFolder, 'dist');
  await Promise.all(files.map((name) => compileFile(join(source, name), outputOf(target, name))));
  // Otherwise `npm run build` would take these files for its own output.
  rmSync(join(target, '.tsbuildinfo'), { force: true });
}

function outputOf(target: string, name: string): string {
  return join(target, name.replace(/\.ts$/, '.js'));
}

async function compileFile(file: string, output: string): Promise<void> {
  const { code, map = '' } = await transform(readFileSync(file, 'utf8'), {
    filename: file,
    swcrc: false,
    configFile: false,
    sourceMaps: true,
    isModule: true,
    module: { type: 'commonjs', ignoreDynamic: true },
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  }).catch((error: unknown) => {
    throw new OperatorError(`The build failed at ${file}:`, messageOf(error).split('\n'));
  });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, `${code}\n//# sourceMappingURL=${basename(output)}.map\n`);
  writeFileSync(`${output}.map`, map);
}
