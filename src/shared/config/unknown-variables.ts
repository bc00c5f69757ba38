import { closest, distance } from 'fastest-levenshtein';
import { SETTING_NAMES } from './setting-names';

/** First words of settings that other programs also use for their variables. */
const COMMON_PREFIXES = new Set(
  'AWS CLIENT HOST INFRA INSTANCE LOCAL LOG MAX NODE POSTGRES REDIS SQS WEB'.split(' '),
);

/** The endings that Kubernetes appends to the name of a service such as order-service. */
const KUBERNETES_ENDINGS = [
  /_SERVICE_(HOST|PORT(_\w+)?)$/,
  /_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/,
];

/** The maximum number of letters in which a misspelt name differs from the intended one. */
const MAX_DIFFERENCES = 2;

const prefixOf = (name: string): string => name.split('_')[0] ?? '';
const SETTING_PREFIXES = new Set(SETTING_NAMES.map(prefixOf).filter((word) => !COMMON_PREFIXES.has(word)));

/**
 * Finds variables that are not settings, but start like one or differ from one by a letter or two: they are probably misspelt and have no
 * effect.
 *
 * @returns a sentence for each.
 */
export function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  return Object.keys(environment)
    .filter((name) => !SETTING_NAMES.includes(name))
    .flatMap((name) => {
      const similar = closest(name, SETTING_NAMES);
      const isSimilar = name.length > 5 && distance(name, similar) <= MAX_DIFFERENCES;
      if (isSimilar && !isOfKubernetes(name, environment))
        return [`${name} is not a setting and has no effect; did you mean ${similar}?`];
      const isOurs =
        SETTING_PREFIXES.has(prefixOf(name)) && !KUBERNETES_ENDINGS.some((ending) => ending.test(name));
      return isOurs ? [`${name} is not a setting and has no effect`] : [];
    })
    .sort();
}

/**
 * Kubernetes sets several variables for each service, always including these two. This distinguishes its variables from a misspelt port
 * setting of this system.
 */
const isOfKubernetes = (name: string, environment: NodeJS.ProcessEnv): boolean =>
  KUBERNETES_ENDINGS.some(
    (ending) =>
      ending.test(name) &&
      ['HOST', 'PORT'].every((what) => name.replace(ending, `_SERVICE_${what}`) in environment),
  );
