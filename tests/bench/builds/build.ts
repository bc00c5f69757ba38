import { PROJECT } from '../../support/production-stack/instance';

/** A compiled version of the system. */
export interface Build {
  /** `present` is this tree, `against` the commit that it is compared with. Part of the names of the build's databases. */
  id: 'present' | 'against';
  /** The folder with `dist/`. */
  folder: string;
}

export const PRESENT_BUILD: Build = { id: 'present', folder: PROJECT };
