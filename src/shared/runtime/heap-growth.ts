import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much the old generation of the heap may grow beyond the objects that the last collection kept, in per cent. */
const GROWTH_PERCENT = 50;

/**
 * Makes V8 collect the old generation when it has grown by {@link GROWTH_PERCENT}. By default V8 lets a small heap grow to four times its
 * size before it collects, which suits a program that has a machine for itself. The first collection is made now, because before it V8 uses
 * a limit of hundreds of megabytes.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-expose-gc');
}
