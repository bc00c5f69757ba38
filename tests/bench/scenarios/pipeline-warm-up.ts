/** The code of the pipeline runs a hundred times a second, not a thousand, so V8 takes longer to compile the hot functions. */
export const WARM_UP_FACTOR = 4;
